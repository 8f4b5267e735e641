/** Personal access tokens: listed, made, deleted. A token itself is shown once. */
import { Button, Checkbox, Modal, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type FormEvent, type ReactNode } from "react";

import {
  createToken,
  deleteToken,
  listTokens,
  type ListTokensData,
  type MadeToken,
  type NewToken,
  type Token,
} from "@/api";
import { useConfirm } from "@/parts/Confirm";
import { CopyButton } from "@/parts/CopyButton";
import { Empty } from "@/parts/Empty";
import { ErrorSays } from "@/parts/ErrorSays";
import { day } from "@/parts/format";
import { atLeast } from "@/parts/Guard";
import { KeyIcon, PlusIcon } from "@/parts/icons";
import { List, type Column } from "@/parts/List";
import { say } from "@/parts/say";
import { When } from "@/parts/When";
import { useKey } from "@/service/use-key";
import { useUser } from "@/service/use-session";
import { account, shared } from "@/strings";

import css from "./account.module.css";

const TOKENS = ["tokens"] as const;
type Scope = NewToken["scopes"][number];
const NEEDS: Record<Scope, "viewer" | "editor" | "admin"> = {
  read: "viewer",
  write: "editor",
  engine: "editor",
  admin: "admin",
};

const COLUMNS: Column<Token>[] = [
  { key: "name", head: account.head.name, main: true, cell: (one) => <bdi>{one.name}</bdi> },
  {
    key: "scopes",
    head: account.head.scopes,
    cell: (one) => one.scopes.map((scope) => account.scopeShort[scope]).join(", "),
  },
  { key: "made", head: account.head.made, cell: (one) => <When at={one.createdAt} /> },
  {
    key: "used",
    head: account.head.used,
    cell: (one) => (one.usedAt == null ? account.never : <When at={one.usedAt} />),
  },
  {
    key: "ends",
    head: account.head.ends,
    cell: (one) => (one.expiresAt == null ? account.forEver : day(one.expiresAt)),
  },
];

export function Tokens(): ReactNode {
  const confirm = useConfirm();
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const revoke = (one: Token): void =>
    confirm({
      title: account.revokeTitle(one.name),
      says: account.revokeSays,
      act: account.revokeAct,
      run: async () => {
        await deleteToken({ path: { id: one.id } });
        say(account.revoked);
        await queries.invalidateQueries({ queryKey: TOKENS });
      },
    });
  return (
    <section className={`card ${css.box}`}>
      <div className={css.head}>
        <div>
          <h2>{account.tokens}</h2>
          <p>{account.tokensSays}</p>
        </div>
        <Button
          variant="default"
          leftSection={<PlusIcon size={16} />}
          onClick={() => setMaking(true)}
        >
          {account.make}
        </Button>
      </div>
      <List<Token>
        words={account.token}
        queryKey={TOKENS}
        load={async ({ limit, after }, signal) => {
          const query: ListTokensData["query"] = { limit, ...(after ? { after } : {}) };
          return (await listTokens({ query, signal })).data;
        }}
        columns={COLUMNS}
        search={false}
        sort={false}
        actions={(one) => (
          <Button size="xs" variant="subtle" color="bad" onClick={() => revoke(one)}>
            {account.revoke}
            <span className="unseen"> {one.name}</span>
          </Button>
        )}
        empty={
          <Empty icon={<KeyIcon size={22} />} title={account.noTokens}>
            {account.noTokensSays}
          </Empty>
        }
      />
      {making && <Make onClose={() => setMaking(false)} />}
    </section>
  );
}

function Make({ onClose }: { onClose: () => void }): ReactNode {
  const { role } = useUser();
  const queries = useQueryClient();
  const [typed, setTyped] = useState({ name: "", scopes: ["read"] as Scope[], days: "90" });
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<MadeToken | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const key = useKey();
  const send = useMutation({
    mutationFn: async () => {
      const days = typed.days === "" ? {} : { days: Number(typed.days) };
      const body = { name: typed.name.trim(), scopes: typed.scopes, ...days };
      return (await createToken({ body, headers: key.headers() })).data;
    },
    onSuccess: (token) => {
      setMade(token);
      void queries.invalidateQueries({ queryKey: TOKENS });
    },
    onError: key.failed,
  });
  const nameless = typed.name.trim() === "";
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (nameless) form.current?.querySelector("input")?.focus();
    else if (typed.scopes.length > 0) send.mutate();
  };
  const scopes = (Object.keys(NEEDS) as Scope[]).filter((scope) => atLeast(role, NEEDS[scope]));
  return (
    <Modal
      opened
      onClose={onClose}
      title={made === null ? account.make : account.made}
      closeOnClickOutside={made === null}
      closeButtonProps={{ "aria-label": shared.actions.close }}
    >
      {made === null ? (
        <form ref={form} className={css.dialog} onSubmit={submit} noValidate>
          <TextInput
            label={account.tokenName}
            placeholder={account.tokenNamePlaceholder}
            value={typed.name}
            maxLength={200}
            data-autofocus
            error={tried && nameless ? account.tokenNameNeeded : undefined}
            onChange={(event) => setTyped({ ...typed, name: event.currentTarget.value })}
          />
          <Checkbox.Group
            label={account.scopes}
            value={typed.scopes}
            error={tried && typed.scopes.length === 0 ? account.scopeNeeded : undefined}
            onChange={(value) => setTyped({ ...typed, scopes: value as Scope[] })}
          >
            <div className={css.scopes}>
              {scopes.map((scope) => (
                <Checkbox key={scope} value={scope} label={account.scope[scope]} />
              ))}
            </div>
          </Checkbox.Group>
          <NativeSelect
            label={account.days}
            value={typed.days}
            onChange={(event) => setTyped({ ...typed, days: event.currentTarget.value })}
            data={Object.entries(account.dayChoices)
              .map(([value, label]) => ({ value, label }))
              .sort((a, b) => Number(a.value === "") - Number(b.value === ""))}
          />
          {send.isError && <ErrorSays error={send.error} />}
          <div className={css.acts}>
            <Button variant="default" onClick={onClose}>
              {shared.actions.cancel}
            </Button>
            <Button type="submit" loading={send.isPending}>
              {account.makeAct}
            </Button>
          </div>
        </form>
      ) : (
        <div className={css.dialog}>
          <p>{account.madeSays}</p>
          <div className={css.token}>
            <TextInput
              label={account.tokenLabel}
              value={made.token}
              readOnly
              classNames={{ input: "mono" }}
              onFocus={(event) => event.currentTarget.select()}
            />
            <CopyButton text={made.token} />
          </div>
          <div className={css.acts}>
            <Button onClick={onClose}>{shared.actions.done}</Button>
          </div>
        </div>
      )}
    </Modal>
  );
}
