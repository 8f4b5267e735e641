/** What records are made of: documents that were uploaded for it, a dataset, a table model. */
import { Checkbox, CloseButton, FileButton, Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { deleteDocument, uploadDocument } from "@/api";
import {
  listDatasetsOptions,
  listDocumentsOptions,
  listDocumentsQueryKey,
  listModelsOptions,
} from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { bytes } from "@/parts/format";
import { UploadIcon } from "@/parts/icons";
import { records } from "@/strings/records";

import css from "./records.module.css";

const words = records.form;

export type Picked = { documents: string[]; dataset: string; model: string };

type Props = { value: Picked; onChange: (change: Partial<Picked>) => void };

export function Sources({ value, onChange }: Props): ReactNode {
  const datasets = useQuery(listDatasetsOptions({ query: { limit: 200 } }));
  const models = useQuery(listModelsOptions({ query: { limit: 200 } }));
  const ready = datasets.data?.items.filter((one) => one.mine && one.state === "ready") ?? [];
  const own = models.data?.items.filter((one) => one.mine) ?? [];
  return (
    <section className={`card ${css.panel}`} aria-labelledby="sources">
      <h2 id="sources">{words.sources}</h2>
      <p className={css.note}>{words.sourcesSays}</p>
      <Documents picked={value.documents} onPick={(documents) => onChange({ documents })} />
      <div className={css.fields}>
        <NativeSelect
          label={words.dataset}
          description={words.datasetSays}
          value={value.dataset}
          data={[
            { value: "", label: words.none },
            ...ready.map((one) => ({ value: one.id, label: one.name })),
          ]}
          onChange={(event) => onChange({ dataset: event.currentTarget.value })}
        />
        <NativeSelect
          label={words.model}
          description={words.modelSays}
          value={value.model}
          data={[
            { value: "", label: words.none },
            ...own.map((one) => ({ value: one.id, label: one.name })),
          ]}
          onChange={(event) => onChange({ model: event.currentTarget.value })}
        />
      </div>
      {datasets.isError && <ErrorSays error={datasets.error} />}
      {models.isError && <ErrorSays error={models.error} />}
    </section>
  );
}

function Documents({
  picked,
  onPick,
}: {
  picked: string[];
  onPick: (documents: string[]) => void;
}): ReactNode {
  const queries = useQueryClient();
  const documents = useQuery(listDocumentsOptions({ query: { limit: 200 } }));
  const free =
    documents.data?.items.filter((one) => one.jobId == null && one.state === "ready") ?? [];
  const changed = (): Promise<void> =>
    queries.invalidateQueries({ queryKey: listDocumentsQueryKey() });
  const upload = useMutation({
    mutationFn: async (files: File[]) => {
      const sent: string[] = [];
      for (const file of files) {
        const { data } = await uploadDocument({
          query: { name: file.name },
          body: file,
          throwOnError: true,
        });
        sent.push(data.id);
        onPick([...picked, ...sent]);
      }
    },
    onSettled: changed,
  });
  const remove = useMutation({
    mutationFn: (id: string) => deleteDocument({ path: { document_id: id }, throwOnError: true }),
    onSuccess: (_, id) => onPick(picked.filter((one) => one !== id)),
    onSettled: changed,
  });
  return (
    <div className={css.documents}>
      <div className={css.acts}>
        <FileButton multiple onChange={(files) => files.length > 0 && upload.mutate(files)}>
          {(props) => (
            <Button
              {...props}
              variant="default"
              leftSection={<UploadIcon />}
              loading={upload.isPending}
            >
              {words.upload}
            </Button>
          )}
        </FileButton>
        <span className={css.note}>{words.uploadSays}</span>
      </div>
      {upload.isError && <ErrorSays error={upload.error} />}
      {remove.isError && <ErrorSays error={remove.error} />}
      {documents.isError && <ErrorSays error={documents.error} />}
      {free.length > 0 && (
        <ul className={css.files} aria-label={words.documents}>
          {free.map((one) => (
            <li key={one.id}>
              <Checkbox
                label={
                  <>
                    <bdi>{one.name}</bdi>{" "}
                    {one.sizeBytes != null && <span className="soft">{bytes(one.sizeBytes)}</span>}
                  </>
                }
                checked={picked.includes(one.id)}
                onChange={(event) =>
                  onPick(
                    event.currentTarget.checked
                      ? [...picked, one.id]
                      : picked.filter((other) => other !== one.id),
                  )
                }
              />
              <CloseButton
                size="sm"
                aria-label={words.remove(one.name)}
                disabled={remove.isPending}
                onClick={() => remove.mutate(one.id)}
              />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
