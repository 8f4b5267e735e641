/** Who may see what: signed in or not, and in which role. */
import { Button } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";

import type { Me } from "@/api";
import { sessions } from "@/service/session";
import { useSession, useUser } from "@/service/use-session";
import { shared } from "@/strings";

import { Empty } from "./Empty";
import { ErrorSays } from "./ErrorSays";
import { LockIcon } from "./icons";
import { useTitle } from "./PageHead";
import { Waiting } from "./Waiting";

/** Where to go after the sign-in, kept in the history's entry. */
export type From = { from?: string };

/** Asks once whether the cookie still stands for a sign-in. */
function useKnown(): { error: unknown; again: () => void } {
  const session = useSession();
  const [error, setError] = useState<unknown>(null);
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (session.state !== "unknown") return;
    sessions.access().catch(setError);
  }, [session.state, tries]);
  return {
    error,
    again: () => {
      setError(null);
      setTries((before) => before + 1);
    },
  };
}

/** What is only for who is signed in. Others sign in, and come back to the same place. */
export function SignedIn({ children }: { children?: ReactNode }): ReactNode {
  const session = useSession();
  const { error, again } = useKnown();
  const place = useLocation();
  if (error !== null && session.state === "unknown") {
    return (
      <main>
        <ErrorSays error={error} onRetry={again} />
      </main>
    );
  }
  if (session.state === "unknown") return <Waiting for={shared.waiting.session} whole />;
  if (session.state === "out") {
    const from = session.why === "left" ? "/" : place.pathname + place.search;
    return <Navigate to="/sign-in" replace state={{ from } satisfies From} />;
  }
  return children ?? <Outlet />;
}

const RANKS: Me["role"][] = ["viewer", "editor", "admin"];

export const atLeast = (role: Me["role"], least: Me["role"]): boolean =>
  RANKS.indexOf(role) >= RANKS.indexOf(least);

/** Whether the user may make and change things. */
export const useMayWrite = (): boolean => atLeast(useUser().role, "editor");

/** What needs a role; who lacks it is told so. */
export function Needs({ role, children }: { role: Me["role"]; children: ReactNode }): ReactNode {
  return atLeast(useUser().role, role) ? children : <Forbidden needed={role} />;
}

export function Forbidden({ needed }: { needed: Me["role"] }): ReactNode {
  const { role } = useUser();
  const navigate = useNavigate();
  useTitle(shared.forbidden.title);
  return (
    <div className="card">
      <Empty
        whole
        icon={<LockIcon size={22} />}
        title={shared.forbidden.title}
        next={
          <Button variant="default" onClick={() => void navigate(-1)}>
            {shared.forbidden.back}
          </Button>
        }
      >
        {shared.forbidden.says(
          shared.roles[role].toLowerCase(),
          `the role ${shared.roles[needed].toLowerCase()}`,
        )}
      </Empty>
    </div>
  );
}
