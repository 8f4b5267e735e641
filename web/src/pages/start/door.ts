/** The code in the part of an address that is never sent: `#setup=…` or `#sign-in=…`. */
export type Door = { kind: "setup" | "sign-in"; code: string };

export function doorOf(hash: string): Door | null {
  const found = /^#(setup|sign-in)=(.+)$/.exec(hash);
  if (found === null) return null;
  const [, kind, code] = found as unknown as [string, Door["kind"], string];
  try {
    return { kind, code: decodeURIComponent(code) };
  } catch {
    return { kind, code };
  }
}
