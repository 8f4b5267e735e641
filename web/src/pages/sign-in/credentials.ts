/** What a login and a password may be, as the service has it. */
import { signIn } from "@/strings";

export const SHORTEST_PASSWORD = 10;
const LOGIN = /^[!-~]+$/;

export type Typed = { login: string; password: string; code?: string };

/** Field → what is wrong with it; empty when nothing is. A new account's fields are held to more than a known one's. */
export function wrongWith(typed: Typed, fresh: boolean): Partial<Record<keyof Typed, string>> {
  const wrong: Partial<Record<keyof Typed, string>> = {};
  if (typed.login.trim() === "") wrong.login = signIn.enterLogin;
  else if (fresh && !LOGIN.test(typed.login.trim())) wrong.login = signIn.noSpaces;
  if (typed.password === "") wrong.password = signIn.enterPassword;
  else if (fresh && [...typed.password].length < SHORTEST_PASSWORD) {
    wrong.password = signIn.tooShort(SHORTEST_PASSWORD);
  }
  if (typed.code !== undefined && typed.code.trim() === "") wrong.code = signIn.enterCode;
  return wrong;
}

/** Where to go after a sign-in: a place of ours, whatever stood in the history. */
export function placeAfter(from: unknown): string {
  return typeof from === "string" && /^\/(?!\/|\\)/.test(from) && !from.startsWith("/sign-in")
    ? from
    : "/datasets";
}
