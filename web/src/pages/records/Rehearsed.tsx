/** A few records, written to be looked at: what was asked, what was answered, and what all of them would cost. */
import { Button, Loader } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import {
  cancelJob,
  type RecordEstimate,
  type RecordRehearsal,
  type RehearsedRecord,
  type WrittenColumn,
} from "@/api";
import {
  getRecordRehearsalOptions,
  getRecordRehearsalQueryKey,
} from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { JobFailed } from "@/parts/JobFailed";
import { Waiting } from "@/parts/Waiting";
import { hasEnded, useFollowed } from "@/service/use-job";
import { records } from "@/strings/records";

import css from "./records.module.css";
import { money } from "./spec";
import { textOf } from "./told";
import { Values } from "./Values";

const words = records.rehearsal;

export function Rehearsed({ id }: { id: string }): ReactNode {
  const path = { job_id: id };
  const query = useQuery(getRecordRehearsalOptions({ path }));
  const job = query.data;
  useFollowed<RecordRehearsal>({
    job,
    queryKey: getRecordRehearsalQueryKey({ path }),
    events: `/api/jobs/${encodeURIComponent(id)}/events`,
  });
  if (job === undefined)
    return query.isError ? <ErrorSays error={query.error} /> : <Waiting for={words.waiting} />;
  if (!hasEnded(job.state)) return <Going job={job} />;
  if (job.state === "failed") return <JobFailed title={words.failed} problem={job.problem} />;
  if (job.state === "cancelled") return <p className={css.note}>{words.cancelled}</p>;
  const { estimate, short, rehearsed } = job;
  // the events say that it is over, and not what it came to
  if (rehearsed.length === 0 && short == null) return <Waiting for={words.waiting} />;
  return (
    <>
      {estimate != null && <Estimate estimate={estimate} />}
      {short != null && (
        <p className={css.lacks}>
          <bdi>{short}</bdi>
        </p>
      )}
      <ol className={css.rows}>
        {rehearsed.map((one) => (
          <Candidate key={`${String(one.slot)} ${String(one.candidate)}`} one={one} />
        ))}
      </ol>
    </>
  );
}

function Going({ job }: { job: RecordRehearsal }): ReactNode {
  const stop = useMutation({
    mutationFn: () => cancelJob({ path: { job_id: job.id }, throwOnError: true }),
  });
  return (
    <div className={css.acts}>
      <Loader size="xs" color="gray" aria-hidden="true" />
      <span role="status" className={css.note}>
        {job.state === "pending" ? words.pending : words.going(job.counts.accepted ?? 0, job.rows)}
      </span>
      <Button
        size="compact-sm"
        variant="subtle"
        disabled={job.state === "cancelling"}
        loading={stop.isPending}
        onClick={() => stop.mutate()}
      >
        {words.stop}
      </Button>
      {stop.isError && <ErrorSays error={stop.error} />}
    </div>
  );
}

function Estimate({ estimate }: { estimate: RecordEstimate }): ReactNode {
  const { cost, costLow, costHigh, tokens, tokensLow, tokensHigh } = estimate;
  return (
    <p className={css.most}>
      <b>{words.all(estimate.records)}</b>
      {cost > 0 && <span>{words.cost(money(cost), money(costLow), money(costHigh))}</span>}
      <span>{words.tokens(tokens, tokensLow, tokensHigh)}</span>
    </p>
  );
}

function Candidate({ one }: { one: RehearsedRecord }): ReactNode {
  const { slot, candidate, values, written, refused } = one;
  const answered = new Set(written.map(({ column }) => column));
  const others = Object.entries(values).filter(([name]) => !answered.has(name));
  return (
    <li>
      <h3>{words.record(slot + 1, candidate + 1)}</h3>
      <Values of={Object.fromEntries(others)} />
      {written.map((column) => (
        <Written key={column.column} of={column} value={values[column.column]} />
      ))}
      {refused != null && (
        <p className={css.lacks}>
          {words.refused(refused.column)} <bdi>{refused.reason}</bdi>
        </p>
      )}
      <p className={css.label}>{words.took(one.tokens, one.cost > 0 ? money(one.cost) : null)}</p>
    </li>
  );
}

/** What was asked for a column, and what it was read as; where it could not be read, what was said. */
function Written({ of, value }: { of: WrittenColumn; value: unknown }): ReactNode {
  const { column, model, prompt, asks } = of;
  const answer = value === undefined ? of.answer : textOf(value);
  return (
    <div className={css.prompt}>
      <span className={css.label}>
        <bdi>{records.preview.by(column, model)}</bdi>
        {asks > 1 && `, ${records.made.asked(asks)}`}
      </span>
      <pre>{prompt}</pre>
      {answer !== "" && (
        <>
          <span className={css.label}>{words.answer}</span>
          <p className={css.answer}>
            <bdi>{answer}</bdi>
          </p>
        </>
      )}
    </div>
  );
}
