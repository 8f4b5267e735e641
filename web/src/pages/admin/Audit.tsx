/** What was done: by whom, on what, and how it ended. */
import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useSearchParams } from "react-router";

import { listAudit, type Entry } from "@/api";
import { listUsersOptions } from "@/api/@tanstack/react-query.gen";
import { Empty } from "@/parts/Empty";
import { moment } from "@/parts/format";
import { SearchIcon } from "@/parts/icons";
import { List, type Asked, type Column } from "@/parts/List";
import { admin } from "@/strings/admin";

import css from "./admin.module.css";

const words = admin.audit;
const ACTIONS = Object.entries(words.actions).map(([value, label]) => ({ value, label }));
const REFUSED = 400;
const FAILED = 500;

export function Audit(): ReactNode {
  const [params, setParams] = useSearchParams();
  const asked = {
    actor: params.get("actor") ?? undefined,
    action: params.get("action") ?? undefined,
    object: params.get("object") ?? undefined,
  };
  const [object, setObject] = useState(asked.object ?? "");
  const users = useQuery(listUsersOptions({ query: { limit: 200 } }));
  const logins = new Map(users.data?.items.map((one) => [one.id, one.login]));
  const set = (name: string, value: string | null): void =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (value) next.set(name, value);
        else next.delete(name);
        return next;
      },
      { replace: name === "object" },
    );
  const setSoon = useDebouncedCallback((text: string) => set("object", text.trim() || null), 300);

  return (
    <div className={css.part}>
      <p className={css.note}>{words.says}</p>
      <List<Entry>
        words={words}
        queryKey={["audit", asked]}
        load={async ({ limit, after }: Asked, signal) => {
          const { data } = await listAudit({
            query: { limit, ...(after === undefined ? {} : { after }), ...defined(asked) },
            signal,
            throwOnError: true,
          });
          return data;
        }}
        columns={columnsWith(logins, (picked) => {
          setObject(picked);
          set("object", picked);
        })}
        search={false}
        sort={false}
        again={() => 10_000}
        empty={
          <Empty icon={<SearchIcon size={22} />} title={words.none}>
            {words.noneSays}
          </Empty>
        }
        filters={
          <>
            <Select
              searchable
              clearable
              aria-label={words.who}
              placeholder={words.anybody}
              value={asked.actor ?? null}
              data={(users.data?.items ?? []).map((one) => ({ value: one.id, label: one.login }))}
              onChange={(value) => set("actor", value)}
              clearButtonProps={{ "aria-label": words.anybody }}
            />
            <Select
              searchable
              clearable
              aria-label={words.what}
              placeholder={words.anything}
              value={asked.action ?? null}
              data={ACTIONS}
              onChange={(value) => set("action", value)}
              clearButtonProps={{ "aria-label": words.anything }}
            />
            <TextInput
              aria-label={words.object}
              placeholder={words.object}
              value={object}
              maxLength={200}
              onChange={(event) => {
                setObject(event.currentTarget.value);
                setSoon(event.currentTarget.value);
              }}
            />
          </>
        }
      />
    </div>
  );
}

const defined = (asked: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;

const SHORT = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

/** Ids of one day begin alike: their ends tell them apart. */
const shortened = (id: string): string =>
  id.length > 20 ? `${id.slice(0, id.indexOf("_") + 1)}…${id.slice(-10)}` : id;

function columnsWith(logins: Map<string, string>, pick: (object: string) => void): Column<Entry>[] {
  return [
    {
      key: "what",
      head: words.heads.what,
      main: true,
      cell: (one) => (
        <>
          {words.actions[one.action] ?? one.action}
          {one.tokenId != null && <span className={css.you}>{words.byToken}</span>}
        </>
      ),
    },
    {
      key: "who",
      head: words.heads.who,
      cell: (one) => {
        // who signs in is nobody yet, and the object of it
        const who = one.actor ?? (one.object?.startsWith("user_") ? one.object : null);
        return who === null ? (
          <span className="soft">{words.nobody}</span>
        ) : (
          <bdi>{logins.get(who) ?? words.gone}</bdi>
        );
      },
    },
    {
      key: "at",
      head: words.heads.at,
      cell: (one) => (
        <time dateTime={one.at} title={moment(one.at)} className={css.at}>
          {SHORT.format(new Date(one.at))}
        </time>
      ),
    },
    {
      key: "how",
      head: words.heads.how,
      cell: (one) => (
        <span className={one.status < REFUSED ? css.ok : css.bad}>
          {one.status < REFUSED ? words.ok : one.status < FAILED ? words.refused : words.failed}{" "}
          <span className="soft">{one.status}</span>
        </span>
      ),
    },
    {
      key: "object",
      head: words.heads.object,
      cell: (one) =>
        one.object == null ? (
          <span className="soft">–</span>
        ) : (
          <button
            type="button"
            className={css.id}
            title={one.object}
            aria-label={words.only(one.object)}
            onClick={() => pick(one.object ?? "")}
          >
            {shortened(one.object)}
          </button>
        ),
    },
    {
      key: "from",
      head: words.heads.from,
      cell: (one) => <span className="mono">{one.address}</span>,
    },
  ];
}
