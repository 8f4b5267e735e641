/** The head of a page: where it is, what it is, what can be done. It also names the tab. */
import { useEffect, type ReactNode } from "react";
import { Link } from "react-router";

import { shared } from "@/strings";

import css from "./page.module.css";

type Props = {
  title: string;
  /** The list that the thing stands in. */
  up?: { to: string; label: string };
  /** A line under the title. */
  says?: ReactNode;
  /** Beside the title: its state. */
  beside?: ReactNode;
  actions?: ReactNode;
};

export function PageHead({ title, up, says, beside, actions }: Props): ReactNode {
  useTitle(title);
  return (
    <header className={css.head}>
      <div className={css.headWords}>
        {up !== undefined && (
          <Link to={up.to} className={css.up}>
            <span aria-hidden="true">←</span> {up.label}
          </Link>
        )}
        <div className={css.titleLine}>
          <h1 className={css.title}>
            <bdi>{title}</bdi>
          </h1>
          {beside}
        </div>
        {says !== undefined && <div className={css.says}>{says}</div>}
      </div>
      {actions !== undefined && <div className={css.actions}>{actions}</div>}
    </header>
  );
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${shared.product}`;
  }, [title]);
}
