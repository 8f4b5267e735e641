/** Columns that no model writes, of a record that is only looked at. */
import type { ReactNode } from "react";

import { cut } from "@/parts/RowsTable";

import css from "./records.module.css";
import { textOf } from "./told";

/** Of a passage its text; where it stood is told with the record that is made of it. */
function shownOf(value: unknown): string {
  const { text, source } = Object(value) as { text?: unknown; source?: unknown };
  return typeof text === "string" && source !== undefined ? text : textOf(value);
}

export function Values({ of }: { of: { [column: string]: unknown } }): ReactNode {
  const entries = Object.entries(of);
  if (entries.length === 0) return null;
  return (
    <dl className={css.values}>
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>
            <bdi>{name}</bdi>
          </dt>
          <dd>
            <bdi>{cut(shownOf(value))}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
