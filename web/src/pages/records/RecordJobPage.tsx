/** One write job: how far it is, as it happens; its records and where they are from; what was refused. */
import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useNavigate, useParams } from "react-router";

import { cancelJob, deleteJob, retryRecordJob, type RecordJobInspected } from "@/api";
import { getRecordJobOptions, getRecordJobQueryKey } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { questionOf } from "@/parts/deleting";
import { ErrorSays } from "@/parts/ErrorSays";
import { useMayWrite } from "@/parts/Guard";
import { AgainIcon, StopIcon, TrashIcon } from "@/parts/icons";
import { keep } from "@/parts/kept";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { Waiting } from "@/parts/Waiting";
import { ServiceError } from "@/service/problem";
import { useEvents } from "@/service/use-events";
import { shared } from "@/strings";
import { records } from "@/strings/records";

import { patiently } from "../generations/patiently";
import { hasEnded } from "../generations/use-generation";
import { Download } from "./Download";
import { Figures } from "./Figures";
import { Found } from "./Found";
import { RECORD_JOBS } from "./keys";
import { EMPTY, KEPT, type Form } from "./NewRecordsPage";
import css from "./records.module.css";
import { Refused } from "./Refused";
import { toldOf } from "./told";

const words = records.job;

export function RecordJobPage(): ReactNode {
  const { jobId = "" } = useParams();
  return <OneJob key={jobId} id={jobId} />;
}

function OneJob({ id }: { id: string }): ReactNode {
  const path = { job_id: id };
  const query = useQuery(getRecordJobOptions({ path }));
  const job = query.data;
  const live = useEvents<RecordJobInspected>({
    path:
      job === undefined || hasEnded(job.state)
        ? null
        : `/api/records/jobs/${encodeURIComponent(id)}/events`,
    queryKey: getRecordJobQueryKey({ path }),
    merge: (before, snapshot) => (before === undefined ? before : { ...before, ...snapshot }),
    ended: (snapshot) => snapshot.state !== undefined && hasEnded(snapshot.state),
  });
  if (job === undefined) {
    return query.isError ? (
      <>
        <PageHead title={records.title} up={{ to: "/records", label: records.title }} />
        <ErrorSays error={query.error} onRetry={() => void query.refetch()} />
      </>
    ) : (
      <Waiting for={shared.waiting.thing(records.one)} />
    );
  }
  const going = !hasEnded(job.state);
  return (
    <>
      <PageHead
        title={job.name || records.title}
        up={{ to: "/records", label: records.title }}
        beside={<StateBadge state={job.state} />}
        actions={<Acts job={job} />}
      />
      <div className={css.page}>
        {query.isError && <ErrorSays error={query.error} onRetry={() => void query.refetch()} />}
        {job.state === "failed" && job.problem != null && (
          <ErrorSays
            title={words.failed}
            error={
              new ServiceError({
                title: words.failed,
                detail: job.problem.message,
                code: job.problem.code,
                status: 400,
                hint: job.problem.hint ?? null,
                column: job.problem.column ?? null,
                row: job.problem.row ?? null,
              })
            }
          />
        )}
        <Figures job={job} live={live} />
        <Found jobId={id} going={going} accepted={toldOf(job).accepted} />
        <Download job={job} />
        <Refused job={job} going={going} />
        <details className={`card ${css.panel}`}>
          <summary>{words.spec}</summary>
          <pre className={css.spec} tabIndex={0} role="region" aria-label={words.spec}>
            {job.spec}
          </pre>
          {job.files.length > 0 && (
            <p className={css.note}>
              {words.files}: <bdi>{job.files.join(", ")}</bdi>
            </p>
          )}
        </details>
      </div>
    </>
  );
}

function Acts({ job }: { job: RecordJobInspected }): ReactNode {
  const mayWrite = useMayWrite();
  const confirm = useConfirm();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const path = { job_id: job.id };
  const changed = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: getRecordJobQueryKey({ path }) });
    await queries.invalidateQueries({ queryKey: RECORD_JOBS });
  };
  const retry = useMutation({
    mutationFn: () => patiently(() => retryRecordJob({ path, throwOnError: true })),
    onSuccess: changed,
  });
  if (!mayWrite) return null;
  const again = (
    <Button
      variant="default"
      onClick={() => {
        keep<Form>(KEPT, { ...EMPTY, mode: "yaml", yaml: job.spec, records: String(job.records) });
        void navigate("/records/new");
      }}
    >
      {words.again}
    </Button>
  );
  if (!job.mine) return again;
  return (
    <>
      {!hasEnded(job.state) && (
        <Button
          variant="default"
          leftSection={<StopIcon size={16} />}
          disabled={job.state === "cancelling"}
          onClick={() =>
            confirm({
              title: words.cancelTitle,
              says: <p>{words.cancelSays}</p>,
              act: words.cancelAct,
              cancel: words.cancelKeep,
              run: async () => {
                await cancelJob({ path, throwOnError: true });
                await changed();
              },
            })
          }
        >
          {words.cancel}
        </Button>
      )}
      {(job.state === "failed" || job.state === "cancelled") && (
        <Button
          leftSection={<AgainIcon size={16} />}
          loading={retry.isPending}
          onClick={() => retry.mutate()}
        >
          {words.retry}
        </Button>
      )}
      {again}
      {hasEnded(job.state) && (
        <Button
          variant="default"
          leftSection={<TrashIcon size={16} />}
          onClick={() =>
            confirm(
              questionOf({
                name: job.name,
                hanging: null,
                says: words.deleteSays,
                remove: (cascade) => deleteJob({ path, query: { cascade }, throwOnError: true }),
                done: () => {
                  void queries.invalidateQueries({ queryKey: RECORD_JOBS });
                  void navigate("/records");
                },
              }),
            )
          }
        >
          {words.delete}
        </Button>
      )}
      {retry.isError && <ErrorSays error={retry.error} />}
    </>
  );
}
