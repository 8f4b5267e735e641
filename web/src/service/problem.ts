/** What went wrong, as the service says it (RFC 9457), or in our words where it said nothing. */
import type { Problem } from "@/api";

export type Said = Pick<Problem, "title" | "detail" | "code" | "status"> &
  Partial<Omit<Problem, "title" | "detail" | "code" | "status">>;

export class ServiceError extends Error {
  readonly problem: Said;

  constructor(problem: Said) {
    super(problem.detail);
    this.name = "ServiceError";
    this.problem = problem;
  }

  get status(): number {
    return this.problem.status;
  }
}

/** Status 0: there was no answer at all. */
export const NO_ANSWER = 0;

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Problem).detail === "string" &&
    typeof (value as Problem).status === "number"
  );
}

/** The error that an answer, or the lack of one, comes to. `body` may be text, an object or anything. */
export function errorOf(body: unknown, status: number): ServiceError {
  let told = body;
  if (typeof told === "string") {
    try {
      told = JSON.parse(told);
    } catch {
      // no JSON: not from the service itself
    }
  }
  if (isProblem(told)) return new ServiceError(told);
  if (status === NO_ANSWER) {
    return new ServiceError({
      title: "The service does not answer.",
      detail: "The service does not answer.",
      hint: "Look whether it runs and whether this device is connected, then try again.",
      code: "no-answer",
      status,
    });
  }
  return new ServiceError({
    title: "The answer was none of the service's.",
    detail: `Something between this page and the service answered with ${String(status)}.`,
    hint: "Try again; if it stays so, tell the administrator.",
    code: "strange-answer",
    status,
  });
}

/** Any thrown thing as a `ServiceError`. */
export function problemOf(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  if (error instanceof TypeError) return errorOf(undefined, NO_ANSWER); // what fetch throws
  return new ServiceError({
    title: "This page made a mistake.",
    detail: error instanceof Error ? error.message : String(error),
    hint: "Load the page anew.",
    code: "page",
    status: NO_ANSWER,
  });
}
