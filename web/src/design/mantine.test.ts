import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

const src = join(import.meta.dirname, "..");
const styles = join(src, "..", "node_modules", "@mantine", "core", "styles");

it("has the styles of every component of Mantine that the page uses", () => {
  const loaded = readFileSync(join(src, "design", "mantine.ts"), "utf8");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.tsx?$/.test(name),
  );
  const missing = files.flatMap((name) => {
    const text = readFileSync(join(src, name), "utf8");
    const imports = [...text.matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)];
    const names = imports.flatMap((found) => (found[1] ?? "").split(",").map((one) => one.trim()));
    return names.filter(
      (one) => existsSync(join(styles, `${one}.css`)) && !loaded.includes(`/${one}.css`),
    );
  });
  expect(missing).toEqual([]);
});
