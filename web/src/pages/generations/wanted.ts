/** What must hold for the rows, as it is clicked together, and as the service takes it. */

/** Of one column: values or a range in every row, or a share of the rows for each of some values. */
export type Wanted = {
  column: string;
  kind: "values" | "range" | "shares";
  /** null: a missing value. */
  values: (string | null)[];
  low: string;
  high: string;
  /** Per cent, as typed, by value. */
  shares: [string | null, string][];
};

export type Spec = {
  conditions?: Record<string, (string | null)[] | { low?: string; high?: string }>;
  shares?: Record<string, Record<string, number>>;
};

export const fresh = (column: string, kind: Wanted["kind"]): Wanted => ({
  column,
  kind,
  values: [],
  low: "",
  high: "",
  shares: [],
});

/** A value as the key of a share: quoted, so that no comma and no dots in it mean anything. */
export const quoted = (value: string | null): string =>
  value === null ? "" : `'${value.replaceAll("'", "''")}'`;

const percentOf = (text: string): number => {
  const typed = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && Number.isFinite(typed) && typed >= 0 ? typed : NaN;
};

/** The sum of the shares, in per cent; NaN when one is no number. */
export const sumOf = (wanted: Wanted): number =>
  wanted.shares.reduce((sum, [, text]) => sum + (text.trim() === "" ? 0 : percentOf(text)), 0);

/** What is sent. Columns of which nothing is asked are left out. */
export function specOf(all: readonly Wanted[]): Spec {
  const conditions: NonNullable<Spec["conditions"]> = {};
  const shares: NonNullable<Spec["shares"]> = {};
  for (const one of all) {
    if (one.kind === "values" && one.values.length > 0) conditions[one.column] = one.values;
    if (one.kind === "range" && (one.low.trim() || one.high.trim())) {
      conditions[one.column] = {
        ...(one.low.trim() ? { low: one.low.trim() } : {}),
        ...(one.high.trim() ? { high: one.high.trim() } : {}),
      };
    }
    const parts = one.kind === "shares" ? one.shares.filter(([, text]) => text.trim() !== "") : [];
    if (parts.length > 0) {
      shares[one.column] = Object.fromEntries(
        parts.map(([value, text]) => [quoted(value), percentOf(text) / 100]),
      );
    }
  }
  return {
    ...(Object.keys(conditions).length > 0 ? { conditions } : {}),
    ...(Object.keys(shares).length > 0 ? { shares } : {}),
  };
}

/** Whether it can be sent as it is: every share a number, and none of their sums above 100 %. */
export const fits = (all: readonly Wanted[]): boolean =>
  all.every((one) => one.kind !== "shares" || sumOf(one) <= 100.000001);

/** A value of a list taken out if it is in, put in if it is not. */
export const toggled = (
  values: readonly (string | null)[],
  value: string | null,
): (string | null)[] =>
  values.includes(value) ? values.filter((one) => one !== value) : [...values, value];

export type Told = {
  column: string;
  says: "is" | "between" | "from" | "to" | "text";
  text: string;
  share: number | null;
};

/** What was asked for, by the forms that the service takes and gives back, in lines to be read. */
export function toldOf(conditions: unknown, shares: unknown): Told[] {
  const told: Told[] = [];
  for (const [column, value] of entries(conditions)) told.push(toldOne(column, value, null));
  for (const [column, parts] of entries(shares)) {
    if (typeof parts === "object" && parts !== null) {
      for (const [value, share] of Object.entries(parts)) {
        told.push(toldOne(column, [plainOf(value)], Number(share)));
      }
    }
  }
  for (const list of [conditions, shares]) {
    if (Array.isArray(list)) {
      for (const text of list)
        told.push({ column: "", says: "text", text: String(text), share: null });
    }
  }
  return told;
}

function toldOne(column: string, value: unknown, share: number | null): Told {
  if (Array.isArray(value)) return { column, says: "is", text: value.map(shown).join(", "), share };
  if (typeof value === "object" && value !== null) {
    const { low, high } = value as { low?: string; high?: string };
    if (low !== undefined && high !== undefined)
      return { column, says: "between", text: `${low} – ${high}`, share };
    return low === undefined
      ? { column, says: "to", text: high ?? "", share }
      : { column, says: "from", text: low, share };
  }
  const range = rangeOf(value);
  if (range !== null) return toldOne(column, range, share);
  return { column, says: "is", text: shown(value), share };
}

/** The ends of `30..40`, as a person writes a range. */
function rangeOf(value: unknown): { low?: string; high?: string } | null {
  const ends =
    typeof value === "string" && !/^'|,/.test(value) ? /^(.*?)\.\.(.*)$/.exec(value) : null;
  if (ends === null) return null;
  return { ...(ends[1] ? { low: ends[1] } : {}), ...(ends[2] ? { high: ends[2] } : {}) };
}

const shown = (value: unknown): string => (value === null ? "∅" : String(value));

const entries = (given: unknown): [string, unknown][] =>
  typeof given === "object" && given !== null && !Array.isArray(given) ? Object.entries(given) : [];

/** The inverse of `quoted`. */
export function plainOf(key: string): string | null {
  if (key === "") return null;
  return key.length > 1 && key.startsWith("'") && key.endsWith("'")
    ? key.slice(1, -1).replaceAll("''", "'")
    : key;
}

/** What was asked for, to be asked for again. What only a person could have written is left out: `whole` says so. */
export function wantedOf(
  conditions: unknown,
  shares: unknown,
): { wanted: Wanted[]; whole: boolean } {
  let whole = !Array.isArray(conditions) && !Array.isArray(shares);
  const wanted: Wanted[] = [];
  for (const [column, value] of entries(conditions)) {
    const text = typeof value === "string" ? value : null;
    const range = rangeOf(value);
    if (Array.isArray(value)) {
      wanted.push({
        ...fresh(column, "values"),
        values: value.map((one) => (one === null ? null : String(one))),
      });
    } else if (typeof value === "object" && value !== null) {
      const { low, high } = value as { low?: string; high?: string };
      wanted.push({ ...fresh(column, "range"), low: low ?? "", high: high ?? "" });
    } else if (range !== null) {
      wanted.push({ ...fresh(column, "range"), low: range.low ?? "", high: range.high ?? "" });
    } else if (text !== null && /[,']/.test(text)) {
      whole = false;
    } else {
      wanted.push({
        ...fresh(column, "values"),
        values: [value === null || text === "" ? null : String(value)],
      });
    }
  }
  for (const [column, parts] of entries(shares)) {
    const list = Object.entries((parts ?? {}) as Record<string, number>);
    wanted.push({
      ...fresh(column, "shares"),
      shares: list.map(([key, share]) => [plainOf(key), String(Math.round(share * 1e6) / 1e4)]),
    });
  }
  return { wanted, whole };
}
