/** What stands around the forms by which one comes in. */
import type { ReactNode } from "react";

import { Mark } from "@/parts/Mark";
import { useTitle } from "@/parts/PageHead";
import { shared, signIn } from "@/strings";

import css from "./sign-in.module.css";

type Props = { title: string; says?: ReactNode; children: ReactNode; foot?: ReactNode };

export function Frame({ title, says, children, foot }: Props): ReactNode {
  useTitle(title);
  return (
    <main id="main" className={css.frame}>
      <div className={css.column}>
        <p className={css.brand}>
          <Mark size={30} /> {shared.product}
        </p>
        <div className={`card ${css.card}`}>
          <h1 className={css.title}>{title}</h1>
          {says !== undefined && <div className={css.says}>{says}</div>}
          {children}
        </div>
        {foot !== undefined && <div className={css.foot}>{foot}</div>}
        <p className={css.tagline}>{signIn.tagline}</p>
      </div>
    </main>
  );
}
