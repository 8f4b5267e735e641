/**
 * Saving what needs a sign-in by the browser's own means, so that no file is held in memory, whatever its size: the
 * service gives this browser a pass (a cookie for this one object, for five minutes), and a plain link does the rest.
 */
import { passGeneration, passModel } from "@/api";

export async function saveFile(generationId: string): Promise<void> {
  await passGeneration({ path: { generation_id: generationId }, throwOnError: true });
  follow(`/api/generation/${encodeURIComponent(generationId)}/download`, true);
}

export async function saveManifest(generationId: string, name: string): Promise<void> {
  await passGeneration({ path: { generation_id: generationId }, throwOnError: true });
  follow(`/api/generation/${encodeURIComponent(generationId)}/manifest`, `${name}.signed.json`);
}

/** The report as the one HTML file that can be mailed. */
export async function saveReport(
  of: "generation" | "models",
  id: string,
  name: string,
): Promise<void> {
  if (of === "models") await passModel({ path: { model_id: id }, throwOnError: true });
  else await passGeneration({ path: { generation_id: id }, throwOnError: true });
  follow(`/api/${of}/${encodeURIComponent(id)}/report?format=html`, `${name} report.html`);
}

/** A text that is only here, as a file. */
export function saveText(text: string, name: string): void {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  follow(href, name);
  setTimeout(() => URL.revokeObjectURL(href), 10_000); // the browser reads it after the click
}

export function follow(href: string, download: string | true): void {
  const link = document.createElement("a");
  link.href = href;
  link.download = download === true ? "" : download;
  document.body.append(link);
  link.click();
  link.remove();
}
