/** What one does with a job of one's own: stop it, have it begun again, delete it. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { hasEnded, type JobState } from "@/service/use-job";
import { patiently } from "@/service/patiently";

import { useConfirm, type Question } from "./Confirm";
import { ErrorSays } from "./ErrorSays";
import { AgainIcon, StopIcon, TrashIcon } from "./icons";

export type JobWords = {
  cancel: string;
  cancelTitle: string;
  cancelSays: string;
  cancelAct: string;
  cancelKeep: string;
  retry: string;
  delete: string;
};

type Props<T> = {
  state: JobState;
  words: JobWords;
  cancel: () => Promise<T>;
  retry: () => Promise<T>;
  /** Where something has to be asked first: what the button does in place of `retry`. */
  onRetry?: () => void;
  /** What the two answered. */
  onAnswer: (answer: T) => unknown;
  /** Asked before it is deleted; without one the thing is deleted elsewhere. */
  deletion?: Question;
  /** What else can be done, between what ends it and what deletes it. */
  children?: ReactNode;
};

export function JobActs<T>(props: Props<T>): ReactNode {
  const { state, words, cancel, onAnswer, deletion, children } = props;
  const confirm = useConfirm();
  const retry = useMutation({ mutationFn: () => patiently(props.retry), onSuccess: onAnswer });
  return (
    <>
      {!hasEnded(state) && (
        <Button
          variant="default"
          leftSection={<StopIcon size={16} />}
          disabled={state === "cancelling"}
          onClick={() =>
            confirm({
              title: words.cancelTitle,
              says: <p>{words.cancelSays}</p>,
              act: words.cancelAct,
              cancel: words.cancelKeep,
              run: async () => {
                await onAnswer(await cancel());
              },
            })
          }
        >
          {words.cancel}
        </Button>
      )}
      {(state === "failed" || state === "cancelled") && (
        <Button
          leftSection={<AgainIcon size={16} />}
          loading={retry.isPending}
          onClick={() => (props.onRetry ?? retry.mutate)()}
        >
          {words.retry}
        </Button>
      )}
      {children}
      {deletion !== undefined && hasEnded(state) && (
        <Button
          variant="default"
          leftSection={<TrashIcon size={16} />}
          onClick={() => confirm(deletion)}
        >
          {words.delete}
        </Button>
      )}
      {retry.isError && <ErrorSays error={retry.error} />}
    </>
  );
}
