/**
 * Who is signed in. The access token lives in this module's memory and nowhere else; the refresh token is in a
 * cookie that no script can read.
 *
 * However many requests find the token stale at once, one refresh is asked for: in this tab by one promise, between
 * the tabs of a browser by a lock, since a refresh token is good for one use.
 */
import type { Me, SignedIn } from "@/api";

import { errorOf, NO_ANSWER, problemOf, ServiceError } from "./problem";

export type Session =
  | { state: "unknown" } // nobody has asked yet
  | { state: "out"; why?: "ended" | "left" }
  | { state: "in"; user: Me };

/** A token is renewed this long before it ends, so that no request is sent with one that ends on the way. */
const EARLY_MS = 30_000;
const SIGNED_IN = "lookalike.signed-in";
const SECOND_TRY_MS = 300;
const LOCK = "lookalike-refresh";

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
    remember(true);
    this.tell({ state: "in", user: signed.user });
  }

  /** It is over, by the user's wish or not. */
  leave(why: "ended" | "left"): void {
    this.token = null;
    this.endsAt = 0;
    remember(false);
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
    return locked(async () => {
      // a second try: another tab may have used the same token a moment before
      // (or the page before this one, which was left before it heard of the new one)
      for (const last of [false, true]) {
        const answer = await this.renewOnce();
        if (answer !== null) return answer;
        if (last || !(this.session.state === "in" || wasIn())) break;
        if (this.session.state !== "in") await new Promise((go) => setTimeout(go, SECOND_TRY_MS));
      }
      this.leave("ended");
      return null;
    });
  }

  private async renewOnce(): Promise<string | null> {
    let answer: Response;
    try {
      answer = await this.ask("/api/auth/refresh", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
        keepalive: true, // a page that is left meanwhile still gets its new cookie
      });
    } catch (error) {
      throw problemOf(error);
    }
    const text = await answer.text();
    if (answer.ok) {
      this.enter(JSON.parse(text) as SignedIn);
      return this.token;
    }
    const error = errorOf(text, answer.status || NO_ANSWER);
    if (error instanceof ServiceError && error.status !== 401) throw error;
    return null;
  }

  private tell(session: Session): void {
    this.session = session;
    for (const listener of this.listeners) listener();
  }
}

/** Whether somebody was signed in when this browser last knew. No secret: only worth a second try. */
function wasIn(): boolean {
  try {
    return localStorage.getItem(SIGNED_IN) !== null;
  } catch {
    return false;
  }
}

function remember(isIn: boolean): void {
  try {
    if (isIn) localStorage.setItem(SIGNED_IN, "yes");
    else localStorage.removeItem(SIGNED_IN);
  } catch {
    // a browser that keeps nothing does without the second try
  }
}

/** Locks are there on secure origins and on this machine only; elsewhere tabs rely on the second try. */
function locked<T>(act: () => Promise<T>): Promise<T> {
  const locks = (navigator as { locks?: LockManager | null }).locks;
  return locks ? (locks.request(LOCK, act) as Promise<T>) : act();
}

export const sessions = new Sessions((...given) => fetch(...given));
