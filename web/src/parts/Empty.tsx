/** Where there is nothing yet: what would be here, and the next step. */
import type { ReactNode } from "react";

import css from "./says.module.css";

type Props = { icon: ReactNode; title: string; children: ReactNode; next?: ReactNode };

export function Empty({ icon, title, children, next }: Props): ReactNode {
  return (
    <div className={css.empty}>
      <span className={css.emptySign}>{icon}</span>
      <h2>{title}</h2>
      <p>{children}</p>
      {next !== undefined && <div className={css.emptyNext}>{next}</div>}
    </div>
  );
}
