/** How much is kept, and of what. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { getStorageOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { bytes } from "@/parts/format";
import { AgainIcon } from "@/parts/icons";
import { Waiting } from "@/parts/Waiting";
import { shared } from "@/strings";
import { admin } from "@/strings/admin";

import css from "./admin.module.css";

const words = admin.storage;

export function Storage(): ReactNode {
  const { data, error, isPending, isFetching, refetch } = useQuery(getStorageOptions());
  if (isPending) return <Waiting for={shared.waiting.thing("storage")} />;
  if (data === undefined) return <ErrorSays error={error} onRetry={() => void refetch()} />;
  const nouns = Object.entries(data.nouns).sort(([, a], [, b]) => b.sizeBytes - a.sizeBytes);
  const most = Math.max(1, ...nouns.map(([, one]) => one.sizeBytes));
  return (
    <div className={css.part}>
      <div className={css.line}>
        <p className={css.note}>{words.says}</p>
        <Button
          variant="default"
          leftSection={<AgainIcon size={16} />}
          loading={isFetching}
          onClick={() => void refetch()}
        >
          {words.again}
        </Button>
      </div>
      {error !== null && <ErrorSays error={error} />}
      {nouns.length === 0 ? (
        <p className={`card ${css.quiet}`}>{words.none}</p>
      ) : (
        <ul className={`card ${css.storage}`}>
          {nouns.map(([noun, one]) => (
            <li key={noun}>
              <span>{words.nouns[noun] ?? noun}</span>
              <span className={css.meter} aria-hidden="true">
                <i style={{ width: `${String(Math.max(0.5, (100 * one.sizeBytes) / most))}%` }} />
              </span>
              <b>{bytes(one.sizeBytes)}</b>
              <span className="soft">{words.blobs(one.blobs)}</span>
            </li>
          ))}
          <li className={css.total}>
            <span>{words.total}</span>
            <span />
            <b>{bytes(data.sizeBytes)}</b>
            <span />
          </li>
        </ul>
      )}
    </div>
  );
}
