/** A page whose thing is not there yet, or cannot be had. */
import type { ReactNode } from "react";

import { shared } from "@/strings";

import { ErrorSays } from "./ErrorSays";
import { capital } from "./format";
import { PageHead } from "./PageHead";
import { Waiting } from "./Waiting";

type Props = {
  /** What it is one of, in words. */
  one: string;
  /** The list that it stands in. */
  up: { to: string; label: string };
  query: { isError: boolean; error: unknown; refetch: () => Promise<unknown> };
};

export function NotYet({ one, up, query }: Props): ReactNode {
  return (
    <>
      <PageHead title={capital(one)} up={up} />
      {query.isError ? (
        <ErrorSays error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <Waiting for={shared.waiting.thing(one)} />
      )}
    </>
  );
}
