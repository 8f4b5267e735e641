import { useMemo, useRef } from "react";

import { NO_ANSWER, problemOf } from "./problem";
import { freshKey } from "./upload";

type Key = {
  /** What goes with the request. */
  headers: () => { "Idempotency-Key": string };
  /** To be told what went wrong. */
  failed: (error: unknown) => void;
};

/** The key of something that is made by a form: the same until there was an answer, so that it is made once. */
export function useKey(): Key {
  const key = useRef("");
  return useMemo(
    () => ({
      headers: () => {
        key.current ||= freshKey();
        return { "Idempotency-Key": key.current };
      },
      failed: (error) => {
        if (problemOf(error).status !== NO_ANSWER) key.current = "";
      },
    }),
    [],
  );
}
