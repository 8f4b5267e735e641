import { expect, it } from "vitest";

import type { Provider } from "@/api";

import { changeOf, EMPTY, formOf, isHidden, newOf, wrongOf } from "./provider-form";

const SEALED: Provider = {
  id: "prov_1",
  alias: "fast",
  kind: "openai",
  url: "https://api.example.org/v1",
  model: "m",
  temperature: 0.5,
  topP: null,
  maxTokens: 256,
  extraBody: { seed: 1 },
  priceInput: 1,
  priceOutput: 2,
  structure: null,
  concurrency: 8,
  timeoutS: 30,
  allowPrivate: false,
  hasKey: true,
  keyEnv: null,
  cassette: null,
  createdAt: "2026-01-01T00:00:00Z",
};

it("sends back what was not touched, and no key", () => {
  const { alias, kind, id, hasKey, keyEnv, cassette, createdAt, ...settings } = SEALED;
  expect([alias, kind, id, hasKey, keyEnv, cassette, createdAt]).toHaveLength(7);
  expect(changeOf(formOf(SEALED))).toEqual(settings);
});

it("takes a key away, or puts another in its place, only when that is said", () => {
  const form = formOf(SEALED);
  expect(changeOf({ ...form, keyAt: "none" })).toMatchObject({ key: null, keyEnv: null });
  expect(changeOf({ ...form, keyAt: "sealed", secret: "k" })).toMatchObject({ key: "k" });
  expect(changeOf({ ...form, keyAt: "env", env: "A_KEY " })).toMatchObject({ keyEnv: "A_KEY" });
});

it("gives the local model no address and no key", () => {
  const told = newOf({ ...EMPTY, alias: "small", kind: "local", url: "x", secret: "k" });
  expect(Object.keys(told)).not.toContain("key");
  expect(Object.keys(told)).not.toContain("url");
  expect(wrongOf({ ...EMPTY, alias: "small", kind: "local" })).toEqual({});
});

it("says at each field what is wrong", () => {
  expect(Object.keys(wrongOf(EMPTY)).sort()).toEqual(["alias", "model", "secret", "url"]);
  const bad = { temperature: "3", topP: "0", maxTokens: "1.5", concurrency: "0", timeout: "x" };
  const wrong = wrongOf({ ...formOf(SEALED), ...bad, extra: "[1]", input: "-1" });
  expect(Object.keys(wrong).sort()).toEqual([...Object.keys(bad), "extra", "input"].sort());
  expect(isHidden(wrong)).toBe(true);
  expect(isHidden(wrongOf(EMPTY))).toBe(false);
});
