/** What opens a ciphertext: fetched when its owner asks for it, shown until they close it, and kept nowhere here. */
import { Button, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { destroyPublicationKey, getPublicationKey, type Publication } from "@/api";
import { useConfirm } from "@/parts/Confirm";
import { CopyButton } from "@/parts/CopyButton";
import { ErrorSays } from "@/parts/ErrorSays";
import { shared } from "@/strings";
import { publishing as words } from "@/strings/publishing";

import css from "./generations.module.css";
import { saveText } from "./save";

export function PublicationKey({
  generationId,
  one,
  mine,
  onChanged,
}: {
  generationId: string;
  one: Publication;
  mine: boolean;
  onChanged: () => void;
}): ReactNode {
  const confirm = useConfirm();
  const [shown, setShown] = useState<string | null>(null);
  const path = { generation_id: generationId, where: one.where };
  const ask = useMutation({
    mutationFn: async () => (await getPublicationKey({ path, throwOnError: true })).data,
    onSuccess: (key) => {
      setShown(key.identity);
      ask.reset(); // so that it is nowhere but in what is shown
    },
  });
  const destroy = (): void =>
    confirm({
      title: words.destroyTitle,
      says: words.destroySays,
      act: words.destroyAct,
      run: async () => {
        await destroyPublicationKey({ path, throwOnError: true });
        onChanged();
      },
    });
  if (one.keyDestroyedAt != null) return <p className={css.note}>{words.keyGone}</p>;
  return (
    <div>
      <p className={css.note}>{words.encrypted}</p>
      {mine && (
        <Button
          size="compact-xs"
          variant="subtle"
          loading={ask.isPending}
          onClick={() => ask.mutate()}
        >
          {words.keyShow}
        </Button>
      )}
      {mine && one.sentAt != null && (
        <Button size="compact-xs" variant="subtle" onClick={destroy}>
          {words.destroy}
        </Button>
      )}
      {ask.isError && <ErrorSays error={ask.error} />}
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={words.keyTitle}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        <p>{words.keySays}</p>
        <TextInput
          label={words.keyLabel}
          value={shown ?? ""}
          readOnly
          classNames={{ input: "mono" }}
          onFocus={(event) => event.currentTarget.select()}
        />
        <div className={css.acts}>
          <CopyButton text={shown ?? ""} />
          <Button
            variant="default"
            onClick={() => saveText(`${shown ?? ""}\n`, words.keyFile(one.where))}
          >
            {words.keySave}
          </Button>
          <Button onClick={() => setShown(null)}>{shared.actions.done}</Button>
        </div>
      </Modal>
    </div>
  );
}
