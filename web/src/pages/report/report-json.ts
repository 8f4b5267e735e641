/** What of a report the page reads: a part of contracts/check.schema.json. */

export type Figure = {
  name: string;
  label: string;
  says: string;
  group: string;
  value: number | null;
  low: number | null;
  high: number | null;
  reference: number | null;
  unmeasured: string;
};

export type Refusal = {
  name: string;
  label: string;
  says: string;
  helps: string;
  unmeasured: boolean;
};

export type Gate = {
  gate: string;
  passed: boolean;
  refusals: Refusal[];
  limits: { name: string; state: string }[];
  waived: string[];
};

export type Summary = { missing: number; distinct: number; mean?: number | null; text?: string[] };

export type ColumnFigures = {
  name: string;
  kind: string;
  role: string | null;
  compared: boolean;
  why: string;
  shape: number | null;
  shape_reference: number | null;
  real: Summary;
  synth: Summary | null;
};

export type Estimate = { value: number | null; low: number | null; high: number | null };

export type Report = {
  library: string;
  seed: number;
  tables: Record<"real" | "synth", { rows: number; columns: number }> & {
    holdout: { rows: number; columns: number } | null;
  };
  target: string | null;
  samples: { what: string; rows: number; of: number }[];
  notes: string[];
  scores: { name: string; value: number | null; words: string }[];
  figures: Figure[];
  columns: ColumnFigures[];
  fidelity: { worst_pairs: { columns: string[]; score: number }[] };
  detection: Record<
    "train" | "holdout" | "reference",
    { between: string; auc: Estimate } | null
  > | null;
  utility: { target: string } | null;
  privacy: { unmeasured: string };
  gate: Gate | null;
  charts: Record<string, object>;
};

/** As the library writes it: AUCs and distances with three decimals, what is a share in per cent. */
export function shownFigure(name: string, value: number | null): string {
  return PLAIN.test(name) ? score(value) : share(value);
}

const PLAIN = /auc$|^privacy\.(nearer|membership|distance|ratio)$/;

export function score(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  return minus(
    Math.abs(value) > 0 && Math.abs(value) < 0.01 ? value.toPrecision(2) : value.toFixed(3),
  );
}

export function share(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return "–";
  const percent = 100 * value;
  const size = Math.abs(percent);
  if (size === 0) return "0\u00a0%";
  if (size < 0.001) return "<\u00a00.001\u00a0%";
  if (size === 100) return `${minus(percent.toFixed(0))}\u00a0%`;
  // never rounded to 100
  const text = size >= 99.9 ? percent.toFixed(2) : percent.toPrecision(3);
  return `${minus(Number(text) === 100 ? "99.99" : text)}\u00a0%`;
}

const minus = (text: string): string => text.replace("-", "−");
