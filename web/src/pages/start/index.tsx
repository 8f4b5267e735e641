/** The first address: what stands behind its # may open a door; else on to the datasets. */
import { useState, type ReactNode } from "react";
import { Navigate } from "react-router";

import { OncePage } from "@/pages/sign-in";

import { doorOf } from "./door";

export function StartPage(): ReactNode {
  const [door] = useState(() => {
    const found = doorOf(window.location.hash);
    // the code is not left in the address bar, the history, or what is copied from there
    if (found !== null)
      window.history.replaceState(window.history.state, "", window.location.pathname);
    return found;
  });
  if (door?.kind === "setup") return <Navigate to="/setup" replace state={{ code: door.code }} />;
  if (door?.kind === "sign-in") return <OncePage code={door.code} />;
  return <Navigate to="/datasets" replace />;
}
