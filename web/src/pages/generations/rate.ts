/** How fast rows come, and when they will all be there, from what was seen lately. */

export type Seen = { atMs: number; rows: number };

const WINDOW_MS = 15_000;
const LEAST_MS = 800;

/** What was seen, with `now` added and what is too old for a rate left out. Rows that fall begin anew. */
export function seenWith(before: readonly Seen[], now: Seen): Seen[] {
  const last = before.at(-1);
  if (last !== undefined && now.rows < last.rows) return [now];
  const kept = before.filter((one) => now.atMs - one.atMs <= WINDOW_MS);
  return [...kept, now];
}

/** Rows per second; null while that cannot be said. */
export function rateOf(seen: readonly Seen[]): number | null {
  const first = seen[0];
  const last = seen.at(-1);
  if (first === undefined || last === undefined) return null;
  const passed = last.atMs - first.atMs;
  const rows = last.rows - first.rows;
  return passed >= LEAST_MS && rows > 0 ? (rows * 1000) / passed : null;
}

/** Milliseconds until `total` rows are there; null while that cannot be said. */
export function leftOf(seen: readonly Seen[], total: number): number | null {
  const rate = rateOf(seen);
  const last = seen.at(-1);
  return rate === null || last === undefined
    ? null
    : (Math.max(0, total - last.rows) * 1000) / rate;
}
