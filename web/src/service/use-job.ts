/** A job of any kind, followed as it happens, for as long as it is not over. */
import type { QueryKey } from "@tanstack/react-query";

import type { Job } from "@/api";

import { useEvents, type Live } from "./use-events";

export type JobState = Job["state"];

export const JOB_STATES: JobState[] = [
  "pending",
  "running",
  "retrying",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
];
const ENDED: JobState[] = ["completed", "failed", "cancelled"];

export const hasEnded = (state: JobState): boolean => ENDED.includes(state);

type Followed<T> = {
  /** What is known of the job by now. */
  job: T | undefined;
  /** The query that it is in. */
  queryKey: QueryKey;
  /** The path of its events. */
  events: string;
  /** What a snapshot changes; all that it says, if not told. */
  said?: (before: T, snapshot: Partial<T>) => Partial<T>;
};

export function useFollowed<T extends { state: JobState }>(followed: Followed<T>): Live {
  const { job, queryKey, events, said = (_, snapshot) => snapshot } = followed;
  return useEvents<T>({
    path: job === undefined || hasEnded(job.state) ? null : events,
    queryKey,
    merge: (before, snapshot) =>
      before === undefined ? before : { ...before, ...said(before, snapshot) },
    ended: (snapshot) => snapshot.state !== undefined && hasEnded(snapshot.state),
  });
}
