// What a first visit loads, gzipped, before any chart: at most 300 KB. Run after the build.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const MOST = 300 * 1024;
const site = fileURLToPath(new URL("../../src/lookalike/service/page/", import.meta.url));
const file = join(site, ".vite", "manifest.json");
if (!existsSync(file)) {
  process.stderr.write("The page is not built: npm run build\n");
  process.exit(1);
}
const manifest = JSON.parse(readFileSync(file, "utf8"));

const sizes = new Map();
const size = (name) => {
  if (!sizes.has(name)) {
    const bytes = readFileSync(join(site, name));
    sizes.set(name, name.endsWith(".woff2") ? bytes.length : gzipSync(bytes, { level: 6 }).length);
  }
  return sizes.get(name);
};

// the files of a chunk and of all that it imports before it runs
const filesOf = (key, found = new Set()) => {
  const chunk = manifest[key];
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const other of chunk.imports ?? []) filesOf(other, found);
  return found;
};
const sum = (files) => [...files].reduce((total, name) => total + size(name), 0);

const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const fonts = new Set(
  Object.values(manifest)
    .flatMap((chunk) => [chunk.file, ...(chunk.assets ?? [])])
    .filter((name) => /inter-latin-wght/.test(name)),
);
const first = new Set([...filesOf(entry), ...fonts]);
// a page is what is loaded when it is gone to; what draws the charts is no page
const pages = Object.keys(manifest).filter(
  (key) => manifest[key].isDynamicEntry && /^src\/pages\/.*\.tsx$/.test(key),
);
const loads = pages.map((key) => ({ key, bytes: sum(filesOf(key, new Set(first))) }));
loads.sort((a, b) => b.bytes - a.bytes);

const shown = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;
process.stdout.write(
  `before any page: ${shown(sum(first))} (of it a font: ${shown(sum(fonts))})\n`,
);
for (const { key, bytes } of loads) process.stdout.write(`${key}: ${shown(bytes)}\n`);
if (loads.some(({ bytes }) => bytes > MOST)) {
  process.stderr.write(`A first visit loads more than ${shown(MOST)}.\n`);
  process.exit(1);
}
