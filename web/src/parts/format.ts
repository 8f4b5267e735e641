/** Numbers, sizes, times and spans as people read them. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

export const count = (value: number): string => WHOLE.format(value);

/** "1 row", "2 rows". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** "dataset" as the head of something: "Dataset". */
export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Bytes in steps of 1,000, as file managers show them. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.5 ? 0 : 1;
  return `${size.toFixed(digits)} ${UNITS[unit] ?? ""}`;
}

/** A span of time: "0.4 s", "12 s", "3 min 5 s", "2 h 10 min". */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds / 1000);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) {
    const rest = whole % 60;
    return `${String(Math.floor(whole / 60))} min${rest ? ` ${String(rest)} s` : ""}`;
  }
  const minutes = Math.round(whole / 60);
  const rest = minutes % 60;
  return `${String(Math.floor(minutes / 60))} h${rest ? ` ${String(rest)} min` : ""}`;
}

const DAY_MS = 86_400_000;

/** When something was, from now: "just now", "5 min ago", "yesterday", then the date. */
export function ago(time: string, now: number = Date.now()): string {
  const then = Date.parse(time);
  if (Number.isNaN(then)) return "";
  const passed = now - then;
  if (passed < 45_000) return "just now";
  if (passed < 3_600_000) return `${String(Math.max(1, Math.round(passed / 60_000)))} min ago`;
  if (passed < DAY_MS && new Date(now).getDate() === new Date(then).getDate()) {
    return `${String(Math.round(passed / 3_600_000))} h ago`;
  }
  if (passed < 2 * DAY_MS && new Date(now - DAY_MS).getDate() === new Date(then).getDate())
    return "yesterday";
  return day(time, now);
}

/** The date; with its year when it is not this one. */
export function day(time: string, now: number = Date.now()): string {
  const then = new Date(time);
  const year =
    then.getFullYear() === new Date(now).getFullYear() ? undefined : ("numeric" as const);
  return then.toLocaleDateString("en", { day: "numeric", month: "short", year });
}

/** The whole moment, for a tooltip. */
export function moment(time: string): string {
  return new Date(time).toLocaleString("en", { dateStyle: "medium", timeStyle: "medium" });
}
