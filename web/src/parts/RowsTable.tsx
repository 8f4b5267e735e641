/** Rows to look at: the head stays, and only what is in sight is in the document. */
import { useState, type ReactNode } from "react";

import type { Rows } from "@/api";
import { shared } from "@/strings";

import css from "./rows.module.css";

const ROW_PX = 34;
/** Rows that are drawn above and below what is in sight. */
const OVERSCAN = 12;
const NUMERIC = new Set(["numerical", "timedelta"]);
/** A cell may be megabytes long: the screen has no use for more than this. */
const LONGEST = 300;

export const cut = (text: string): string =>
  text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;

export function RowsTable({ rows, label }: { rows: Rows; label: string }): ReactNode {
  const [sight, setSight] = useState({ top: 0, high: 600 });
  const all = rows.rows.length;
  const first = Math.max(0, Math.floor(sight.top / ROW_PX) - OVERSCAN);
  const last = Math.min(all, Math.ceil((sight.top + sight.high) / ROW_PX) + OVERSCAN);
  const above = first * ROW_PX;
  const below = (all - last) * ROW_PX;
  const shown = Array.from({ length: last - first }, (_, at) => first + at);
  return (
    <div
      className={`card ${css.frame}`}
      tabIndex={0}
      role="region"
      aria-label={label}
      onScroll={({ currentTarget }) => {
        const next = { top: currentTarget.scrollTop, high: currentTarget.clientHeight };
        // drawn anew when a row comes or goes, and not with every pixel
        const moved = Math.abs(next.top - sight.top) >= ROW_PX || next.high !== sight.high;
        if (moved) setSight(next);
      }}
    >
      <table className={css.table} aria-rowcount={rows.rows.length + 1}>
        <thead>
          <tr>
            <th scope="col" className={css.number}>
              #
            </th>
            {rows.columns.map((column) => (
              <th
                key={column.name}
                scope="col"
                data-numeric={NUMERIC.has(column.kind) || undefined}
              >
                <bdi>{cut(column.name)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Filler height={above} columns={rows.columns.length + 1} />}
          {shown.map((index) => (
            <tr key={index} aria-rowindex={index + 2}>
              <td className={css.number}>{index + 1}</td>
              {rows.columns.map((column, at) => {
                const cell = rows.rows[index]?.[at] ?? null;
                return (
                  <td key={column.name} data-numeric={NUMERIC.has(column.kind) || undefined}>
                    {cell === null ? (
                      <span className={css.missing}>{shared.missing}</span>
                    ) : (
                      <bdi title={cell.length > 40 ? cut(cell) : undefined}>{cut(cell)}</bdi>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
          {below > 0 && <Filler height={below} columns={rows.columns.length + 1} />}
        </tbody>
      </table>
    </div>
  );
}

function Filler({ height, columns }: { height: number; columns: number }): ReactNode {
  return (
    <tr aria-hidden="true">
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  );
}
