/** The records that were accepted: searched, and each with where it is from. */
import { Button, Modal, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { findRecords, type Record as Found_ } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { SearchIcon } from "@/parts/icons";
import { cut } from "@/parts/RowsTable";
import { Waiting } from "@/parts/Waiting";
import { shared } from "@/strings";
import { records } from "@/strings/records";

import { Made } from "./Made";
import css from "./records.module.css";
import { textOf } from "./told";

const words = records.found;
const PAGE = 50;
const AGAIN_MS = 3_000;

/** The number of a record in its job, as people count. */
export const slotOf = (record: Found_): string => String(Number(record.facts.slot ?? 0) + 1);

type Props = { jobId: string; going: boolean; accepted: number };

export function Found({ jobId, going, accepted }: Props): ReactNode {
  const [typed, setTyped] = useState("");
  const [text, setText] = useState("");
  const [opened, setOpened] = useState<Found_ | null>(null);
  const [open, setOpen] = useState(false);
  const soon = useDebouncedCallback((value: string) => setText(value.trim()), 300);
  const found = useInfiniteQuery({
    // once more when it has ended, for what came last
    queryKey: ["records", jobId, text, going ? "going" : accepted],
    queryFn: async ({ pageParam, signal }) =>
      (
        await findRecords({
          query: {
            jobId,
            limit: PAGE,
            ...(text === "" ? {} : { text }),
            ...(pageParam === "" ? {} : { after: pageParam }),
          },
          signal,
          throwOnError: true,
        })
      ).data,
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: going ? AGAIN_MS : false,
  });
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  const names = [...new Set(items.flatMap((one) => Object.keys(one.fields)))];
  return (
    <section className={`card ${css.panel}`} aria-labelledby="found">
      <div className={css.panelHead}>
        <h2 id="found">{words.title}</h2>
        <span className={css.note} role="status">
          {items.length > 0 && words.shown(items.length)}
        </span>
      </div>
      {(accepted > 0 || text !== "") && (
        <TextInput
          className={css.search}
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          title={words.searchSays}
          leftSection={<SearchIcon size={16} />}
          value={typed}
          maxLength={1000}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            soon(event.currentTarget.value);
          }}
        />
      )}
      {found.isPending ? (
        <Waiting for={shared.waiting.list("records")} />
      ) : found.isError ? (
        <ErrorSays error={found.error} onRetry={() => void found.refetch()} />
      ) : items.length === 0 ? (
        <p className={css.note}>
          {text !== "" ? words.noneFound : going ? words.none : words.noneAtAll}
        </p>
      ) : (
        <div
          className={`${css.wide} ${css.found}`}
          tabIndex={0}
          role="region"
          aria-label={words.caption}
        >
          <table className={css.table}>
            <thead>
              <tr>
                <th scope="col">#</th>
                {names.map((name) => (
                  <th key={name} scope="col">
                    <bdi>{cut(name)}</bdi>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {items.map((one) => (
                <tr key={one.id}>
                  <td>
                    <button
                      type="button"
                      className={css.slot}
                      aria-label={words.open(slotOf(one))}
                      onClick={() => {
                        setOpened(one);
                        setOpen(true);
                      }}
                    >
                      {slotOf(one)}
                    </button>
                  </td>
                  {names.map((name) => (
                    <td key={name}>
                      {one.fields[name] == null ? (
                        <span className="soft">–</span>
                      ) : (
                        <bdi>{cut(textOf(one.fields[name]))}</bdi>
                      )}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.hasNextPage && (
        <Button
          variant="default"
          className={css.add}
          loading={found.isFetchingNextPage}
          onClick={() => void found.fetchNextPage()}
        >
          {words.more}
        </Button>
      )}
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        size="lg"
        title={opened === null ? "" : words.from(slotOf(opened))}
        closeButtonProps={{ "aria-label": shared.actions.close }}
      >
        {opened !== null && <Made record={opened} />}
      </Modal>
    </section>
  );
}
