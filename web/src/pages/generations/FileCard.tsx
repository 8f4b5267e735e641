/** What was asked for, and the file that it became: to download, to check, to make again. */
import { Button, CopyButton } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";

import type { GenerationInspected } from "@/api";
import { ErrorSays } from "@/parts/ErrorSays";
import { bytes, count, span } from "@/parts/format";
import { CheckIcon, CopyIcon, DownloadIcon } from "@/parts/icons";
import { generations } from "@/strings/generations";

import { formatOf } from "./GenerationsPage";
import css from "./generations.module.css";
import { saveFile, saveManifest } from "./save";
import { toldOf, type Told } from "./wanted";

const words = generations.file;

export function FileCard({ generation }: { generation: GenerationInspected }): ReactNode {
  const { id, name, sha256, sizeBytes, startedAt, endedAt, state } = generation;
  const save = useMutation({ mutationFn: () => saveFile(id) });
  const manifest = useMutation({ mutationFn: () => saveManifest(id, name) });
  const done = state === "completed";
  const took =
    startedAt != null && endedAt != null ? Date.parse(endedAt) - Date.parse(startedAt) : null;
  return (
    <section className={`card ${css.panel}`} aria-labelledby="file">
      <h2 id="file">{words.title}</h2>
      {done && (
        <div className={css.acts}>
          <Button
            size="md"
            leftSection={<DownloadIcon />}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {words.download}
            {sizeBytes != null && <span className={css.size}>{bytes(sizeBytes)}</span>}
          </Button>
          <Button
            variant="default"
            size="md"
            loading={manifest.isPending}
            onClick={() => manifest.mutate()}
          >
            {words.saveManifest}
          </Button>
          <span role="status" className={css.note}>
            {save.isSuccess ? words.began : ""}
          </span>
        </div>
      )}
      {save.isError && <ErrorSays error={save.error} onRetry={() => save.mutate()} />}
      {manifest.isError && <ErrorSays error={manifest.error} />}
      <dl className={css.facts}>
        <dt>{words.rows}</dt>
        <dd>{count(generation.numberOfRows)}</dd>
        <dt>{words.format}</dt>
        <dd>{formatOf(generation)}</dd>
        <dt>{words.seed}</dt>
        <dd>{String(generation.seed)}</dd>
        {generation.modelId != null && (
          <>
            <dt>{words.model}</dt>
            <dd>
              <Link to={`/models/${generation.modelId}`} className={css.link}>
                {words.toModel}
              </Link>
            </dd>
          </>
        )}
        {took !== null && done && (
          <>
            <dt>{words.took}</dt>
            <dd>{span(took)}</dd>
          </>
        )}
        <Asked generation={generation} />
        {sha256 != null && (
          <>
            <dt>{words.sha}</dt>
            <dd className={css.sha}>
              <code>{sha256}</code>
              <CopyButton value={sha256} timeout={2_000}>
                {({ copied, copy }) => (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    leftSection={copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
                    aria-label={copied ? words.copied : words.copySha}
                    onClick={copy}
                  >
                    {copied ? words.copied : "Copy"}
                  </Button>
                )}
              </CopyButton>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Asked({ generation }: { generation: GenerationInspected }): ReactNode {
  const told = toldOf(generation.conditions, generation.shares);
  if (told.length === 0 && generation.balance == null) return null;
  return (
    <>
      <dt>{words.asked}</dt>
      <dd>
        <ul className={css.asked}>
          {told.map((one, at) => (
            <li key={at}>
              <Line one={one} />
            </li>
          ))}
          {generation.balance != null && <li>{words.balance(generation.balance)}</li>}
        </ul>
      </dd>
    </>
  );
}

function Line({ one }: { one: Told }): ReactNode {
  if (one.says === "text") return <bdi>{one.text}</bdi>;
  return (
    <>
      <bdi className={css.column}>{one.column}</bdi> {generations.wanted.summary[one.says]}{" "}
      <bdi>{one.text}</bdi>
      {one.share !== null && <> {words.share(`${String(Math.round(one.share * 1000) / 10)} %`)}</>}
    </>
  );
}
