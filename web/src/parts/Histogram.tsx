/** How values are spread, very small: bars of numbers and times, or the most frequent categories. */
import type { ReactNode } from "react";

import type { ColumnSeen } from "@/api";

const WIDE = 120;
const HIGH = 30;

export function Histogram({ seen, label }: { seen: ColumnSeen; label: string }): ReactNode {
  const counts =
    seen.bins.length > 0 ? seen.bins.map((bin) => bin.count) : seen.values.map((one) => one.count);
  if (counts.length === 0) return null;
  const most = Math.max(...counts, 1);
  const gap = counts.length > 30 ? 0 : 1;
  const width = Math.min(14, WIDE / counts.length - gap);
  return (
    <svg
      width={WIDE}
      height={HIGH}
      viewBox={`0 0 ${String(WIDE)} ${String(HIGH)}`}
      role="img"
      aria-label={label}
    >
      {counts.map((count, index) => {
        const high = count === 0 ? 0 : Math.max(1, (count / most) * (HIGH - 1));
        return (
          <rect
            // a bin has no name but its place
            key={index}
            x={index * (width + gap)}
            y={HIGH - 1 - high}
            width={width}
            height={high}
            rx={width > 4 ? 1 : 0}
            fill="var(--bar)"
          />
        );
      })}
      <line x1="0" x2={WIDE} y1={HIGH - 0.5} y2={HIGH - 0.5} stroke="var(--rule)" />
    </svg>
  );
}
