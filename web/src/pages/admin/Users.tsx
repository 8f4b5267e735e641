/** Who may come in, and in which role. */
import {
  ActionIcon,
  Button,
  Menu,
  Modal,
  NativeSelect,
  PasswordInput,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { createUser, deleteUser, listUsers, patchUser, type Listed } from "@/api";
import { useConfirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { ErrorSays } from "@/parts/ErrorSays";
import { AccountIcon, KeyIcon, MoreIcon, PlusIcon, TrashIcon } from "@/parts/icons";
import { List, type Asked, type Column } from "@/parts/List";
import { say } from "@/parts/say";
import { When } from "@/parts/When";
import { useKey } from "@/service/use-key";
import { useUser } from "@/service/use-session";
import { shared } from "@/strings";
import { admin } from "@/strings/admin";

import { SHORTEST_PASSWORD } from "../sign-in/credentials";
import css from "./admin.module.css";

const words = admin.users;
const ROLES = ["viewer", "editor", "admin"] as const;
type Role = (typeof ROLES)[number];
const KEY = ["users"];

export function Users(): ReactNode {
  const [params, setParams] = useSearchParams();
  const [adding, setAdding] = useState(false);
  const role = ROLES.find((one) => one === params.get("role"));
  return (
    <>
      <List<Listed>
        words={words}
        queryKey={[...KEY, role ?? "all"]}
        load={async ({ limit, after, search }: Asked, signal) =>
          (
            await listUsers({
              query: {
                limit,
                ...(after === undefined ? {} : { after }),
                ...(search === undefined ? {} : { search }),
                ...(role === undefined ? {} : { role }),
              },
              signal,
              throwOnError: true,
            })
          ).data
        }
        columns={COLUMNS}
        actions={(one) => <Actions one={one} />}
        sort={false}
        empty={
          <Empty icon={<AccountIcon size={22} />} title={words.empty}>
            {words.noneSays}
          </Empty>
        }
        filters={
          <>
            <NativeSelect
              aria-label={words.role}
              value={role ?? ""}
              onChange={(event) => {
                const picked = event.currentTarget.value;
                setParams((before) => {
                  const next = new URLSearchParams(before);
                  if (picked) next.set("role", picked);
                  else next.delete("role");
                  return next;
                });
              }}
              data={[
                { value: "", label: `${words.role}: ${words.anyRole}` },
                ...ROLES.map((one) => ({ value: one, label: shared.roles[one] })),
              ]}
            />
            <Button leftSection={<PlusIcon />} onClick={() => setAdding(true)}>
              {words.add}
            </Button>
          </>
        }
      />
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title={words.add}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        <NewUser onDone={() => setAdding(false)} />
      </Modal>
    </>
  );
}

const COLUMNS: Column<Listed>[] = [
  { key: "login", head: words.heads.login, main: true, cell: (one) => <Login one={one} /> },
  {
    key: "name",
    head: words.heads.name,
    cell: (one) => (one.name ? <bdi>{one.name}</bdi> : <span className="soft">–</span>),
  },
  { key: "role", head: words.heads.role, cell: (one) => <RoleChoice one={one} /> },
  {
    key: "since",
    head: words.heads.since,
    cell: (one) => <When at={one.createdAt} />,
  },
];

function Login({ one }: { one: Listed }): ReactNode {
  const me = useUser();
  return (
    <>
      <bdi>{one.login}</bdi>
      {one.id === me.id && <span className={css.you}>{words.you}</span>}
    </>
  );
}

function useChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: KEY });
}

function RoleChoice({ one }: { one: Listed }): ReactNode {
  const changed = useChanged();
  const change = useMutation({
    mutationFn: (role: Role) =>
      patchUser({ path: { id: one.id }, body: { role }, throwOnError: true }),
    onSuccess: async ({ data }) => {
      say(words.changed(data.login, shared.roles[data.role].toLowerCase()));
      await changed();
    },
  });
  return (
    <div className={css.role}>
      <NativeSelect
        size="xs"
        aria-label={words.roleOf(one.login)}
        value={change.isPending ? change.variables : one.role}
        disabled={change.isPending}
        onChange={(event) => change.mutate(event.currentTarget.value as Role)}
        data={ROLES.map((role) => ({ value: role, label: shared.roles[role] }))}
      />
      {change.isError && <ErrorSays error={change.error} />}
    </div>
  );
}

function Actions({ one }: { one: Listed }): ReactNode {
  const me = useUser();
  const confirm = useConfirm();
  const changed = useChanged();
  const [setting, setSetting] = useState(false);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={words.actions(one.login)}>
            <MoreIcon />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<KeyIcon />} onClick={() => setSetting(true)}>
            {words.setPassword}
          </Menu.Item>
          <Menu.Item
            color="bad"
            leftSection={<TrashIcon />}
            disabled={one.id === me.id}
            onClick={() =>
              confirm({
                title: words.deleteTitle(one.login),
                says: <p>{words.deleteSays}</p>,
                act: words.delete,
                run: async () => {
                  await deleteUser({ path: { id: one.id }, throwOnError: true });
                  await changed();
                },
              })
            }
          >
            {words.delete}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={setting}
        onClose={() => setSetting(false)}
        title={words.setPasswordTitle(one.login)}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        <NewPassword one={one} onDone={() => setSetting(false)} />
      </Modal>
    </>
  );
}

const tooShort = (password: string): boolean => [...password].length < SHORTEST_PASSWORD;

function NewPassword({ one, onDone }: { one: Listed; onDone: () => void }): ReactNode {
  const [password, setPassword] = useState("");
  const [touched, setTouched] = useState(false);
  const set = useMutation({
    mutationFn: () => patchUser({ path: { id: one.id }, body: { password }, throwOnError: true }),
    onSuccess: () => {
      say(words.passwordSet(one.login));
      onDone();
    },
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTouched(true);
    if (!tooShort(password)) set.mutate();
  };
  return (
    <form className={css.form} onSubmit={send} noValidate>
      <p className="soft">{words.setPasswordSays}</p>
      <PasswordInput
        data-autofocus
        label={words.newPassword}
        autoComplete="new-password"
        value={password}
        error={touched && tooShort(password) ? words.tooShort(SHORTEST_PASSWORD) : undefined}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {set.isError && <ErrorSays error={set.error} />}
      <Button type="submit" loading={set.isPending}>
        {words.setPassword}
      </Button>
    </form>
  );
}

function NewUser({ onDone }: { onDone: () => void }): ReactNode {
  const changed = useChanged();
  const [user, setUser] = useState({ login: "", name: "", password: "", role: "editor" as Role });
  const [touched, setTouched] = useState(false);
  const key = useKey();
  const create = useMutation({
    mutationFn: () =>
      createUser({
        body: { ...user, login: user.login.trim() },
        headers: key.headers(),
        throwOnError: true,
      }),
    onSuccess: async ({ data }) => {
      say(words.created(data.login));
      await changed();
      onDone();
    },
    onError: key.failed,
  });
  const login = user.login.trim();
  const wrongLogin =
    login === "" ? words.noLogin : /^[!-~]+$/.test(login) ? undefined : words.badLogin;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTouched(true);
    if (wrongLogin === undefined && !tooShort(user.password)) create.mutate();
  };
  return (
    <form className={css.form} onSubmit={send} noValidate>
      <TextInput
        data-autofocus
        label={words.heads.login}
        autoComplete="off"
        value={user.login}
        maxLength={200}
        error={touched ? wrongLogin : undefined}
        onChange={(event) => setUser({ ...user, login: event.currentTarget.value })}
      />
      <TextInput
        label={words.heads.name}
        autoComplete="off"
        value={user.name}
        maxLength={200}
        onChange={(event) => setUser({ ...user, name: event.currentTarget.value })}
      />
      <NativeSelect
        label={words.role}
        value={user.role}
        onChange={(event) => setUser({ ...user, role: event.currentTarget.value as Role })}
        data={ROLES.map((role) => ({ value: role, label: words.roles[role] }))}
      />
      <PasswordInput
        label={words.password}
        description={words.passwordSays(SHORTEST_PASSWORD)}
        autoComplete="new-password"
        value={user.password}
        error={touched && tooShort(user.password) ? words.tooShort(SHORTEST_PASSWORD) : undefined}
        onChange={(event) => setUser({ ...user, password: event.currentTarget.value })}
      />
      {create.isError && <ErrorSays error={create.error} />}
      <Button type="submit" loading={create.isPending}>
        {words.create}
      </Button>
    </form>
  );
}
