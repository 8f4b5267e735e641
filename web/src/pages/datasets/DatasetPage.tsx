/** One dataset: what its columns are, its first rows, the models that learned from it. */
import { Button, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";

import { getDatasetOptions, previewDatasetOptions } from "@/api/@tanstack/react-query.gen";
import type { DatasetInspected } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { bytes } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { ModelIcon } from "@/parts/icons";
import { NotYet } from "@/parts/NotYet";
import { PageHead } from "@/parts/PageHead";
import { RowsTable } from "@/parts/RowsTable";
import { StateBadge } from "@/parts/StateBadge";
import { SharedTag } from "@/parts/Tags";
import { Waiting } from "@/parts/Waiting";
import { When } from "@/parts/When";
import { ModelList } from "@/pages/models/ModelList";
import { datasets, shared } from "@/strings";

import { DatasetActions } from "./actions";
import css from "./dataset.module.css";
import { SchemaEditor } from "./SchemaEditor";

const UP = { to: "/datasets", label: shared.nav.datasets };
const TABS = ["columns", "preview", "models"] as const;

export function DatasetPage(): ReactNode {
  const { datasetId = "" } = useParams();
  const found = useQuery({
    ...getDatasetOptions({ path: { dataset_id: datasetId } }),
    refetchInterval: (query) => (query.state.data?.state === "uploading" ? 3_000 : false),
  });
  if (found.data === undefined) return <NotYet one={datasets.one} up={UP} query={found} />;
  return <Shown dataset={found.data} />;
}

function Shown({ dataset }: { dataset: DatasetInspected }): ReactNode {
  const mayWrite = useMayWrite();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const asked = params.get("tab");
  const tab = TABS.find((one) => one === asked) ?? "columns";
  const own = dataset.mine && mayWrite;
  const ready = dataset.state === "ready";
  return (
    <>
      <PageHead
        title={dataset.name}
        up={UP}
        beside={
          <>
            {!dataset.mine && <SharedTag />}
            {!ready && <StateBadge state={dataset.state} />}
          </>
        }
        says={
          ready && (
            <>
              {datasets.shape(
                dataset.rows ?? 0,
                dataset.columns ?? 0,
                bytes(dataset.sizeBytes ?? 0),
              )}{" "}
              · <When at={dataset.createdAt} />
            </>
          )
        }
        actions={
          own && (
            <>
              {ready && (
                <Button
                  component={Link}
                  to={`/models/new?dataset=${dataset.id}`}
                  leftSection={<ModelIcon />}
                >
                  {datasets.fit}
                </Button>
              )}
              <DatasetActions dataset={dataset} onDeleted={() => void navigate("/datasets")} />
            </>
          )
        }
      />
      {ready && (
        <Tabs
          value={tab}
          onChange={(value) =>
            setParams(value === "columns" || value === null ? {} : { tab: value })
          }
          keepMounted={false}
        >
          <Tabs.List className={css.tabs}>
            {TABS.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {datasets.tabs[one]}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="columns">
            <Notes notes={dataset.notes} />
            <SchemaEditor datasetId={dataset.id} own={own} />
          </Tabs.Panel>
          <Tabs.Panel value="preview">
            <Preview dataset={dataset} />
          </Tabs.Panel>
          <Tabs.Panel value="models">
            <ModelList dataset={own ? dataset : undefined} datasetId={dataset.id} />
          </Tabs.Panel>
        </Tabs>
      )}
    </>
  );
}

function Notes({ notes }: { notes: string[] }): ReactNode {
  if (notes.length === 0) return null;
  return (
    <details className={css.notes}>
      <summary>{datasets.notes(notes.length)}</summary>
      <ul>
        {notes.map((note) => (
          <li key={note}>
            <bdi>{note}</bdi>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Preview({ dataset }: { dataset: DatasetInspected }): ReactNode {
  const rows = useQuery(previewDatasetOptions({ path: { dataset_id: dataset.id } }));
  if (rows.isPending) return <Waiting for={shared.waiting.thing("preview")} />;
  if (rows.isError) return <ErrorSays error={rows.error} onRetry={() => void rows.refetch()} />;
  return (
    <>
      <p className={css.told}>{datasets.previewSays(rows.data.rows.length, dataset.rows ?? 0)}</p>
      <RowsTable rows={rows.data} label={datasets.previewLabel} />
    </>
  );
}
