/** One generation: how far it is, as it happens; then its file, and what the check says of it. */
import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { cancelGeneration, retryGeneration, type GenerationInspected, type TasksSeen } from "@/api";
import { getGenerationQueryKey, previewGenerationOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { counted, span } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { JobActs } from "@/parts/JobActs";
import { JobFailed } from "@/parts/JobFailed";
import { NotYet } from "@/parts/NotYet";
import { PageHead } from "@/parts/PageHead";
import { RowsTable } from "@/parts/RowsTable";
import { StateBadge } from "@/parts/StateBadge";
import { Waiting } from "@/parts/Waiting";
import { hasEnded } from "@/service/use-job";
import { shared } from "@/strings";
import { generations as words } from "@/strings/generations";

import { GenerationActions } from "./actions";
import { FileCard } from "./FileCard";
import css from "./generations.module.css";
import { Progress, Strip } from "./Progress";
import { PublishCard } from "./PublishCard";
import { ReportCard } from "./ReportCard";
import { GENERATIONS, useGeneration, useTasks } from "./use-generation";

const UP = { to: "/generation", label: words.title };

export function GenerationPage(): ReactNode {
  const { generationId = "" } = useParams();
  return <OneGeneration key={generationId} id={generationId} />;
}

function OneGeneration({ id }: { id: string }): ReactNode {
  const { query, live } = useGeneration(id);
  const generation = query.data;
  const tasks = useTasks(id, generation?.state);
  if (generation === undefined) return <NotYet one={words.one} up={UP} query={query} />;
  const done = generation.state === "completed";
  return (
    <>
      <PageHead
        title={generation.name}
        up={UP}
        beside={<StateBadge state={generation.state} />}
        actions={<Acts generation={generation} />}
      />
      <div className={css.page}>
        {query.isError && <ErrorSays error={query.error} onRetry={() => void query.refetch()} />}
        {!hasEnded(generation.state) && (
          <section className={`card ${css.panel}`} aria-label={words.progress.title}>
            <Progress job={generation} rows={generation.numberOfRows} tasks={tasks} live={live} />
          </section>
        )}
        {(generation.state === "failed" || generation.state === "cancelled") && (
          <EndedEarly generation={generation} tasks={tasks} />
        )}
        {done && (
          <div className={css.two}>
            <FileCard generation={generation} />
            <ReportCard generation={generation} />
          </div>
        )}
        {!done && <FileCard generation={generation} />}
        {done && <PublishCard generation={generation} />}
        {done && <FirstRows id={id} />}
      </div>
    </>
  );
}

function Acts({ generation }: { generation: GenerationInspected }): ReactNode {
  const mayWrite = useMayWrite();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { id, state } = generation;
  const path = { generation_id: id };
  const asAnswered = (answer: { data: object }): void => {
    queries.setQueryData<GenerationInspected>(getGenerationQueryKey({ path }), (before) =>
      before === undefined ? before : { ...before, ...answer.data },
    );
    void queries.invalidateQueries({ queryKey: getGenerationQueryKey({ path }) });
    void queries.invalidateQueries({ queryKey: GENERATIONS });
  };
  if (!mayWrite || !generation.mine) return null;
  return (
    <JobActs
      state={state}
      words={words.acts}
      cancel={() => cancelGeneration({ path, throwOnError: true })}
      retry={() => retryGeneration({ path, throwOnError: true })}
      onAnswer={asAnswered}
    >
      <Button component={Link} to={`/generation/new?again=${id}`} variant="default">
        {words.acts.again}
      </Button>
      <GenerationActions generation={generation} onDeleted={() => void navigate("/generation")} />
    </JobActs>
  );
}

/** Why it came to nothing, with the figures of what was done until then. */
export function EndedEarly({
  generation,
  tasks,
}: {
  generation: GenerationInspected;
  tasks: TasksSeen | undefined;
}): ReactNode {
  const { state, problem, startedAt, endedAt } = generation;
  const tries = tasks?.tasks.reduce((sum, task) => sum + task.tries, 0) ?? 0;
  const took =
    startedAt == null || endedAt == null ? null : span(Date.parse(endedAt) - Date.parse(startedAt));
  return (
    <section className={`card ${css.panel}`}>
      {state === "failed" && problem != null ? (
        <JobFailed title={words.ended.failed} problem={problem} />
      ) : (
        <>
          <h2>{words.ended.cancelled}</h2>
          <p className={css.note}>{words.ended.cancelledSays}</p>
        </>
      )}
      {tasks !== undefined && (
        <>
          <p className={css.note}>
            {words.ended.figures(
              counted(drawn(tasks), "row"),
              counted(tries, "try", "tries"),
              took ?? span(0),
            )}
          </p>
          {tasks.blocks != null && tasks.blocks > 1 && <Strip tasks={tasks} />}
        </>
      )}
    </section>
  );
}

const drawn = (tasks: TasksSeen): number => tasks.rowsDone ?? 0;

function FirstRows({ id }: { id: string }): ReactNode {
  const rows = useQuery({
    ...previewGenerationOptions({ path: { generation_id: id } }),
    staleTime: Infinity,
  });
  return (
    <section className={`card ${css.panel}`} aria-labelledby="rows">
      <h2 id="rows">{words.file.rowsTitle}</h2>
      {rows.isPending ? (
        <Waiting for={shared.waiting.list("rows")} />
      ) : rows.isError ? (
        <ErrorSays error={rows.error} onRetry={() => void rows.refetch()} />
      ) : (
        <RowsTable rows={rows.data} label={words.preview.caption(rows.data.rows.length)} />
      )}
    </section>
  );
}
