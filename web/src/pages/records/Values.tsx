/** Columns that no model writes, of a record that is only looked at. */
import type { ReactNode } from "react";

import { cut } from "@/parts/RowsTable";

import css from "./records.module.css";
import { textOf } from "./told";

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
            <bdi>{cut(textOf(value))}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}
