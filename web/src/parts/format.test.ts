import { expect, it } from "vitest";

import { ago, bytes, counted, span } from "./format";

it("counts in words, with one and many", () => {
  expect(counted(1, "row")).toBe("1 row");
  expect(counted(12_345, "row")).toBe("12,345 rows");
  expect(counted(2, "person", "people")).toBe("2 people");
});

it("never shows a thousand of a smaller unit", () => {
  expect([0, 999, 1_000, 62_400, 999_499, 999_500, 1.5e9].map(bytes)).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "62.4 kB",
    "999 kB",
    "1.0 MB",
    "1.5 GB",
  ]);
});

it("rounds spans without a sixtieth second or minute", () => {
  expect([-5, 400, 9_949, 9_950, 59_400, 59_600, 185_000, 3_599_600, 7_800_000].map(span)).toEqual([
    "0.0 s",
    "0.4 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min",
    "3 min 5 s",
    "1 h",
    "2 h 10 min",
  ]);
});

it("says how long ago something was, then its date", () => {
  const now = new Date(2026, 10, 25, 18, 0, 0).getTime();
  const at = (minutes: number): string => new Date(now - minutes * 60_000).toISOString();
  expect([0, -1, 5, 59, 120].map((minutes) => ago(at(minutes), now))).toEqual([
    "just now",
    "just now",
    "5 min ago",
    "59 min ago",
    "2 h ago",
  ]);
  expect(ago(at(20 * 60), now)).toBe("yesterday");
  expect(ago(at(10 * 24 * 60), now)).toBe("Nov 15");
  expect(ago(at(400 * 24 * 60), now)).toMatch(/2025/);
  expect(ago("no time", now)).toBe("");
});
