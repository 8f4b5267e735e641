/** A word at the edge of the page that something was done. */
import { useSyncExternalStore, type ReactNode } from "react";

import css from "./say.module.css";

const STAYS_MS = 4_000;
type Word = { id: number; text: string };

let words: readonly Word[] = [];
let next = 1;
const listeners = new Set<() => void>();

function tell(now: readonly Word[]): void {
  words = now;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function say(text: string): void {
  const word = { id: next++, text };
  tell([...words.slice(-2), word]);
  setTimeout(() => tell(words.filter((one) => one.id !== word.id)), STAYS_MS);
}

/** Where the words come: read out by a screen reader, in nobody's way. */
export function Said(): ReactNode {
  const all = useSyncExternalStore(subscribe, () => words);
  return (
    <div className={css.said} role="status" aria-live="polite">
      {all.map((word) => (
        <div key={word.id} className={css.word}>
          <bdi>{word.text}</bdi>
        </div>
      ))}
    </div>
  );
}
