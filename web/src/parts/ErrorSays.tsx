/** What went wrong, where, and what to do: every error of the page is told by this. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import { problemOf } from "@/service/problem";
import { shared } from "@/strings";

import css from "./says.module.css";
import { WarnIcon } from "./icons";

type Props = {
  error: unknown;
  /** What was being done, when the detail alone does not say it. */
  title?: string;
  onRetry?: () => void;
  children?: ReactNode;
};

export function ErrorSays({ error, title, onRetry, children }: Props): ReactNode {
  const { problem } = problemOf(error);
  const place = [
    problem.row == null ? null : shared.error.row(problem.row),
    problem.column == null ? null : (
      <span key="column">
        {shared.error.column} <bdi className={css.name}>{problem.column}</bdi>
      </span>
    ),
  ].filter((part) => part !== null);
  return (
    <div className={css.error} role="alert">
      <span className={css.sign}>
        <WarnIcon />
      </span>
      <div className={css.words}>
        <p className={css.title}>
          <bdi>{title ?? problem.detail}</bdi>
        </p>
        {title !== undefined && title !== problem.detail && (
          <p>
            <bdi>{problem.detail}</bdi>
          </p>
        )}
        {place.length > 0 && (
          <p className={css.place}>
            {shared.error.at} {place[0]}
            {place.length > 1 && <>, {place[1]}</>}
          </p>
        )}
        {problem.hint != null && (
          <p>
            <bdi>{problem.hint}</bdi>
          </p>
        )}
        {problem.errors != null && problem.errors.length > 1 && (
          <ul>
            {problem.errors.map((one) => (
              <li key={`${one.field} ${one.message}`}>
                <bdi>{one.field}</bdi>: {one.message}
              </li>
            ))}
          </ul>
        )}
        {problem.status >= 500 && problem.requestId != null && (
          <p className={css.request}>
            {shared.error.request} <span className="mono">{problem.requestId}</span>
          </p>
        )}
        {(onRetry !== undefined || children !== undefined) && (
          <div className={css.next}>
            {onRetry !== undefined && (
              <Button size="xs" variant="default" onClick={onRetry}>
                {shared.error.again}
              </Button>
            )}
            {children}
          </div>
        )}
      </div>
    </div>
  );
}
