/** What one does with one's things: rename, share, and a menu of all that. */
import { ActionIcon, Button, CloseButton, Menu, Modal, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";

import { shared, things } from "@/strings";

import { ErrorSays } from "./ErrorSays";
import { MoreIcon, PenIcon, ShareIcon, TrashIcon } from "./icons";
import { say } from "./say";
import css from "./things.module.css";

type Menued = {
  name: string;
  onRename?: () => void;
  onShare?: () => void;
  onDelete?: () => void;
  children?: ReactNode;
};

export function ThingMenu({ name, onRename, onShare, onDelete, children }: Menued): ReactNode {
  return (
    <Menu position="bottom-end" width={190}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={shared.actions.label(name)}>
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {children}
        {onRename && (
          <Menu.Item leftSection={<PenIcon size={16} />} onClick={onRename}>
            {shared.actions.rename}
          </Menu.Item>
        )}
        {onShare && (
          <Menu.Item leftSection={<ShareIcon size={16} />} onClick={onShare}>
            {shared.actions.share}
          </Menu.Item>
        )}
        {onDelete && (
          <Menu.Item leftSection={<TrashIcon size={16} />} color="bad" onClick={onDelete}>
            {shared.actions.delete}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

type Renamed = {
  one: string;
  name: string;
  rename: (name: string) => Promise<unknown>;
  onClose: () => void;
};

/** Shown while it is mounted. */
export function RenameDialog({ one, name, rename, onClose }: Renamed): ReactNode {
  const [typed, setTyped] = useState(name);
  const send = useMutation({
    mutationFn: () => rename(typed.trim()),
    onSuccess: () => {
      say(things.renamed);
      onClose();
    },
  });
  const empty = typed.trim() === "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!empty) send.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={things.renameTitle(one)}
      closeButtonProps={{ "aria-label": shared.actions.close }}
    >
      <form onSubmit={submit} className={css.form}>
        <TextInput
          label={things.newName}
          value={typed}
          maxLength={200}
          data-autofocus
          error={empty ? things.nameNeeded : undefined}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        {send.isError && <ErrorSays error={send.error} />}
        <div className={css.acts}>
          <Button variant="default" onClick={onClose}>
            {shared.actions.cancel}
          </Button>
          <Button type="submit" loading={send.isPending} disabled={empty}>
            {shared.actions.save}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

type Shared = {
  name: string;
  /** Whom it is shared with now; null while that is not known. */
  sharedWith: string[] | null;
  share: (login: string, share: boolean) => Promise<unknown>;
  onClose: () => void;
};

/** Shown while it is mounted. */
export function ShareDialog({ name, sharedWith, share, onClose }: Shared): ReactNode {
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const send = useMutation({
    mutationFn: (asked: { login: string; share: boolean }) => share(asked.login, asked.share),
    onSuccess: (_, asked) => {
      if (asked.share) setTyped("");
      setTried(false);
    },
  });
  const empty = typed.trim() === "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (!empty) send.mutate({ login: typed.trim(), share: true });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<bdi>{things.shareTitle(name)}</bdi>}
      closeButtonProps={{ "aria-label": shared.actions.close }}
    >
      <div className={css.form}>
        <p className={css.says}>{things.shareSays}</p>
        <form onSubmit={submit} className={css.line}>
          <TextInput
            className={css.grow}
            label={things.shareLogin}
            value={typed}
            maxLength={200}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            data-autofocus
            error={tried && empty ? things.loginNeeded : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button type="submit" loading={send.isPending && send.variables.share}>
            {things.shareAct}
          </Button>
        </form>
        {send.isError && <ErrorSays error={send.error} />}
        {sharedWith !== null && (
          <section aria-label={things.sharedWith}>
            {sharedWith.length === 0 ? (
              <p className={css.says}>{things.sharedWithNobody}</p>
            ) : (
              <ul className={css.people}>
                {sharedWith.map((login) => (
                  <li key={login}>
                    <bdi>{login}</bdi>
                    <CloseButton
                      aria-label={things.unshare(login)}
                      onClick={() => send.mutate({ login, share: false })}
                    />
                  </li>
                ))}
              </ul>
            )}
          </section>
        )}
      </div>
    </Modal>
  );
}
