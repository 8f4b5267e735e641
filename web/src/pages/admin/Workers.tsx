/** Who works on what, and what waits: as it is now. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { listWorkersOptions } from "@/api/@tanstack/react-query.gen";
import type { WorkerSeen } from "@/api/types.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { bytes, count, span } from "@/parts/format";
import { Waiting } from "@/parts/Waiting";
import { shared } from "@/strings";
import { admin } from "@/strings/admin";
import { taskPart } from "@/strings/tasks";

import css from "./admin.module.css";

const words = admin.workers;
const AGAIN_MS = 2_000;
const ROUND = 1000;
const MB = 1_000_000;

export function Workers(): ReactNode {
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery({
    ...listWorkersOptions(),
    refetchInterval: AGAIN_MS,
  });
  if (isPending) return <Waiting for={shared.waiting.list("workers")} />;
  if (data === undefined) return <ErrorSays error={error} onRetry={() => void refetch()} />;
  const figures = [
    [words.working, data.working.length],
    [words.waiting, data.waiting],
    [words.retrying, data.retrying],
  ] as const;
  return (
    <div className={css.part}>
      {error !== null && <ErrorSays error={error} onRetry={() => void refetch()} />}
      <dl className={css.figures}>
        {figures.map(([name, value]) => (
          <div key={name} className="card">
            <dt>{name}</dt>
            <dd>{count(value)}</dd>
          </div>
        ))}
      </dl>
      <p className={css.note}>{words.says}</p>
      <There workers={data.workers} now={dataUpdatedAt} />
      {data.working.length === 0 ? (
        <p className={`card ${css.quiet}`}>
          {data.waiting > 0 ? words.noneWaiting(data.waiting) : words.none}
        </p>
      ) : (
        <div className={`card ${css.wide}`} tabIndex={0} role="region" aria-label={words.working}>
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
              {data.working.map((one) => (
                <tr key={`${one.worker} ${one.jobId} ${String(one.task)}`}>
                  <th scope="row" className="mono">
                    {one.worker}
                  </th>
                  <td>{taskPart(one.task, one.role)}</td>
                  <td className="mono">{one.jobId}</td>
                  <td>{count(one.attempt % ROUND)}</td>
                  <td>
                    {one.beganAt == null
                      ? "–"
                      : span(Math.max(0, dataUpdatedAt - Date.parse(one.beganAt)))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

/** Every worker that is there, whether it has anything to do or not. */
function There({ workers, now }: { workers: WorkerSeen[]; now: number }): ReactNode {
  if (workers.length === 0) return <p className={`card ${css.quiet}`}>{words.nobody}</p>;
  return (
    <div className={`card ${css.wide}`} tabIndex={0} role="region" aria-label={words.there}>
      <table className={css.table}>
        <thead>
          <tr>
            {Object.values(words.thereHeads).map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workers.map((one) => (
            <tr key={one.name}>
              <th scope="row" className="mono">
                {one.name}
              </th>
              <td>{words.states[one.state]}</td>
              <td>{one.host}</td>
              <td className="mono">{one.pid}</td>
              <td>{one.pool}</td>
              <td>{bytes(one.memoryMb * MB)}</td>
              <td>{one.cpuPercent} %</td>
              <td>{span(Math.max(0, now - Date.parse(one.startedAt)))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
