/** How far a job is: a bar, rows, how fast they come, the strip of blocks, and what is tried again and why. */
import { useEffect, useState, type ReactNode } from "react";

import type { TasksSeen, TaskSeen } from "@/api";
import { count, span } from "@/parts/format";
import { shared } from "@/strings";
import { generations as words } from "@/strings/generations";
import { taskPart } from "@/strings/tasks";
import type { Live } from "@/service/use-events";
import type { JobState } from "@/service/use-job";

import css from "./progress.module.css";
import { cellsOf, countOf, type Cell, rowsPerCell } from "./strip";
import { usePace } from "./use-generation";

type Props = {
  job: { state: JobState; percent: number; startedAt?: string | null };
  /** Of a generation: how many there will be. */
  rows?: number;
  tasks: TasksSeen | undefined;
  live: Live;
};

export function Progress({ job, rows, tasks, live }: Props): ReactNode {
  const { rate, leftMs } = usePace(tasks?.rowsDone, rows ?? 0);
  const done = tasks?.rowsDone ?? 0;
  const drawing = rows !== undefined && done < rows;
  return (
    <div className={css.progress}>
      <div className={css.line}>
        <span className={css.percent}>{job.percent} %</span>
        <span className={css.says}>
          {job.state === "pending" ? (
            words.progress.waitsForWorker
          ) : rows === undefined ? null : drawing ? (
            <>
              <b>{words.progress.rows(done, rows)}</b>
              {rate !== null && job.state === "running" && (
                <span>{words.progress.rate(Math.round(rate))}</span>
              )}
              {leftMs !== null && job.state === "running" && (
                <span>{words.progress.left(span(leftMs))}</span>
              )}
            </>
          ) : job.percent >= 95 ? (
            words.progress.stages.last
          ) : (
            words.progress.stages.joined
          )}
        </span>
        {live !== "off" && <span className={css.live}>{shared.live[live]}</span>}
      </div>
      <div
        className={css.bar}
        role="progressbar"
        aria-label={words.progress.title}
        aria-valuenow={job.percent}
        aria-valuemin={0}
        aria-valuemax={100}
        data-state={job.state}
      >
        <span className={css.fill} style={{ width: `${String(job.percent)}%` }} />
      </div>
      {tasks !== undefined && tasks.blocks != null && tasks.blocks > 1 && <Strip tasks={tasks} />}
      {tasks !== undefined && <Troubles tasks={tasks.tasks} />}
    </div>
  );
}

const SHOWN: Cell[] = ["done", "going", "again", "failed", "waiting"];

export function Strip({ tasks }: { tasks: TasksSeen }): ReactNode {
  const cells = cellsOf(tasks);
  const total = tasks.blocks ?? 0;
  const done = tasks.tasks.reduce((sum, task) => sum + (task.role === "chunk" ? task.done : 0), 0);
  const shown = SHOWN.filter((cell) => countOf(cells, cell) > 0);
  return (
    <div className={css.blocks}>
      <div
        className={css.strip}
        role="img"
        aria-label={words.progress.strip(
          done,
          total,
          countOf(cells, "going"),
          countOf(cells, "again"),
        )}
      >
        {cells.map((cell, at) => (
          <span key={at} data-cell={cell} />
        ))}
      </div>
      <p className={css.legend}>
        <span>{words.progress.blocks(rowsPerCell(total))}</span>
        {shown.map((cell) => (
          <span key={cell}>
            <i data-cell={cell} aria-hidden="true" /> {words.progress.legend[cell]}{" "}
            {count(countOf(cells, cell))}
          </span>
        ))}
      </p>
    </div>
  );
}

/** What waits to be tried again, and why. */
function Troubles({ tasks }: { tasks: TaskSeen[] }): ReactNode {
  const troubled = tasks.filter((task) => task.failures > 0 && task.state !== "completed");
  const now = useNow(troubled.some((task) => task.state === "retrying"));
  if (troubled.length === 0) return null;
  return (
    <ul className={css.troubles}>
      {troubled.slice(0, 8).map((task) => (
        <li key={task.number}>
          <b>{taskPart(task.number, task.role)}</b>
          <span>
            {words.progress.again(task.failures)}
            {task.reason != null && <>: {task.reason}</>}
          </span>
          {task.state === "retrying" && <span className={css.soon}>{soon(task, now)}</span>}
        </li>
      ))}
    </ul>
  );
}

function soon(task: TaskSeen, now: number): string {
  const left = task.againAt == null ? 0 : Date.parse(task.againAt) - now;
  return left > 500 ? words.progress.soon(span(Math.ceil(left / 1000) * 1000)) : words.progress.now;
}

/** The time, each second while it is asked for. */
function useNow(going: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!going) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [going]);
  return now;
}
