/** A few records to look at: their prompts, which costs nothing; or written, with what all would cost. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";

import type { RecordPreview } from "@/api";
import { records } from "@/strings/records";

import css from "./records.module.css";
import { Rehearsed } from "./Rehearsed";
import { money } from "./spec";
import { Values } from "./Values";

const words = records.preview;

type Props = {
  /** The prompts, or the id of a rehearsal. */
  shown: RecordPreview | string | undefined;
  /** Whether something was changed since. */
  old: boolean;
  going: "prompts" | "answers" | null;
  disabled: boolean;
  onPrompts: () => void;
  onAnswers: () => void;
};

export function Preview(props: Props): ReactNode {
  const { shown, old, going, disabled } = props;
  return (
    <section className={`card ${css.panel}`} aria-labelledby="preview">
      <div className={css.panelHead}>
        <h2 id="preview">{words.title}</h2>
        <div className={css.acts}>
          <Button
            variant="default"
            loading={going === "prompts"}
            disabled={disabled || going === "answers"}
            onClick={props.onPrompts}
          >
            {words.make}
          </Button>
          <Button
            variant="default"
            loading={going === "answers"}
            disabled={disabled || going === "prompts"}
            onClick={props.onAnswers}
          >
            {words.write}
          </Button>
        </div>
      </div>
      <p className={css.note} role="status">
        {old ? words.old : words.says}
      </p>
      {typeof shown === "string" && <Rehearsed id={shown} />}
      {typeof shown === "object" && <Shown preview={shown} />}
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
            <Values of={row.values} />
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
