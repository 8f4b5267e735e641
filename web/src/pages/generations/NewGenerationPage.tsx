/** Asking for rows: of which model, how many, as what, under which conditions; and twenty of them to look at first. */
import { Button, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { generateData, previewModel, type GenerationInspected, type Model, type Rows } from "@/api";
import {
  getGenerationOptions,
  getModelColumnsOptions,
  listModelsOptions,
} from "@/api/@tanstack/react-query.gen";
import { Empty } from "@/parts/Empty";
import { ErrorSays } from "@/parts/ErrorSays";
import { Needs } from "@/parts/Guard";
import { ModelIcon } from "@/parts/icons";
import { useKept } from "@/parts/kept";
import { PageHead } from "@/parts/PageHead";
import { RowsTable } from "@/parts/RowsTable";
import { Waiting } from "@/parts/Waiting";
import { useKey } from "@/service/use-key";
import { shared } from "@/strings";
import { generations } from "@/strings/generations";

import { Conditions } from "./Conditions";
import css from "./generations.module.css";
import { ToModels } from "./links";
import { MOST_ROWS, typedRows, typedSeed, type Typed } from "./rows";
import { GENERATIONS } from "./use-generation";
import { fits, specOf, wantedOf, type Wanted } from "./wanted";

const words = generations.form;
const PREVIEW_ROWS = 20;
const BELOW: ("label" | "input" | "description" | "error")[] = [
  "label",
  "input",
  "error",
  "description",
];

type Compression = "none" | "gzip" | "zstd" | "snappy";
const COMPRESSIONS: Record<"csv" | "parquet", Compression[]> = {
  csv: ["none", "gzip", "zstd"],
  parquet: ["snappy", "zstd", "gzip", "none"],
};

type Form = {
  model: string | null;
  rows: string;
  format: "csv" | "parquet";
  compression: Compression;
  seed: string;
  name: string;
  wanted: Wanted[];
};

const EMPTY: Form = {
  model: null,
  rows: "",
  format: "csv",
  compression: "none",
  seed: "0",
  name: "",
  wanted: [],
};

export function NewGenerationPage(): ReactNode {
  const [params] = useSearchParams();
  const again = params.get("again");
  const models = useQuery(listModelsOptions({ query: { limit: 200 } }));
  const before = useQuery({
    ...getGenerationOptions({ path: { generation_id: again ?? "" } }),
    enabled: again !== null,
  });
  return (
    <Needs role="editor">
      <PageHead
        title={words.title}
        up={{ to: "/generation", label: words.up }}
        says={before.data === undefined ? undefined : words.from(before.data.name)}
      />
      {models.isPending || (again !== null && before.isPending) ? (
        <Waiting for={shared.waiting.list("models")} />
      ) : models.isError ? (
        <ErrorSays error={models.error} onRetry={() => void models.refetch()} />
      ) : before.isError ? (
        <ErrorSays error={before.error} />
      ) : models.data.items.some((one) => one.mine) ? (
        <AskForRows
          key={again ?? "new"}
          models={models.data.items.filter((one) => one.mine)}
          model={params.get("model")}
          again={before.data}
        />
      ) : (
        <div className="card">
          <Empty icon={<ModelIcon size={22} />} title={generations.empty.title} next={<ToModels />}>
            {generations.empty.needsModel}
          </Empty>
        </div>
      )}
    </Needs>
  );
}

type Asking = { models: Model[]; model: string | null; again: GenerationInspected | undefined };

/** The form as it is at first: of another generation, for the model in the address, or empty. */
function firstOf({ models, model, again }: Asking): Partial<Form> {
  if (again !== undefined) {
    return {
      model: again.modelId ?? null,
      rows: String(again.numberOfRows),
      format: again.outputFormat === "parquet" ? "parquet" : "csv",
      compression: (again.compression ?? "none") as Compression,
      seed: String(again.seed + 1),
      name: "",
      wanted: wantedOf(again.conditions, again.shares).wanted,
    };
  }
  const only = models.length === 1 ? models[0]?.id : undefined;
  const picked = model ?? only;
  return picked === undefined ? {} : { model: picked };
}

function AskForRows(asking: Asking): ReactNode {
  const [form, change, forget] = useKept<Form>("generation:new", EMPTY);
  const [touched, setTouched] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const started = useRef(false);
  useEffect(() => {
    if (started.current) return;
    started.current = true;
    const first = firstOf(asking);
    // what is asked of another model's columns means nothing here
    if (first.model !== undefined && first.model !== form.model && asking.again === undefined)
      first.wanted = [];
    change(first);
  });

  const model = asking.models.find((one) => one.id === form.model);
  const columns = useQuery({
    ...getModelColumnsOptions({ path: { model_id: form.model ?? "" } }),
    enabled: model !== undefined,
    staleTime: Infinity,
  });
  const rows = typedRows(form.rows);
  const seed = typedSeed(form.seed);
  const ready =
    model !== undefined && rows.wrong === null && seed.wrong === null && fits(form.wanted);
  const key = useKey();

  const submit = useMutation({
    mutationFn: async () => {
      if (model === undefined || rows.value === null || seed.value === null) throw new Error();
      const { data } = await generateData({
        path: { job_id: model.jobId },
        headers: key.headers(),
        body: {
          modelId: model.id,
          numberOfRows: rows.value,
          outputFormat: form.format,
          compression: form.compression,
          seed: seed.value,
          ...specOf(form.wanted),
          ...(form.name.trim() ? { name: form.name.trim() } : {}),
        },
        throwOnError: true,
      });
      return data;
    },
    onSuccess: async ({ generationJobId }) => {
      forget();
      await queries.invalidateQueries({ queryKey: GENERATIONS });
      void navigate(`/generation/${generationJobId}`);
    },
    onError: key.failed,
  });

  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTouched(true);
    if (ready) submit.mutate();
    else document.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  };

  return (
    <form className={css.ask} onSubmit={send} noValidate>
      <section className={`card ${css.panel}`}>
        <div className={css.fields}>
          <Select
            label={words.model}
            placeholder={words.modelPick}
            searchable
            allowDeselect={false}
            nothingFoundMessage={words.modelNone}
            value={form.model}
            error={touched && model === undefined ? words.modelPick : undefined}
            data={asking.models.map((one) => ({ value: one.id, label: one.name }))}
            onChange={(id) => change({ model: id, wanted: id === form.model ? form.wanted : [] })}
          />
          <TextInput
            label={words.rows}
            inputMode="numeric"
            autoComplete="off"
            placeholder="50,000"
            description={words.rowsSays(MOST_ROWS)}
            inputWrapperOrder={BELOW}
            value={form.rows}
            maxLength={30}
            error={form.rows !== "" || touched ? wrongRows(rows) : undefined}
            onChange={(event) => change({ rows: event.currentTarget.value })}
          />
          <Labelled label={words.format}>
            <SegmentedControl
              aria-label={words.format}
              value={form.format}
              onChange={(value) => {
                const format = value as Form["format"];
                change({ format, compression: COMPRESSIONS[format][0] ?? "none" });
              }}
              data={[
                { value: "csv", label: words.csv },
                { value: "parquet", label: words.parquet },
              ]}
            />
          </Labelled>
          <Labelled label={words.compression}>
            <SegmentedControl
              aria-label={words.compression}
              value={form.compression}
              onChange={(value) => change({ compression: value as Compression })}
              data={COMPRESSIONS[form.format].map((one) => ({
                value: one,
                label: words.compressions[one],
              }))}
            />
          </Labelled>
          <TextInput
            label={words.seed}
            inputMode="numeric"
            autoComplete="off"
            description={words.seedSays}
            inputWrapperOrder={BELOW}
            value={form.seed}
            maxLength={20}
            error={seed.wrong === null ? undefined : words.seedShape}
            onChange={(event) => change({ seed: event.currentTarget.value })}
          />
          <TextInput
            label={words.name}
            description={words.nameSays}
            inputWrapperOrder={BELOW}
            placeholder={model === undefined ? undefined : `${model.name} synthetic`}
            value={form.name}
            maxLength={200}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
        </div>
      </section>

      <section className={`card ${css.panel}`} aria-labelledby="wanted">
        <h2 id="wanted">{generations.wanted.title}</h2>
        <p className={css.note}>{generations.wanted.says}</p>
        {model === undefined ? (
          <p className={css.note}>{words.modelPick}.</p>
        ) : columns.isPending ? (
          <Waiting for={shared.waiting.thing("columns")} />
        ) : columns.isError ? (
          <ErrorSays error={columns.error} onRetry={() => void columns.refetch()} />
        ) : (
          <Conditions
            columns={columns.data.columns}
            value={form.wanted}
            onChange={(wanted) => change({ wanted })}
          />
        )}
      </section>

      <Preview model={model} seed={seed.value} wanted={form.wanted} />

      <div className={css.send}>
        {submit.isError && <ErrorSays error={submit.error} />}
        <Button type="submit" size="md" loading={submit.isPending}>
          {words.submit(rows.value)}
        </Button>
      </div>
    </form>
  );
}

function Preview({
  model,
  seed,
  wanted,
}: {
  model: Model | undefined;
  seed: number | null;
  wanted: Wanted[];
}): ReactNode {
  const spec = useMemo(() => specOf(wanted), [wanted]);
  const asked = JSON.stringify([model?.id, seed, spec]);
  const draw = useMutation({
    mutationFn: async (): Promise<{ rows: Rows; asked: string }> => {
      const { data } = await previewModel({
        path: { model_id: model?.id ?? "" },
        body: { rows: PREVIEW_ROWS, seed: seed ?? 0, ...spec },
        throwOnError: true,
      });
      return { rows: data, asked };
    },
  });
  const ready = model !== undefined && seed !== null && fits(wanted);
  const mine =
    draw.data !== undefined && draw.data.asked.startsWith(JSON.stringify([model?.id]).slice(0, -1));
  return (
    <section className={`card ${css.panel}`} aria-labelledby="preview">
      <div className={css.panelHead}>
        <h2 id="preview">{generations.preview.title}</h2>
        <Button
          variant="default"
          disabled={!ready}
          loading={draw.isPending}
          onClick={() => draw.mutate()}
        >
          {mine ? generations.preview.again : generations.preview.make}
        </Button>
      </div>
      <p className={css.note} role="status">
        {draw.isPending
          ? generations.preview.going
          : mine && draw.data?.asked !== asked
            ? generations.preview.old
            : generations.preview.says}
      </p>
      {draw.isError && <ErrorSays error={draw.error} />}
      {mine && draw.data !== undefined && (
        <RowsTable
          rows={draw.data.rows}
          label={generations.preview.caption(draw.data.rows.rows.length)}
        />
      )}
    </section>
  );
}

function Labelled({ label, children }: { label: string; children: ReactNode }): ReactNode {
  return (
    <div className={css.labelled}>
      <span className={css.label} aria-hidden="true">
        {label}
      </span>
      {children}
    </div>
  );
}

function wrongRows(typed: Typed): string | undefined {
  switch (typed.wrong) {
    case null:
      return undefined;
    case "empty":
      return words.rowsEmpty;
    case "shape":
      return words.rowsShape;
    case "least":
      return words.rowsLeast;
    case "most":
      return words.rowsMost(MOST_ROWS);
  }
}
