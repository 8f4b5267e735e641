/** One write job: how far it is, as it happens; its records and where they are from; what was refused. */
import { Button, Modal } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useNavigate, useParams } from "react-router";

import { cancelJob, deleteJob, retryRecordJob, type RecordJobInspected } from "@/api";
import { getRecordJobOptions, getRecordJobQueryKey } from "@/api/@tanstack/react-query.gen";
import { questionOf } from "@/parts/deleting";
import { ErrorSays } from "@/parts/ErrorSays";
import { useMayWrite } from "@/parts/Guard";
import { JobActs } from "@/parts/JobActs";
import { JobFailed } from "@/parts/JobFailed";
import { keep } from "@/parts/kept";
import { NotYet } from "@/parts/NotYet";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { hasEnded, useFollowed } from "@/service/use-job";
import { shared } from "@/strings";
import { jobs } from "@/strings/jobs";
import { records } from "@/strings/records";

import { CapsForm } from "./CapsForm";
import { isCap } from "./caps";
import { Download } from "./Download";
import { Figures } from "./Figures";
import { Found } from "./Found";
import { RECORD_JOBS } from "./keys";
import { EMPTY, KEPT, type Form } from "./NewRecordsPage";
import css from "./records.module.css";
import { Refused } from "./Refused";
import { toldOf } from "./told";

const words = records.job;

const FEWER = "fewer-than-asked";
const UP = { to: "/records", label: records.title };

export function RecordJobPage(): ReactNode {
  const { jobId = "" } = useParams();
  return <OneJob key={jobId} id={jobId} />;
}

function OneJob({ id }: { id: string }): ReactNode {
  const path = { job_id: id };
  const query = useQuery(getRecordJobOptions({ path }));
  const job = query.data;
  const live = useFollowed<RecordJobInspected>({
    job,
    queryKey: getRecordJobQueryKey({ path }),
    events: `/api/records/jobs/${encodeURIComponent(id)}/events`,
  });
  if (job === undefined) return <NotYet one={records.one} up={UP} query={query} />;
  const going = !hasEnded(job.state);
  return (
    <>
      <PageHead
        title={job.name || records.title}
        up={UP}
        beside={<StateBadge state={job.state} />}
        actions={<Acts job={job} />}
      />
      <div className={css.page}>
        {query.isError && <ErrorSays error={query.error} onRetry={() => void query.refetch()} />}
        {job.state === "failed" && job.problem != null && (
          <JobFailed
            title={words.failed}
            // the hint that comes with it is for a shell
            problem={
              job.problem.code === FEWER ? { ...job.problem, hint: words.fewer } : job.problem
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
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const path = { job_id: job.id };
  const cap = job.state === "failed" ? job.problem?.reason : null;
  const changed = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: getRecordJobQueryKey({ path }) });
    await queries.invalidateQueries({ queryKey: RECORD_JOBS });
  };
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
      <JobActs<unknown>
        state={job.state}
        words={{ ...jobs.acts, ...jobs.ofKind.write }}
        cancel={() => cancelJob({ path, throwOnError: true })}
        retry={() => retryRecordJob({ path, throwOnError: true })}
        {...(isCap(cap) ? { onRetry: () => setAsking(true) } : {})}
        onAnswer={changed}
        deletion={questionOf({
          name: job.name,
          hanging: null,
          says: jobs.deleteSays.write,
          remove: (cascade) => deleteJob({ path, query: { cascade }, throwOnError: true }),
          done: () => {
            void queries.invalidateQueries({ queryKey: RECORD_JOBS });
            void navigate("/records");
          },
        })}
      >
        {again}
      </JobActs>
      <Modal
        opened={asking && isCap(cap)}
        onClose={() => setAsking(false)}
        title={words.caps.title}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        {isCap(cap) && (
          <CapsForm
            job={job}
            reached={cap}
            onDone={async () => {
              await changed();
              setAsking(false);
            }}
          />
        )}
      </Modal>
    </>
  );
}
