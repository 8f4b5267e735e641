/** What changes in a column's entry of the schema when people say that it is something else. */
import type { ColumnSeen } from "@/api";

export const KINDS = [
  "numerical",
  "categorical",
  "boolean",
  "datetime",
  "timedelta",
  "id",
  "text",
  "constant",
  "null",
] as const;
export type Kind = (typeof KINDS)[number];
export type Role = "target" | "key" | null;
export type Action = "model" | "fake" | "drop";

/** An entry as the service shows it: fields that have their defaults are left out. */
export type Entry = {
  name: string;
  kind: Kind;
  type: string;
  role?: Role;
  action?: Action;
  content?: string | null;
  [field: string]: unknown;
};
export type Edit = { kind?: Kind; role?: Role; action?: Action };
/** Column → what is said of it; columns that nothing is said of are not there. */
export type Edits = Record<string, Edit>;

const CATEGORY = "dictionary<values=string, indices=int32, ordered=0>";
const WHOLE = /^[-+]?\d{1,18}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const STAYS = ["name", "role", "action", "nulls", "null_text", "content"];
/** Spellings that mean yes, where two values are to be told apart. */
const YES = /^(true|t|yes|y|1|on|ja|oui|si|sí|да)$/i;

const isWhole = (type: string): boolean => /^u?int\d+$/.test(type);

/** The kinds that a column can be taken for. Empty and constant ones are only found, never chosen. */
export function kindsFor(entry: Entry, seen: ColumnSeen | undefined): Kind[] {
  return KINDS.filter((kind) => {
    if (kind === entry.kind) return true;
    if (kind === "constant" || kind === "null") return false;
    if (kind === "boolean") return seen?.distinct === 2 && seen.examples.length === 2;
    return true;
  });
}

/** The entry as one of another kind; what only its old kind has is dropped. The service says whether it fits. */
export function recast(entry: Entry, kind: Kind, seen: ColumnSeen | undefined): Entry {
  if (kind === entry.kind) return entry;
  const kept = Object.fromEntries(Object.entries(entry).filter(([field]) => STAYS.includes(field)));
  const base = { ...kept, name: entry.name, kind } as Entry;
  const examples = seen?.examples ?? [];
  switch (kind) {
    case "numerical": {
      const whole =
        isWhole(entry.type) || (examples.length > 0 && examples.every((one) => WHOLE.test(one)));
      if (isWhole(entry.type)) return { ...base, type: entry.type, decimals: 0 };
      return whole
        ? { ...base, type: "int64", decimals: 0 }
        : { ...base, type: "double", whole_text: "" };
    }
    case "categorical":
      return { ...base, type: isWhole(entry.type) ? entry.type : CATEGORY };
    case "boolean": {
      const [a = "true", b = "false"] = examples;
      const [yes, no] = YES.test(b) && !YES.test(a) ? [b, a] : [a, b];
      return { ...base, type: CATEGORY, true_text: yes, false_text: no };
    }
    case "datetime": {
      const days = examples.length > 0 && examples.every((one) => DAY.test(one));
      return days
        ? { ...base, type: "date32[day]", format: "%Y-%m-%d" }
        : { ...base, type: "timestamp[us]" };
    }
    case "timedelta":
      return { ...base, type: "duration[us]" };
    case "id":
      return { ...base, type: isWhole(entry.type) ? entry.type : "string" };
    default:
      return { ...base, type: "string" };
  }
}

/** The schema with the edits made. There is one target at most: a new one takes the role from the old. */
export function edited(
  entries: readonly Entry[],
  edits: Edits,
  seen: readonly ColumnSeen[],
): Entry[] {
  const facts = new Map(seen.map((one) => [one.name, one]));
  return entries.map((entry) => {
    const edit = edits[entry.name];
    if (edit === undefined) return entry;
    const next =
      edit.kind === undefined
        ? { ...entry }
        : { ...recast(entry, edit.kind, facts.get(entry.name)) };
    if (edit.role !== undefined) {
      if (edit.role === null) delete next.role;
      else next.role = edit.role;
    }
    if (edit.action !== undefined) {
      if (edit.action === "model") delete next.action;
      else next.action = edit.action;
    }
    return next;
  });
}

/** The edits with one more; what is as it was is no edit. */
export function withEdit(entries: readonly Entry[], edits: Edits, name: string, edit: Edit): Edits {
  const next: Edits = { ...edits };
  const put = (entry: Entry, part: Edit): void => {
    const whole: Edit = { ...next[entry.name], ...part };
    if (whole.kind === entry.kind) delete whole.kind;
    if (whole.role !== undefined && whole.role === (entry.role ?? null)) delete whole.role;
    if (whole.action === (entry.action ?? "model")) delete whole.action;
    if (Object.keys(whole).length === 0) delete next[entry.name];
    else next[entry.name] = whole;
  };
  for (const entry of entries) {
    if (entry.name === name) put(entry, edit);
    else if (
      edit.role === "target" &&
      (next[entry.name]?.role ?? entry.role ?? null) === "target"
    ) {
      put(entry, { role: null });
    }
  }
  return next;
}
