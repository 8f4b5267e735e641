import { describe, expect, it } from "vitest";

import type { ColumnSeen } from "@/api";

import { edited, kindsFor, recast, withEdit, type Entry } from "./schema-edit";

const seen = (name: string, examples: string[], distinct = examples.length): ColumnSeen => ({
  name,
  kind: "categorical",
  missing: 0,
  lookedAt: 100,
  distinct,
  examples,
  bins: [],
  values: [],
});
const age: Entry = { name: "age", kind: "numerical", type: "int64", decimals: 0, nulls: true };
const code: Entry = { name: "code", kind: "categorical", type: "string", content: "postal_code" };
const income: Entry = { name: "income", kind: "categorical", type: "string", role: "target" };

describe("recasting a column", () => {
  it("keeps what has nothing to do with its kind, and drops the rest", () => {
    expect(recast(age, "categorical", undefined)).toEqual({
      name: "age",
      kind: "categorical",
      type: "int64",
      nulls: true,
    });
    expect(recast(code, "id", undefined)).toEqual({
      name: "code",
      kind: "id",
      type: "string",
      content: "postal_code",
    });
  });

  it("finds the type in what was seen", () => {
    expect(recast(code, "numerical", seen("code", ["12", "7"]))).toMatchObject({
      type: "int64",
      decimals: 0,
    });
    expect(recast(code, "numerical", seen("code", ["12", "7.5"]))).toMatchObject({
      type: "double",
    });
    expect(recast(code, "datetime", seen("code", ["2020-01-31"]))).toMatchObject({
      type: "date32[day]",
      format: "%Y-%m-%d",
    });
    expect(recast(code, "datetime", seen("code", ["2020-01-31T10:00:00"]))).toMatchObject({
      type: "timestamp[us]",
    });
    expect(recast(code, "boolean", seen("code", ["no", "Yes"]))).toMatchObject({
      true_text: "Yes",
      false_text: "no",
    });
  });

  it("offers yes or no for two values only, and never what is only found", () => {
    expect(kindsFor(code, seen("code", ["a", "b"]))).toContain("boolean");
    expect(kindsFor(code, seen("code", ["a", "b", "c"]))).not.toContain("boolean");
    expect(kindsFor(code, undefined)).not.toContain("null");
    expect(kindsFor({ ...code, kind: "constant" }, undefined)).toContain("constant");
  });
});

describe("editing a schema", () => {
  const entries = [age, code, income];

  it("is no edit when all is as it was", () => {
    let edits = withEdit(entries, {}, "age", { kind: "categorical" });
    edits = withEdit(entries, edits, "age", { action: "drop" });
    expect(edits).toEqual({ age: { kind: "categorical", action: "drop" } });
    edits = withEdit(entries, edits, "age", { kind: "numerical" });
    edits = withEdit(entries, edits, "age", { action: "model" });
    expect(edits).toEqual({});
  });

  it("moves the target: there is one at most", () => {
    const edits = withEdit(entries, {}, "age", { role: "target" });
    expect(edits).toEqual({ age: { role: "target" }, income: { role: null } });
    const schema = edited(entries, edits, []);
    expect(schema.filter((one) => one.role === "target").map((one) => one.name)).toEqual(["age"]);
    expect("role" in (schema[2] ?? {})).toBe(false);
    const back = withEdit(entries, edits, "income", { role: "target" });
    expect(back).toEqual({});
  });

  it("writes defaults as the service does: by leaving them out", () => {
    const dropped: Entry = { ...age, action: "drop" };
    expect(edited([dropped], { age: { action: "model" } }, [])).toEqual([age]);
    expect(edited([age], { age: { action: "fake" } }, [])).toEqual([{ ...age, action: "fake" }]);
  });
});
