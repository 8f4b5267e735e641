/** State that a form keeps while the tab is open: what was typed is there again after a sign-in or a reload. */
import { useCallback, useEffect, useState } from "react";

import { sessions } from "@/service/session";

function keyOf(name: string): string | null {
  const session = sessions.get();
  return session.state === "in" ? `lookalike:${session.user.id}:${name}` : null;
}

function read<T>(name: string): T | undefined {
  const key = keyOf(name);
  if (key === null) return undefined;
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // a browser that keeps nothing, or something that is not ours
  }
}

/** What a form of that name begins with when it is shown next. */
export function keep<T extends object>(name: string, value: T): void {
  const key = keyOf(name);
  if (key === null) return;
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // full, or not allowed: then it is not kept
  }
}

/**
 * As `useState`, kept under `name`. The third forgets it, once the form was sent. Nothing that is secret may be kept:
 * sessionStorage is readable by every script of this origin.
 */
export function useKept<T extends object>(
  name: string,
  initial: T,
): [T, (change: Partial<T>) => void, () => void] {
  const [value, setValue] = useState<T>(() => ({ ...initial, ...read<Partial<T>>(name) }));

  useEffect(() => keep(name, value), [name, value]);

  const change = useCallback(
    (part: Partial<T>) => setValue((before) => ({ ...before, ...part })),
    [],
  );
  const forget = useCallback(() => {
    setValue(initial);
    const key = keyOf(name);
    if (key !== null) queueMicrotask(() => sessionStorage.removeItem(key));
    // eslint-disable-next-line react-hooks/exhaustive-deps -- what it was at first
  }, [name]);
  return [value, change, forget];
}
