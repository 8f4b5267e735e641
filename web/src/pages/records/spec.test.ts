import { expect, it } from "vitest";

import { FIRST, fresh, money, parts, specOf, typedRecords } from "./spec";

it("writes what the form says as a spec", () => {
  expect(specOf(FIRST, "fast")).toBe(
    [
      "columns:",
      "  topic:",
      "    sampler: category",
      '    values: ["rivers","deltas","seas"]',
      "  question:",
      '    text: "Ask one question about {{ topic }}."',
      '    model: "fast"',
      "",
    ].join("\n"),
  );
});

it("lets no text of a form out of its place", () => {
  const told = specOf([{ ...fresh(1), name: "a: b\nc", text: '"\nmodels: {x: 1}' }], "");
  expect(told.split("\n").filter((line) => /^\S/.test(line))).toEqual(["columns:"]);
  expect(told).toContain('"a: b\\nc":');
});

it("says what is not kept, and which fields are wanted", () => {
  const column = { ...fresh(1, "structured"), name: "f", text: "T", fields: "a, b", keep: false };
  const told = specOf([column], "fast");
  expect(told).toContain('"required":["a","b"]');
  expect(told).toContain("keep: false");
});

it("reads numbers of records as people write them", () => {
  expect(typedRecords("1,000")).toBe(1000);
  expect(["0", "", "1.5", "100001", "some"].map(typedRecords)).toEqual(Array(5).fill(null));
  expect(parts(" a,, b ")).toEqual(["a", "b"]);
});

it("shows amounts by what they say", () => {
  expect([0, 12.345, 0.0042].map(money)).toEqual(["0", "12.35", "0.0042"]);
});
