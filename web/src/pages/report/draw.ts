/**
 * Vega, loaded when the first chart is seen. Expressions are walked as trees by its interpreter, so that nothing is
 * ever compiled from text, which the page's policy forbids.
 */
import { View, parse, type Config, type Spec } from "vega";
import { expressionInterpreter } from "vega-interpreter";
import { compile, type TopLevelSpec } from "vega-lite";

export type Inks = {
  ink: string;
  soft: string;
  rule: string;
  real: string;
  synth: string;
  font: string;
};

/** Draws `spec` in `place` and returns what takes it away again. */
export async function draw(
  place: HTMLElement,
  spec: object,
  { width, height, inks }: { width: number; height: number; inks: Inks },
): Promise<() => void> {
  const bare = { ...(spec as Record<string, unknown>) };
  delete bare.title; // it stands above the chart
  // bars and intervals upright are as high as they are many
  const upright = JSON.stringify(bare).includes('"field":"label"');
  const whole = {
    ...bare,
    width: Math.min(width, Number(bare.width ?? width)),
    ...(upright || bare.height !== undefined ? {} : { height }),
    background: "transparent",
    autosize: { type: upright ? "fit-x" : "fit", contains: "padding" },
  } as TopLevelSpec;
  const compiled = compile(whole, { config: configOf(inks) as never, logger: silent }).spec as Spec;
  const view = new View(parse(compiled, configOf(inks), { ast: true }), {
    expr: expressionInterpreter as never,
    renderer: "svg",
    container: place,
    hover: false,
  });
  await view.runAsync();
  return () => view.finalize();
}

/** Vega-Lite warns of a `fit-y` that nobody asked for. */
const quiet = () => silent;
const silent: never = {
  level: quiet,
  error: quiet,
  warn: quiet,
  info: quiet,
  debug: quiet,
} as never;

function configOf({ ink, soft, rule, font }: Inks): Config {
  const text = { labelColor: soft, titleColor: soft, labelFont: font, titleFont: font };
  return {
    font,
    aria: false,
    axis: {
      ...text,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: 400,
      domainColor: rule,
      gridColor: rule,
      tickColor: rule,
    },
    legend: { ...text, labelFontSize: 11, orient: "bottom" },
    style: {
      "guide-label": { fill: soft },
      "guide-title": { fill: soft },
      "group-title": { fill: ink },
    },
    view: { stroke: "transparent" },
  } as Config;
}
