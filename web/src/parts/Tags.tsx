import type { ReactNode } from "react";

import { shared } from "@/strings";

import css from "./tags.module.css";

export function Tag({
  children,
  tone = "quiet",
}: {
  children: ReactNode;
  tone?: "quiet" | "warn" | "accent";
}): ReactNode {
  return <span className={`${css.tag} ${css[tone] ?? ""}`}>{children}</span>;
}

export const SharedTag = (): ReactNode => <Tag>{shared.sharedWithYou}</Tag>;
