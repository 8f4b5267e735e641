/** The answers of a job, given to a model to be played in place of its calls. */
import { Button, FileButton } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRef, type ReactNode } from "react";

import { putCassette, type Provider } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { UploadIcon } from "@/parts/icons";
import { say } from "@/parts/say";
import { providers as words } from "@/strings/providers";

import css from "./admin.module.css";

type Props = { of: Provider; onDone: () => Promise<void> };

export function CassetteForm({ of, onDone }: Props): ReactNode {
  const forget = useRef<() => void>(null);
  const play = useMutation({
    mutationFn: (file: File) =>
      putCassette({ path: { provider_id: of.id }, body: file, throwOnError: true }),
    onSuccess: async ({ data }) => {
      say(words.playing(data.alias, data.cassette?.answers ?? 0));
      await onDone();
    },
    // the same file can be chosen again, once it is mended
    onError: () => forget.current?.(),
  });
  return (
    <div className={css.form}>
      <p className={css.note}>{words.playSays}</p>
      {of.cassette != null && <p className={css.note}>{words.playInPlace(of.cassette.answers)}</p>}
      {play.isError && <ErrorSays title={words.playFailed} error={play.error} />}
      <FileButton
        resetRef={forget}
        onChange={(file) => {
          if (file !== null) play.mutate(file);
        }}
      >
        {(props) => (
          <Button {...props} leftSection={<UploadIcon />} loading={play.isPending} data-autofocus>
            {words.playAct}
          </Button>
        )}
      </FileButton>
    </div>
  );
}
