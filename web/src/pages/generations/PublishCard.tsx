/** Where the file was published, and the button that publishes it: what cannot be undone is typed out first. */
import { Button, Modal, NativeSelect, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import {
  cancelPublication,
  publishGeneration,
  type GenerationInspected,
  type Publication,
  type PublicationAsked,
} from "@/api";
import {
  getGenerationQueryKey,
  listPublicationsOptions,
  listPublicationsQueryKey,
  quotePublicationOptions,
} from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { useMayWrite } from "@/parts/Guard";
import { Waiting } from "@/parts/Waiting";
import { shared } from "@/strings";
import { publishing as words } from "@/strings/publishing";

import css from "./generations.module.css";

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
      {asking && <Ask generation={generation} where={where} onClose={() => setAsking(false)} />}
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
        {stop.isError && <ErrorSays error={stop.error} />}
      </dd>
    </>
  );
}

function Ask({
  generation,
  where,
  onClose,
}: {
  generation: GenerationInspected;
  where: Where;
  onClose: () => void;
}): ReactNode {
  const path = { generation_id: generation.id };
  const changed = useChanged(generation.id);
  const [licence, setLicence] = useState("");
  const [typed, setTyped] = useState("");
  const quote = useQuery({
    ...quotePublicationOptions({ path, query: { where } }),
    staleTime: 0,
    retry: false,
  });
  const publish = useMutation({
    mutationFn: () =>
      publishGeneration({
        path,
        body: {
          where,
          licence: licence.trim() === "" ? null : licence.trim(),
          consent: typed.trim() === "" ? null : typed.trim(),
        },
        throwOnError: true,
      }),
    onSuccess: () => {
      changed();
      onClose();
    },
  });
  const sentence = quote.data?.consent ?? null;
  return (
    <Modal
      opened
      onClose={onClose}
      title={<bdi>{words.ask(generation.name)}</bdi>}
      closeButtonProps={{ "aria-label": shared.actions.close }}
    >
      {quote.isPending && <Waiting for={words.waiting} />}
      {quote.isError && <ErrorSays error={quote.error} onRetry={() => void quote.refetch()} />}
      {quote.isSuccess && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            publish.mutate();
          }}
        >
          <p>{quote.data.forever ? words.forever : words.takenBack}</p>
          {quote.data.price !== "0" && <p>{words.costs(quote.data.price, quote.data.unit)}</p>}
          {quote.data.notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
          <p>{quote.data.gate}</p>
          <TextInput
            label={words.licence}
            value={licence}
            maxLength={200}
            onChange={(event) => setLicence(event.currentTarget.value)}
          />
          {sentence !== null && (
            <TextInput
              label={words.consent(sentence)}
              value={typed}
              autoComplete="off"
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          )}
          {publish.isError && <ErrorSays error={publish.error} />}
          <div className={css.acts}>
            <Button variant="default" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button
              type="submit"
              disabled={sentence !== null && typed.trim() !== sentence}
              loading={publish.isPending}
            >
              {words.act}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  );
}

/** Lets what is shown of a generation be asked anew. */
function useChanged(id: string): () => void {
  const queries = useQueryClient();
  const path = { generation_id: id };
  return () => {
    void queries.invalidateQueries({ queryKey: listPublicationsQueryKey({ path }) });
    void queries.invalidateQueries({ queryKey: getGenerationQueryKey({ path }) });
  };
}
