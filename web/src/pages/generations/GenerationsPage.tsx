/** All generations: what was asked for, how far it is, what the check says. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { listGenerations, type Generation } from "@/api";
import { Empty } from "@/parts/Empty";
import { bytes, count } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { PlusIcon, RowsIcon } from "@/parts/icons";
import { List, type Asked, type Column } from "@/parts/List";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { SharedTag } from "@/parts/Tags";
import { When } from "@/parts/When";
import { hasEnded, JOB_STATES } from "@/service/use-job";
import { generations as words } from "@/strings/generations";

import { GenerationActions } from "./actions";
import css from "./generations.module.css";
import { checkIsGoing, GENERATIONS } from "./use-generation";

const COLUMNS: Column<Generation>[] = [
  {
    key: "name",
    head: words.heads.name,
    main: true,
    cell: (one) => (
      <>
        <Link to={`/generation/${one.id}`}>
          <bdi>{one.name}</bdi>
        </Link>
        {!one.mine && <SharedTag />}
      </>
    ),
  },
  { key: "rows", head: words.heads.rows, numeric: true, cell: (one) => count(one.numberOfRows) },
  {
    key: "format",
    head: words.heads.format,
    cell: (one) => (
      <span className={css.format}>
        {formatOf(one)}
        {one.sizeBytes != null && <span className="soft"> {bytes(one.sizeBytes)}</span>}
      </span>
    ),
  },
  {
    key: "state",
    head: words.heads.state,
    cell: (one) => (
      <span className={css.stateOf}>
        <StateBadge state={one.state} />
        {!hasEnded(one.state) && one.state !== "pending" && (
          <span className="soft">{one.percent} %</span>
        )}
        {one.state === "failed" && one.problem != null && (
          <span className={css.why}>
            <bdi>{one.problem.message}</bdi>
          </span>
        )}
      </span>
    ),
  },
  { key: "report", head: words.heads.report, cell: (one) => <Check one={one} /> },
  {
    key: "made",
    head: words.heads.made,
    cell: (one) => <When at={one.createdAt} />,
  },
];

export function formatOf(one: { outputFormat: string; compression: string | null }): string {
  const name = one.outputFormat === "parquet" ? words.form.parquet : one.outputFormat.toUpperCase();
  return one.compression === null || one.compression === "none"
    ? name
    : `${name}, ${one.compression}`;
}

function Check({ one }: { one: Generation }): ReactNode {
  if (one.report == null) return <span className="soft">–</span>;
  if (!hasEnded(one.report.state)) return <span className="soft">{words.check.going}</span>;
  if (one.report.passed == null) return <span className="soft">{words.check.failed}</span>;
  return (
    <Link
      to={`/generation/${one.id}/report`}
      className={one.report.passed ? css.passed : css.refused}
    >
      {one.report.passed ? words.check.passed : words.check.refused}
    </Link>
  );
}

export function GenerationsPage(): ReactNode {
  const mayWrite = useMayWrite();
  const make = mayWrite ? (
    <Button component={Link} to="/generation/new" leftSection={<PlusIcon />}>
      {words.make}
    </Button>
  ) : undefined;
  return (
    <>
      <PageHead title={words.title} says={words.says} actions={make} />
      <List<Generation>
        words={words}
        queryKey={GENERATIONS}
        actions={(one) => (mayWrite && one.mine ? <GenerationActions generation={one} /> : null)}
        load={async (asked: Asked, signal) =>
          (await listGenerations({ query: asked as never, signal, throwOnError: true })).data
        }
        columns={COLUMNS}
        states={JOB_STATES}
        again={(items) =>
          items.some((one) => !hasEnded(one.state) || checkIsGoing(one)) ? 3_000 : false
        }
        empty={
          <Empty icon={<RowsIcon size={22} />} title={words.empty.title} next={make}>
            {words.empty.says}
          </Empty>
        }
      />
    </>
  );
}
