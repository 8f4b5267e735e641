import { useSyncExternalStore } from "react";

import { sessions, type Session } from "./session";

export const useSession = (): Session => useSyncExternalStore(sessions.subscribe, sessions.get);

/** Who is signed in, on pages that only they see. */
export function useUser(): Extract<Session, { state: "in" }>["user"] {
  const session = useSession();
  if (session.state !== "in") throw new Error("This page is for who is signed in.");
  return session.user;
}
