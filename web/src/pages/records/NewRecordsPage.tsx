/** Asking for records: what they are made of, their columns, how many; and their prompts to look at first. */
import { Button, SegmentedControl, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useNavigate } from "react-router";

import {
  previewRecords,
  rehearseRecords,
  submitRecordJob,
  type RecordJobAsked,
  type RecordModel,
} from "@/api";
import { listRecordModelsOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { Needs } from "@/parts/Guard";
import { useKept } from "@/parts/kept";
import { PageHead } from "@/parts/PageHead";
import { Waiting } from "@/parts/Waiting";
import { problemOf } from "@/service/problem";
import { useKey } from "@/service/use-key";
import { shared } from "@/strings";
import { records } from "@/strings/records";

import { Columns } from "./Columns";
import { RECORD_JOBS } from "./keys";
import { NoModels } from "./NoModels";
import { Preview } from "./Preview";
import css from "./records.module.css";
import { Sources } from "./Sources";
import { FIRST, specOf, typedRecords, type Column } from "./spec";

const words = records.form;
/** Of so many records prompts and answers are looked at. */
const ROWS = 3;
export const KEPT = "records:new";

export type Form = {
  mode: "form" | "yaml";
  columns: Column[];
  yaml: string;
  records: string;
  name: string;
  documents: string[];
  dataset: string;
  model: string;
  /** What was written to be looked at, and of which request. */
  rehearsal: { id: string; asked: string } | null;
};

export const EMPTY: Form = {
  mode: "form",
  columns: FIRST,
  yaml: "",
  records: "20",
  name: "",
  documents: [],
  dataset: "",
  model: "",
  rehearsal: null,
};

export function NewRecordsPage(): ReactNode {
  const models = useQuery(listRecordModelsOptions());
  return (
    <Needs role="editor">
      <PageHead title={words.title} up={{ to: "/records", label: records.title }} />
      {models.isPending ? (
        <Waiting for={shared.waiting.list("models")} />
      ) : models.isError ? (
        <ErrorSays error={models.error} onRetry={() => void models.refetch()} />
      ) : (
        <>
          {models.data.length === 0 && (
            <div className={`card ${css.before}`}>
              <NoModels />
            </div>
          )}
          <AskForRecords models={models.data} />
        </>
      )}
    </Needs>
  );
}

function AskForRecords({ models }: { models: RecordModel[] }): ReactNode {
  const [form, change, forget] = useKept<Form>(KEPT, EMPTY);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = useKey();
  const [failed, setFailed] = useState<unknown>(null);
  const byForm = specOf(form.columns, models[0]?.alias ?? "");
  const number = typedRecords(form.records);
  const spec = form.mode === "form" ? byForm : form.yaml;
  const ready = number !== null && spec.trim() !== "";
  const body = bodyOf(form, spec, number ?? 1);
  const asked = JSON.stringify({ ...body, name: null });
  const began = { onMutate: () => setFailed(null), onError: setFailed };

  const prompts = useMutation({
    ...began,
    mutationFn: async () => {
      const { data } = await previewRecords({ body: { ...body, rows: ROWS }, throwOnError: true });
      return { shown: data, asked };
    },
    onSuccess: () => change({ rehearsal: null }),
  });
  const answers = useMutation({
    ...began,
    mutationFn: async () => {
      const { data } = await rehearseRecords({ body: { ...body, rows: ROWS }, throwOnError: true });
      return { id: data.id, asked };
    },
    onSuccess: (rehearsal) => change({ rehearsal }),
  });
  const { rehearsal } = form;
  const looked =
    rehearsal === null ? prompts.data : { shown: rehearsal.id, asked: rehearsal.asked };
  const submit = useMutation({
    mutationFn: async () =>
      (await submitRecordJob({ headers: key.headers(), body, throwOnError: true })).data.id,
    onMutate: () => setFailed(null),
    onSuccess: async (id) => {
      forget();
      await queries.invalidateQueries({ queryKey: RECORD_JOBS });
      void navigate(`/records/${id}`);
    },
    onError: (error) => {
      key.failed(error);
      setFailed(error);
    },
  });
  const column = failed === null ? null : problemOf(failed).problem.column;
  const atColumn =
    form.mode === "form" && column != null && form.columns.some((one) => one.name === column);

  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (ready) submit.mutate();
    else document.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  };
  return (
    <form className={css.page} onSubmit={send} noValidate>
      <Sources value={form} onChange={change} />
      <section className={`card ${css.panel}`} aria-labelledby="spec">
        <div className={css.panelHead}>
          <h2 id="spec">{words.spec}</h2>
          <SegmentedControl
            aria-label={words.mode}
            value={form.mode}
            onChange={(mode) =>
              change({
                mode: mode as Form["mode"],
                ...(mode === "yaml" && form.yaml.trim() === "" ? { yaml: byForm } : {}),
              })
            }
            data={[
              { value: "form", label: words.byForm },
              { value: "yaml", label: words.byYaml },
            ]}
          />
        </div>
        {form.mode === "form" ? (
          <Columns
            value={form.columns}
            models={models}
            error={failed}
            onChange={(columns) => change({ columns })}
          />
        ) : (
          <>
            <Textarea
              label={words.yaml}
              description={words.yamlSays}
              rows={14}
              maxLength={200_000}
              spellCheck={false}
              classNames={{ input: css.yaml }}
              value={form.yaml}
              onChange={(event) => change({ yaml: event.currentTarget.value })}
            />
            <div className={css.acts}>
              <Button
                size="compact-sm"
                variant="subtle"
                disabled={form.yaml === byForm}
                onClick={() => change({ yaml: byForm })}
              >
                {words.fromForm}
              </Button>
              {models.length > 0 && (
                <span className={css.note}>
                  {words.aliases} <code>{models.map((one) => one.alias).join(", ")}</code>
                </span>
              )}
            </div>
          </>
        )}
        {failed !== null && !atColumn && <ErrorSays error={failed} />}
      </section>
      <Preview
        shown={looked?.shown}
        old={looked !== undefined && looked.asked !== asked}
        going={prompts.isPending ? "prompts" : answers.isPending ? "answers" : null}
        disabled={!ready}
        onPrompts={() => prompts.mutate()}
        onAnswers={() => answers.mutate()}
      />
      <section className={`card ${css.panel}`}>
        <div className={css.fields}>
          <TextInput
            label={words.records}
            description={words.recordsSays}
            inputMode="numeric"
            autoComplete="off"
            value={form.records}
            maxLength={20}
            error={number === null ? words.recordsWrong : undefined}
            onChange={(event) => change({ records: event.currentTarget.value })}
          />
          <TextInput
            label={words.name}
            description={words.nameSays}
            value={form.name}
            maxLength={200}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
        </div>
        <div className={css.acts}>
          <Button type="submit" size="md" loading={submit.isPending} disabled={!ready}>
            {words.submit(number)}
          </Button>
        </div>
        {failed !== null && atColumn && <ErrorSays error={failed} />}
      </section>
    </form>
  );
}

function bodyOf(form: Form, spec: string, count: number): RecordJobAsked {
  return {
    spec,
    records: count,
    documents: form.documents,
    ...(form.dataset === "" ? {} : { datasetId: form.dataset }),
    ...(form.model === "" ? {} : { modelId: form.model }),
    ...(form.name.trim() === "" ? {} : { name: form.name.trim() }),
  };
}
