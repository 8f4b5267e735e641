/** One model: while it is fitted, how far that is; then what was learned. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "react-router";

import type { Job } from "@/api";
import { getJobOptions, getJobQueryKey } from "@/api/@tanstack/react-query.gen";
import { NotYet } from "@/parts/NotYet";
import type { Live } from "@/service/use-events";
import { useFollowed } from "@/service/use-job";
import { models, shared } from "@/strings";

import { FitProgress } from "./FitProgress";
import { fitOf } from "./keys";
import { Learned } from "./Learned";

const UP = { to: "/models", label: shared.nav.models };

export function ModelPage(): ReactNode {
  const { modelId = "" } = useParams();
  const path = { job_id: fitOf(modelId) };
  const job = useQuery(getJobOptions({ path }));
  const live = useFollowed<Job>({
    job: job.data,
    queryKey: getJobQueryKey({ path }),
    events: `/api/jobs/${encodeURIComponent(path.job_id)}/events`,
  });
  if (job.data === undefined) return <NotYet one={models.one} up={UP} query={job} />;
  return job.data.state === "completed" ? (
    <Learned modelId={modelId} job={job.data} up={UP} />
  ) : (
    <FitProgress job={job.data} live={live satisfies Live} up={UP} />
  );
}
