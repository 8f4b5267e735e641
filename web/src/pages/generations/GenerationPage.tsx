/** One generation: how far it is, as it happens; then its file, and what the check says of it. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { cancelGeneration, retryGeneration, type GenerationInspected, type TasksSeen } from "@/api";
import { getGenerationQueryKey, previewGenerationOptions } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { ErrorSays } from "@/parts/ErrorSays";
import { counted, span } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { AgainIcon, StopIcon } from "@/parts/icons";
import { PageHead } from "@/parts/PageHead";
import { RowsTable } from "@/parts/RowsTable";
import { StateBadge } from "@/parts/StateBadge";
import { Waiting } from "@/parts/Waiting";
import { ServiceError } from "@/service/problem";
import { shared } from "@/strings";
import { generations as words } from "@/strings/generations";

import { GenerationActions } from "./actions";
import { FileCard } from "./FileCard";
import css from "./generations.module.css";
import { patiently } from "./patiently";
import { Progress, Strip } from "./Progress";
import { PublishCard } from "./PublishCard";
import { ReportCard } from "./ReportCard";
import { GENERATIONS, hasEnded, useGeneration, useTasks } from "./use-generation";

export function GenerationPage(): ReactNode {
  const { generationId = "" } = useParams();
  return <OneGeneration key={generationId} id={generationId} />;
}

function OneGeneration({ id }: { id: string }): ReactNode {
  const { query, live } = useGeneration(id);
  const generation = query.data;
  const tasks = useTasks(id, generation?.state);
  if (generation === undefined) {
    return query.isError ? (
      <>
        <PageHead title={words.title} up={{ to: "/generation", label: words.title }} />
        <ErrorSays error={query.error} onRetry={() => void query.refetch()} />
      </>
    ) : (
      <Waiting for={shared.waiting.thing(words.one)} />
    );
  }
  const done = generation.state === "completed";
  return (
    <>
      <PageHead
        title={generation.name}
        up={{ to: "/generation", label: words.title }}
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
  const confirm = useConfirm();
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
  const retry = useMutation({
    mutationFn: () => patiently(() => retryGeneration({ path, throwOnError: true })),
    onSuccess: asAnswered,
  });
  if (!mayWrite || !generation.mine) return null;
  return (
    <>
      {!hasEnded(state) && (
        <Button
          variant="default"
          leftSection={<StopIcon size={16} />}
          disabled={state === "cancelling"}
          onClick={() =>
            confirm({
              title: words.acts.cancelTitle,
              says: <p>{words.acts.cancelSays}</p>,
              act: words.acts.cancelAct,
              cancel: words.acts.cancelKeep,
              run: async () => asAnswered(await cancelGeneration({ path, throwOnError: true })),
            })
          }
        >
          {words.acts.cancel}
        </Button>
      )}
      {(state === "failed" || state === "cancelled") && (
        <Button
          leftSection={<AgainIcon size={16} />}
          loading={retry.isPending}
          onClick={() => retry.mutate()}
        >
          {words.acts.retry}
        </Button>
      )}
      <Button component={Link} to={`/generation/new?again=${id}`} variant="default">
        {words.acts.again}
      </Button>
      <GenerationActions generation={generation} onDeleted={() => void navigate("/generation")} />
      {retry.isError && <ErrorSays error={retry.error} />}
    </>
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
        <ErrorSays
          title={words.ended.failed}
          error={
            new ServiceError({
              title: words.ended.failed,
              detail: problem.message,
              code: problem.code,
              status: 400,
              hint: problem.hint ?? null,
              column: problem.column ?? null,
              row: problem.row ?? null,
            })
          }
        />
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
