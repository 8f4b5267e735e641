/** What one does with a dataset of one's own: a menu, and the dialogs that it opens. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { deleteDataset, getDataset, renameDataset, shareDataset, type Dataset } from "@/api";
import { getDatasetOptions, getDatasetQueryKey } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { questionOf } from "@/parts/deleting";
import { say } from "@/parts/say";
import { RenameDialog, ShareDialog, ThingMenu } from "@/parts/Things";
import { datasets } from "@/strings";

import { DATASETS } from "./keys";

type Props = { dataset: Dataset; onDeleted?: () => void };

export function DatasetActions({ dataset, onDeleted }: Props): ReactNode {
  const queries = useQueryClient();
  const confirm = useConfirm();
  const [open, setOpen] = useState<"rename" | "share" | null>(null);
  const path = { dataset_id: dataset.id };

  const changed = (): void => {
    void queries.invalidateQueries({ queryKey: DATASETS });
    void queries.invalidateQueries({ queryKey: getDatasetQueryKey({ path }) });
  };
  const askToDelete = async (): Promise<void> => {
    const hanging = await getDataset({ path }).then(
      ({ data }) => data.hanging,
      () => null,
    );
    confirm(
      questionOf({
        name: dataset.name,
        hanging,
        remove: (cascade) => deleteDataset({ path, query: { cascade } }),
        done: () => {
          say(datasets.deleted(dataset.name));
          onDeleted?.();
          void queries.invalidateQueries({ queryKey: DATASETS });
        },
      }),
    );
  };

  return (
    <>
      <ThingMenu
        name={dataset.name}
        onRename={() => setOpen("rename")}
        onShare={() => setOpen("share")}
        onDelete={() => void askToDelete()}
      />
      {open === "rename" && (
        <RenameDialog
          one={datasets.one}
          name={dataset.name}
          rename={async (name) => {
            await renameDataset({ path, body: { name } });
            changed();
          }}
          onClose={() => setOpen(null)}
        />
      )}
      {open === "share" && (
        <Share dataset={dataset} changed={changed} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

type ShareProps = { dataset: Dataset; changed: () => void; onClose: () => void };

function Share({ dataset, changed, onClose }: ShareProps): ReactNode {
  const path = { dataset_id: dataset.id };
  const known = useQuery(getDatasetOptions({ path }));
  return (
    <ShareDialog
      name={dataset.name}
      sharedWith={known.data?.sharedWith ?? null}
      share={async (login, share) => {
        await shareDataset({ path, body: { login, share } });
        changed();
      }}
      onClose={onClose}
    />
  );
}
