/**
 * Who is signed in. The access token lives in this module's memory and nowhere else; the refresh token is in a
 * cookie that no script can read.
 *
 * However many requests find the token stale at once, one refresh is asked for: in this tab by one promise, between
 * the tabs of a browser by a lock, since a refresh token is good for one use. A page may be left, and a line may
 * break, before the answer is there: so each attempt has a name, which is kept until it has been answered, and whoever
 * asks next asks by that name and is given the same answer.
 */
import type { Me, SignedIn } from "@/api";

import { errorOf, NO_ANSWER, problemOf } from "./problem";

export type Session =
  | { state: "unknown" } // nobody has asked yet
  | { state: "out"; why?: "ended" | "left" }
  | { state: "in"; user: Me };

/** A token is renewed this long before it ends, so that no request is sent with one that ends on the way. */
const EARLY_MS = 30_000;
/** The cookie that says that there is a refresh token, which itself no script can see. */
const HINT = "lookalike_signed_in";
const ATTEMPT = "lookalike.renewing";
const LOCK = "lookalike-refresh";
const UNDER_WAY = "refresh-under-way";
/** Waits between attempts, while another page of this browser is being answered. */
const AGAIN_MS = [200, 400, 800, 1600];

type Listener = () => void;

export class Sessions {
  private session: Session = { state: "unknown" };
  private token: string | null = null;
  private endsAt = 0;
  private going: Promise<string | null> | null = null;
  private readonly listeners = new Set<Listener>();
  /** Called when somebody else is signed in than before: nothing of theirs may be seen. */
  onOther: () => void = () => undefined;

  constructor(
    private readonly ask: typeof fetch,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get = (): Session => this.session;

  subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** What an answer to a sign-in says. */
  enter(signed: SignedIn): void {
    const before = this.session;
    this.token = signed.accessToken;
    this.endsAt = this.now() + (signed.expiresIn ?? 0) * 1000;
    if (before.state === "in" && before.user.id === signed.user.id) {
      if (before.user.role === signed.user.role && before.user.name === signed.user.name) return;
    } else {
      this.onOther();
    }
    this.tell({ state: "in", user: signed.user });
  }

  /** It is over, by the user's wish or not. */
  leave(why: "ended" | "left"): void {
    this.token = null;
    this.endsAt = 0;
    forgetHint();
    if (this.session.state === "out") return;
    if (why === "left") this.onOther();
    this.tell({ state: "out", ...(this.session.state === "in" ? { why } : {}) });
  }

  /** A token that is good for a while; null when nobody is signed in. Throws when the service does not answer. */
  async access(): Promise<string | null> {
    if (this.token !== null && this.now() < this.endsAt - EARLY_MS) return this.token;
    if (this.session.state === "out") return null;
    return this.refresh(this.token);
  }

  /** A token newer than `stale`; null when the sign-in is over. */
  refresh(stale: string | null): Promise<string | null> {
    if (this.token !== null && this.token !== stale) return Promise.resolve(this.token);
    this.going ??= this.renew().finally(() => {
      this.going = null;
    });
    return this.going;
  }

  private async renew(): Promise<string | null> {
    if (this.session.state !== "in" && !hinted()) {
      this.leave("ended");
      return null;
    }
    return locked(async () => {
      for (const wait of [...AGAIN_MS, null]) {
        const answer = await this.renewOnce();
        if (answer !== UNDER_WAY) return answer;
        if (wait !== null) await new Promise((go) => setTimeout(go, wait));
      }
      throw problemOf(new TypeError("no answer"));
    });
  }

  /** The new token; null when the sign-in is over; `UNDER_WAY` while another page is being given the next one. */
  private async renewOnce(): Promise<string | null> {
    let answer: Response;
    let text: string;
    try {
      answer = await this.ask("/api/auth/refresh", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ attempt: attempt() }),
        keepalive: true, // a page that is left meanwhile still gets its new cookie
      });
      text = await answer.text();
    } catch (error) {
      throw problemOf(error);
    }
    if (answer.ok) {
      answered();
      this.enter(JSON.parse(text) as SignedIn);
      return this.token;
    }
    const error = errorOf(text, answer.status || NO_ANSWER);
    if (error.status !== 401) throw error;
    if (error.problem.code === UNDER_WAY) return UNDER_WAY;
    answered();
    this.leave("ended");
    return null;
  }

  private tell(session: Session): void {
    this.session = session;
    for (const listener of this.listeners) listener();
  }
}

function hinted(): boolean {
  return document.cookie.split("; ").some((one) => one.startsWith(`${HINT}=`));
}

function forgetHint(): void {
  document.cookie = `${HINT}=; Max-Age=0; Path=/; SameSite=Strict`;
}

/** The name of the attempt that has not been answered; of a new one when there is none. */
function attempt(): string {
  const fresh = Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) =>
    one.toString(16).padStart(2, "0"),
  ).join("");
  try {
    const open = localStorage.getItem(ATTEMPT);
    if (open === null) localStorage.setItem(ATTEMPT, fresh);
    return open ?? fresh;
  } catch {
    return fresh; // a browser that keeps nothing may have to sign in again after a reload at a bad moment
  }
}

function answered(): void {
  try {
    localStorage.removeItem(ATTEMPT);
  } catch {
    // nothing was kept
  }
}

/** Locks are there on secure origins and on this machine only; elsewhere tabs rely on the second try. */
function locked<T>(act: () => Promise<T>): Promise<T> {
  const locks = (navigator as { locks?: LockManager | null }).locks;
  return locks ? (locks.request(LOCK, act) as Promise<T>) : act();
}

export const sessions = new Sessions((...given) => fetch(...given));
