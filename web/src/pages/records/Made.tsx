/** Where a record is from: of each column the model, the raw answer and the prompt's hash, or the source. */
import type { ReactNode } from "react";

import type { Record as Found } from "@/api";
import { span } from "@/parts/format";
import { records } from "@/strings/records";

import css from "./records.module.css";
import { money } from "./spec";
import { textOf } from "./told";

const words = records.made;

type Facts = {
  model?: string;
  alias?: string;
  request?: string;
  asks?: number;
  latency_s?: number;
  raw?: string;
  seed?: string;
  row?: number;
  source?: { file: string; page?: number; offset?: number; length?: number };
};

export function Made({ record }: { record: Found }): ReactNode {
  const made = (record.facts.provenance ?? {}) as { [column: string]: Facts | null };
  const names = [...new Set([...Object.keys(record.fields), ...Object.keys(made)])];
  const { calls, tokens, cost } = record.facts as { calls: number; tokens: number; cost: number };
  return (
    <div className={css.made}>
      {names.map((name) => (
        <section key={name} aria-label={name}>
          <h3>
            <bdi>{name}</bdi>
          </h3>
          {name in record.fields && (
            <p className={css.value}>
              <bdi>{textOf(record.fields[name])}</bdi>
            </p>
          )}
          <From facts={made[name] ?? null} value={record.fields[name]} />
        </section>
      ))}
      <p className={css.note}>
        {words.spent}: {words.spentSays(calls, tokens, money(cost))}
      </p>
    </div>
  );
}

function From({ facts, value }: { facts: Facts | null; value: unknown }): ReactNode {
  if (facts === null) return <p className={css.note}>{words.drawn}</p>;
  if (facts.source !== undefined) {
    const { file, page, offset, length } = facts.source;
    return (
      <p className={css.note}>
        <bdi>{words.passage(file, page, offset, length)}</bdi>
      </p>
    );
  }
  if (facts.seed !== undefined)
    return <p className={css.note}>{words.seed(facts.seed, facts.row ?? 0)}</p>;
  if (facts.raw === undefined)
    return (
      <p className={css.note}>{facts.row === undefined ? words.drawn : words.table(facts.row)}</p>
    );
  return (
    <dl className={css.facts}>
      <dt>{words.model}</dt>
      <dd>
        <bdi>{facts.alias}</bdi> (<bdi>{facts.model}</bdi>), {words.asked(facts.asks ?? 1)}
      </dd>
      {facts.latency_s !== undefined && (
        <>
          <dt>{words.took}</dt>
          <dd>{span(1000 * facts.latency_s)}</dd>
        </>
      )}
      <dt>{words.prompt}</dt>
      <dd className="mono">{facts.request}</dd>
      {facts.raw !== value && (
        <>
          <dt>{words.raw}</dt>
          <dd>
            <pre>{facts.raw}</pre>
          </dd>
        </>
      )}
      {facts.raw === value && (
        <>
          <dt>{words.raw}</dt>
          <dd>{words.same}</dd>
        </>
      )}
    </dl>
  );
}
