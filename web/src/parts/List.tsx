/**
 * A list of things: pages by cursor, search, a filter by state with counts, an order. All of it stands in the address,
 * so that a link leads to it and the back button goes back to it. On a narrow screen each row is a card.
 */
import { Button, CloseButton, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useInfiniteQuery, type QueryKey } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { shared } from "@/strings";

import { Empty } from "./Empty";
import { ErrorSays } from "./ErrorSays";
import { SearchIcon } from "./icons";
import css from "./list.module.css";
import type { State } from "./StateBadge";
import { Waiting } from "./Waiting";

export const PAGE_SIZE = 50;

export type Asked = {
  limit: number;
  after?: string;
  search?: string;
  sort?: "createdAt" | "-createdAt" | "name" | "-name";
  state?: string;
};

export type Part<T> = {
  items: T[];
  next?: string | null;
  total: number;
  counts?: Record<string, number>;
};

export type Column<T> = {
  key: string;
  head: string;
  cell: (item: T) => ReactNode;
  /** The one that names the thing; it heads the card on a narrow screen. */
  main?: boolean;
  numeric?: boolean;
};

type Props<T> = {
  words: { one: string; many: string };
  /** Starts the query's key; what is asked for is added. */
  queryKey: QueryKey;
  load: (asked: Asked, signal: AbortSignal) => Promise<Part<T>>;
  columns: Column<T>[];
  /** What the last column holds: a menu of actions. */
  actions?: (item: T) => ReactNode;
  /** The states that can be filtered by. */
  states?: readonly string[];
  stateName?: (state: string) => string;
  /** Whether names can be searched. */
  search?: boolean;
  /** Whether the order can be chosen. */
  sort?: boolean;
  empty: ReactNode;
  /** More filters, beside the search. */
  filters?: ReactNode;
  /** Whether one of them is set. */
  filtered?: boolean;
  /** How soon to ask again, in milliseconds, while things are as they are. */
  again?: (items: T[]) => number | false;
  id?: (item: T) => string;
};

const SORTS = [
  { value: "-createdAt", label: shared.list.newest },
  { value: "createdAt", label: shared.list.oldest },
  { value: "name", label: shared.list.byName },
  { value: "-name", label: shared.list.byNameDown },
];

const stateWord = (state: string): string =>
  state in shared.states ? shared.states[state as State] : state;

export function List<T extends { id?: string }>({
  words,
  queryKey,
  load,
  columns,
  actions,
  states,
  stateName = stateWord,
  search = true,
  sort = true,
  empty,
  filters,
  filtered: byMore = false,
  again,
  id = (item) => item.id ?? "",
}: Props<T>): ReactNode {
  const [params, setParams] = useSearchParams();
  const asked = {
    search: params.get("q") ?? undefined,
    sort: (params.get("sort") ?? undefined) as Asked["sort"],
    state: params.get("state") ?? undefined,
  };
  const [typed, setTyped] = useState(asked.search ?? "");

  const change = (name: string, value: string | null): void => {
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: name === "q" },
    );
  };
  const searchSoon = useDebouncedCallback((text: string) => change("q", text.trim() || null), 250);

  const list = useInfiniteQuery({
    queryKey: [...queryKey, asked],
    queryFn: ({ pageParam, signal }) =>
      load({ limit: PAGE_SIZE, ...asked, ...(pageParam ? { after: pageParam } : {}) }, signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: (query) =>
      again?.(query.state.data?.pages.flatMap((page) => page.items) ?? []) ?? false,
  });

  const pages = list.data?.pages ?? [];
  const items = pages.flatMap((page) => page.items);
  const total = pages[0]?.total ?? 0;
  const counts = pages[0]?.counts;
  const filtered = asked.search !== undefined || asked.state !== undefined || byMore;

  const clear = (): void => {
    setTyped("");
    setParams((before) => {
      const next = new URLSearchParams(before);
      // all that filters stands in the address, and nothing else but the order does
      for (const name of [...next.keys()]) if (name !== "sort") next.delete(name);
      return next;
    });
  };

  if (list.isPending) return <Waiting for={shared.waiting.list(words.many)} />;
  if (list.isError && items.length === 0) {
    return <ErrorSays error={list.error} onRetry={() => void list.refetch()} />;
  }
  const nothingAtAll = items.length === 0 && !filtered && filters === undefined;
  if (nothingAtAll) {
    return (
      <div className="card" data-nothing>
        {empty}
      </div>
    );
  }

  return (
    <section aria-label={words.many} className={css.list}>
      <div className={css.tools}>
        {search && (
          <TextInput
            className={css.search}
            type="search"
            aria-label={shared.list.search(words.many)}
            placeholder={shared.list.search(words.many)}
            leftSection={<SearchIcon size={16} />}
            value={typed}
            maxLength={200}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              searchSoon(event.currentTarget.value);
            }}
            rightSection={
              typed ? (
                <CloseButton
                  size="sm"
                  aria-label={shared.list.clear}
                  onClick={() => {
                    setTyped("");
                    change("q", null);
                  }}
                />
              ) : null
            }
          />
        )}
        {states !== undefined && (
          <NativeSelect
            aria-label={shared.list.state}
            value={asked.state ?? ""}
            onChange={(event) => change("state", event.currentTarget.value || null)}
            data={[
              { value: "", label: `${shared.list.state}: ${shared.list.anyState.toLowerCase()}` },
              ...states.map((state) => ({
                value: state,
                label: counts
                  ? `${stateName(state)} (${String(counts[state] ?? 0)})`
                  : stateName(state),
              })),
            ]}
          />
        )}
        {filters}
        {sort && (
          <NativeSelect
            aria-label={shared.list.sort}
            value={asked.sort ?? "-createdAt"}
            onChange={(event) =>
              change(
                "sort",
                event.currentTarget.value === "-createdAt" ? null : event.currentTarget.value,
              )
            }
            data={SORTS}
          />
        )}
        <p className={css.told} role="status">
          {shared.list.shown(items.length, total, total === 1 ? words.one : words.many)}
        </p>
      </div>
      {list.isError && <ErrorSays error={list.error} onRetry={() => void list.refetch()} />}
      {items.length === 0 ? (
        <div className="card">
          {filtered ? (
            <Empty
              icon={<SearchIcon size={22} />}
              title={shared.list.nothingFound}
              next={
                <Button variant="default" onClick={clear}>
                  {shared.list.clearAll}
                </Button>
              }
            >
              {shared.list.nothingFoundSays}
            </Empty>
          ) : (
            empty
          )}
        </div>
      ) : (
        <div className={`card ${css.frame}`} data-old={list.isPlaceholderData || undefined}>
          <table className={css.table}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.key} scope="col" data-numeric={column.numeric || undefined}>
                    {column.head}
                  </th>
                ))}
                {actions && (
                  <th scope="col" className={css.actsHead}>
                    <span className="unseen">{shared.list.actions}</span>
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {items.map((item) => (
                <tr key={id(item)}>
                  {columns.map((column) =>
                    column.main ? (
                      <th key={column.key} scope="row" className={css.main}>
                        {column.cell(item)}
                      </th>
                    ) : (
                      <td
                        key={column.key}
                        data-head={column.head}
                        data-numeric={column.numeric || undefined}
                      >
                        {column.cell(item)}
                      </td>
                    ),
                  )}
                  {actions && <td className={css.acts}>{actions(item)}</td>}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {list.hasNextPage && (
        <Button
          variant="default"
          className={css.more}
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {shared.list.more}
        </Button>
      )}
    </section>
  );
}
