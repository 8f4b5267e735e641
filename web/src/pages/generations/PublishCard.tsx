/** Where the file was published, and the button that publishes it: what cannot be undone is typed out first. */
import { Button, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import {
  cancelPublication,
  type GenerationInspected,
  type Publication,
  type PublicationAsked,
} from "@/api";
import { listPublicationsOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { useMayWrite } from "@/parts/Guard";
import { publishing as words } from "@/strings/publishing";

import css from "./generations.module.css";
import { PublicationKey } from "./PublicationKey";
import { PublishAsk } from "./PublishAsk";
import { useChanged } from "./use-changed";

type Where = NonNullable<PublicationAsked["where"]>;
const PLACES: Where[] = ["local", "ipfs", "arweave"];
const LOOK_AGAIN_MS = 1_500;

export function PublishCard({ generation }: { generation: GenerationInspected }): ReactNode {
  const path = { generation_id: generation.id };
  const mayWrite = useMayWrite() && generation.mine;
  const [where, setWhere] = useState<Where>("local");
  const [asking, setAsking] = useState(false);
  const known = useQuery({
    ...listPublicationsOptions({ path }),
    refetchInterval: (query) =>
      query.state.data?.items.some((one) => one.state === "pending" || one.state === "sent")
        ? LOOK_AGAIN_MS
        : false,
  });
  const items = known.data?.items ?? [];
  return (
    <section className={`card ${css.panel}`} aria-labelledby="published">
      <h2 id="published">{words.title}</h2>
      {known.isError && <ErrorSays error={known.error} onRetry={() => void known.refetch()} />}
      {known.isSuccess && items.length === 0 && <p className={css.note}>{words.nowhere}</p>}
      {items.length > 0 && (
        <dl className={css.facts}>
          {items.map((one) => (
            <One key={one.where} id={generation.id} one={one} mayWrite={mayWrite} />
          ))}
        </dl>
      )}
      {mayWrite && generation.shredded !== true && (
        <div className={css.acts}>
          <NativeSelect
            aria-label={words.where}
            value={where}
            onChange={(event) =>
              setWhere(PLACES.find((one) => one === event.currentTarget.value) ?? "local")
            }
            data={PLACES.map((one) => ({ value: one, label: words.places[one] }))}
          />
          <Button onClick={() => setAsking(true)}>{words.publish}</Button>
        </div>
      )}
      {asking && (
        <PublishAsk generation={generation} where={where} onClose={() => setAsking(false)} />
      )}
    </section>
  );
}

function One({
  id,
  one,
  mayWrite,
}: {
  id: string;
  one: Publication;
  mayWrite: boolean;
}): ReactNode {
  const changed = useChanged(id);
  const path = { generation_id: id, where: one.where };
  const stop = useMutation({
    mutationFn: () => cancelPublication({ path, throwOnError: true }),
    onSettled: changed,
  });
  const link = one.links[0] ?? (one.address == null ? null : `/ipfs/${one.address}`);
  return (
    <>
      <dt>{words.places[one.where]}</dt>
      <dd>
        <span role="status">{words.states[one.state]}</span>{" "}
        {link !== null && one.state !== "cancelled" && (
          <a href={link} className={css.link} rel="noreferrer">
            <code>{one.address}</code>
          </a>
        )}
        {one.problem != null && one.state !== "final" && <p>{one.problem.message}</p>}
        {mayWrite && one.canCancel && (
          <Button
            size="compact-xs"
            variant="subtle"
            aria-label={words.stop(words.places[one.where])}
            loading={stop.isPending}
            onClick={() => stop.mutate()}
          >
            {words.stopShort}
          </Button>
        )}
        {one.encrypted && (
          <PublicationKey generationId={id} one={one} mine={mayWrite} onChanged={changed} />
        )}
        {stop.isError && <ErrorSays error={stop.error} />}
      </dd>
    </>
  );
}
