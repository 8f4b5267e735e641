/** Asking once, in words, before something is done that cannot be undone. */
import { Button, Modal } from "@mantine/core";
import { createContext, use, useCallback, useMemo, useState, type ReactNode } from "react";

import { shared } from "@/strings";

import { ErrorSays } from "./ErrorSays";
import css from "./confirm.module.css";

export type Question = {
  title: string;
  /** What will be gone, in words. */
  says: ReactNode;
  /** The words on the button: what is done. */
  act: string;
  /** Does it. While it runs the dialog stays; what it throws is shown in it. It may return another question. */
  run: () => Promise<Question | void>;
  cancel?: string;
};

const Asking = createContext<(question: Question) => void>(() => undefined);

/** `confirm(question)` opens the dialog. */
export const useConfirm = (): ((question: Question) => void) => use(Asking);

export function ConfirmProvider({ children }: { children: ReactNode }): ReactNode {
  const [question, setQuestion] = useState<Question | null>(null);
  const [opened, setOpened] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const ask = useCallback((next: Question) => {
    setQuestion(next);
    setError(null);
    setOpened(true);
  }, []);
  const close = useCallback(() => {
    if (!busy) setOpened(false);
  }, [busy]);

  const run = async (asked: Question): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const next = await asked.run();
      if (next) setQuestion(next);
      else setOpened(false);
    } catch (thrown) {
      setError(thrown);
    } finally {
      setBusy(false);
    }
  };

  const value = useMemo(() => ask, [ask]);
  return (
    <Asking value={value}>
      {children}
      <Modal
        opened={opened && question !== null}
        onClose={close}
        title={<bdi>{question?.title}</bdi>}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        {question !== null && (
          <div className={css.body}>
            <div>{question.says}</div>
            {error !== null && <ErrorSays error={error} />}
            <div className={css.acts}>
              <Button variant="default" onClick={close} disabled={busy} data-autofocus>
                {question.cancel ?? shared.confirm.cancel}
              </Button>
              <Button color="bad" onClick={() => void run(question)} loading={busy}>
                {question.act}
              </Button>
            </div>
          </div>
        )}
      </Modal>
    </Asking>
  );
}
