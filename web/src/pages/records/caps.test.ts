import { expect, test } from "vitest";

import { changeOf, isCap, typedOf, wrongOf } from "./caps";

const CAPS = { tokens: 1300, money: 0.0000025, timeS: null };

test("caps are typed as they are, and only what is changed is sent", () => {
  const form = typedOf(CAPS);
  expect(form).toEqual({ tokens: "1300", money: "0.0000025", time: "" });
  expect(wrongOf({ ...form, tokens: "2,000" }, "tokens", CAPS)).toEqual({});
  expect(changeOf({ ...form, tokens: "2,000" }, CAPS)).toEqual({ tokens: 2000 });
  expect(changeOf({ ...form, time: "60.5" }, CAPS)).toEqual({ timeS: 60.5 });
});

test("the cap that was reached is to be raised, and none can be taken away", () => {
  const form = typedOf(CAPS);
  expect(wrongOf(form, "tokens", CAPS)).toEqual({ tokens: "same" });
  expect(wrongOf({ ...form, tokens: "1000" }, "tokens", CAPS)).toEqual({ tokens: "same" });
  expect(wrongOf({ ...form, tokens: "1500.5" }, "tokens", CAPS)).toEqual({ tokens: "number" });
  expect(wrongOf({ tokens: "", money: "much", time: "0" }, "tokens", CAPS)).toEqual({
    tokens: "number",
    money: "number",
    time: "number",
  });
  const tiny = typedOf({ ...CAPS, money: 1e-7 });
  expect(wrongOf({ ...tiny, tokens: "2000" }, "tokens", { ...CAPS, money: 1e-7 })).toEqual({});
});

test("a cap is told from other reasons", () => {
  expect(["tokens", "money", "time", "ceiling", null].filter(isCap)).toEqual([
    "tokens",
    "money",
    "time",
  ]);
});
