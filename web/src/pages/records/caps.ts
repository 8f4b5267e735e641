/** Caps as they are typed when a job is begun again, and what of them is sent. */
import type { CapsAsked, RecordCaps } from "@/api";

export type Reached = "tokens" | "money" | "time";

export const isCap = (reason: string | null | undefined): reason is Reached =>
  reason === "tokens" || reason === "money" || reason === "time";

export type Typed = { tokens: string; money: string; time: string };

const typed = (value: number | null): string => (value === null ? "" : String(value));

export const typedOf = ({ tokens, money, timeS }: RecordCaps): Typed => ({
  tokens: typed(tokens),
  money: typed(money),
  time: typed(timeS),
});

/** A number above 0, with or without commas; null where it is none. */
function amount(text: string): number | null {
  const plain = text.replaceAll(",", "").trim();
  const value = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : 0;
  return value > 0 && Number.isFinite(value) ? value : null;
}

/** What is wrong, by field: `number` for what is none, `same` for the cap that was reached and not raised. */
export function wrongOf(
  form: Typed,
  reached: Reached,
  caps: RecordCaps,
): { [name in keyof Typed]?: "number" | "same" } {
  const before = { tokens: caps.tokens, money: caps.money, time: caps.timeS };
  const wrong: ReturnType<typeof wrongOf> = {};
  for (const name of ["tokens", "money", "time"] as const) {
    const value = amount(form[name]);
    // a cap that there is can be moved, and not taken away
    if (value === null && (form[name].trim() !== "" || before[name] !== null))
      wrong[name] = "number";
    if (value !== null && name === "tokens" && !Number.isInteger(value)) wrong[name] = "number";
    if (name === reached && value !== null && value <= (before[name] ?? 0)) wrong[name] ??= "same";
  }
  return wrong;
}

/** The caps that are others than before. */
export function changeOf(form: Typed, caps: RecordCaps): CapsAsked {
  const [tokens, money, timeS] = [amount(form.tokens), amount(form.money), amount(form.time)];
  return {
    ...(tokens === caps.tokens ? {} : { tokens }),
    ...(money === caps.money ? {} : { money }),
    ...(timeS === caps.timeS ? {} : { timeS }),
  };
}
