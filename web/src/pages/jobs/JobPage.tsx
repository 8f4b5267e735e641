/** One job: how far, why, what it made, and the log of every try, as it grows. */
import { Button } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { cancelJob, deleteJob, retryJob, type Attempt, type Job } from "@/api";
import {
  getGenerationOptions,
  getJobOptions,
  getJobQueryKey,
  getLogsOptions,
} from "@/api/@tanstack/react-query.gen";
import { questionOf } from "@/parts/deleting";
import { ErrorSays } from "@/parts/ErrorSays";
import { count, moment, span } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { JobActs } from "@/parts/JobActs";
import { JobFailed } from "@/parts/JobFailed";
import { NotYet } from "@/parts/NotYet";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { Waiting } from "@/parts/Waiting";
import { hasEnded, useFollowed } from "@/service/use-job";
import { shared } from "@/strings";
import { jobs as words } from "@/strings/jobs";
import { taskPart } from "@/strings/tasks";

import { Progress } from "../generations/Progress";
import { useTasks } from "../generations/use-generation";
import css from "./jobs.module.css";

const UP = { to: "/jobs", label: words.title };

export function JobPage(): ReactNode {
  const { jobId = "" } = useParams();
  return <OneJob key={jobId} id={jobId} />;
}

function OneJob({ id }: { id: string }): ReactNode {
  const path = { job_id: id };
  const query = useQuery(getJobOptions({ path }));
  const job = query.data;
  const live = useFollowed<Job>({
    job,
    queryKey: getJobQueryKey({ path }),
    events: `/api/jobs/${encodeURIComponent(id)}/events`,
  });
  const tasks = useTasks(id, job?.state);
  const generation = useQuery({
    ...getGenerationOptions({ path: { generation_id: id } }),
    enabled: job?.kind === "generate",
  });
  if (job === undefined) return <NotYet one={words.one} up={UP} query={query} />;
  return (
    <>
      <PageHead
        title={job.name || words.kinds[job.kind]}
        up={UP}
        beside={<StateBadge state={job.state} />}
        actions={<Acts job={job} />}
      />
      <div className={css.page}>
        {!hasEnded(job.state) && (
          <section className={`card ${css.panel}`} aria-label={words.progress}>
            <Progress job={job} rows={generation.data?.numberOfRows} tasks={tasks} live={live} />
          </section>
        )}
        {job.problem != null && job.state === "failed" && (
          <JobFailed title={words.failed} problem={job.problem} />
        )}
        <Facts job={job} />
        <Log id={id} job={job} />
      </div>
    </>
  );
}

function Acts({ job }: { job: Job }): ReactNode {
  const own = useMayWrite() && job.mine;
  const queries = useQueryClient();
  const navigate = useNavigate();
  const path = { job_id: job.id };
  if (!own) return <Made job={job} />;
  return (
    <JobActs<unknown>
      state={job.state}
      words={{ ...words.acts, ...words.ofKind[job.kind] }}
      cancel={() => cancelJob({ path, throwOnError: true })}
      retry={() => retryJob({ path, throwOnError: true })}
      onAnswer={() => queries.invalidateQueries()}
      deletion={questionOf({
        name: job.name || words.kinds[job.kind],
        hanging: null,
        says: words.deleteSays[job.kind],
        remove: (cascade) => deleteJob({ path, query: { cascade }, throwOnError: true }),
        done: () => {
          queries.removeQueries({ queryKey: getJobQueryKey({ path }) });
          void navigate("/jobs");
        },
      })}
    >
      <Made job={job} />
    </JobActs>
  );
}

/** Ways to what the job made. */
function Made({ job }: { job: Job }): ReactNode {
  const to =
    job.kind === "generate"
      ? { to: `/generation/${job.id}`, label: words.of.generation }
      : job.kind === "fit" && job.state === "completed" && job.modelId != null
        ? { to: `/models/${job.modelId}`, label: words.of.model }
        : job.kind === "check" && job.state === "completed"
          ? reportOf(job)
          : job.kind === "write"
            ? { to: `/records/${job.id}`, label: words.of.records }
            : null;
  return to === null ? null : (
    <Button component={Link} to={to.to} variant="default">
      {to.label}
    </Button>
  );
}

/** A check has the id of what it checks, under another prefix: of a model, or of a generation. */
function reportOf(job: Job): { to: string; label: string } {
  const own = job.id.slice(job.id.indexOf("_") + 1);
  const to =
    job.modelId === `model_${own}`
      ? `/models/model_${own}/report`
      : `/generation/job_${own}/report`;
  return { to, label: words.of.report };
}

function Facts({ job }: { job: Job }): ReactNode {
  const { startedAt, endedAt, createdAt } = job;
  return (
    <section className={`card ${css.panel}`} aria-labelledby="facts">
      <h2 id="facts">{words.facts.title}</h2>
      <dl className={css.facts}>
        <dt>{words.facts.kind}</dt>
        <dd>{words.kinds[job.kind]}</dd>
        <dt>{words.facts.asked}</dt>
        <dd>{moment(createdAt)}</dd>
        {startedAt != null && (
          <>
            <dt>{words.facts.waited}</dt>
            <dd>{span(Date.parse(startedAt) - Date.parse(createdAt))}</dd>
          </>
        )}
        {endedAt != null && (
          <>
            <dt>{words.facts.ended}</dt>
            <dd>{moment(endedAt)}</dd>
          </>
        )}
        {startedAt != null && endedAt != null && (
          <>
            <dt>{words.facts.took}</dt>
            <dd>{span(Date.parse(endedAt) - Date.parse(startedAt))}</dd>
          </>
        )}
        {job.round > 0 && (
          <>
            <dt>{words.facts.rounds}</dt>
            <dd>{words.facts.times(job.round)}</dd>
          </>
        )}
        {job.datasetId != null && (
          <>
            <dt>{words.of.dataset}</dt>
            <dd>
              <Link to={`/datasets/${job.datasetId}`} className={css.link}>
                <span className="mono">{job.datasetId}</span>
              </Link>
            </dd>
          </>
        )}
        <dt>{words.facts.id}</dt>
        <dd className="mono">{job.id}</dd>
      </dl>
    </section>
  );
}

const SHOWN = 100;
const ROUND = 1000;

function Log({ id, job }: { id: string; job: Job }): ReactNode {
  const going = !hasEnded(job.state);
  const [all, setAll] = useState(false);
  const logs = useQuery({
    ...getLogsOptions({ path: { job_id: id } }),
    placeholderData: keepPreviousData,
    refetchInterval: going ? 1_000 : false,
  });
  const { refetch } = logs;
  useEffect(() => {
    // once more when it has ended, for what came last
    if (!going) void refetch();
  }, [going, refetch]);
  const attempts = [...(logs.data?.attempts ?? [])].sort((a, b) =>
    (a.beganAt ?? "").localeCompare(b.beganAt ?? ""),
  );
  const shown = all ? attempts : attempts.slice(-SHOWN);
  return (
    <section className={`card ${css.panel}`} aria-labelledby="log">
      <h2 id="log">{words.log.title}</h2>
      <p className={css.note}>{words.log.says}</p>
      {logs.isPending ? (
        <Waiting for={shared.waiting.thing(words.log.one)} />
      ) : logs.isError ? (
        <ErrorSays error={logs.error} onRetry={() => void logs.refetch()} />
      ) : attempts.length === 0 ? (
        <p className={css.note}>{words.log.none}</p>
      ) : (
        <>
          <div className={css.wide} tabIndex={0} role="region" aria-label={words.log.says}>
            <table className={css.log}>
              <thead>
                <tr>
                  {Object.values(words.log.heads).map((head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.map((one) => (
                  <LogRow key={`${String(one.task)} ${String(one.attempt)}`} one={one} />
                ))}
              </tbody>
            </table>
          </div>
          {shown.length < attempts.length && (
            <p className={css.note}>
              {words.log.shown(shown.length, attempts.length)}{" "}
              <Button size="compact-sm" variant="subtle" onClick={() => setAll(true)}>
                {words.log.all}
              </Button>
            </p>
          )}
        </>
      )}
    </section>
  );
}

function LogRow({ one }: { one: Attempt }): ReactNode {
  const took =
    one.beganAt == null || one.endedAt == null
      ? null
      : Date.parse(one.endedAt) - Date.parse(one.beganAt);
  const tone = one.outcome === "done" ? "good" : one.outcome === "running" ? "going" : "bad";
  return (
    <tr>
      <td>{taskPart(one.task, one.role)}</td>
      <td>{count(one.attempt % ROUND)}</td>
      <td className="mono">{one.worker ?? "–"}</td>
      <td>
        {one.beganAt == null
          ? "–"
          : new Date(one.beganAt).toLocaleTimeString("en", { timeStyle: "medium" })}
      </td>
      <td>{took === null ? "–" : span(took)}</td>
      <td className={css[tone]}>
        {one.outcome === "done"
          ? words.log.done
          : one.outcome === "running"
            ? words.log.running
            : (one.message ?? one.outcome)}
      </td>
    </tr>
  );
}
