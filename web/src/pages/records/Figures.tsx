/** How far a job is: how many records, what was refused, what it cost, and how alike they are. */
import type { ReactNode } from "react";

import type { RecordJob } from "@/api";
import { count } from "@/parts/format";
import type { Live } from "@/service/use-events";
import { hasEnded } from "@/service/use-job";
import { shared } from "@/strings";
import { records } from "@/strings/records";

import css from "./records.module.css";
import { money } from "./spec";
import { toldOf } from "./told";

const words = records.job;
const THOUSAND = 1000;

export function Figures({ job, live }: { job: RecordJob; live: Live }): ReactNode {
  const told = toldOf(job);
  const each = told.accepted > 0 ? told.cost / told.accepted : null;
  const figures: [string, string][] = [
    [words.figures.failed, count(told.failed)],
    [words.figures.filtered, count(told.filtered)],
    [words.figures.calls, count(told.calls)],
    [words.figures.tokens, count(told.tokens)],
    [words.figures.cost, money(told.cost)],
    ...(each === null
      ? []
      : ([
          [words.figures.each, money(each)],
          [words.figures.thousand, money(each * THOUSAND)],
        ] satisfies [string, string][])),
  ];
  return (
    <section className={`card ${css.panel}`} aria-labelledby="progress">
      <div className={css.panelHead}>
        <h2 id="progress">{words.progress}</h2>
        {!hasEnded(job.state) && live !== "off" && (
          <span className={css.note}>{shared.live[live]}</span>
        )}
      </div>
      <p className={css.far}>{words.of(told.accepted, job.records)}</p>
      <Bar
        label={words.bar}
        share={told.accepted / Math.max(1, job.records)}
        now={told.accepted}
        most={job.records}
      />
      <dl className={css.figures}>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {told.presumed > 0 && <p className={css.note}>{words.presumed(money(told.presumed))}</p>}
      <Alike diversity={job.diversity} />
    </section>
  );
}

function Bar(props: { label: string; share: number; now: number; most: number }): ReactNode {
  return (
    <div
      className={css.bar}
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={props.most}
      aria-valuenow={props.now}
    >
      <i style={{ width: `${String(100 * Math.min(1, props.share))}%` }} />
    </div>
  );
}

function Alike({ diversity }: { diversity: RecordJob["diversity"] }): ReactNode {
  const { nearDuplicates, distinct2, compression, candidates } = diversity;
  const meters = [
    [words.alike.near, nearDuplicates, true],
    [words.alike.distinct, distinct2, false],
    [words.alike.compression, compression, false],
  ] as const;
  const known = meters.some(([, value]) => value != null);
  return (
    <div className={css.alike}>
      <h3>{words.alike.title}</h3>
      <p className={css.note}>{known ? words.alike.says(candidates ?? 0) : words.alike.few}</p>
      {known && (
        <ul className={css.meters}>
          {meters.map(([name, value, bad]) =>
            value == null ? null : (
              <li key={name}>
                <span>{name}</span>
                <span
                  className={css.meter}
                  aria-hidden="true"
                  data-bad={(bad && value > 0.25) || undefined}
                >
                  <i style={{ width: `${String(100 * Math.min(1, value))}%` }} />
                </span>
                <b>{`${(100 * value).toFixed(0)} %`}</b>
              </li>
            ),
          )}
        </ul>
      )}
    </div>
  );
}
