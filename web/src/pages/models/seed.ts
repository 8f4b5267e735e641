/** Beyond this, numbers are not exact in JSON as browsers read it. */
export const MOST_SEED = Number.MAX_SAFE_INTEGER;

/** The seed that was typed; null when it is none. */
export function seedOf(typed: string): number | null {
  const text = typed.trim();
  if (!/^\d{1,16}$/.test(text)) return null;
  const seed = Number(text);
  return seed <= MOST_SEED ? seed : null;
}
