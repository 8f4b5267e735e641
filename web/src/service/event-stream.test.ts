import { describe, expect, it } from "vitest";

import { EventReader, follow, type ServerEvent } from "./event-stream";

function read(...pieces: string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const reader = new EventReader((event) => events.push(event));
  for (const piece of pieces) reader.feed(piece);
  return events;
}

const stream = 'retry: 1000\n\nevent: progress\nid: 9\ndata: {"percent": 20}\n\n: still here\n\n';

describe("an event stream", () => {
  it("is the same however it is cut into pieces", () => {
    const whole = read(stream);
    expect(whole).toEqual([{ event: "progress", data: '{"percent": 20}', id: "9" }]);
    for (let at = 1; at < stream.length; at += 1) {
      expect(read(stream.slice(0, at), stream.slice(at))).toEqual(whole);
    }
  });

  it("takes every end of line, and joins lines of data", () => {
    const crlf = stream.replaceAll("\n", "\r\n");
    for (let at = 1; at < crlf.length; at += 1) {
      expect(read(crlf.slice(0, at), crlf.slice(at))).toHaveLength(1);
    }
    expect(read("data: a\ndata: b\n\n")).toEqual([{ event: "message", data: "a\nb", id: null }]);
    expect(read("data:a\n")).toEqual([]);
  });
});

describe("following", () => {
  const body = (text: string): Response =>
    new Response(text, { headers: { "content-type": "text/event-stream" } });
  const never = new AbortController().signal;

  it("is over after the last event, cut before it", async () => {
    const text = 'id: 3\ndata: {"state":"running"}\n\nid: 5\ndata: {"state":"completed"}\n\n';
    const last = (event: ServerEvent): boolean => event.data.includes("completed");
    expect(await follow(async () => body(text), null, never, last)).toEqual({
      ended: "over",
      lastId: "5",
    });
    const part = text.slice(0, 40);
    expect(await follow(async () => body(part), null, never, last)).toEqual({
      ended: "cut",
      lastId: "3",
    });
  });

  it("goes on from the last id, comes no more after 204 or a refusal, and comes again after a failure", async () => {
    const asked: (string | null)[] = [];
    const with_ = async (status: number): Promise<unknown> =>
      follow(
        async (id) => {
          asked.push(id);
          return new Response(null, { status });
        },
        "7",
        never,
        () => false,
      );
    expect(await with_(204)).toEqual({ ended: "over", lastId: "7" });
    expect(await with_(404)).toEqual({ ended: "refused", lastId: "7" });
    expect(await with_(429)).toEqual({ ended: "cut", lastId: "7" });
    expect(await with_(503)).toEqual({ ended: "cut", lastId: "7" });
    expect(asked).toEqual(["7", "7", "7", "7"]);
  });
});
