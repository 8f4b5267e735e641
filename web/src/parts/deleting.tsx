/** The question before a thing is deleted: what goes with it, in words; asked anew when more has come meanwhile. */
import type { Hanging } from "@/api";
import { problemOf } from "@/service/problem";
import { datasets } from "@/strings";

import type { Question } from "./Confirm";

type Deletion = {
  name: string;
  /** What hangs on it, as far as that is known. */
  hanging: Hanging | null;
  remove: (cascade: boolean) => Promise<unknown>;
  done: () => void;
  says?: string;
};

const KINDS = ["jobs", "models", "generations"] as const;

/** "2 jobs, 1 model and 3 generated files"; empty when nothing hangs on it. */
export function hangingInWords(hanging: Hanging): string {
  const parts = KINDS.filter((kind) => (hanging[kind] ?? 0) > 0).map((kind) =>
    datasets.hanging[kind](hanging[kind] ?? 0),
  );
  return parts.length < 2
    ? parts.join("")
    : `${parts.slice(0, -1).join(", ")} and ${String(parts.at(-1))}`;
}

export function questionOf({
  name,
  hanging,
  remove,
  done,
  says = datasets.deleteSays,
}: Deletion): Question {
  const words = hanging === null ? "" : hangingInWords(hanging);
  const ask = (more: string, cascade: boolean): Question => ({
    title: datasets.deleteTitle(name),
    says: (
      <>
        {more !== "" && (
          <p>
            <strong>{more}</strong>
          </p>
        )}
        <p>{says}</p>
      </>
    ),
    act: cascade ? datasets.deleteAllAct : datasets.deleteAct,
    run: async () => {
      try {
        await remove(cascade);
        done();
        return undefined;
      } catch (error) {
        const { problem } = problemOf(error);
        if (!cascade && problem.status === 409) return ask(problem.detail, true);
        throw error;
      }
    },
  });
  return ask(words === "" ? "" : datasets.deleteWith(words), words !== "");
}
