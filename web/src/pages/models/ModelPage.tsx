/** One model: while it is fitted, how far that is; then what was learned. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "react-router";

import type { Job } from "@/api";
import { getJobOptions, getJobQueryKey } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { PageHead } from "@/parts/PageHead";
import { Waiting } from "@/parts/Waiting";
import { useEvents, type Live } from "@/service/use-events";
import { models, shared } from "@/strings";

import { FitProgress } from "./FitProgress";
import { fitOf } from "./keys";
import { Learned } from "./Learned";

const UP = { to: "/models", label: shared.nav.models };
const ENDED = new Set<string | undefined>(["completed", "failed", "cancelled"]);

export function ModelPage(): ReactNode {
  const { modelId = "" } = useParams();
  const path = { job_id: fitOf(modelId) };
  const queryKey = getJobQueryKey({ path });
  const job = useQuery(getJobOptions({ path }));
  const going = job.data !== undefined && !ENDED.has(job.data.state);
  const live = useEvents<Job>({
    path: going ? `/api/jobs/${path.job_id}/events` : null,
    queryKey,
    merge: (before, snapshot) => (before === undefined ? before : { ...before, ...snapshot }),
    ended: (snapshot) => ENDED.has(snapshot.state),
  });
  if (job.isPending) return <Waiting for={shared.waiting.thing(models.one)} />;
  if (job.isError) {
    return (
      <>
        <PageHead title={shared.nav.models} up={UP} />
        <ErrorSays error={job.error} onRetry={() => void job.refetch()} />
      </>
    );
  }
  return job.data.state === "completed" ? (
    <Learned modelId={modelId} job={job.data} up={UP} />
  ) : (
    <FitProgress job={job.data} live={live satisfies Live} up={UP} />
  );
}
