/** Numbers as people type them, and what is wrong with them. */

export const MOST_ROWS = 1_000_000;
export const MOST_SEED = Number.MAX_SAFE_INTEGER;

export type Typed =
  { value: number; wrong: null } | { value: null; wrong: "empty" | "shape" | "least" | "most" };

/** "50,000", "50 000", "50_000" and "50000" are all the same number. */
export function typedWhole(text: string, least: number, most: number): Typed {
  const plain = text.trim().replace(/(?<=\d)[\s,_'’](?=\d)/g, "");
  if (plain === "") return { value: null, wrong: "empty" };
  if (!/^\d+$/.test(plain)) return { value: null, wrong: "shape" };
  const value = Number(plain);
  if (value < least) return { value: null, wrong: "least" };
  if (value > most) return { value: null, wrong: "most" };
  return { value, wrong: null };
}

export const typedRows = (text: string): Typed => typedWhole(text, 1, MOST_ROWS);
export const typedSeed = (text: string): Typed => typedWhole(text, 0, MOST_SEED);
