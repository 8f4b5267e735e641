/** Puts a text on the clipboard. Where the browser allows no script to (plain HTTP), there is no button. */
import { Button } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";

import { shared } from "@/strings";

import { CheckIcon, CopyIcon } from "./icons";

export function CopyButton({ text }: { text: string }): ReactNode {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
  if (clipboard === undefined) return null;
  return (
    <Button
      variant="default"
      leftSection={copied ? <CheckIcon size={16} /> : <CopyIcon size={16} />}
      onClick={() => void clipboard.writeText(text).then(() => setCopied(true))}
    >
      {copied ? shared.actions.copied : shared.actions.copy}
    </Button>
  );
}
