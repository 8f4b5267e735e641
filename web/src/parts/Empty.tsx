/** Where there is nothing yet: what would be here, and the next step. */
import type { ReactNode } from "react";

import css from "./says.module.css";

/** `whole`: it is all there is on the page. */
type Props = {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  next?: ReactNode;
  whole?: boolean;
};

export function Empty({ icon, title, children, next, whole = false }: Props): ReactNode {
  return (
    <div className={css.empty}>
      <span className={css.emptySign}>{icon}</span>
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      <p>{children}</p>
      {next !== undefined && <div className={css.emptyNext}>{next}</div>}
    </div>
  );
}
