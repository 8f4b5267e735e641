/** Why a job came to nothing: told as errors are. */
import type { ReactNode } from "react";

import type { JobProblem } from "@/api";
import { ServiceError } from "@/service/problem";

import { ErrorSays } from "./ErrorSays";

type Props = { title: string; problem: JobProblem | null | undefined };

export function JobFailed({ title, problem }: Props): ReactNode {
  const { message = title, code = "failed", ...where } = problem ?? {};
  const error = new ServiceError({ title, detail: message, code, status: 400, ...where });
  return <ErrorSays title={title} error={error} />;
}
