/** All write jobs: how many records were asked for, how many there are, what they cost. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { listRecordJobs, type RecordJob } from "@/api";
import { listRecordModelsOptions } from "@/api/@tanstack/react-query.gen";
import { Empty } from "@/parts/Empty";
import { useMayWrite } from "@/parts/Guard";
import { PlusIcon, RecordsIcon } from "@/parts/icons";
import { List, type Asked, type Column } from "@/parts/List";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { SharedTag } from "@/parts/Tags";
import { When } from "@/parts/When";
import { hasEnded, JOB_STATES } from "@/service/use-job";
import { records as words } from "@/strings/records";

import { RECORD_JOBS } from "./keys";
import { NoModels } from "./NoModels";
import css from "./records.module.css";
import { money } from "./spec";
import { toldOf } from "./told";

const COLUMNS: Column<RecordJob>[] = [
  {
    key: "name",
    head: words.heads.name,
    main: true,
    cell: (one) => (
      <>
        <Link to={`/records/${one.id}`}>
          <bdi>{one.name || one.id}</bdi>
        </Link>
        {!one.mine && <SharedTag />}
      </>
    ),
  },
  {
    key: "records",
    head: words.heads.records,
    numeric: true,
    cell: (one) => words.soFar(toldOf(one).accepted, one.records),
  },
  {
    key: "state",
    head: words.heads.state,
    cell: (one) => (
      <span className={css.stateOf}>
        <StateBadge state={one.state} />
        {one.state === "failed" && one.problem != null && (
          <span className={css.why}>
            <bdi>{one.problem.message}</bdi>
          </span>
        )}
      </span>
    ),
  },
  { key: "cost", head: words.heads.cost, numeric: true, cell: (one) => money(toldOf(one).cost) },
  { key: "made", head: words.heads.made, cell: (one) => <When at={one.createdAt} /> },
];

export function RecordsPage(): ReactNode {
  const mayWrite = useMayWrite();
  const models = useQuery(listRecordModelsOptions());
  const make = mayWrite ? (
    <Button component={Link} to="/records/new" leftSection={<PlusIcon />}>
      {words.make}
    </Button>
  ) : undefined;
  return (
    <>
      <PageHead title={words.title} says={words.says} actions={make} />
      <List<RecordJob>
        words={words}
        queryKey={RECORD_JOBS}
        load={async (asked: Asked, signal) =>
          (await listRecordJobs({ query: asked as never, signal, throwOnError: true })).data
        }
        columns={COLUMNS}
        states={JOB_STATES}
        again={(items) => (items.some((one) => !hasEnded(one.state)) ? 3_000 : false)}
        empty={
          models.data?.length === 0 ? (
            <NoModels />
          ) : (
            <Empty icon={<RecordsIcon size={22} />} title={words.empty.title} next={make}>
              {words.empty.says}
            </Empty>
          )
        }
      />
    </>
  );
}
