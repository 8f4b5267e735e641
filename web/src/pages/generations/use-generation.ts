/** One generation, followed as it happens, with its parts and how fast they come. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import type { GenerationInspected, TasksSeen } from "@/api";
import {
  getGenerationOptions,
  getGenerationQueryKey,
  getTasksOptions,
} from "@/api/@tanstack/react-query.gen";
import type { Live } from "@/service/use-events";
import { hasEnded, useFollowed, type JobState } from "@/service/use-job";

import { leftOf, rateOf, seenWith, type Seen } from "./rate";

export const GENERATIONS = ["generations"] as const;

const TASKS_MS = 1_000;
const LEAST_CHECKED = 1_000;
const SOON_MS = 20_000;

export function useGeneration(id: string): {
  query: ReturnType<typeof useQuery<GenerationInspected>>;
  live: Live;
} {
  const options = getGenerationOptions({ path: { generation_id: id } });
  const query = useQuery({
    ...options,
    // the check is another job, which these events do not tell of
    refetchInterval: ({ state: { data } }) => (data && checkIsGoing(data) ? 3_000 : false),
  });
  const live = useFollowed<GenerationInspected>({
    job: query.data,
    queryKey: getGenerationQueryKey({ path: { generation_id: id } }),
    events: `/api/generation/${encodeURIComponent(id)}/events`,
    said: known,
  });
  return { query: query as ReturnType<typeof useQuery<GenerationInspected>>, live };
}

/** What a snapshot says. It is made without the report and the conditions: those stay. */
function known(
  before: GenerationInspected,
  snapshot: Partial<GenerationInspected>,
): Partial<GenerationInspected> {
  const said = { ...snapshot };
  for (const name of ["report", "conditions", "shares", "balance"] as const) delete said[name];
  return said.rev !== undefined && said.rev < before.rev ? {} : said;
}

/** A completed file of which a check is made, or is to be made soon. */
export function checkIsGoing(generation: {
  state: JobState;
  report?: { state: JobState } | null;
  numberOfRows?: number;
  endedAt?: string | null;
}): boolean {
  if (generation.state !== "completed") return false;
  if (generation.report != null) return !hasEnded(generation.report.state);
  // it is begun a moment after the file is there, of files that are large enough
  return (
    (generation.numberOfRows ?? 0) >= LEAST_CHECKED &&
    Date.now() - Date.parse(generation.endedAt ?? "") < SOON_MS
  );
}

/** The parts of a job, asked for each second while it is not over. */
export function useTasks(jobId: string, state: JobState | undefined): TasksSeen | undefined {
  const queries = useQueryClient();
  const options = getTasksOptions({ path: { job_id: jobId } });
  const going = state !== undefined && !hasEnded(state);
  const { data } = useQuery({
    ...options,
    enabled: state !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: going ? TASKS_MS : false,
  });
  const { queryKey } = options;
  const hash = JSON.stringify(queryKey);
  useEffect(() => {
    // as it was when it ended
    if (state !== undefined && hasEnded(state)) void queries.invalidateQueries({ queryKey });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the key is the same as long as its hash is
  }, [state, hash, queries]);
  return data;
}

/** How fast rows come now, and how long it will take. */
export function usePace(
  rowsDone: number | null | undefined,
  total: number,
): { rate: number | null; leftMs: number | null } {
  const [seen, setSeen] = useState<Seen[]>([]);
  const [last, setLast] = useState<number | null | undefined>(undefined);
  if (rowsDone != null && rowsDone !== last) {
    setLast(rowsDone);
    // eslint-disable-next-line react-hooks/purity -- when it was seen is what is meant
    setSeen(seenWith(seen, { atMs: performance.now(), rows: rowsDone }));
  }
  return { rate: rateOf(seen), leftMs: leftOf(seen, total) };
}
