/** Models, those on their way first: of all datasets, or of one. */
import { Button, Progress } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";

import {
  listJobs,
  listModels,
  type DatasetInspected,
  type Job,
  type ListModelsData,
  type Model,
} from "@/api";
import { bytes, count } from "@/parts/format";
import { Empty } from "@/parts/Empty";
import { useMayWrite } from "@/parts/Guard";
import { ModelIcon } from "@/parts/icons";
import { List, type Column } from "@/parts/List";
import { StateBadge } from "@/parts/StateBadge";
import { SharedTag } from "@/parts/Tags";
import { When } from "@/parts/When";
import { datasets, models } from "@/strings";

import { ModelActions } from "./actions";
import { FITS, MODELS } from "./keys";
import css from "./models.module.css";

const COLUMNS: Column<Model>[] = [
  {
    key: "name",
    head: models.columns.name,
    main: true,
    cell: (one) => (
      <>
        <Link to={`/models/${one.id}`}>
          <bdi>{one.name}</bdi>
        </Link>{" "}
        {!one.mine && <SharedTag />}
      </>
    ),
  },
  {
    key: "learned",
    head: models.columns.learned,
    numeric: true,
    cell: (one) => models.learnedFrom(one.learnedRows),
  },
  {
    key: "columns",
    head: models.columns.columns,
    numeric: true,
    cell: (one) => count(one.columns),
  },
  { key: "size", head: models.columns.size, numeric: true, cell: (one) => bytes(one.sizeBytes) },
  { key: "made", head: models.columns.made, cell: (one) => <When at={one.createdAt} /> },
];

type Props = {
  /** Those of this dataset only. */
  datasetId?: string;
  /** The dataset, when it is the user's own: one can fit on it. */
  dataset?: DatasetInspected;
};

export function ModelList({ datasetId, dataset }: Props): ReactNode {
  const mayWrite = useMayWrite();
  const inDataset = datasetId !== undefined;
  const mayFit = mayWrite && (!inDataset || dataset !== undefined);
  return (
    <>
      <Going datasetId={datasetId} />
      <List<Model>
        words={{ one: models.one, many: models.many }}
        queryKey={[...MODELS, datasetId ?? null]}
        load={async (asked, signal) => {
          const query = {
            ...asked,
            ...(inDataset ? { datasetId } : {}),
          } as ListModelsData["query"];
          return (await listModels({ query, signal })).data;
        }}
        columns={COLUMNS}
        actions={(one) => (one.mine && mayWrite ? <ModelActions model={one} /> : null)}
        empty={
          <Empty
            icon={<ModelIcon size={22} />}
            title={inDataset ? datasets.noModels : models.emptyTitle}
            next={
              mayFit && (
                <Button
                  component={Link}
                  to={inDataset ? `/models/new?dataset=${datasetId}` : "/models/new"}
                >
                  {models.fit}
                </Button>
              )
            }
          >
            {inDataset ? datasets.noModelsSays : mayWrite ? models.emptySays : models.emptyViewer}
          </Empty>
        }
      />
    </>
  );
}

const OVER = new Set(["completed", "cancelled"]);

/** Fits that are on their way, or failed of late. */
function Going({ datasetId }: { datasetId: string | undefined }): ReactNode {
  const fits = useQuery({
    queryKey: [...FITS, datasetId ?? null],
    queryFn: async ({ signal }) => {
      const query = {
        kind: "fit" as const,
        limit: 20,
        ...(datasetId === undefined ? {} : { datasetId }),
      };
      return (await listJobs({ query, signal })).data;
    },
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => !OVER.has(one.state) && one.state !== "failed")
        ? 2_000
        : false,
  });
  const shown = (fits.data?.items ?? []).filter((one) => !OVER.has(one.state)).slice(0, 5);
  if (shown.length === 0) return null;
  return (
    <ul className={css.going} aria-label={models.going}>
      {shown.map((one) => (
        <li key={one.id} className="card">
          <Fit job={one} />
        </li>
      ))}
    </ul>
  );
}

function Fit({ job }: { job: Job }): ReactNode {
  return (
    <>
      <div className={css.goingLine}>
        <Link to={`/models/${job.modelId ?? ""}`}>
          <bdi>{job.name}</bdi>
        </Link>
        <StateBadge state={job.state} />
      </div>
      {job.state === "failed" ? (
        <p className={css.why}>
          <bdi>{job.problem?.message}</bdi>
        </p>
      ) : (
        <Progress
          value={job.percent}
          size="sm"
          animated={job.state === "running"}
          aria-label={`${models.progress.label}: ${job.name}`}
        />
      )}
    </>
  );
}
