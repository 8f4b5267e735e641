/** The list of datasets. */
import { Button, FileButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";

import { listDatasets, makeSampleDataset, type Dataset, type ListDatasetsData } from "@/api";
import { bytes, count } from "@/parts/format";
import { Empty } from "@/parts/Empty";
import { ErrorSays } from "@/parts/ErrorSays";
import { useMayWrite } from "@/parts/Guard";
import { TableIcon, UploadIcon } from "@/parts/icons";
import { List, type Column } from "@/parts/List";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { SharedTag } from "@/parts/Tags";
import { When } from "@/parts/When";
import { freshKey, uploads } from "@/service/upload";
import { datasets, shared } from "@/strings";

import { DatasetActions } from "./actions";
import { DATASETS } from "./keys";

const COLUMNS: Column<Dataset>[] = [
  {
    key: "name",
    head: datasets.columns.name,
    main: true,
    cell: (one) => (
      <>
        <Link to={`/datasets/${one.id}`}>
          <bdi>{one.name}</bdi>
        </Link>{" "}
        {!one.mine && <SharedTag />}
        {one.state !== "ready" && <StateBadge state={one.state} />}
      </>
    ),
  },
  {
    key: "rows",
    head: datasets.columns.rows,
    numeric: true,
    cell: (one) => (one.rows == null ? "–" : count(one.rows)),
  },
  {
    key: "columns",
    head: datasets.columns.columns,
    numeric: true,
    cell: (one) => (one.columns == null ? "–" : count(one.columns)),
  },
  {
    key: "size",
    head: datasets.columns.size,
    numeric: true,
    cell: (one) => (one.sizeBytes == null ? "–" : bytes(one.sizeBytes)),
  },
  { key: "added", head: datasets.columns.added, cell: (one) => <When at={one.createdAt} /> },
];

export function DatasetsPage(): ReactNode {
  const mayWrite = useMayWrite();
  return (
    <>
      <PageHead
        title={shared.nav.datasets}
        says={datasets.says}
        actions={mayWrite ? <UploadButton /> : undefined}
      />
      <List<Dataset>
        words={{ one: datasets.one, many: datasets.many }}
        queryKey={DATASETS}
        load={async (asked, signal) =>
          (await listDatasets({ query: asked as ListDatasetsData["query"], signal })).data
        }
        columns={COLUMNS}
        actions={(one) => (one.mine && mayWrite ? <DatasetActions dataset={one} /> : null)}
        again={(items) => (items.some((one) => one.state !== "ready") ? 3_000 : false)}
        empty={<NoDatasets />}
      />
    </>
  );
}

function UploadButton({ quiet = false }: { quiet?: boolean }): ReactNode {
  const reset = useRef<() => void>(null);
  return (
    <FileButton
      multiple
      resetRef={reset}
      inputProps={{ "aria-label": datasets.upload, tabIndex: -1 }}
      onChange={(files) => {
        uploads.add(files);
        reset.current?.();
      }}
    >
      {(props) => (
        <Button {...props} variant={quiet ? "default" : "filled"} leftSection={<UploadIcon />}>
          {datasets.upload}
        </Button>
      )}
    </FileButton>
  );
}

function NoDatasets(): ReactNode {
  const mayWrite = useMayWrite();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = useRef(freshKey());
  const sample = useMutation({
    mutationFn: async () =>
      (await makeSampleDataset({ headers: { "Idempotency-Key": key.current } })).data,
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: DATASETS });
      void navigate(`/datasets/${made.id}`);
    },
  });
  return (
    <Empty
      icon={<TableIcon size={22} />}
      title={datasets.emptyTitle}
      next={
        mayWrite ? (
          <>
            <UploadButton />
            <Button variant="default" loading={sample.isPending} onClick={() => sample.mutate()}>
              {datasets.sample}
            </Button>
            {sample.isError && <ErrorSays error={sample.error} />}
          </>
        ) : undefined
      }
    >
      {mayWrite ? datasets.emptySays : datasets.emptyViewer}
    </Empty>
  );
}
