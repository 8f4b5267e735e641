/** What happens to a job, as it happens: the stream, and asking every three seconds where there is none. */
import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";

import { signedFetch } from "./client";
import { follow } from "./event-stream";

export const POLL_MS = 3_000;
const AGAIN_MS = [1_000, 2_000, 5_000, 10_000];

export type Live = "off" | "live" | "polling";

type Followed<T> = {
  /** The stream's path, such as /api/jobs/…/events; null: nothing is followed. */
  path: string | null;
  /** The query that holds the thing; it is given each snapshot, and asked anew when the stream is over. */
  queryKey: QueryKey;
  /** What the query holds from now on. Snapshots do not have all that a GET answers. */
  merge: (before: T | undefined, snapshot: Partial<T>) => T | undefined;
  /** Whether after this snapshot nothing more will happen. */
  ended: (snapshot: Partial<T>) => boolean;
  /** Called with each snapshot, for what is drawn from their times. */
  onSnapshot?: (snapshot: Partial<T>) => void;
};

/** How the thing is followed now. */
export function useEvents<T>({ path, queryKey, merge, ended, onSnapshot }: Followed<T>): Live {
  const queries = useQueryClient();
  const [live, setLive] = useState<Live>("off");
  const latest = useRef({ queryKey, merge, ended, onSnapshot });
  useEffect(() => {
    latest.current = { queryKey, merge, ended, onSnapshot };
  });

  useEffect(() => {
    if (path === null) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lastId: string | null = null;
    let failures = 0;

    const poll = setInterval(() => {
      if (failures > 0) void queries.invalidateQueries({ queryKey: latest.current.queryKey });
    }, POLL_MS);

    const ask = (seen: string | null, signal: AbortSignal): Promise<Response> =>
      signedFetch(new URL(path, window.location.origin), {
        signal,
        headers: {
          Accept: "text/event-stream",
          ...(seen === null ? {} : { "Last-Event-ID": seen }),
        },
      }).then((answer) => {
        if (answer.ok) setLive("live");
        return answer;
      });

    const run = async (): Promise<void> => {
      const told = await follow(ask, lastId, stop.signal, (event) => {
        failures = 0;
        const snapshot = JSON.parse(event.data) as Partial<T>;
        const now = latest.current;
        now.onSnapshot?.(snapshot);
        queries.setQueryData<T>(now.queryKey, (before) => now.merge(before, snapshot));
        return now.ended(snapshot);
      });
      // who hears that it is over stops to follow, and aborts: what it came to is asked for all the same
      const over = told.ended === "over";
      if (over) void queries.invalidateQueries({ queryKey: latest.current.queryKey });
      if (stop.signal.aborted) return;
      lastId = told.lastId;
      if (over) {
        setLive("off");
        return;
      }
      failures += 1;
      setLive("polling");
      if (told.ended === "refused") return;
      timer = setTimeout(() => void run(), AGAIN_MS[Math.min(failures, AGAIN_MS.length) - 1]);
    };

    void run();
    return () => {
      stop.abort();
      clearTimeout(timer);
      clearInterval(poll);
      setLive("off");
    };
  }, [path, queries]);

  return live;
}
