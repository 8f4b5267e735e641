/** What each column is taken for, beside what was seen in it; to be corrected, and saved in one go. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";

import { putSchema, type ColumnSeen } from "@/api";
import {
  getDatasetColumnsOptions,
  getDatasetColumnsQueryKey,
  getDatasetQueryKey,
  getSchemaOptions,
  getSchemaQueryKey,
  previewDatasetQueryKey,
} from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { count } from "@/parts/format";
import { Histogram } from "@/parts/Histogram";
import { SearchIcon } from "@/parts/icons";
import { useKept } from "@/parts/kept";
import { cut } from "@/parts/RowsTable";
import { say } from "@/parts/say";
import { Tag } from "@/parts/Tags";
import { Waiting } from "@/parts/Waiting";
import { datasets, shared } from "@/strings";

import css from "./schema.module.css";
import {
  edited,
  kindsFor,
  withEdit,
  type Action,
  type Edit,
  type Edits,
  type Entry,
  type Kind,
  type Role,
} from "./schema-edit";

const words = datasets.schema;
/** Columns that are drawn at once; of wider tables one shows more. */
const AT_ONCE = 100;

export function SchemaEditor({ datasetId, own }: { datasetId: string; own: boolean }): ReactNode {
  const path = { dataset_id: datasetId };
  const schema = useQuery(getSchemaOptions({ path }));
  const facts = useQuery(getDatasetColumnsOptions({ path }));
  if (schema.isPending || facts.isPending) return <Waiting for={shared.waiting.list("columns")} />;
  if (schema.isError)
    return <ErrorSays error={schema.error} onRetry={() => void schema.refetch()} />;
  if (facts.isError) return <ErrorSays error={facts.error} onRetry={() => void facts.refetch()} />;
  return (
    <Editor
      datasetId={datasetId}
      own={own}
      entries={schema.data.columns as unknown as Entry[]}
      seen={facts.data.columns}
    />
  );
}

type Props = { datasetId: string; own: boolean; entries: Entry[]; seen: ColumnSeen[] };

function Editor({ datasetId, own, entries, seen }: Props): ReactNode {
  const queries = useQueryClient();
  const path = { dataset_id: datasetId };
  const [kept, keep, forget] = useKept<{ edits: Edits }>(`schema:${datasetId}`, { edits: {} });
  const [search, setSearch] = useState("");
  const [most, setMost] = useState(AT_ONCE);
  const facts = useMemo(() => new Map(seen.map((one) => [one.name, one])), [seen]);
  const now = useMemo(() => edited(entries, kept.edits, seen), [entries, kept.edits, seen]);
  const found = now.filter((entry) =>
    entry.name.toLowerCase().includes(search.trim().toLowerCase()),
  );
  const changes = Object.keys(kept.edits).length;

  const save = useMutation({
    mutationFn: async () => (await putSchema({ path, body: { columns: now } })).data,
    onSuccess: async (saved) => {
      queries.setQueryData(getSchemaQueryKey({ path }), saved);
      forget();
      say(words.saved);
      await Promise.all(
        [
          getDatasetColumnsQueryKey({ path }),
          getDatasetQueryKey({ path }),
          previewDatasetQueryKey({ path }),
        ].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
    },
  });
  const change = (name: string, edit: Edit): void => {
    save.reset();
    keep({ edits: withEdit(entries, kept.edits, name, edit) });
  };

  return (
    <section aria-label={datasets.tabs.columns} className={css.editor}>
      <div className={css.tools}>
        {entries.length > 12 && (
          <TextInput
            type="search"
            className={css.search}
            aria-label={words.search}
            placeholder={words.search}
            leftSection={<SearchIcon size={16} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <p className={css.told} role="status">
          {words.shown(found.length, entries.length)}
        </p>
        {!own && <p className={css.told}>{words.readOnly}</p>}
      </div>
      <div className={`card ${css.frame}`}>
        <table className={css.table}>
          <thead>
            <tr>
              <th scope="col">{words.column}</th>
              <th scope="col">{words.seen}</th>
              <th scope="col">{words.kind}</th>
              <th scope="col">{words.role}</th>
              <th scope="col">{words.treatment}</th>
            </tr>
          </thead>
          <tbody>
            {found.slice(0, most).map((entry) => (
              <Row
                key={entry.name}
                entry={entry}
                original={entries.find((one) => one.name === entry.name) ?? entry}
                seen={facts.get(entry.name)}
                changed={entry.name in kept.edits}
                own={own}
                change={change}
              />
            ))}
          </tbody>
        </table>
      </div>
      {found.length > most && (
        <Button variant="default" className={css.more} onClick={() => setMost(most + AT_ONCE)}>
          {shared.list.more}
        </Button>
      )}
      {own && changes > 0 && (
        <div className={css.bar} role="group" aria-label={words.changes(changes)}>
          {save.isError && (
            <div className={css.barError}>
              <ErrorSays error={save.error} title={words.failed} />
            </div>
          )}
          <span role="status">{save.isPending ? words.saving : words.changes(changes)}</span>
          <span className={css.barActs}>
            <Button
              variant="default"
              disabled={save.isPending}
              onClick={() => {
                save.reset();
                forget();
              }}
            >
              {words.discard}
            </Button>
            <Button loading={save.isPending} onClick={() => save.mutate()}>
              {words.save}
            </Button>
          </span>
        </div>
      )}
    </section>
  );
}

type RowProps = {
  entry: Entry;
  original: Entry;
  seen: ColumnSeen | undefined;
  changed: boolean;
  own: boolean;
  change: (name: string, edit: Edit) => void;
};

function Row({ entry, original, seen, changed, own, change }: RowProps): ReactNode {
  const name = cut(entry.name);
  const action = entry.action ?? "model";
  return (
    <tr data-changed={changed || undefined} data-dropped={action === "drop" || undefined}>
      <th scope="row" className={css.name}>
        <bdi>{name}</bdi>
        {entry.content != null && entry.content !== "words" && (
          <span className={css.personal}>
            <Tag tone="warn">
              {words.personal}: {contentWord(entry.content)}
            </Tag>
          </span>
        )}
      </th>
      <td className={css.seen}>{seen !== undefined && <Seen seen={seen} />}</td>
      <td data-head={words.kind}>
        {own ? (
          <NativeSelect
            aria-label={words.forColumn(words.kind, name)}
            title={words.kindSays[entry.kind]}
            value={entry.kind}
            onChange={(event) => change(entry.name, { kind: event.currentTarget.value as Kind })}
            data={kindsFor(original, seen).map((kind) => ({
              value: kind,
              label: words.kinds[kind],
            }))}
          />
        ) : (
          words.kinds[entry.kind]
        )}
      </td>
      <td data-head={words.role}>
        {own ? (
          <NativeSelect
            aria-label={words.forColumn(words.role, name)}
            title={words.roleSays}
            value={entry.role ?? ""}
            onChange={(event) =>
              change(entry.name, { role: (event.currentTarget.value || null) as Role })
            }
            data={[
              { value: "", label: words.roles.none },
              { value: "target", label: words.roles.target },
              { value: "key", label: words.roles.key },
            ]}
          />
        ) : (
          words.roles[entry.role ?? "none"]
        )}
      </td>
      <td data-head={words.treatment}>
        {own ? (
          <NativeSelect
            aria-label={words.forColumn(words.treatment, name)}
            title={words.actionSays[action]}
            value={action}
            onChange={(event) =>
              change(entry.name, { action: event.currentTarget.value as Action })
            }
            data={(["model", "fake", "drop"] as const).map((one) => ({
              value: one,
              label: words.actions[one],
            }))}
          />
        ) : (
          words.actions[action]
        )}
      </td>
    </tr>
  );
}

const contentWord = (content: string): string =>
  content in words.contents ? words.contents[content as keyof typeof words.contents] : content;

function Seen({ seen }: { seen: ColumnSeen }): ReactNode {
  const rows = seen.missing + Math.max(seen.lookedAt - seen.missing, 0);
  const share = rows === 0 ? 0 : seen.missing / rows;
  const percent = share === 0 ? null : share < 0.01 ? "<1 %" : `${(share * 100).toFixed(0)} %`;
  const low = seen.bins[0]?.low;
  const high = seen.bins.at(-1)?.high;
  return (
    <div className={css.facts}>
      <span className={css.bars}>
        <Histogram seen={seen} label={words.histogram(cut(seen.name))} />
      </span>
      <span className={css.words}>
        <span className={css.examples}>
          {low !== undefined && high !== undefined ? (
            <bdi>{words.range(cut(low), cut(high))}</bdi>
          ) : (
            <Examples
              values={seen.values.length > 0 ? seen.values.map((one) => one.value) : seen.examples}
            />
          )}
        </span>
        <span className={css.counts}>
          {words.distinct(count(seen.distinct))}
          {percent !== null && <span data-some> · {words.missing(percent)}</span>}
        </span>
      </span>
    </div>
  );
}

function Examples({ values }: { values: string[] }): ReactNode {
  return values.slice(0, 3).map((value, index) => (
    <span key={value}>
      {index > 0 && ", "}
      <bdi>{value.trim() === "" ? JSON.stringify(value) : value.slice(0, 40)}</bdi>
    </span>
  ));
}
