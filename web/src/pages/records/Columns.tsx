/** The columns of a record, clicked together: a card for each. */
import { Button, Checkbox, CloseButton, NativeSelect, Textarea, TextInput } from "@mantine/core";
import { useId, type ReactNode } from "react";

import type { RecordModel } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { PlusIcon } from "@/parts/icons";
import { problemOf } from "@/service/problem";
import { records } from "@/strings/records";

import css from "./records.module.css";
import { fresh, KINDS, type Column, type Kind } from "./spec";

const words = records.columns;

type Props = {
  value: Column[];
  models: RecordModel[];
  /** What the service says is wrong; it stands at the column that it names. */
  error: unknown;
  onChange: (value: Column[]) => void;
};

export function Columns({ value, models, error, onChange }: Props): ReactNode {
  const wrong = error == null ? null : problemOf(error).problem.column;
  return (
    <div className={css.columns}>
      {value.map((one, at) => (
        <OneColumn
          key={one.key}
          number={at + 1}
          value={one}
          models={models}
          error={wrong != null && wrong === one.name ? error : null}
          onChange={(changed) =>
            onChange(value.map((other) => (other.key === one.key ? changed : other)))
          }
          onRemove={() => onChange(value.filter((other) => other.key !== one.key))}
        />
      ))}
      <Button
        variant="default"
        className={css.add}
        leftSection={<PlusIcon />}
        onClick={() => onChange([...value, fresh(1 + Math.max(0, ...value.map((one) => one.key)))])}
      >
        {words.add}
      </Button>
    </div>
  );
}

type One = {
  number: number;
  value: Column;
  models: RecordModel[];
  error: unknown;
  onChange: (value: Column) => void;
  onRemove: () => void;
};

function OneColumn({ number, value, models, error, onChange, onRemove }: One): ReactNode {
  const heading = useId();
  const { kind } = value;
  const written = kind === "text" || kind === "structured";
  return (
    <section className={css.column} aria-labelledby={heading}>
      <h3 id={heading} className="unseen">
        {words.of(number)}
      </h3>
      <div className={css.columnHead}>
        <TextInput
          label={words.name}
          value={value.name}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...value, name: event.currentTarget.value })}
        />
        <NativeSelect
          label={words.kind}
          value={kind}
          data={KINDS.map((one) => ({ value: one, label: words.kinds[one] }))}
          onChange={(event) => onChange({ ...value, kind: event.currentTarget.value as Kind })}
        />
        <CloseButton aria-label={words.remove(value.name)} onClick={onRemove} />
      </div>
      {written && (
        <Textarea
          label={words.prompt}
          description={words.promptSays}
          rows={3}
          maxLength={50_000}
          value={value.text}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
        />
      )}
      {kind === "structured" && (
        <TextInput
          label={words.fields}
          description={words.fieldsSays}
          value={value.fields}
          maxLength={2_000}
          onChange={(event) => onChange({ ...value, fields: event.currentTarget.value })}
        />
      )}
      {(kind === "sampler" || kind === "expression") && (
        <TextInput
          label={kind === "sampler" ? words.values : words.expression}
          description={kind === "sampler" ? words.valuesSays : words.expressionSays}
          value={value.text}
          maxLength={20_000}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
        />
      )}
      <div className={css.columnFoot}>
        {written && models.length > 1 && (
          <NativeSelect
            label={words.model}
            value={value.model || models[0]?.alias}
            data={models.map((one) => one.alias)}
            onChange={(event) => onChange({ ...value, model: event.currentTarget.value })}
          />
        )}
        {kind === "seed" && (
          <NativeSelect
            label={words.seed}
            value={value.seed}
            data={Object.entries(words.seeds).map(([one, label]) => ({ value: one, label }))}
            onChange={(event) =>
              onChange({ ...value, seed: event.currentTarget.value as Column["seed"] })
            }
          />
        )}
        <Checkbox
          label={words.keep}
          checked={value.keep}
          onChange={(event) => onChange({ ...value, keep: event.currentTarget.checked })}
        />
      </div>
      {error != null && <ErrorSays error={error} />}
    </section>
  );
}
