/** The prompts of a few records, and the most that all can cost: no model is called for it. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import type { RecordPreview } from "@/api";
import { records } from "@/strings/records";

import css from "./records.module.css";
import { money } from "./spec";

const words = records.preview;

type Props = {
  shown: RecordPreview | undefined;
  old: boolean;
  going: boolean;
  disabled: boolean;
  onAsk: () => void;
};

export function Preview({ shown, old, going, disabled, onAsk }: Props): ReactNode {
  return (
    <section className={`card ${css.panel}`} aria-labelledby="preview">
      <div className={css.panelHead}>
        <h2 id="preview">{words.title}</h2>
        <Button variant="default" loading={going} disabled={disabled} onClick={onAsk}>
          {shown === undefined ? words.make : words.again}
        </Button>
      </div>
      <p className={css.note} role="status">
        {old ? words.old : words.says}
      </p>
      {shown !== undefined && <Shown preview={shown} />}
    </section>
  );
}

function Shown({ preview }: { preview: RecordPreview }): ReactNode {
  return (
    <>
      <p className={css.most}>
        <b>{words.most(preview.records, preview.calls)}</b>
        {preview.mostTokens == null || preview.mostCost == null ? (
          <span>{words.unknown}</span>
        ) : (
          <>
            <span>{words.tokens(preview.mostTokens)}</span>
            <span>{words.cost(money(preview.mostCost))}</span>
          </>
        )}
      </p>
      {preview.mostTokens != null && <p className={css.note}>{words.bound}</p>}
      <ol className={css.rows}>
        {preview.rows.map((row, at) => (
          <li key={at}>
            <h3>{words.record(at + 1)}</h3>
            {Object.keys(row.values).length > 0 && (
              <p className={css.values}>
                {Object.entries(row.values).map(([name, value]) => (
                  <span key={name}>
                    <span className="soft">{name}</span> <bdi>{textOf(value)}</bdi>
                  </span>
                ))}
              </p>
            )}
            {row.prompts.map((prompt) => (
              <div key={prompt.column} className={css.prompt}>
                <span className={css.label}>{words.by(prompt.column, prompt.model)}</span>
                <pre className={prompt.text == null ? css.lacks : undefined}>
                  {prompt.text ?? prompt.why}
                </pre>
              </div>
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}

/** Any value as text: a text as it is, all else as JSON. */
export const textOf = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "");
