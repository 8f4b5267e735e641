/** Words of the report's page. The figures' own words come with the report. */
import { count, counted } from "@/parts/format";

export const report = {
  title: "Quality and privacy",
  of: (name: string) => `Report on “${name}”`,
  loading: "Loading the report…",
  drawing: "Drawing…",
  save: "Save as one file",
  saveSays: "HTML, to mail or to print",
  toModel: "The model",
  toGeneration: "The data",
  compared: (synth: number, real: number, columns: number) =>
    `${counted(synth, "row")} made by the model, held against ${counted(real, "row")} of ${counted(columns, "column")} that it learned from`,
  holdout: (rows: number) => `, and ${counted(rows, "row")} that it has never seen.`,
  noHoldout: ". No rows were held out.",
  passed: "Passed",
  refused: "Refused",
  by: (gate: string) => (gate === "default" ? "by the default gate" : `by the gate ${gate}`),
  passedSays: (figures: number) =>
    `${counted(figures, "figure")} were held beside what a second real sample would score. None is surely worse by more than the gate allows.`,
  refusedSays: (short: number, blind: number) =>
    [
      short > 0
        ? `${counted(short, "figure")} fell short of what a second real sample would score.`
        : "",
      blind > 0
        ? `${counted(blind, "figure")} could not be measured, and so ${blind === 1 ? "is" : "are"} not passed.`
        : "",
      "The data should not leave the house as it is.",
    ]
      .filter(Boolean)
      .join(" "),
  waived: (names: string) => `Waived by the gate file: ${names}.`,
  short: "What fell short",
  helps: "What usually helps:",
  scores: { fidelity: "Fidelity", utility: "Utility", privacy: "Privacy" } as Record<
    string,
    string
  >,
  scoresSay: "100 is as good as a second real sample of the same size would be.",
  notMeasured: "Not measured",
  parts: {
    figures: "Figures",
    columns: "Columns",
    pairs: "Pairs",
    detection: "Detection",
    utility: "Utility",
    privacy: "Privacy",
    how: "How it was measured",
  },
  nav: "Parts of this report",
  figures: {
    says: "Each figure beside what a second real sample would score.",
    head: ["Figure", "Synthetic", "A real sample", "Gate"],
    states: {
      passed: "Passed",
      refused: "Refused",
      unmeasured: "Not measured",
      waived: "Waived",
    } as Record<string, string>,
    groups: {
      privacy: "Privacy",
      fidelity: "Fidelity",
      detection: "Detection",
      utility: "Utility",
      diagnostic: "Form and rules",
    } as Record<string, string>,
    between: (low: string, high: string) => `${low} to ${high}`,
  },
  columns: {
    says: "What each column looks like in the real table (grey) and in the synthetic one (blue).",
    search: "Search columns",
    shown: (shown: number, all: number) =>
      shown === all ? counted(all, "column") : `${count(shown)} of ${counted(all, "column")}`,
    order: "Order",
    worst: "Least alike first",
    table: "As in the table",
    alike: "Alike",
    second: (score: string) => `a real sample ${score}`,
    notCompared: "Not compared",
    missing: "Missing",
    distinct: "Distinct",
    mean: "Mean",
    real: "real",
    synth: "synthetic",
    more: "Show more columns",
    none: "No column has these letters in its name.",
  },
  pairs: {
    says: "How strongly each pair of columns hangs together: in the real table, in the synthetic one, and the difference. Darker is stronger.",
    worst: "Pairs that came least alike",
    alike: "Alike",
  },
  detection: {
    says: "A detector learns to tell synthetic rows from real ones, and is tested on rows that it has not seen. 0.5 is a coin’s toss, 1 is always right.",
    auc: (between: string, auc: string, low: string, high: string) =>
      `${between}: ${auc} (${low} to ${high})`,
    none: "Whether the rows can be told apart was not measured.",
  },
  utility: {
    says: (target: string) =>
      `Two predictors of ${target}, one that learned from real rows and one from as many synthetic ones, tested on the same real rows.`,
    none: "What the data is good for was not measured. It needs a target.",
  },
  privacy: {
    says: "Whether the data tells more about the people it was learned from than about people it has never seen. Everything is measured against the rows that were held out.",
    came: "Rare and extreme values that came through",
    cameNone: "None of the rarest values of the real table came through more often than by chance.",
  },
  chart: (title: string) => `Chart: ${title}`,
  chartFailed: "This chart could not be drawn.",
  notYet: "There is no report yet",
  how: {
    seed: (seed: number) => `Seed ${count(seed)}: the same check makes the same figures.`,
    sample: (what: string, rows: number, of: number) =>
      `${what}: ${count(rows)} of ${count(of)}, drawn by the seed.`,
    intervals: "Intervals are at 95 %, what the gate decides on is at 99.9 %.",
    made: (library: string) => `Made by ${library}.`,
  },
} as const;
