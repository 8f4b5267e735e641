/** The state of a thing: a dot and a word, never the colour alone. */
import type { ReactNode } from "react";

import { shared } from "@/strings";

import css from "./state.module.css";

export type State = keyof typeof shared.states;

const TONES: Record<State, string | undefined> = {
  pending: css.quiet,
  running: css.going,
  retrying: css.warn,
  cancelling: css.warn,
  cancelled: css.quiet,
  failed: css.bad,
  completed: css.good,
  uploading: css.going,
  ready: css.good,
  deleting: css.warn,
};

export function StateBadge({ state }: { state: State }): ReactNode {
  return (
    <span className={`${css.badge} ${TONES[state] ?? ""}`}>
      <span className={css.dot} aria-hidden="true" />
      {shared.states[state]}
    </span>
  );
}
