/** What one does with a model of one's own: a menu, and the dialogs that it opens. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { deleteModel, getModel, renameModel, shareModel, type Model } from "@/api";
import { getModelOptions, getModelQueryKey } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { questionOf } from "@/parts/deleting";
import { say } from "@/parts/say";
import { RenameDialog, ShareDialog, ThingMenu } from "@/parts/Things";
import { datasets, models } from "@/strings";

import { FITS, MODELS } from "./keys";

type Props = { model: Pick<Model, "id" | "name">; onDeleted?: () => void; onRenamed?: () => void };

export function ModelActions({ model, onDeleted, onRenamed }: Props): ReactNode {
  const queries = useQueryClient();
  const confirm = useConfirm();
  const [open, setOpen] = useState<"rename" | "share" | null>(null);
  const path = { model_id: model.id };

  const changed = (): void => {
    onRenamed?.();
    void queries.invalidateQueries({ queryKey: MODELS });
    void queries.invalidateQueries({ queryKey: getModelQueryKey({ path }) });
  };
  const askToDelete = async (): Promise<void> => {
    const hanging = await getModel({ path }).then(
      ({ data }) => data.hanging,
      () => null,
    );
    confirm(
      questionOf({
        name: model.name,
        hanging,
        says: models.deleteSays,
        remove: (cascade) => deleteModel({ path, query: { cascade } }),
        done: () => {
          say(datasets.deleted(model.name));
          onDeleted?.();
          void queries.invalidateQueries({ queryKey: MODELS });
          void queries.invalidateQueries({ queryKey: FITS });
        },
      }),
    );
  };

  return (
    <>
      <ThingMenu
        name={model.name}
        onRename={() => setOpen("rename")}
        onShare={() => setOpen("share")}
        onDelete={() => void askToDelete()}
      />
      {open === "rename" && (
        <RenameDialog
          one={models.one}
          name={model.name}
          rename={async (name) => {
            await renameModel({ path, body: { name } });
            changed();
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "share" && <Share model={model} changed={changed} onClose={() => setOpen(null)} />}
    </>
  );
}

type ShareProps = { model: Pick<Model, "id" | "name">; changed: () => void; onClose: () => void };

function Share({ model, changed, onClose }: ShareProps): ReactNode {
  const path = { model_id: model.id };
  const known = useQuery(getModelOptions({ path }));
  return (
    <ShareDialog
      name={model.name}
      sharedWith={known.data?.sharedWith ?? null}
      share={async (login, share) => {
        await shareModel({ path, body: { login, share } });
        changed();
      }}
      onClose={onClose}
    />
  );
}
