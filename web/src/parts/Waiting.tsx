/** What is waited for, said once it takes longer than a moment. */
import { Loader } from "@mantine/core";
import type { ReactNode } from "react";

import css from "./says.module.css";

type Props = { for: string; whole?: boolean };

export function Waiting({ for: what, whole = false }: Props): ReactNode {
  return (
    <div className={whole ? `${css.waiting} ${css.whole}` : css.waiting} role="status">
      <Loader size="xs" color="gray" aria-hidden="true" />
      <span>{what}</span>
    </div>
  );
}
