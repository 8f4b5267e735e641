/** What is waited for, said once it takes longer than a moment. */
import { Loader } from "@mantine/core";
import type { ReactNode } from "react";

import css from "./says.module.css";

type Props = {
  for: string;
  /** Nothing else is on the page: what is said is its heading, too. */
  page?: boolean;
  /** Nothing else is in the window. */
  whole?: boolean;
};

export function Waiting({ for: what, page = false, whole = false }: Props): ReactNode {
  const Words = page || whole ? "h1" : "span";
  return (
    <div className={whole ? `${css.waiting} ${css.whole}` : css.waiting} role="status" data-waiting>
      <Loader size="xs" color="gray" aria-hidden="true" />
      <Words>{what}</Words>
    </div>
  );
}
