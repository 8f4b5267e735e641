/** The candidates that did not become records: why, and what was answered. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { retryRecordJob, type RecordJob } from "@/api";
import { getRecordJobQueryKey, listFailuresOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { count } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { AgainIcon } from "@/parts/icons";
import { patiently } from "@/service/patiently";
import { records } from "@/strings/records";

import { slotOf } from "./Found";
import css from "./records.module.css";
import { toldOf } from "./told";

const words = records.refused;

const MOST = 100;

type Facts = { column?: string; kind?: string; reason?: string; raw?: string; attempts?: number };

export function Refused({ job, going }: { job: RecordJob; going: boolean }): ReactNode {
  const mayWrite = useMayWrite();
  const queries = useQueryClient();
  const path = { job_id: job.id };
  const told = toldOf(job);
  const many = told.failed + told.filtered;
  const failures = useQuery({
    ...listFailuresOptions({ path, query: { limit: MOST } }),
    enabled: many > 0,
    refetchInterval: going ? 3_000 : false,
  });
  const retry = useMutation({
    mutationFn: () => patiently(() => retryRecordJob({ path, throwOnError: true })),
    onSuccess: () => queries.invalidateQueries({ queryKey: getRecordJobQueryKey({ path }) }),
  });
  if (many === 0) return null;
  const may = mayWrite && job.mine && (job.state === "failed" || job.state === "cancelled");
  return (
    <section className={`card ${css.panel}`} aria-labelledby="refused">
      <div className={css.panelHead}>
        <h2 id="refused">{words.title}</h2>
        {may && (
          <Button
            variant="default"
            leftSection={<AgainIcon size={16} />}
            loading={retry.isPending}
            onClick={() => retry.mutate()}
          >
            {words.retry}
          </Button>
        )}
      </div>
      <p className={css.note}>
        {job.state === "completed" ? words.over : words.says}
        {many > MOST && ` ${words.first(MOST, many)}`}
      </p>
      {retry.isError && <ErrorSays error={retry.error} />}
      {failures.isError && (
        <ErrorSays error={failures.error} onRetry={() => void failures.refetch()} />
      )}
      {failures.data !== undefined && (
        <div
          className={`${css.wide} ${css.refused}`}
          tabIndex={0}
          role="region"
          aria-label={words.says}
        >
          <table className={css.table}>
            <thead>
              <tr>
                {Object.values(words.heads).map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {failures.data.items.map((one) => {
                const facts = one.facts as Facts;
                return (
                  <tr key={one.id}>
                    <td>{slotOf(one)}</td>
                    <td>
                      <bdi>{facts.column}</bdi>
                    </td>
                    <td>{facts.kind}</td>
                    <td>
                      <bdi>{facts.reason}</bdi>
                      {facts.raw !== undefined && facts.raw !== "" && (
                        <details className={css.raw}>
                          <summary>{words.raw}</summary>
                          <pre>{facts.raw}</pre>
                        </details>
                      )}
                    </td>
                    <td>{count(facts.attempts ?? 0)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
