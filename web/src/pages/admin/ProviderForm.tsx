/** The form of a language model: a new one, or one whose settings are changed. A sealed key is never in it. */
import {
  Button,
  Checkbox,
  NativeSelect,
  PasswordInput,
  Textarea,
  TextInput,
  type TextInputProps,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";

import { changeProvider, createProvider, type Provider } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { say } from "@/parts/say";
import { providers as words } from "@/strings/providers";

import css from "./admin.module.css";
import { changeOf, EMPTY, formOf, isHidden, newOf, wrongOf, type Form } from "./provider-form";

type Props = {
  /** The one that is changed; null: a new one. */
  of: Provider | null;
  onDone: () => Promise<void>;
};

type TextName = Exclude<keyof Form, "allowPrivate" | "kind" | "keyAt" | "structure">;

type Typed = Pick<TextInputProps, "label" | "value" | "maxLength" | "error" | "onChange">;

const labelled = <T extends string>(of: { [value in T]: string }): { value: T; label: string }[] =>
  (Object.entries(of) as [T, string][]).map(([value, label]) => ({ value, label }));

export function ProviderForm({ of, onDone }: Props): ReactNode {
  const [form, setForm] = useState(() => (of === null ? EMPTY : formOf(of)));
  const [tried, setTried] = useState(false);
  const [more, setMore] = useState(false);
  const change = (part: Partial<Form>): void => setForm((before) => ({ ...before, ...part }));
  const save = useMutation({
    mutationFn: async () =>
      of === null
        ? await createProvider({ body: newOf(form), throwOnError: true })
        : await changeProvider({
            path: { provider_id: of.id },
            body: changeOf(form),
            throwOnError: true,
          }),
    onSuccess: async ({ data }) => {
      say(of === null ? words.created(data.alias) : words.changed(data.alias));
      await onDone();
    },
  });
  const wrong = wrongOf(form);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (isHidden(wrong)) setMore(true);
    if (Object.keys(wrong).length === 0) save.mutate();
  };
  const text = (name: TextName, maxLength: number): Typed => ({
    label: words[name],
    value: form[name],
    maxLength,
    error: tried ? wrong[name] : undefined,
    onChange: (event) => change({ [name]: event.currentTarget.value }),
  });
  const { keep, ...others } = words.keys;
  const remote = form.kind !== "local";
  return (
    <form className={css.form} onSubmit={send} noValidate autoComplete="off">
      {of === null && (
        <>
          <TextInput data-autofocus description={words.aliasSays} {...text("alias", 60)} />
          <NativeSelect
            label={words.kind}
            value={form.kind}
            data={labelled(words.kinds)}
            onChange={(event) => change({ kind: event.currentTarget.value as Form["kind"] })}
          />
        </>
      )}
      {remote && (
        <>
          <TextInput placeholder={words.urlLike} type="url" {...text("url", 2000)} />
          <Checkbox
            label={words.private}
            checked={form.allowPrivate}
            onChange={(event) => change({ allowPrivate: event.currentTarget.checked })}
          />
          <TextInput description={words.modelSays} {...text("model", 200)} />
          <NativeSelect
            label={words.keyOf}
            value={form.keyAt}
            data={[...(of?.hasKey ? labelled({ keep }) : []), ...labelled(others)]}
            onChange={(event) => change({ keyAt: event.currentTarget.value as Form["keyAt"] })}
          />
          {form.keyAt === "sealed" && (
            <PasswordInput autoComplete="off" {...text("secret", 5000)} />
          )}
          {form.keyAt === "env" && <TextInput placeholder={words.envLike} {...text("env", 200)} />}
        </>
      )}
      <div className={css.pair}>
        <TextInput description={words.priceSays} inputMode="decimal" {...text("input", 20)} />
        <TextInput description={words.priceSays} inputMode="decimal" {...text("output", 20)} />
      </div>
      <details
        className={css.more}
        open={more}
        onToggle={(event) => setMore(event.currentTarget.open)}
      >
        <summary>{words.more}</summary>
        <div className={css.form}>
          <div className={css.pair}>
            <TextInput
              description={words.asItIs}
              inputMode="decimal"
              {...text("temperature", 20)}
            />
            <TextInput description={words.asItIs} inputMode="decimal" {...text("topP", 20)} />
            <TextInput
              description={words.maxTokensSays}
              inputMode="numeric"
              {...text("maxTokens", 20)}
            />
            <TextInput
              description={words.concurrencySays}
              inputMode="numeric"
              {...text("concurrency", 20)}
            />
            <TextInput
              description={words.timeoutSays}
              inputMode="decimal"
              {...text("timeout", 20)}
            />
            <NativeSelect
              label={words.structure}
              description={words.structureSays}
              value={form.structure}
              data={labelled(words.structures)}
              onChange={(event) =>
                change({ structure: event.currentTarget.value as Form["structure"] })
              }
            />
          </div>
          <Textarea
            label={words.extra}
            description={words.extraSays}
            rows={2}
            maxLength={20_000}
            spellCheck={false}
            value={form.extra}
            error={tried ? wrong.extra : undefined}
            onChange={(event) => change({ extra: event.currentTarget.value })}
          />
        </div>
      </details>
      {save.isError && <ErrorSays error={save.error} />}
      <Button type="submit" loading={save.isPending}>
        {of === null ? words.create : words.save}
      </Button>
    </form>
  );
}
