/** The language models that specs may name, by alias: what they stand for, and what they cost. */
import {
  Button,
  Checkbox,
  CloseButton,
  Modal,
  NativeSelect,
  PasswordInput,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";

import { createProvider, deleteProvider, type NewProvider, type Provider } from "@/api";
import {
  listProvidersOptions,
  listProvidersQueryKey,
  listRecordModelsQueryKey,
} from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { ErrorSays } from "@/parts/ErrorSays";
import { ModelIcon, PlusIcon } from "@/parts/icons";
import { say } from "@/parts/say";
import { Waiting } from "@/parts/Waiting";
import { shared } from "@/strings";
import { providers as words } from "@/strings/providers";

import css from "./admin.module.css";

export function Providers(): ReactNode {
  const [adding, setAdding] = useState(false);
  const { data, error, isPending, refetch } = useQuery(listProvidersOptions());
  if (isPending) return <Waiting for={shared.waiting.list("models")} />;
  if (data === undefined) return <ErrorSays error={error} onRetry={() => void refetch()} />;
  const add = (
    <Button leftSection={<PlusIcon />} onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  return (
    <div className={css.part}>
      {error !== null && <ErrorSays error={error} onRetry={() => void refetch()} />}
      {data.items.length === 0 ? (
        <div className="card">
          <Empty icon={<ModelIcon size={22} />} title={words.none} next={add}>
            {words.noneSays}
          </Empty>
        </div>
      ) : (
        <>
          <div className={css.line}>
            <p className={css.note}>{words.says}</p>
            {add}
          </div>
          <div className={`card ${css.wide}`} tabIndex={0} role="region" aria-label={words.caption}>
            <table className={css.table}>
              <thead>
                <tr>
                  {Object.values(words.heads).map((head) => (
                    <th key={head} scope="col">
                      {head}
                    </th>
                  ))}
                  <td />
                </tr>
              </thead>
              <tbody>
                {data.items.map((one) => (
                  <OneProvider key={one.id} one={one} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title={words.add}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        <AddProvider onDone={() => setAdding(false)} />
      </Modal>
    </div>
  );
}

function useChanged(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await queries.invalidateQueries({ queryKey: listProvidersQueryKey() });
    await queries.invalidateQueries({ queryKey: listRecordModelsQueryKey() });
  };
}

function OneProvider({ one }: { one: Provider }): ReactNode {
  const confirm = useConfirm();
  const changed = useChanged();
  return (
    <tr>
      <th scope="row">
        <bdi>{one.alias}</bdi>
      </th>
      <td>
        <bdi>{one.kind === "local" ? words.kinds.local : one.model}</bdi>
      </td>
      <td>{one.url === "" ? "–" : <bdi>{one.url}</bdi>}</td>
      <td>{one.hasKey ? words.sealed : (one.keyEnv ?? words.noKey)}</td>
      <td>{words.prices(one.priceInput, one.priceOutput)}</td>
      <td>
        <CloseButton
          aria-label={words.delete(one.alias)}
          onClick={() =>
            confirm({
              title: words.deleteTitle(one.alias),
              says: <p>{words.deleteSays}</p>,
              act: words.deleteAct,
              run: async () => {
                await deleteProvider({ path: { provider_id: one.id }, throwOnError: true });
                await changed();
              },
            })
          }
        />
      </td>
    </tr>
  );
}

type Form = {
  alias: string;
  kind: NewProvider["kind"];
  url: string;
  model: string;
  keyAt: "none" | "sealed" | "env";
  secret: string;
  env: string;
  allowPrivate: boolean;
  input: string;
  output: string;
};

const EMPTY: Form = {
  alias: "",
  kind: "openai",
  url: "",
  model: "",
  keyAt: "sealed",
  secret: "",
  env: "",
  allowPrivate: false,
  input: "0",
  output: "0",
};

/** A price as it was typed; null where it is none. */
const price = (text: string): number | null =>
  /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : null;

function bodyOf(form: Form): NewProvider {
  const local = form.kind === "local";
  return {
    alias: form.alias.trim(),
    kind: form.kind,
    ...(local
      ? {}
      : { url: form.url.trim(), model: form.model.trim(), allowPrivate: form.allowPrivate }),
    ...(!local && form.keyAt === "sealed" ? { key: form.secret } : {}),
    ...(!local && form.keyAt === "env" ? { keyEnv: form.env.trim() } : {}),
    priceInput: price(form.input) ?? 0,
    priceOutput: price(form.output) ?? 0,
  };
}

function AddProvider({ onDone }: { onDone: () => void }): ReactNode {
  const [form, setForm] = useState(EMPTY);
  const [touched, setTouched] = useState(false);
  const changed = useChanged();
  const change = (part: Partial<Form>): void => setForm((before) => ({ ...before, ...part }));
  const create = useMutation({
    mutationFn: () => createProvider({ body: bodyOf(form), throwOnError: true }),
    onSuccess: async ({ data }) => {
      say(words.created(data.alias));
      await changed();
      onDone();
    },
  });
  const remote = form.kind !== "local";
  const lacks = (text: string): boolean => text.trim() === "";
  const missing =
    lacks(form.alias) ||
    (remote &&
      (lacks(form.url) ||
        lacks(form.model) ||
        (form.keyAt === "sealed" && lacks(form.secret)) ||
        (form.keyAt === "env" && lacks(form.env))));
  const needed = (text: string): string | undefined =>
    touched && lacks(text) ? words.needed : undefined;
  const wrongPrice = (text: string): string | undefined =>
    price(text) === null ? words.priceWrong : undefined;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTouched(true);
    if (!missing && price(form.input) !== null && price(form.output) !== null) create.mutate();
  };
  return (
    <form className={css.form} onSubmit={send} noValidate autoComplete="off">
      <TextInput
        data-autofocus
        label={words.alias}
        description={words.aliasSays}
        value={form.alias}
        maxLength={60}
        error={needed(form.alias)}
        onChange={(event) => change({ alias: event.currentTarget.value })}
      />
      <NativeSelect
        label={words.kind}
        value={form.kind}
        data={Object.entries(words.kinds).map(([value, label]) => ({ value, label }))}
        onChange={(event) => change({ kind: event.currentTarget.value as Form["kind"] })}
      />
      {remote && (
        <>
          <TextInput
            label={words.url}
            placeholder="https://api.example.org/v1"
            type="url"
            value={form.url}
            maxLength={2000}
            error={needed(form.url)}
            onChange={(event) => change({ url: event.currentTarget.value })}
          />
          <Checkbox
            label={words.private}
            checked={form.allowPrivate}
            onChange={(event) => change({ allowPrivate: event.currentTarget.checked })}
          />
          <TextInput
            label={words.model}
            description={words.modelSays}
            value={form.model}
            maxLength={200}
            error={needed(form.model)}
            onChange={(event) => change({ model: event.currentTarget.value })}
          />
          <NativeSelect
            label={words.keyOf}
            value={form.keyAt}
            data={Object.entries(words.keys).map(([value, label]) => ({ value, label }))}
            onChange={(event) => change({ keyAt: event.currentTarget.value as Form["keyAt"] })}
          />
          {form.keyAt === "sealed" && (
            <PasswordInput
              label={words.secret}
              autoComplete="off"
              value={form.secret}
              maxLength={5000}
              error={needed(form.secret)}
              onChange={(event) => change({ secret: event.currentTarget.value })}
            />
          )}
          {form.keyAt === "env" && (
            <TextInput
              label={words.env}
              placeholder="OPENAI_API_KEY"
              value={form.env}
              maxLength={200}
              error={needed(form.env)}
              onChange={(event) => change({ env: event.currentTarget.value })}
            />
          )}
        </>
      )}
      <TextInput
        label={words.input}
        description={words.priceSays}
        inputMode="decimal"
        value={form.input}
        maxLength={20}
        error={wrongPrice(form.input)}
        onChange={(event) => change({ input: event.currentTarget.value })}
      />
      <TextInput
        label={words.output}
        description={words.priceSays}
        inputMode="decimal"
        value={form.output}
        maxLength={20}
        error={wrongPrice(form.output)}
        onChange={(event) => change({ output: event.currentTarget.value })}
      />
      {create.isError && <ErrorSays error={create.error} />}
      <Button type="submit" loading={create.isPending}>
        {words.create}
      </Button>
    </form>
  );
}
