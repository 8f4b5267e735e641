import { expect, it } from "vitest";

import { doorOf } from "../start/door";
import { placeAfter, wrongWith } from "./credentials";

it("holds new accounts to more than known ones", () => {
  expect(wrongWith({ login: "a da", password: "short" }, false)).toEqual({});
  expect(Object.keys(wrongWith({ login: "a da", password: "short" }, true))).toEqual([
    "login",
    "password",
  ]);
  expect(wrongWith({ login: "ada@example.org", password: "ten chars!" }, true)).toEqual({});
  expect(Object.keys(wrongWith({ login: " ", password: "", code: " " }, false))).toEqual([
    "login",
    "password",
    "code",
  ]);
});

it("goes back to a place of its own and to no other", () => {
  expect(placeAfter("/models/new?dataset=ds_1")).toBe("/models/new?dataset=ds_1");
  for (const strange of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    7,
  ]) {
    expect(placeAfter(strange)).toBe("/datasets");
  }
  expect(placeAfter("/sign-in")).toBe("/datasets");
});

it("reads a code behind the # and nothing else", () => {
  expect(doorOf("#setup=a%2Fb")).toEqual({ kind: "setup", code: "a/b" });
  expect(doorOf("#sign-in=abc")).toEqual({ kind: "sign-in", code: "abc" });
  expect(doorOf("#setup=%zz")).toEqual({ kind: "setup", code: "%zz" });
  for (const none of ["", "#", "#setup=", "#other=1", "setup=1"]) expect(doorOf(none)).toBeNull();
});
