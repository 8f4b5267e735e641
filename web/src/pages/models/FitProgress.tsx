/** A fit on its way, or one that came to nothing and why. */
import { Button, Progress } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";

import { cancelJob, deleteJob, retryJob, type Job } from "@/api";
import { getJobQueryKey } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { questionOf } from "@/parts/deleting";
import { ErrorSays } from "@/parts/ErrorSays";
import { span } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { AgainIcon, TrashIcon } from "@/parts/icons";
import { JobFailed } from "@/parts/JobFailed";
import { PageHead } from "@/parts/PageHead";
import { StateBadge } from "@/parts/StateBadge";
import { Tag } from "@/parts/Tags";
import { When } from "@/parts/When";
import type { Live } from "@/service/use-events";
import { models, shared } from "@/strings";

import { FITS, MODELS } from "./keys";
import css from "./models.module.css";

const words = models.progress;
const SAYS: Partial<Record<Job["state"], string>> = {
  pending: words.waiting,
  running: words.running,
  retrying: words.retrying,
  cancelling: words.cancelling,
};

type Props = { job: Job; live: Live; up: { to: string; label: string } };

export function FitProgress({ job, live, up }: Props): ReactNode {
  const own = useMayWrite() && job.mine;
  return (
    <>
      <PageHead title={job.name} up={up} beside={<StateBadge state={job.state} />} />
      {job.state === "failed" || job.state === "cancelled" ? (
        <Over job={job} own={own} />
      ) : (
        <Going job={job} live={live} own={own} />
      )}
    </>
  );
}

function Going({ job, live, own }: { job: Job; live: Live; own: boolean }): ReactNode {
  const confirm = useConfirm();
  const queries = useQueryClient();
  const path = { job_id: job.id };
  const cancel = (): void =>
    confirm({
      title: words.cancelTitle,
      says: words.cancelSays,
      act: words.cancelAct,
      cancel: words.keep,
      run: async () => {
        const { data } = await cancelJob({ path });
        queries.setQueryData(getJobQueryKey({ path }), data);
      },
    });
  return (
    <section className={`card ${css.progress}`} aria-label={words.label}>
      <div className={css.progressHead}>
        <span className={css.percent}>{words.percent(job.percent)}</span>
        {live !== "off" && (
          <Tag tone={live === "live" ? "accent" : "quiet"}>{shared.live[live]}</Tag>
        )}
      </div>
      <Progress
        value={job.percent}
        size="lg"
        animated={job.state === "running"}
        aria-label={words.label}
        transitionDuration={200}
      />
      <p role="status">{SAYS[job.state]}</p>
      {job.problem != null && job.state === "retrying" && (
        <p className={css.why}>{job.problem.message}</p>
      )}
      <div className={css.progressFoot}>
        <span>
          {words.began} <When at={job.startedAt ?? job.createdAt} />
          {job.startedAt != null && (
            <>
              {" "}
              · <Elapsed from={job.startedAt} />
            </>
          )}
        </span>
        {own && (
          <Button variant="default" onClick={cancel} disabled={job.state === "cancelling"}>
            {words.cancel}
          </Button>
        )}
      </div>
    </section>
  );
}

/** How long it has been going on, second by second. */
function Elapsed({ from }: { from: string }): ReactNode {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return words.took(span(now - Date.parse(from)));
}

function Over({ job, own }: { job: Job; own: boolean }): ReactNode {
  const queries = useQueryClient();
  const confirm = useConfirm();
  const navigate = useNavigate();
  const path = { job_id: job.id };
  const again = useMutation({
    mutationFn: async () => (await retryJob({ path })).data,
    onSuccess: (data) => {
      queries.setQueryData(getJobQueryKey({ path }), data);
      void queries.invalidateQueries({ queryKey: FITS });
    },
  });
  const remove = (): void =>
    confirm(
      questionOf({
        name: job.name,
        hanging: null,
        remove: (cascade) => deleteJob({ path, query: { cascade } }),
        done: () => {
          void queries.invalidateQueries({ queryKey: FITS });
          void queries.invalidateQueries({ queryKey: MODELS });
          void navigate("/models");
        },
      }),
    );
  return (
    <section className={`card ${css.progress}`}>
      {job.state === "failed" ? (
        <JobFailed title={words.failed} problem={job.problem} />
      ) : (
        <div>
          <h2>{words.cancelled}</h2>
          <p>{words.cancelledSays}</p>
        </div>
      )}
      {again.isError && <ErrorSays error={again.error} />}
      <div className={css.progressFoot}>
        <Link to={`/jobs/${job.id}`}>{words.job}</Link>
        {own && (
          <span className={css.acts}>
            <Button variant="default" leftSection={<TrashIcon size={16} />} onClick={remove}>
              {shared.actions.delete}
            </Button>
            <Button
              leftSection={<AgainIcon size={16} />}
              loading={again.isPending}
              onClick={() => again.mutate()}
            >
              {words.retry}
            </Button>
          </span>
        )}
      </div>
    </section>
  );
}
