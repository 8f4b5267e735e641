/** The form's columns, and the spec in YAML that they come to. */

export type Kind = "text" | "structured" | "sampler" | "seed" | "table" | "expression";

/** `text` is the prompt, the values or the expression, by the kind. */
export type Column = {
  key: number;
  name: string;
  kind: Kind;
  text: string;
  fields: string;
  model: string;
  seed: "documents" | "dataset";
  keep: boolean;
};

export const KINDS: Kind[] = ["text", "structured", "sampler", "seed", "table", "expression"];

export const fresh = (key: number, kind: Kind = "text"): Column => ({
  key,
  name: "",
  kind,
  text: "",
  fields: "",
  model: "",
  seed: "documents",
  keep: true,
});

export const FIRST: Column[] = [
  { ...fresh(1, "sampler"), name: "topic", text: "rivers, deltas, seas" },
  { ...fresh(2), name: "question", text: "Ask one question about {{ topic }}." },
];

/** What stands between commas, without what is empty. */
export const parts = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

/** Any text as YAML has it: what JSON has is YAML, too. */
const quoted = (value: unknown): string => JSON.stringify(value);

const nameOf = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : quoted(name));

/** The spec. `alias` is the model of columns that name none. */
export function specOf(columns: Column[], alias: string): string {
  const lines = ["columns:"];
  for (const column of columns) {
    lines.push(`  ${nameOf(column.name.trim())}:`);
    for (const line of linesOf(column, column.model || alias)) lines.push(`    ${line}`);
    if (!column.keep) lines.push("    keep: false");
  }
  return lines.join("\n") + "\n";
}

function linesOf(column: Column, alias: string): string[] {
  const model = alias === "" ? [] : [`model: ${quoted(alias)}`];
  switch (column.kind) {
    case "text":
      return [`text: ${quoted(column.text)}`, ...model];
    case "structured": {
      const names = parts(column.fields);
      const properties = Object.fromEntries(names.map((name) => [name, { type: "string" }]));
      const schema = {
        type: "object",
        properties,
        required: names,
        additionalProperties: false,
      };
      return [`structured: ${quoted(column.text)}`, `schema: ${quoted(schema)}`, ...model];
    }
    case "sampler":
      return ["sampler: category", `values: ${quoted(parts(column.text))}`];
    case "seed":
      return [`seed: ${column.seed}`];
    case "table":
      return ["table: model"];
    case "expression":
      return [`expression: ${quoted(column.text)}`];
  }
}

/** How many records were typed; null where it is no number that can be asked for. */
export function typedRecords(text: string): number | null {
  const plain = text.replaceAll(",", "").trim();
  const value = /^\d{1,9}$/.test(plain) ? Number(plain) : 0;
  return value >= 1 && value <= 100_000 ? value : null;
}

/** An amount in the currency of the prices: no more digits than say something. */
export function money(amount: number): string {
  if (amount === 0) return "0";
  if (amount >= 0.01) return amount.toLocaleString("en", { maximumFractionDigits: 2 });
  return amount.toPrecision(2).replace(/e-(\d+)$/, " × 10⁻$1");
}
