/** The candidates that did not become records: why, what was answered, and which of them are asked for again. */
import { Button, Checkbox } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import {
  listFailures,
  passRecords,
  retryFailures,
  type Record as Found,
  type RecordJob,
} from "@/api";
import { getRecordJobQueryKey } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { count } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { AgainIcon, DownloadIcon } from "@/parts/icons";
import { patiently } from "@/service/patiently";
import { records } from "@/strings/records";

import { follow } from "../generations/save";
import { slotOf } from "./Found";
import css from "./records.module.css";
import { toldOf } from "./told";

const words = records.refused;

const MOST = 100;

type Facts = { column?: string; kind?: string; reason?: string; raw?: string; attempts?: number };

export function Refused({ job, going }: { job: RecordJob; going: boolean }): ReactNode {
  const mayWrite = useMayWrite();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const path = { job_id: job.id };
  const told = toldOf(job);
  const many = told.failed + told.filtered;
  const failures = useQuery({
    // once more when it has ended, for what came last
    queryKey: ["failures", job.id, going ? "going" : many],
    queryFn: async ({ signal }) =>
      (await listFailures({ path, query: { limit: MOST }, signal, throwOnError: true })).data,
    enabled: many > 0,
    placeholderData: keepPreviousData,
    refetchInterval: going ? 3_000 : false,
  });
  const retry = useMutation({
    mutationFn: () =>
      patiently(() => retryFailures({ path, body: { ids: [...chosen] }, throwOnError: true })),
    onSuccess: async () => {
      setChosen(new Set());
      await queries.invalidateQueries({ queryKey: getRecordJobQueryKey({ path }) });
    },
  });
  const save = useMutation({
    mutationFn: async () => {
      await passRecords({ path, throwOnError: true });
      follow(`/api/records/jobs/${encodeURIComponent(job.id)}/failures/download`, true);
    },
  });
  if (many === 0) return null;
  const may = mayWrite && job.mine && (job.state === "failed" || job.state === "cancelled");
  const items = failures.data?.items ?? [];
  const choose = (ids: string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    setChosen(next);
  };
  return (
    <section className={`card ${css.panel}`} aria-labelledby="refused">
      <div className={css.panelHead}>
        <h2 id="refused">{words.title}</h2>
        <div className={css.acts}>
          {may && (
            <Button
              variant="default"
              leftSection={<AgainIcon size={16} />}
              disabled={chosen.size === 0}
              loading={retry.isPending}
              onClick={() => retry.mutate()}
            >
              {words.retry(chosen.size)}
            </Button>
          )}
          <Button
            variant="default"
            leftSection={<DownloadIcon size={16} />}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {words.save}
          </Button>
        </div>
      </div>
      <p className={css.note}>
        {job.state === "completed" ? words.over : may ? words.choose : words.says}
        {many > MOST && ` ${words.first(MOST, many)}`}
      </p>
      {retry.isError && <ErrorSays error={retry.error} />}
      {save.isError && <ErrorSays error={save.error} />}
      {failures.isError && (
        <ErrorSays error={failures.error} onRetry={() => void failures.refetch()} />
      )}
      {items.length > 0 && (
        <div
          className={`${css.wide} ${css.refused}`}
          tabIndex={0}
          role="region"
          aria-label={words.says}
        >
          <table className={css.table}>
            <thead>
              <tr>
                {may && (
                  <th scope="col">
                    <Checkbox
                      size="xs"
                      aria-label={words.all}
                      checked={items.every((one) => chosen.has(one.id))}
                      indeterminate={chosen.size > 0 && chosen.size < items.length}
                      onChange={(event) =>
                        choose(
                          items.map((one) => one.id),
                          event.currentTarget.checked,
                        )
                      }
                    />
                  </th>
                )}
                {Object.values(words.heads).map((head) => (
                  <th key={head} scope="col">
                    {head}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <Row
                  key={one.id}
                  one={one}
                  chosen={may ? chosen.has(one.id) : null}
                  onChoose={(on) => choose([one.id], on)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

type RowProps = {
  one: Found;
  /** Null: it cannot be chosen. */
  chosen: boolean | null;
  onChoose: (on: boolean) => void;
};

function Row({ one, chosen, onChoose }: RowProps): ReactNode {
  const { column, kind = "", reason, raw = "", attempts = 0 } = one.facts as Facts;
  return (
    <tr>
      {chosen !== null && (
        <td>
          <Checkbox
            className={css.pick}
            size="xs"
            aria-label={words.pick(slotOf(one))}
            checked={chosen}
            onChange={(event) => onChoose(event.currentTarget.checked)}
          />
        </td>
      )}
      <td data-head={words.heads.record}>{slotOf(one)}</td>
      <td>
        <bdi>{column}</bdi>
      </td>
      <td>{kind in words.kinds ? words.kinds[kind as keyof typeof words.kinds] : kind}</td>
      <td className={css.reason}>
        <bdi>{reason}</bdi>
        {raw !== "" && (
          <details className={css.raw}>
            <summary>{words.raw}</summary>
            <pre>{raw}</pre>
          </details>
        )}
      </td>
      <td data-head={words.heads.tries}>{count(attempts)}</td>
    </tr>
  );
}
