/** Starting a fit: which dataset, which target, how much privacy and what it costs. */
import { Button, Checkbox, NativeSelect, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";

import { submitJob, type Dataset, type FitSettings } from "@/api";
import {
  getDatasetOptions,
  getSchemaOptions,
  listDatasetsOptions,
} from "@/api/@tanstack/react-query.gen";
import { Empty } from "@/parts/Empty";
import { ErrorSays } from "@/parts/ErrorSays";
import { Needs } from "@/parts/Guard";
import { TableIcon } from "@/parts/icons";
import { useKept } from "@/parts/kept";
import { PageHead } from "@/parts/PageHead";
import { Waiting } from "@/parts/Waiting";
import { useKey } from "@/service/use-key";
import { models, shared } from "@/strings";

import { FITS } from "./keys";
import css from "./models.module.css";
import { MOST_SEED, seedOf } from "./seed";

const words = models.new;
type Privacy = NonNullable<FitSettings["privacy"]>;
const LEVELS: Privacy[] = ["standard", "careful", "strict"];
const NO_TARGET = "\u0000none";

const INITIAL = {
  dataset: "",
  name: "",
  /** null: the target that the schema names */
  target: null as string | null,
  privacy: "standard" as Privacy,
  model: "trees",
  seed: "0",
  holdout: true,
};

export function NewModelPage(): ReactNode {
  return (
    <>
      <PageHead
        title={words.title}
        says={words.says}
        up={{ to: "/models", label: shared.nav.models }}
      />
      <Needs role="editor">
        <Form />
      </Needs>
    </>
  );
}

function Form(): ReactNode {
  const [params] = useSearchParams();
  const given = params.get("dataset") ?? "";
  const [typed, change, forget] = useKept(`fit:${given}`, { ...INITIAL, dataset: given });
  const [search, setSearch] = useState("");
  const [tried, setTried] = useState(false);
  const [asked] = useDebouncedValue(search, 200);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const key = useKey();

  const chosen = useQuery({
    ...getDatasetOptions({ path: { dataset_id: typed.dataset } }),
    enabled: typed.dataset !== "",
  });
  const list = useQuery({
    ...listDatasetsOptions({
      query: {
        limit: 50,
        state: "ready",
        ...(asked.trim() === "" ? {} : { search: asked.trim() }),
      },
    }),
  });
  const schema = useQuery({
    ...getSchemaOptions({ path: { dataset_id: typed.dataset } }),
    enabled: typed.dataset !== "",
  });

  const columns = (schema.data?.columns ?? []) as {
    name: string;
    role?: string;
    action?: string;
  }[];
  const drawn = columns.filter((column) => column.action !== "drop").map((column) => column.name);
  const declared = columns.find((column) => column.role === "target")?.name ?? NO_TARGET;
  const target = typed.target ?? declared;
  const seed = seedOf(typed.seed);
  const wrong = tried
    ? {
        dataset: typed.dataset === "" ? words.datasetNeeded : undefined,
        seed: seed === null ? words.seedWrong(MOST_SEED) : undefined,
      }
    : {};

  const send = useMutation({
    mutationFn: async () => {
      const settings: FitSettings = {
        model: typed.model,
        privacy: typed.privacy,
        seed: seed ?? 0,
        holdout: typed.holdout ? "auto" : "none",
        ...(target === NO_TARGET ? {} : { target }),
      };
      const name = typed.name.trim();
      const body = { datasetId: typed.dataset, settings, ...(name === "" ? {} : { name }) };
      return (await submitJob({ body, headers: key.headers() })).data;
    },
    onSuccess: (job) => {
      forget();
      void queries.invalidateQueries({ queryKey: FITS });
      void navigate(`/models/${job.modelId ?? ""}`);
    },
    onError: key.failed,
  });

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (typed.dataset !== "" && seed !== null) send.mutate();
  };

  if (list.isPending && typed.dataset === "")
    return <Waiting for={shared.waiting.list("datasets")} />;
  const own = (list.data?.items ?? []).filter((one) => one.mine);
  if (list.isSuccess && own.length === 0 && search === "" && typed.dataset === "")
    return <NoDatasets />;
  return (
    <form className={css.form} onSubmit={submit} noValidate>
      <div className={`card ${css.panel}`}>
        <div className={css.pair}>
          <Select
            label={words.dataset}
            placeholder={words.datasetSearch}
            searchable
            value={typed.dataset === "" ? null : typed.dataset}
            onChange={(value) => change({ dataset: value ?? "", target: null })}
            onSearchChange={setSearch}
            filter={({ options }) => options}
            data={choices(own, chosen.data)}
            error={wrong.dataset}
            nothingFoundMessage={shared.list.nothingFound}
            withAsterisk={false}
          />
          <TextInput
            label={words.name}
            placeholder={chosen.data?.name}
            description={words.nameSays}
            inputWrapperOrder={["label", "input", "description", "error"]}
            maxLength={200}
            value={typed.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
        </div>
        {chosen.isError && <ErrorSays error={chosen.error} />}
        {schema.isError && !chosen.isError && <ErrorSays error={schema.error} />}
        <Select
          label={words.target}
          description={words.targetSays}
          placeholder={words.targetSearch}
          searchable
          disabled={schema.data === undefined}
          value={schema.data === undefined ? null : target}
          onChange={(value) => change({ target: value })}
          allowDeselect={false}
          limit={200}
          data={[
            { value: NO_TARGET, label: words.noTarget },
            ...drawn.map((name) => ({ value: name, label: name.slice(0, 200) })),
          ]}
          nothingFoundMessage={shared.list.nothingFound}
        />
        <Levels value={typed.privacy} onChange={(privacy) => change({ privacy })} />
        <details className={css.more} open={tried && wrong.seed !== undefined ? true : undefined}>
          <summary>{words.more}</summary>
          <div>
            <div className={css.pair}>
              <NativeSelect
                label={words.kind}
                value={typed.model}
                onChange={(event) => change({ model: event.currentTarget.value })}
                data={Object.entries(words.kinds).map(([value, label]) => ({ value, label }))}
              />
              <TextInput
                label={words.seed}
                description={words.seedSays}
                inputWrapperOrder={["label", "input", "description", "error"]}
                inputMode="numeric"
                value={typed.seed}
                error={seed === null ? words.seedWrong(MOST_SEED) : undefined}
                onChange={(event) => change({ seed: event.currentTarget.value })}
              />
            </div>
            <Checkbox
              label={words.holdout}
              description={words.holdoutSays}
              checked={typed.holdout}
              onChange={(event) => change({ holdout: event.currentTarget.checked })}
            />
          </div>
        </details>
      </div>
      {send.isError && <ErrorSays error={send.error} />}
      <div className={css.acts}>
        <Button type="submit" size="md" loading={send.isPending}>
          {words.act}
        </Button>
      </div>
    </form>
  );
}

/** The user's datasets, the chosen one among them though the search is for another. */
function choices(own: Dataset[], chosen: Dataset | undefined): { value: string; label: string }[] {
  const all =
    chosen === undefined || own.some((one) => one.id === chosen.id) ? own : [chosen, ...own];
  return all.map((one) => ({ value: one.id, label: one.name }));
}

type LevelsProps = { value: Privacy; onChange: (value: Privacy) => void };

function Levels({ value, onChange }: LevelsProps): ReactNode {
  return (
    <fieldset className={css.levels}>
      <legend>{words.privacy}</legend>
      <p className={css.hint}>{words.privacySays}</p>
      <div className={css.cards}>
        {LEVELS.map((level) => (
          <label key={level} className={css.level}>
            <input
              type="radio"
              name="privacy"
              value={level}
              checked={value === level}
              onChange={() => onChange(level)}
              aria-describedby={`cost-${level}`}
            />
            <span className={css.levelName}>{words.levels[level].name}</span>
            <span id={`cost-${level}`}>
              {words.levels[level].says}{" "}
              <span className={css.levelCost}>{words.levels[level].cost}</span>
            </span>
          </label>
        ))}
      </div>
      <p className={css.hint}>{words.measured}</p>
    </fieldset>
  );
}

function NoDatasets(): ReactNode {
  return (
    <div className="card">
      <Empty
        icon={<TableIcon size={22} />}
        title={words.noDatasets}
        next={
          <Button component={Link} to="/datasets">
            {words.toDatasets}
          </Button>
        }
      >
        {models.emptySays}
      </Empty>
    </div>
  );
}
