/** The language models that specs may name, by alias: what they stand for, and what they cost. */
import { Button, Menu, Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { deleteProvider, dropCassette, listProviders, type Provider } from "@/api";
import { listRecordModelsQueryKey } from "@/api/@tanstack/react-query.gen";
import { useConfirm } from "@/parts/Confirm";
import { Empty } from "@/parts/Empty";
import { AgainIcon, ModelIcon, PenIcon, PlusIcon, UploadIcon } from "@/parts/icons";
import { List, type Column } from "@/parts/List";
import { ThingMenu } from "@/parts/Things";
import { shared } from "@/strings";
import { providers as words } from "@/strings/providers";

import css from "./admin.module.css";
import { CassetteForm } from "./CassetteForm";
import { ProviderForm } from "./ProviderForm";

const KEY = ["providers"];

const COLUMNS: Column<Provider>[] = [
  { key: "alias", head: words.heads.alias, main: true, cell: (one) => <bdi>{one.alias}</bdi> },
  {
    key: "model",
    head: words.heads.model,
    cell: (one) => (
      <>
        <bdi>{one.kind === "local" ? words.kinds.local : one.model}</bdi>
        {one.cassette != null && (
          <span className={css.you}>{words.played(one.cassette.answers)}</span>
        )}
      </>
    ),
  },
  {
    key: "url",
    head: words.heads.url,
    cell: (one) => (one.url === "" ? "–" : <bdi>{one.url}</bdi>),
  },
  {
    key: "key",
    head: words.heads.key,
    cell: (one) => (one.hasKey ? words.sealed : (one.keyEnv ?? words.noKey)),
  },
  {
    key: "price",
    head: words.heads.price,
    cell: (one) => words.prices(one.priceInput, one.priceOutput),
  },
];

const titleOf = (one: Provider | null, taping: boolean): string =>
  one === null ? words.add : taping ? words.playTitle(one.alias) : words.changeTitle(one.alias);

export function Providers(): ReactNode {
  const confirm = useConfirm();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [changing, setChanging] = useState<Provider | null>(null);
  const [taping, setTaping] = useState(false);
  const show = (one: Provider | null, tape = false): void => {
    setChanging(one);
    setTaping(tape);
    setOpen(true);
  };
  const changed = async (): Promise<void> => {
    await queries.invalidateQueries({ queryKey: KEY });
    await queries.invalidateQueries({ queryKey: listRecordModelsQueryKey() });
  };
  const done = async (): Promise<void> => {
    await changed();
    setOpen(false);
  };
  const add = (
    <Button leftSection={<PlusIcon />} onClick={() => show(null)}>
      {words.add}
    </Button>
  );
  return (
    <div className={css.part}>
      <div className={css.line}>
        <p className={css.note}>{words.says}</p>
        <span className={css.beside}>{add}</span>
      </div>
      <List<Provider>
        words={words}
        queryKey={KEY}
        load={async (_, signal) => (await listProviders({ signal, throwOnError: true })).data}
        columns={COLUMNS}
        search={false}
        sort={false}
        actions={(one) => (
          <ThingMenu
            name={one.alias}
            onDelete={() =>
              confirm({
                title: words.deleteTitle(one.alias),
                says: <p>{words.deleteSays}</p>,
                act: words.deleteAct,
                run: async () => {
                  await deleteProvider({ path: { provider_id: one.id }, throwOnError: true });
                  await changed();
                },
              })
            }
          >
            <Menu.Item leftSection={<PenIcon size={16} />} onClick={() => show(one)}>
              {words.change}
            </Menu.Item>
            <Menu.Item leftSection={<UploadIcon size={16} />} onClick={() => show(one, true)}>
              {words.play}
            </Menu.Item>
            {one.cassette != null && (
              <Menu.Item
                leftSection={<AgainIcon size={16} />}
                onClick={() =>
                  confirm({
                    title: words.callTitle(one.alias),
                    says: <p>{words.callSays}</p>,
                    act: words.call,
                    run: async () => {
                      await dropCassette({ path: { provider_id: one.id }, throwOnError: true });
                      await changed();
                    },
                  })
                }
              >
                {words.call}
              </Menu.Item>
            )}
          </ThingMenu>
        )}
        empty={
          <Empty icon={<ModelIcon size={22} />} title={words.none} next={add}>
            {words.noneSays}
          </Empty>
        }
      />
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={<bdi>{titleOf(changing, taping)}</bdi>}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        {changing !== null && taping ? (
          <CassetteForm of={changing} onDone={done} />
        ) : (
          <ProviderForm key={changing?.id ?? "new"} of={changing} onDone={done} />
        )}
      </Modal>
    </div>
  );
}
