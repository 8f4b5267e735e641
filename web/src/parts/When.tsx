/** A moment, from now; the whole of it under the pointer and for machines. */
import type { ReactNode } from "react";

import { ago, moment } from "./format";

export function When({ at }: { at: string }): ReactNode {
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at)}
    </time>
  );
}
