/** What the check says of a file, in a word and three scores. */
import { Button, Loader } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";

import { retryJob, type GenerationInspected } from "@/api";
import { getGenerationQueryKey } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { CheckIcon, WarnIcon } from "@/parts/icons";
import { hasEnded } from "@/service/use-job";
import { generations } from "@/strings/generations";

import css from "./generations.module.css";

const words = generations.report;
const SCORES = ["fidelity", "utility", "privacy"] as const;

export function ReportCard({ generation }: { generation: GenerationInspected }): ReactNode {
  const report = generation.report ?? null;
  const asked = generation.conditions || generation.shares || generation.balance;
  return (
    <section className={`card ${css.panel}`} aria-labelledby="report">
      <h2 id="report">{words.title}</h2>
      {report === null ? (
        <p className={css.note}>{generations.check.noneSays}</p>
      ) : !hasEnded(report.state) ? (
        <p className={css.checking} role="status">
          <Loader size="xs" color="gray" aria-hidden="true" />
          <span>
            {generations.check.going}
            {report.percent > 0 && <>, {report.percent} %</>}. {words.going}
          </span>
        </p>
      ) : report.passed == null ? (
        <Failed generation={generation} jobId={report.jobId} />
      ) : (
        <>
          <p className={css.verdict} data-passed={report.passed}>
            {report.passed ? <CheckIcon size={20} /> : <WarnIcon size={20} />}
            {report.passed ? words.passed : words.refused}
          </p>
          <dl className={css.scores}>
            {SCORES.map((name) => {
              const score = report.scores?.[name];
              return (
                <div key={name}>
                  <dt>{words.scores[name]}</dt>
                  <dd>{score == null ? "–" : score.toFixed(1)}</dd>
                </div>
              );
            })}
          </dl>
          {!report.passed && asked && <p className={css.note}>{words.conditions}</p>}
          <Button component={Link} to={`/generation/${generation.id}/report`} variant="default">
            {words.open}
          </Button>
        </>
      )}
    </section>
  );
}

function Failed({
  generation,
  jobId,
}: {
  generation: GenerationInspected;
  jobId: string;
}): ReactNode {
  const queries = useQueryClient();
  const retry = useMutation({
    mutationFn: () => retryJob({ path: { job_id: jobId }, throwOnError: true }),
    onSuccess: () =>
      queries.invalidateQueries({
        queryKey: getGenerationQueryKey({ path: { generation_id: generation.id } }),
      }),
  });
  return (
    <>
      <p>{words.failed}</p>
      {retry.isError && <ErrorSays error={retry.error} />}
      {generation.mine && (
        <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
          {words.again}
        </Button>
      )}
    </>
  );
}
