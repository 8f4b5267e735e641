/** What publishing a file would mean, and how it is to be done: what cannot be undone is typed out first. */
import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { publishGeneration, type GenerationInspected, type PublicationAsked } from "@/api";
import { quotePublicationOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { atLeast } from "@/parts/Guard";
import { Waiting } from "@/parts/Waiting";
import { useUser } from "@/service/use-session";
import { shared } from "@/strings";
import { publishing as words } from "@/strings/publishing";

import css from "./generations.module.css";
import { useChanged } from "./use-changed";

type Where = NonNullable<PublicationAsked["where"]>;

export function PublishAsk({
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
  const [encrypt, setEncrypt] = useState(false);
  const [keepLocal, setKeepLocal] = useState(false);
  const [old, setOld] = useState(false);
  const [override, setOverride] = useState("");
  const admin = atLeast(useUser().role, "admin");
  const quote = useQuery({
    ...quotePublicationOptions({ path, query: { where, encrypt } }),
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
  const sentence = quote.data?.consent ?? null;
  const refused = sentence !== null && quote.data?.gateRefused === true;
  const publish = useMutation({
    mutationFn: () =>
      publishGeneration({
        path,
        body: {
          where,
          licence: licence.trim() === "" ? null : licence.trim(),
          consent: typed.trim() === "" ? null : typed.trim(),
          encrypt,
          cidVersion: old && where !== "arweave" ? 0 : 1,
          keepLocal,
          override: refused && override.trim() !== "" ? override.trim() : null,
        },
        throwOnError: true,
      }),
    onSuccess: () => {
      changed();
      onClose();
    },
  });
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
          <div className={css.switches}>
            <Checkbox
              label={words.encrypt}
              description={words.encryptSays}
              checked={encrypt}
              onChange={(event) => setEncrypt(event.currentTarget.checked)}
            />
            {where !== "arweave" && (
              <Checkbox
                label={words.oldAddress}
                checked={old}
                onChange={(event) => setOld(event.currentTarget.checked)}
              />
            )}
            {quote.data.forever && (
              <Checkbox
                label={words.keepLocal}
                checked={keepLocal}
                onChange={(event) => setKeepLocal(event.currentTarget.checked)}
              />
            )}
          </div>
          {refused && !admin && <p>{words.refused}</p>}
          {refused && admin && (
            <TextInput
              label={words.override}
              value={override}
              maxLength={1000}
              autoComplete="off"
              onChange={(event) => setOverride(event.currentTarget.value)}
            />
          )}
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
              disabled={
                (sentence !== null && typed.trim() !== sentence) ||
                (refused && (!admin || override.trim() === ""))
              }
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
