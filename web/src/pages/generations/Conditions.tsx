/** What must hold for the rows, clicked together: a card for each column of which something is asked. */
import { Button, CloseButton, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useId, useState, type ReactNode } from "react";

import type { ColumnSeen } from "@/api";
import { count } from "@/parts/format";
import { generations } from "@/strings/generations";

import css from "./conditions.module.css";
import { fresh, sumOf, toggled, type Wanted } from "./wanted";

const words = generations.wanted;

type Props = { columns: ColumnSeen[]; value: Wanted[]; onChange: (value: Wanted[]) => void };

export function Conditions({ columns, value, onChange }: Props): ReactNode {
  const asked = new Set(value.map((one) => one.column));
  const free = columns.filter((column) => !asked.has(column.name));
  return (
    <div className={css.all}>
      {value.map((one) => {
        const column = columns.find((known) => known.name === one.column);
        return (
          <OneColumn
            key={one.column}
            column={column}
            value={one}
            onChange={(changed) =>
              onChange(value.map((other) => (other.column === one.column ? changed : other)))
            }
            onRemove={() => onChange(value.filter((other) => other.column !== one.column))}
          />
        );
      })}
      {free.length > 0 && (
        <Select
          className={css.add}
          searchable
          value={null}
          placeholder={words.add}
          aria-label={words.add}
          nothingFoundMessage={words.addNone}
          data={free.map((column) => column.name)}
          maxDropdownHeight={280}
          onChange={(name) => {
            const column = free.find((known) => known.name === name);
            if (column) onChange([...value, fresh(column.name, usualKind(column))]);
          }}
        />
      )}
    </div>
  );
}

const usualKind = (column: ColumnSeen): Wanted["kind"] =>
  column.bins.length > 0 ? "range" : "values";

type One = {
  column: ColumnSeen | undefined;
  value: Wanted;
  onChange: (value: Wanted) => void;
  onRemove: () => void;
};

function OneColumn({ column, value, onChange, onRemove }: One): ReactNode {
  const ranged = column !== undefined && column.bins.length > 0;
  const heading = useId();
  return (
    <section className={css.one} aria-labelledby={heading}>
      <header className={css.head}>
        <h3 id={heading}>
          <bdi>{value.column}</bdi>
        </h3>
        {!ranged && (
          <SegmentedControl
            size="xs"
            aria-label={words.mode(value.column)}
            value={value.kind === "shares" ? "shares" : "values"}
            onChange={(kind) => onChange({ ...value, kind: kind as Wanted["kind"] })}
            data={[
              { value: "values", label: words.every },
              { value: "shares", label: words.part },
            ]}
          />
        )}
        <CloseButton
          className={css.close}
          aria-label={words.remove(value.column)}
          onClick={onRemove}
        />
      </header>
      {ranged ? (
        <Range column={column} value={value} onChange={onChange} />
      ) : value.kind === "shares" ? (
        <Shares column={column} value={value} onChange={onChange} />
      ) : (
        <Values column={column} value={value} onChange={onChange} />
      )}
    </section>
  );
}

type Part = { column: ColumnSeen | undefined; value: Wanted; onChange: (value: Wanted) => void };

/** The values that are known, the most frequent first, and those that were typed. */
function choices(column: ColumnSeen | undefined, more: readonly (string | null)[]): Choice[] {
  const rows = column?.lookedAt ?? 0;
  const known: Choice[] = (column?.values ?? []).map((one) => ({
    value: one.value,
    share: rows > 0 ? one.count / rows : null,
    cut: one.cut,
  }));
  if (column !== undefined && column.missing > 0)
    known.push({ value: null, share: column.missing / rows, cut: false });
  const have = new Set(known.map((one) => one.value));
  return [
    ...known,
    ...more.filter((one) => !have.has(one)).map((value) => ({ value, share: null, cut: false })),
  ];
}

type Choice = { value: string | null; share: number | null; cut: boolean };

const shareOf = (share: number): string =>
  share < 0.001 ? "< 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;

const nameOf = (value: string | null): string => value ?? words.missing;

function Values({ column, value, onChange }: Part): ReactNode {
  const all = choices(column, value.values);
  return (
    <>
      <p className={css.says}>{all.length > 0 ? words.only : words.free}</p>
      {all.length > 0 && (
        <div className={css.values} role="group" aria-label={words.values(value.column)}>
          {all.map((one) => (
            <button
              key={one.value ?? "\u0000"}
              type="button"
              className={css.value}
              aria-pressed={value.values.includes(one.value)}
              disabled={one.cut}
              title={
                one.cut
                  ? words.cut
                  : one.share === null
                    ? undefined
                    : words.seen(shareOf(one.share))
              }
              onClick={() => onChange({ ...value, values: toggled(value.values, one.value) })}
            >
              <bdi className={one.value === null ? css.missing : undefined}>
                {nameOf(one.value)}
              </bdi>
              {one.share !== null && <span className={css.share}>{shareOf(one.share)}</span>}
            </button>
          ))}
        </div>
      )}
      <Other
        onAdd={(text) => onChange({ ...value, values: [...new Set([...value.values, text])] })}
      />
    </>
  );
}

function Shares({ column, value, onChange }: Part): ReactNode {
  const all = choices(
    column,
    value.shares.map(([one]) => one),
  );
  const sum = sumOf(value);
  const set = (of: string | null, text: string): void =>
    onChange({ ...value, shares: [...value.shares.filter(([one]) => one !== of), [of, text]] });
  return (
    <>
      <p className={css.says}>{words.shares}</p>
      <ul className={css.shares}>
        {all
          .filter((one) => !one.cut)
          .map((one) => (
            <li key={one.value ?? "\u0000"}>
              <span className={css.shareName}>
                <bdi className={one.value === null ? css.missing : undefined}>
                  {nameOf(one.value)}
                </bdi>
                {one.share !== null && <span className={css.share}>{shareOf(one.share)}</span>}
              </span>
              <TextInput
                size="xs"
                className={css.percent}
                inputMode="decimal"
                maxLength={8}
                aria-label={words.share(nameOf(one.value))}
                rightSection={<span aria-hidden="true">%</span>}
                value={value.shares.find(([of]) => of === one.value)?.[1] ?? ""}
                onChange={(event) => set(one.value, event.currentTarget.value)}
              />
            </li>
          ))}
      </ul>
      <div className={css.foot}>
        <Other onAdd={(text) => set(text, "")} />
        <p className={css.sum} data-wrong={!(sum <= 100) || undefined} role="status">
          {sum > 100 ? words.sumMost : Number.isNaN(sum) ? "–" : words.sum(sum)}
        </p>
      </div>
    </>
  );
}

function Other({ onAdd }: { onAdd: (text: string) => void }): ReactNode {
  const [text, setText] = useState("");
  const add = (): void => {
    if (text === "") return;
    onAdd(text);
    setText("");
  };
  return (
    <div className={css.other}>
      <TextInput
        size="xs"
        aria-label={words.other}
        placeholder={words.other}
        value={text}
        maxLength={1000}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          add();
        }}
      />
      <Button size="xs" variant="default" onClick={add} disabled={text === ""}>
        {words.otherAdd}
      </Button>
    </div>
  );
}

/** A small histogram whose bars are clicked on: the first sets both ends, the next one widens to it. */
function Range({ column, value, onChange }: Part & { column: ColumnSeen }): ReactNode {
  const { bins } = column;
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  const first = bins.findIndex((bin) => bin.low === value.low);
  const last = bins.findIndex((bin) => bin.high === value.high);
  const inside = (at: number): boolean => {
    const bin = bins[at];
    if (bin === undefined || (value.low === "" && value.high === "")) return false;
    const [low, high] = [Number(value.low), Number(value.high)];
    const above = value.low === "" || (first >= 0 ? at >= first : Number(bin.high) >= low);
    const below = value.high === "" || (last >= 0 ? at <= last : Number(bin.low) <= high);
    return above && below;
  };

  const click = (at: number): void => {
    const bin = bins[at];
    if (bin === undefined) return;
    const set = first >= 0 && last >= 0;
    if (set && first === last && at !== first) {
      const [low, high] = at < first ? [bin, bins[last]] : [bins[first], bin];
      onChange({ ...value, low: low?.low ?? "", high: high?.high ?? "" });
    } else if (set && first === last) {
      onChange({ ...value, low: "", high: "" });
    } else {
      onChange({ ...value, low: bin.low, high: bin.high });
    }
  };

  return (
    <>
      <p className={css.says}>{words.range}</p>
      <div className={css.bars} role="group" aria-label={words.values(value.column)}>
        {bins.map((bin, at) => (
          <button
            key={`${bin.low} ${String(at)}`}
            type="button"
            className={css.bin}
            aria-pressed={inside(at)}
            aria-label={`${words.bar(bin.low, bin.high)}: ${count(bin.count)}`}
            title={`${words.bar(bin.low, bin.high)} · ${words.seen(shareOf(bin.count / column.lookedAt))}`}
            onClick={() => click(at)}
          >
            <span
              style={{
                height: `${String(bin.count === 0 ? 0 : Math.max(4, (100 * bin.count) / most))}%`,
              }}
            />
          </button>
        ))}
      </div>
      <div className={css.ends}>
        <TextInput
          size="xs"
          label={words.low}
          placeholder={bins[0]?.low}
          value={value.low}
          maxLength={100}
          onChange={(event) => onChange({ ...value, low: event.currentTarget.value })}
        />
        <TextInput
          size="xs"
          label={words.high}
          placeholder={bins.at(-1)?.high}
          value={value.high}
          maxLength={100}
          onChange={(event) => onChange({ ...value, high: event.currentTarget.value })}
        />
      </div>
    </>
  );
}
