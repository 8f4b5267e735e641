/**
 * Uploads: they go on whatever page is shown, one after the other. `XMLHttpRequest`, since `fetch` does not tell how
 * much of a body has been sent.
 */
import type { Dataset } from "@/api";

import { errorOf, NO_ANSWER, problemOf, type ServiceError } from "./problem";
import { sessions } from "./session";

/** How a file is to be read, where that is not to be found out. */
export type Reading = {
  format?: string;
  delimiter?: string;
  quote?: string;
  encoding?: string;
  header?: boolean;
};

export type Upload = {
  id: number;
  file: File;
  reading: Reading;
  stage: "waiting" | "sending" | "reading" | "done" | "failed" | "cancelled";
  sent: number;
  dataset?: Dataset;
  error?: ServiceError;
};

/** Sends one file; `onSent` is called with the bytes that went out. Rejects with a `ServiceError`. */
export type Send = (
  file: File,
  reading: Reading,
  key: string,
  onSent: (bytes: number) => void,
  signal: AbortSignal,
) => Promise<Dataset>;

/** A word of its own for each upload: sent again, it is the same one. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function queryOf(name: string, reading: Reading): string {
  const query = new URLSearchParams({ name });
  for (const [key, value] of Object.entries(reading)) {
    if (value !== undefined && value !== "") query.set(key, String(value));
  }
  return query.toString();
}

export const sendFile: Send = async (file, reading, key, onSent, signal) => {
  const once = (token: string | null): Promise<XMLHttpRequest> =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", `/api/datasets?${queryOf(file.name, reading)}`);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.setRequestHeader("Idempotency-Key", key);
      if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
      request.upload.onprogress = (event) => onSent(event.loaded);
      request.upload.onload = () => onSent(file.size);
      request.onload = () => resolve(request);
      request.onerror = () => reject(errorOf(undefined, NO_ANSWER));
      request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
      signal.addEventListener("abort", () => request.abort(), { once: true });
      request.send(file);
    });
  const token = await sessions.access();
  let answer = await once(token);
  if (answer.status === 401 && token !== null) {
    const fresh = await sessions.refresh(token);
    if (fresh !== null) answer = await once(fresh);
  }
  if (answer.status !== 201) throw errorOf(answer.responseText, answer.status);
  return JSON.parse(answer.responseText) as Dataset;
};

export class Uploads {
  private all: readonly Upload[] = [];
  private next = 1;
  private busy = false;
  private readonly stops = new Map<number, AbortController>();
  private readonly listeners = new Set<() => void>();
  /** Called when a dataset is there. */
  onDone: (upload: Upload & { dataset: Dataset }) => void = () => undefined;

  constructor(private readonly send: Send) {}

  get = (): readonly Upload[] => this.all;

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  add(files: Iterable<File>, reading: Reading = {}): void {
    const added = Array.from(files, (file) => ({
      id: this.next++,
      file,
      reading,
      stage: "waiting" as const,
      sent: 0,
    }));
    this.tell([...this.all, ...added]);
    void this.work();
  }

  cancel(id: number): void {
    this.stops.get(id)?.abort();
    const upload = this.all.find((one) => one.id === id);
    if (upload?.stage === "waiting") this.change(id, { stage: "cancelled" });
  }

  dismiss(id: number): void {
    this.tell(this.all.filter((one) => one.id !== id));
  }

  /** Somebody else is here: what was theirs goes. */
  drop(): void {
    for (const stop of this.stops.values()) stop.abort();
    this.tell([]);
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (;;) {
      const upload = this.all.find((one) => one.stage === "waiting");
      if (upload === undefined) break;
      await this.one(upload);
    }
    this.busy = false;
  }

  private async one({ id, file, reading }: Upload): Promise<void> {
    const stop = new AbortController();
    this.stops.set(id, stop);
    this.change(id, { stage: "sending" });
    try {
      const dataset = await this.send(
        file,
        reading,
        freshKey(),
        (sent) => this.change(id, { sent, stage: sent >= file.size ? "reading" : "sending" }),
        stop.signal,
      );
      this.change(id, { stage: "done", sent: file.size, dataset });
      const done = this.all.find((one) => one.id === id);
      if (done !== undefined) this.onDone({ ...done, dataset });
    } catch (error) {
      if (stop.signal.aborted) this.change(id, { stage: "cancelled" });
      else this.change(id, { stage: "failed", error: problemOf(error) });
    } finally {
      this.stops.delete(id);
    }
  }

  private change(id: number, part: Partial<Upload>): void {
    this.tell(this.all.map((one) => (one.id === id ? { ...one, ...part } : one)));
  }

  private tell(all: readonly Upload[]): void {
    this.all = all;
    for (const listener of this.listeners) listener();
  }
}

export const uploads = new Uploads(sendFile);
