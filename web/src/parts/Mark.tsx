/** The sign of Lookalike: a thing, and its like. */
import type { ReactNode } from "react";

export function Mark({ size = 26 }: { size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="12" cy="16" r="9" fill="var(--accent)" />
      <circle
        cx="20"
        cy="16"
        r="8.8"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="2.4"
        strokeDasharray="3.4 2.6"
      />
    </svg>
  );
}
