/** All jobs of mine, of every kind: how far they are, and why they are as they are. */
import { Button, NativeSelect } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";

import { listJobs, type Job } from "@/api";
import { getTasksOptions } from "@/api/@tanstack/react-query.gen";
import { Empty } from "@/parts/Empty";
import { span } from "@/parts/format";
import { JobsIcon } from "@/parts/icons";
import { List, type Asked, type Column } from "@/parts/List";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { SharedTag } from "@/parts/Tags";
import { When } from "@/parts/When";
import { hasEnded, JOB_STATES } from "@/service/use-job";
import { jobs as words } from "@/strings/jobs";

import css from "./jobs.module.css";

const KINDS = ["fit", "generate", "check", "write", "rehearse", "publish"] as const;

const COLUMNS: Column<Job>[] = [
  {
    key: "name",
    head: words.heads.name,
    main: true,
    cell: (one) => (
      <>
        <Link to={`/jobs/${one.id}`}>
          <bdi>{one.name || one.id}</bdi>
        </Link>
        {!one.mine && <SharedTag />}
      </>
    ),
  },
  { key: "kind", head: words.heads.kind, cell: (one) => words.kinds[one.kind] },
  {
    key: "state",
    head: words.heads.state,
    cell: (one) => (
      <span className={css.state}>
        <StateBadge state={one.state} />
        {!hasEnded(one.state) && one.state !== "pending" && (
          <span className="soft">{one.percent} %</span>
        )}
        <Why job={one} />
      </span>
    ),
  },
  {
    key: "began",
    head: words.heads.began,
    cell: (one) => <When at={one.createdAt} />,
  },
  {
    key: "took",
    head: words.heads.took,
    numeric: true,
    cell: (one) =>
      one.startedAt == null || one.endedAt == null
        ? "–"
        : span(Date.parse(one.endedAt) - Date.parse(one.startedAt)),
  },
];

/** What a state alone does not say. */
function Why({ job }: { job: Job }): ReactNode {
  const retrying = job.state === "retrying";
  const tasks = useQuery({
    ...getTasksOptions({ path: { job_id: job.id } }),
    enabled: retrying,
    refetchInterval: retrying ? 3_000 : false,
  });
  const again = retrying
    ? tasks.data?.tasks.find((task) => task.state === "retrying")?.reason
    : null;
  const says = job.state === "failed" ? job.problem?.message : again;
  return says == null ? null : (
    <span className={css.why}>
      <bdi>{says}</bdi>
    </span>
  );
}

export function JobsPage(): ReactNode {
  const [params, setParams] = useSearchParams();
  const kind = KINDS.find((one) => one === params.get("kind"));
  const empty = (
    <Empty
      icon={<JobsIcon size={22} />}
      title={words.empty.title}
      next={
        <Button component={Link} to="/datasets" variant="default">
          {words.empty.next}
        </Button>
      }
    >
      {words.empty.says}
    </Empty>
  );
  return (
    <>
      <PageHead title={words.title} says={words.says} />
      <List<Job>
        words={words}
        queryKey={["jobs", kind ?? "all"]}
        load={async (asked: Asked, signal) =>
          (
            await listJobs({
              query: { ...asked, ...(kind === undefined ? {} : { kind }) } as never,
              signal,
              throwOnError: true,
            })
          ).data
        }
        columns={COLUMNS}
        states={JOB_STATES}
        again={(items) => (items.some((one) => !hasEnded(one.state)) ? 3_000 : false)}
        empty={empty}
        filtered={kind !== undefined}
        filters={
          <NativeSelect
            aria-label={words.kind}
            value={kind ?? ""}
            onChange={(event) => {
              const picked = event.currentTarget.value;
              setParams((before) => {
                const next = new URLSearchParams(before);
                if (picked) next.set("kind", picked);
                else next.delete("kind");
                return next;
              });
            }}
            data={[
              { value: "", label: `${words.kind}: ${words.anyKind}` },
              ...KINDS.map((one) => ({ value: one, label: words.kinds[one] })),
            ]}
          />
        }
      />
    </>
  );
}
