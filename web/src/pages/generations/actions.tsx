/** What one does with generated data of one's own: a menu, and the dialogs that it opens. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { deleteGeneration, renameGeneration, shareGeneration, type Generation } from "@/api";
import { getGenerationOptions, getGenerationQueryKey } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { questionOf } from "@/parts/deleting";
import { say } from "@/parts/say";
import { RenameDialog, ShareDialog, ThingMenu } from "@/parts/Things";
import { hasEnded } from "@/service/use-job";
import { generations as words } from "@/strings/generations";

import { GENERATIONS } from "./use-generation";

type Props = { generation: Generation; onDeleted?: () => void };

export function GenerationActions({ generation, onDeleted }: Props): ReactNode {
  const queries = useQueryClient();
  const confirm = useConfirm();
  const [open, setOpen] = useState<"rename" | "share" | null>(null);
  const path = { generation_id: generation.id };
  const changed = (): void => {
    void queries.invalidateQueries({ queryKey: GENERATIONS });
    void queries.invalidateQueries({ queryKey: getGenerationQueryKey({ path }) });
  };
  return (
    <>
      <ThingMenu
        name={generation.name}
        onRename={() => setOpen("rename")}
        onShare={() => setOpen("share")}
        {...(hasEnded(generation.state)
          ? {
              onDelete: () =>
                confirm(
                  questionOf({
                    name: generation.name,
                    hanging: null,
                    says: words.acts.deleteSays,
                    remove: () => deleteGeneration({ path, throwOnError: true }),
                    done: () => {
                      say(words.acts.deleted(generation.name));
                      onDeleted?.();
                      void queries.invalidateQueries({ queryKey: GENERATIONS });
                    },
                  }),
                ),
            }
          : {})}
      />
      {open === "rename" && (
        <RenameDialog
          one={words.one}
          name={generation.name}
          rename={async (name) => {
            await renameGeneration({ path, body: { name }, throwOnError: true });
            changed();
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "share" && (
        <Share generation={generation} changed={changed} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

function Share({
  generation,
  changed,
  onClose,
}: {
  generation: Generation;
  changed: () => void;
  onClose: () => void;
}): ReactNode {
  const path = { generation_id: generation.id };
  const known = useQuery(getGenerationOptions({ path }));
  return (
    <ShareDialog
      name={generation.name}
      sharedWith={known.data?.sharedWith ?? null}
      share={async (login, share) => {
        await shareGeneration({ path, body: { login, share }, throwOnError: true });
        changed();
      }}
      onClose={onClose}
    />
  );
}
