/** What the parts of jobs are called. */
import { count } from "@/parts/format";

const ROLES: { [role: string]: string } = {
  finalise: "Writing the file",
  fit: "Fitting",
  check: "Checking",
  write: "Writing records",
  rehearse: "Rehearsing",
  publish: "Publishing",
};

/** Part `number` of a job, which counts from 0, by what is done in it. */
export function taskPart(number: number, role: string): string {
  if (role === "chunk") return `Part ${count(number + 1)}`;
  if (role === "extract") return `Reading document ${count(number + 1)}`;
  return ROLES[role] ?? role;
}
