/** A job's figures; what the service leaves out is nought. */
import type { RecordJob } from "@/api";

export type Told = {
  accepted: number;
  failed: number;
  filtered: number;
  calls: number;
  tokens: number;
  cost: number;
  presumed: number;
};

export function toldOf({ counts, spent }: Pick<RecordJob, "counts" | "spent">): Told {
  return {
    accepted: counts.accepted ?? 0,
    failed: counts.failed ?? 0,
    filtered: counts.filtered ?? 0,
    calls: spent.calls ?? 0,
    tokens: spent.tokens ?? 0,
    cost: spent.cost ?? 0,
    presumed: spent.presumedCost ?? 0,
  };
}

/** Any value as text: a text as it is, all else as JSON. */
export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");
