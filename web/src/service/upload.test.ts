import { expect, it, vi } from "vitest";

import type { Dataset } from "@/api";

import { errorOf } from "./problem";
import { queryOf, Uploads, type Send } from "./upload";

const made = { id: "ds_1", name: "a.csv", rows: 2, columns: 1 } as Dataset;
const file = (name: string): File => new File(["a\n1\n2\n"], name);

/** A sender whose uploads end when they are told to. */
function held(): { send: Send; ends: ((error?: unknown) => void)[] } {
  const ends: ((error?: unknown) => void)[] = [];
  const send: Send = (_file, _reading, _key, _onSent, signal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
      ends.push((error) => (error === undefined ? resolve(made) : reject(error)));
    });
  return { send, ends };
}

const stages = (uploads: Uploads): string[] => uploads.get().map((one) => one.stage);

it("sends one file after the other, and goes on after one that fails", async () => {
  const { send, ends } = held();
  const uploads = new Uploads(send);
  const done = vi.fn();
  uploads.onDone = done;
  uploads.add([file("a.csv"), file("b.csv")]);
  await vi.waitFor(() => expect(stages(uploads)).toEqual(["sending", "waiting"]));
  ends[0]?.(errorOf({ status: 400, detail: "No.", title: "", code: "bad-table", row: 3 }, 400));
  await vi.waitFor(() => expect(stages(uploads)).toEqual(["failed", "sending"]));
  expect(uploads.get()[0]?.error?.problem.row).toBe(3);
  ends[1]?.();
  await vi.waitFor(() => expect(stages(uploads)).toEqual(["failed", "done"]));
  expect(done).toHaveBeenCalledTimes(1);
});

it("cancels what is sent and what waits", async () => {
  const { send } = held();
  const uploads = new Uploads(send);
  uploads.add([file("a.csv"), file("b.csv")]);
  await vi.waitFor(() => expect(stages(uploads)).toEqual(["sending", "waiting"]));
  const [first, second] = uploads.get();
  uploads.cancel(second?.id ?? 0);
  uploads.cancel(first?.id ?? 0);
  await vi.waitFor(() => expect(stages(uploads)).toEqual(["cancelled", "cancelled"]));
});

it("says only what was said of how to read a file", () => {
  expect(queryOf("a&b.csv", { delimiter: "\t", format: "", header: false })).toBe(
    "name=a%26b.csv&delimiter=%09&header=false",
  );
});
