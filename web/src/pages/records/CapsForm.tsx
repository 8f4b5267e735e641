/** A job that ended at a cap, begun again under higher ones. */
import { Button, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent, type ReactNode } from "react";

import { retryWithCaps, type RecordJobInspected } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { count } from "@/parts/format";
import { patiently } from "@/service/patiently";
import { records } from "@/strings/records";

import { changeOf, typedOf, wrongOf, type Reached } from "./caps";
import css from "./records.module.css";
import { money } from "./spec";
import { toldOf } from "./told";

const words = records.job.caps;

type Props = { job: RecordJobInspected; reached: Reached; onDone: () => Promise<void> };

export function CapsForm({ job, reached, onDone }: Props): ReactNode {
  const [form, setForm] = useState(() => typedOf(job.caps));
  const [tried, setTried] = useState(false);
  const wrong = wrongOf(form, reached, job.caps);
  const told = toldOf(job);
  const again = useMutation({
    mutationFn: () =>
      patiently(() =>
        retryWithCaps({
          path: { job_id: job.id },
          body: changeOf(form, job.caps),
          throwOnError: true,
        }),
      ),
    onSuccess: onDone,
  });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(wrong).length === 0) again.mutate();
  };
  const spent = {
    tokens: words.spent(count(told.tokens)),
    money: words.spent(money(told.cost)),
    time: words.timeSays,
  };
  return (
    <form className={css.caps} onSubmit={send} noValidate autoComplete="off">
      <p className={css.note}>{words.says(words.of[reached].toLowerCase())}</p>
      {(["tokens", "money", "time"] as const).map((name) => (
        <TextInput
          key={name}
          label={words.of[name]}
          description={spent[name]}
          inputMode="decimal"
          maxLength={20}
          data-autofocus={name === reached || undefined}
          value={form[name]}
          error={tried && wrong[name] !== undefined ? words.wrong[wrong[name]] : undefined}
          onChange={(event) => setForm({ ...form, [name]: event.currentTarget.value })}
        />
      ))}
      {again.isError && <ErrorSays error={again.error} />}
      <Button type="submit" loading={again.isPending}>
        {words.act}
      </Button>
    </form>
  );
}
