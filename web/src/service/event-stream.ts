/** Server-Sent Events from bytes: what `EventSource` does, for streams that need a header of ours. */

export type ServerEvent = { event: string; data: string; id: string | null };

/** Feeds on text as it comes and calls back for each whole event. */
export class EventReader {
  private rest = "";
  private name = "";
  private data: string[] = [];
  private id: string | null = null;

  constructor(private readonly tell: (event: ServerEvent) => void) {}

  feed(text: string): void {
    // a CR at the end may be half of a CR LF: it waits for what follows
    const whole = this.rest + text;
    const lines = whole.split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) this.line(line);
  }

  private line(line: string): void {
    if (line === "") {
      if (this.data.length > 0) {
        this.tell({ event: this.name || "message", data: this.data.join("\n"), id: this.id });
      }
      this.name = "";
      this.data = [];
      this.id = null;
      return;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.name = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
  }
}

export type Ended = "over" | "cut" | "refused";

/**
 * Follow a stream until it ends. `over`: the service has nothing more to say (204, or it closed the stream after an
 * event that `last` calls the last one); `cut`: the connection broke; `refused`: come no more.
 */
export async function follow(
  ask: (lastId: string | null, signal: AbortSignal) => Promise<Response>,
  lastId: string | null,
  signal: AbortSignal,
  tell: (event: ServerEvent) => boolean,
): Promise<{ ended: Ended; lastId: string | null }> {
  let seen = lastId;
  let over = false;
  try {
    const answer = await ask(seen, signal);
    if (answer.status === 204) return { ended: "over", lastId: seen };
    if (!answer.ok || answer.body === null) {
      const refused = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
      return { ended: refused ? "refused" : "cut", lastId: seen };
    }
    const reader = new EventReader((event) => {
      if (event.id !== null) seen = event.id;
      over = tell(event) || over;
    });
    const bytes = answer.body.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await bytes.read();
      if (done) break;
      reader.feed(decoder.decode(value, { stream: true }));
    }
  } catch {
    // cut off, or no longer wanted
  }
  return { ended: over ? "over" : "cut", lastId: seen };
}
