/** Mantine's theme: our colours, sizes and the few defaults that differ. What is ours alone is in tokens.css. */
import {
  createTheme,
  defaultVariantColorsResolver,
  type CSSVariablesResolver,
  type MantineColorsTuple,
  type VariantColorsResolver,
} from "@mantine/core";

/** The colour of what is synthetic, in the reports too; here, of what can be pressed. */
const sea: MantineColorsTuple = [
  "#edf5fb",
  "#d8e8f5",
  "#b2d2ec",
  "#8fc6f0",
  "#6fb9f2",
  "#2f82c2",
  "#0b5fa5",
  "#0a5290",
  "#084579",
  "#063358",
];
const gray: MantineColorsTuple = [
  "#f6f7f6",
  "#eff1f1",
  "#e5e7e9",
  "#dadde0",
  "#c9cdd2",
  "#6b727b",
  "#565d66",
  "#434a52",
  "#2c3239",
  "#1b1e22",
];
const dark: MantineColorsTuple = [
  "#e8eaed",
  "#cdd2d7",
  "#a6adb5",
  "#8b939c",
  "#343b42",
  "#2b3137",
  "#1f2429",
  "#16191d",
  "#111417",
  "#0c0e10",
];
const good: MantineColorsTuple = [
  "#e9f5ee",
  "#d3ebdd",
  "#a9d7bd",
  "#8ad3aa",
  "#71c899",
  "#2f8a58",
  "#17653c",
  "#145835",
  "#104a2c",
  "#0b351f",
];
const warn: MantineColorsTuple = [
  "#fbf3e3",
  "#f5e6c5",
  "#ecd08f",
  "#eac373",
  "#e6b95d",
  "#a06c06",
  "#7d5200",
  "#6c4700",
  "#593a00",
  "#402a00",
];
const bad: MantineColorsTuple = [
  "#fcefee",
  "#f8dcdb",
  "#efb5b3",
  "#ff9f98",
  "#ff8f88",
  "#c43a42",
  "#a3232b",
  "#8f1e26",
  "#77191f",
  "#561216",
];

const FONT =
  '"Inter Variable", Inter, "Segoe UI", -apple-system, "Helvetica Neue", "Liberation Sans", Arial, sans-serif';

/** What is filled with a colour is bright in the dark: then the words on it are dark. */
const variants: VariantColorsResolver = (input) => {
  const found = defaultVariantColorsResolver(input);
  return input.variant === "filled" ? { ...found, color: "var(--on-filled)" } : found;
};

/** What floats stands inside the page's main part, where screen readers look for it. Dialogs stand beside it. */
const FLOATS = { target: "#main" };

export const theme = createTheme({
  colors: { sea, gray, dark, good, warn, bad },
  primaryColor: "sea",
  primaryShade: { light: 6, dark: 4 },
  variantColorResolver: variants,
  black: "#1b1e22",
  fontFamily: FONT,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: "0.78rem", sm: "0.875rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  lineHeights: { xs: "1.4", sm: "1.45", md: "1.5", lg: "1.5", xl: "1.4" },
  headings: {
    fontFamily: FONT,
    fontWeight: "620",
    sizes: {
      h1: { fontSize: "1.5rem", lineHeight: "1.2" },
      h2: { fontSize: "1.0625rem", lineHeight: "1.3" },
      h3: { fontSize: "0.9375rem", lineHeight: "1.4" },
    },
  },
  defaultRadius: "md",
  radius: { xs: "3px", sm: "5px", md: "7px", lg: "11px", xl: "18px" },
  spacing: { xs: "0.5rem", sm: "0.75rem", md: "1rem", lg: "1.5rem", xl: "2.25rem" },
  shadows: {
    xs: "0 1px 2px rgb(20 24 30 / 6%)",
    sm: "0 1px 3px rgb(20 24 30 / 8%)",
    md: "0 6px 20px rgb(20 24 30 / 10%)",
    lg: "0 16px 44px rgb(20 24 30 / 16%)",
  },
  cursorType: "pointer",
  respectReducedMotion: true,
  focusRing: "auto",
  components: {
    Button: { defaultProps: { size: "sm" } },
    TextInput: { defaultProps: { size: "sm" } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: "lg",
        overlayProps: { backgroundOpacity: 0.4 },
        transitionProps: { duration: 120 },
      },
      styles: { title: { fontSize: "1.0625rem", fontWeight: 620, letterSpacing: "-0.012em" } },
    },
    Tooltip: {
      defaultProps: {
        openDelay: 300,
        withArrow: true,
        events: { hover: true, focus: true, touch: true },
      },
    },
    Menu: {
      defaultProps: {
        transitionProps: { duration: 80 },
        shadow: "md",
        // the focus goes to the first item: a menu has items and nothing else
        withInitialFocusPlaceholder: false,
        portalProps: FLOATS,
      },
    },
    Select: { defaultProps: { size: "sm", comboboxProps: { shadow: "md", portalProps: FLOATS } } },
    NumberInput: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { iconColor: "var(--on-filled)" } },
    Skeleton: { defaultProps: { radius: "sm" } },
  },
});

export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--paper": "#fbfbf9",
    "--sheet": "#ffffff",
    "--ink": "#1b1e22",
    "--soft": "#565d66",
    "--rule": "#e2e4e6",
    "--faint": "#f1f2f2",
    "--accent": "#0b5fa5",
    "--accent-faint": "#edf5fb",
    "--on-filled": "#ffffff",
    "--real": "#c6cbd1",
    "--real-ink": "#6b747e",
    "--synth": "#0b5fa5",
    "--good": "#17653c",
    "--good-faint": "#e9f5ee",
    "--warn": "#7d5200",
    "--warn-faint": "#fbf3e3",
    "--bad": "#a3232b",
    "--bad-faint": "#fcefee",
    "--mantine-color-body": "#ffffff",
    "--mantine-color-text": "#1b1e22",
    "--mantine-color-dimmed": "#565d66",
    "--mantine-color-anchor": "#0b5fa5",
    "--mantine-color-default-border": "#d5d9dc",
    "--mantine-color-placeholder": "#6b727b",
    "--mantine-color-error": "#a3232b",
  },
  dark: {
    "--paper": "#111417",
    "--sheet": "#181c20",
    "--ink": "#e8eaed",
    "--soft": "#a6adb5",
    "--rule": "#2b3137",
    "--faint": "#1f2429",
    "--accent": "#6fb9f2",
    "--accent-faint": "#172735",
    "--on-filled": "#0b141c",
    "--real": "#4a525b",
    "--real-ink": "#a2abb5",
    "--synth": "#6fb9f2",
    "--good": "#71c899",
    "--good-faint": "#16281f",
    "--warn": "#e6b95d",
    "--warn-faint": "#2c2415",
    "--bad": "#ff8f88",
    "--bad-faint": "#331b1b",
    "--mantine-color-body": "#181c20",
    "--mantine-color-text": "#e8eaed",
    "--mantine-color-dimmed": "#a6adb5",
    "--mantine-color-anchor": "#6fb9f2",
    "--mantine-color-default": "#1f2429",
    "--mantine-color-default-hover": "#272d33",
    "--mantine-color-default-border": "#363d44",
    "--mantine-color-placeholder": "#8b939c",
    "--mantine-color-error": "#ff8f88",
  },
});
