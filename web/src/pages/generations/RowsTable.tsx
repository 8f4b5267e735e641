/** A few rows of a table, as texts. It scrolls in itself, by the keyboard too. */
import type { ReactNode } from "react";

import type { Rows } from "@/api";
import { shared } from "@/strings";

import css from "./rows.module.css";

type Props = { rows: Rows; caption: string };

export function RowsTable({ rows, caption }: Props): ReactNode {
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reached by the keyboard
    <div className={css.frame} tabIndex={0} role="region" aria-label={caption}>
      <table className={css.table}>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {rows.columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                data-numeric={column.kind === "numerical" || undefined}
              >
                <bdi>{column.name}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) => (
                <td
                  key={rows.columns[index]?.name ?? index}
                  data-numeric={rows.columns[index]?.kind === "numerical" || undefined}
                >
                  {cell === null ? (
                    <i className={css.missing}>{shared.missing}</i>
                  ) : (
                    <bdi>{cell}</bdi>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
