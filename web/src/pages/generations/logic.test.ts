import { describe, expect, it } from "vitest";

import type { TasksSeen, TaskSeen } from "@/api";

import { leftOf, rateOf, seenWith, type Seen } from "./rate";
import { typedRows, typedSeed } from "./rows";
import { cellsOf, countOf } from "./strip";
import { fits, fresh, plainOf, quoted, specOf, sumOf, toggled, toldOf, wantedOf } from "./wanted";

describe("numbers as they are typed", () => {
  it.each(["50000", "50,000", " 50 000 ", "50_000", "50’000"])("takes %j", (text) => {
    expect(typedRows(text)).toEqual({ value: 50_000, wrong: null });
  });
  it.each([
    ["", "empty"],
    ["  ", "empty"],
    ["1.5", "shape"],
    ["-3", "shape"],
    ["many", "shape"],
    ["1e6", "shape"],
    ["0", "least"],
    ["1,000,001", "most"],
    ["99999999999999999999", "most"],
  ])("refuses %j as %s", (text, wrong) => {
    expect(typedRows(text)).toEqual({ value: null, wrong });
  });
  it("takes a million and the seed 0", () => {
    expect(typedRows("1000000").value).toBe(1_000_000);
    expect(typedSeed("0").value).toBe(0);
    expect(typedSeed("9007199254740992").wrong).toBe("most");
  });
});

describe("what must hold", () => {
  it("is sent as the service takes it", () => {
    const spec = specOf([
      { ...fresh("age", "range"), low: " 30 ", high: "" },
      { ...fresh("city", "values"), values: ["Bonn, Rhein", null] },
      {
        ...fresh("sex", "shares"),
        shares: [
          ["O'Neil", "12,5"],
          [null, "2"],
          ["x", " "],
        ],
      },
      fresh("nothing", "values"),
      fresh("no range", "range"),
    ]);
    expect(spec).toEqual({
      conditions: { age: { low: "30" }, city: ["Bonn, Rhein", null] },
      shares: { sex: { "'O''Neil'": 0.125, "": 0.02 } },
    });
    expect(specOf([])).toEqual({});
  });
  it("does not fit when shares are no numbers or too many", () => {
    const of = (...texts: string[]) => [
      { ...fresh("a", "shares"), shares: texts.map((t, i) => [String(i), t] as [string, string]) },
    ];
    expect(fits(of("60", "40"))).toBe(true);
    expect(fits(of("60", "41"))).toBe(false);
    expect(fits(of("much"))).toBe(false);
    expect(sumOf(of("60", "", "0.5")[0]!)).toBeCloseTo(60.5);
  });
  it("is asked for again as it was", () => {
    const all = [
      { ...fresh("age", "range" as const), low: "30", high: "40" },
      { ...fresh("city", "values" as const), values: ["a'b", null] },
      { ...fresh("sex", "shares" as const), shares: [["it's", "12.5"]] as [string, string][] },
    ];
    const { conditions, shares } = specOf(all);
    expect(wantedOf(conditions, shares)).toEqual({ wanted: all, whole: true });
    expect(wantedOf({ age: "30..40" }, undefined).wanted).toEqual([all[0]]);
    expect(wantedOf(["age=30..40"], undefined)).toEqual({ wanted: [], whole: false });
    expect(wantedOf({ age: "30,40" }, null).whole).toBe(false);
  });
  it("is told in words", () => {
    expect(toldOf({ age: { low: "30" }, city: ["x", null] }, { sex: { "'a'": 0.5 } })).toEqual([
      { column: "age", says: "from", text: "30", share: null },
      { column: "city", says: "is", text: "x, ∅", share: null },
      { column: "sex", says: "is", text: "a", share: 0.5 },
    ]);
    expect(toldOf(["age=1..2"], null)[0]?.text).toBe("age=1..2");
    expect(toldOf(null, undefined)).toEqual([]);
  });
  it("quotes and unquotes any value", () => {
    for (const value of ["", "a", "'", "a''b", "1..2", ">50K, or so", null])
      expect(plainOf(quoted(value))).toBe(value);
  });
  it("takes a value out that is in", () => {
    expect(toggled(toggled(["a"], null), "a")).toEqual([null]);
  });
});

describe("how fast rows come", () => {
  const run = (...points: [number, number][]): Seen[] =>
    points.reduce<Seen[]>((seen, [atMs, rows]) => seenWith(seen, { atMs, rows }), []);
  it("is said once it can be", () => {
    expect(rateOf(run([0, 0]))).toBeNull();
    expect(rateOf(run([0, 0], [100, 500]))).toBeNull();
    expect(rateOf(run([0, 0], [2000, 100_000]))).toBe(50_000);
    expect(leftOf(run([0, 0], [2000, 100_000]), 200_000)).toBe(2000);
    expect(leftOf(run([0, 0], [2000, 0]), 200_000)).toBeNull();
  });
  it("forgets what is long ago, and begins anew with a new round", () => {
    expect(rateOf(run([0, 0], [20_000, 10_000], [21_000, 30_000]))).toBe(20_000);
    expect(rateOf(run([0, 0], [5_000, 50_000], [6_000, 0]))).toBeNull();
  });
});

describe("the strip", () => {
  const task = (part: Partial<TaskSeen>): TaskSeen => ({
    number: 0,
    role: "chunk",
    state: "pending",
    units: 2,
    done: 0,
    tries: 0,
    failures: 0,
    ...part,
  });
  const seen = (blocks: number, ...tasks: TaskSeen[]): TasksSeen => ({
    blocks,
    rowsDone: 0,
    tasks,
  });
  it("shows each block by its task", () => {
    const cells = cellsOf(
      seen(
        7,
        task({ state: "completed", done: 2 }),
        task({ number: 1, state: "running", done: 1 }),
        task({ number: 2, state: "retrying" }),
        task({ number: 3, units: 1, role: "chunk", state: "failed" }),
        task({ number: 4, role: "finalise" }),
      ),
    );
    expect(cells).toEqual(["done", "done", "done", "going", "again", "again", "failed"]);
    expect(countOf(cells, "done")).toBe(3);
  });
  it("joins blocks where there are too many, and shows the worst of them", () => {
    const cells = cellsOf(
      seen(
        1000,
        task({ units: 5, state: "completed", done: 5 }),
        task({ units: 5, number: 1, state: "retrying" }),
      ),
    );
    expect(cells).toHaveLength(200);
    expect(cells.slice(0, 3)).toEqual(["done", "again", "waiting"]);
  });
});
