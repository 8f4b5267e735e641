import { beforeEach, describe, expect, it, vi } from "vitest";

import type { SignedIn } from "@/api";

import { Sessions } from "./session";

const ada = { id: "user_1", login: "ada", name: "Ada", role: "editor" } as const;

function signed(accessToken: string, user: SignedIn["user"] = ada): SignedIn {
  return { accessToken, expiresIn: 900, user };
}

const answer = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status });

const refused = (code = "not-signed-in"): Response =>
  answer({ title: "", detail: "It is over.", code, status: 401, type: "" }, 401);

describe("a session", () => {
  beforeEach(() => {
    document.cookie = "lookalike_signed_in=yes";
    localStorage.clear();
  });

  it("asks once for a new token, however many want one at once", async () => {
    const ask = vi.fn(async () => answer(signed("a1")));
    const sessions = new Sessions(ask);
    const tokens = await Promise.all([
      sessions.access(),
      sessions.access(),
      sessions.refresh(null),
    ]);
    expect(tokens).toEqual(["a1", "a1", "a1"]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("gives a stale token's holder the one that came since, without asking", async () => {
    const ask = vi.fn(async () => answer(signed("a2")));
    const sessions = new Sessions(ask);
    sessions.enter(signed("a1"));
    expect(await sessions.refresh("a1")).toBe("a2");
    expect(await sessions.refresh("a1")).toBe("a2");
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("renews a token half a minute before it ends", async () => {
    let now = 0;
    const ask = vi.fn(async () => answer(signed("a2")));
    const sessions = new Sessions(ask, () => now);
    sessions.enter(signed("a1"));
    now = 869_000;
    expect(await sessions.access()).toBe("a1");
    now = 871_000;
    expect(await sessions.access()).toBe("a2");
  });

  it("waits while another tab is being answered, and ends when it is refused", async () => {
    const answers = [refused("refresh-under-way"), answer(signed("a2")), refused()];
    const sessions = new Sessions(async () => answers.shift() ?? refused());
    sessions.enter(signed("a1"));
    expect(await sessions.refresh("a1")).toBe("a2");
    expect(sessions.get().state).toBe("in");
    expect(await sessions.refresh("a2")).toBeNull();
    expect(sessions.get()).toEqual({ state: "out", why: "ended" });
  });

  it("asks by the same name until there was an answer", async () => {
    const names: string[] = [];
    const answers = [null, answer(signed("a2")), answer(signed("a3"))];
    const ask = async (_: unknown, init?: RequestInit): Promise<Response> => {
      names.push((JSON.parse(init?.body as string) as { attempt: string }).attempt);
      const next = answers.shift();
      if (!next) throw new TypeError("the line broke");
      return next;
    };
    const before = new Sessions(ask);
    before.enter(signed("a1"));
    await expect(before.refresh("a1")).rejects.toMatchObject({ problem: { code: "no-answer" } });
    document.cookie = "lookalike_signed_in=yes";
    const after = new Sessions(ask); // the page was loaded anew
    expect(await after.access()).toBe("a2");
    expect(await after.refresh("a2")).toBe("a3");
    expect(names[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  it("stays when the service does not answer", async () => {
    const sessions = new Sessions(async () => {
      throw new TypeError("no network");
    });
    sessions.enter(signed("a1"));
    await expect(sessions.refresh("a1")).rejects.toMatchObject({ problem: { code: "no-answer" } });
    expect(sessions.get().state).toBe("in");
  });

  it("says that nobody was ever in without a reproach, and without asking", async () => {
    document.cookie = "lookalike_signed_in=; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    const ask = vi.fn(async () => refused());
    const sessions = new Sessions(ask);
    expect(await sessions.access()).toBeNull();
    expect(sessions.get()).toEqual({ state: "out" });
    expect(ask).not.toHaveBeenCalled();
  });

  it("drops what is remembered when somebody else comes in", () => {
    const sessions = new Sessions(async () => refused());
    const dropped = vi.fn();
    sessions.onOther = dropped;
    sessions.enter(signed("a1"));
    dropped.mockClear();
    sessions.enter(signed("a2"));
    expect(dropped).not.toHaveBeenCalled();
    sessions.enter(signed("b1", { ...ada, id: "user_2" }));
    expect(dropped).toHaveBeenCalledTimes(1);
  });
});
