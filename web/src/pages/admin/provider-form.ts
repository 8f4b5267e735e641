/** What is typed of a language model, and what it comes to: a new one, or a change of one that is there. */
import type { NewProvider, Provider, ProviderChange } from "@/api";
import { providers as words } from "@/strings/providers";

export type Structure = NonNullable<NewProvider["structure"]>;

export type Form = {
  alias: string;
  kind: NewProvider["kind"];
  url: string;
  model: string;
  /** `keep`: the one that is sealed, which nobody is shown. */
  keyAt: "keep" | "none" | "sealed" | "env";
  secret: string;
  env: string;
  allowPrivate: boolean;
  input: string;
  output: string;
  temperature: string;
  topP: string;
  maxTokens: string;
  concurrency: string;
  timeout: string;
  structure: Structure | "";
  extra: string;
};

export const EMPTY: Form = {
  alias: "",
  kind: "openai",
  url: "",
  model: "",
  keyAt: "sealed",
  secret: "",
  env: "",
  allowPrivate: false,
  input: "0",
  output: "0",
  temperature: "",
  topP: "",
  maxTokens: "1024",
  concurrency: "16",
  timeout: "120",
  structure: "",
  extra: "",
};

const typed = (value: number | null): string => (value === null ? "" : String(value));

export function formOf(one: Provider): Form {
  const extra = Object.keys(one.extraBody).length === 0 ? "" : JSON.stringify(one.extraBody);
  return {
    alias: one.alias,
    kind: one.kind,
    url: one.url,
    model: one.model,
    keyAt: one.hasKey ? "keep" : one.keyEnv === null ? "none" : "env",
    secret: "",
    env: one.keyEnv ?? "",
    allowPrivate: one.allowPrivate,
    input: String(one.priceInput),
    output: String(one.priceOutput),
    temperature: typed(one.temperature),
    topP: typed(one.topP),
    maxTokens: String(one.maxTokens),
    concurrency: String(one.concurrency),
    timeout: String(one.timeoutS),
    structure: (one.structure ?? "") as Form["structure"],
    extra,
  };
}

/** A number as it was typed; null where it is none. */
const number = (text: string): number | null =>
  /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null;

/** The fields of a request, or null where no JSON object was typed. */
function fieldsOf(text: string): { [name: string]: unknown } | null {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as { [name: string]: unknown }) : null;
  } catch {
    return null;
  }
}

export type Wrong = { [name in keyof Form]?: string };

const PRICES = ["input", "output"] as const;
const WHOLE = { maxTokens: 1_000_000, concurrency: 1_000 } as const;

/** What is wrong with what was typed, at each field. */
export function wrongOf(form: Form): Wrong {
  const wrong: Wrong = {};
  const needed: (keyof Form)[] = ["alias"];
  if (form.kind !== "local") {
    needed.push("url", "model");
    if (form.keyAt === "sealed") needed.push("secret");
    if (form.keyAt === "env") needed.push("env");
  }
  for (const name of needed) if (String(form[name]).trim() === "") wrong[name] = words.needed;
  for (const name of PRICES) if (number(form[name]) === null) wrong[name] = words.priceWrong;
  for (const [name, most] of Object.entries(WHOLE) as [keyof typeof WHOLE, number][]) {
    const value = number(form[name]);
    if (value === null || !Number.isInteger(value) || value < 1 || value > most)
      wrong[name] = words.wholeWrong(most);
  }
  const timeout = number(form.timeout);
  if (timeout === null || timeout <= 0 || timeout > 3600) wrong.timeout = words.timeoutWrong;
  const temperature = number(form.temperature);
  if (form.temperature.trim() !== "" && (temperature === null || temperature > 2))
    wrong.temperature = words.temperatureWrong;
  const topP = number(form.topP);
  if (form.topP.trim() !== "" && (topP === null || topP <= 0 || topP > 1))
    wrong.topP = words.topPWrong;
  if (fieldsOf(form.extra) === null) wrong.extra = words.extraWrong;
  return wrong;
}

/** Whether something is wrong among the settings that are folded away. */
export const isHidden = (wrong: Wrong): boolean =>
  (["temperature", "topP", "maxTokens", "concurrency", "timeout", "extra"] as const).some(
    (name) => wrong[name] !== undefined,
  );

/** What a new one and a change have in common. */
function settingsOf(form: Form): Omit<NewProvider, "alias" | "kind" | "key" | "keyEnv"> {
  return {
    ...(form.kind === "local"
      ? {}
      : { url: form.url.trim(), model: form.model.trim(), allowPrivate: form.allowPrivate }),
    priceInput: number(form.input) ?? 0,
    priceOutput: number(form.output) ?? 0,
    temperature: number(form.temperature),
    topP: number(form.topP),
    maxTokens: number(form.maxTokens) ?? 1,
    concurrency: number(form.concurrency) ?? 1,
    timeoutS: number(form.timeout) ?? 1,
    structure: form.structure === "" ? null : form.structure,
    extraBody: fieldsOf(form.extra) ?? {},
  };
}

const hasKey = (form: Form): boolean => form.kind !== "local";

export function newOf(form: Form): NewProvider {
  return {
    alias: form.alias.trim(),
    kind: form.kind,
    ...settingsOf(form),
    ...(hasKey(form) && form.keyAt === "sealed" ? { key: form.secret } : {}),
    ...(hasKey(form) && form.keyAt === "env" ? { keyEnv: form.env.trim() } : {}),
  };
}

/** A key that was not touched is not sent. */
export function changeOf(form: Form): ProviderChange {
  const key = {
    keep: {},
    none: { key: null, keyEnv: null },
    sealed: { key: form.secret },
    env: { keyEnv: form.env.trim() },
  }[form.keyAt];
  return { ...settingsOf(form), ...(hasKey(form) ? key : {}) };
}
