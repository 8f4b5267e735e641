/** Files dropped anywhere, and how far their uploads are: beside every page. */
import { Button, CloseButton, Modal, NativeSelect, Progress, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, useSyncExternalStore, type FormEvent, type ReactNode } from "react";
import { useLocation, useNavigate, Link } from "react-router";

import { uploads, type Reading, type Upload } from "@/service/upload";
import { datasets, shared } from "@/strings";

import { ErrorSays } from "./ErrorSays";
import { bytes } from "./format";
import { useMayWrite } from "./Guard";
import { CheckIcon, UploadIcon } from "./icons";
import css from "./uploading.module.css";

const words = datasets.tray;

export function Uploading(): ReactNode {
  const all = useSyncExternalStore(uploads.subscribe, uploads.get);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const [otherwise, setOtherwise] = useState<Upload | null>(null);

  useEffect(() => {
    uploads.onDone = (done) => {
      void queries.invalidateQueries({ queryKey: ["datasets"] });
      // who waits for the one file on the page of datasets is taken to it; nobody else is taken anywhere
      const alone = uploads.get().every((one) => one.id === done.id || one.stage === "done");
      if (alone && pathname === "/datasets") {
        uploads.dismiss(done.id);
        void navigate(`/datasets/${done.dataset.id}`);
      }
    };
  }, [queries, navigate, pathname]);

  useEffect(() => {
    const busy = all.some((one) => one.stage === "sending" || one.stage === "waiting");
    if (!busy) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [all]);

  return (
    <>
      <DropAnywhere />
      {all.length > 0 && (
        <section className={css.tray} aria-label={words.label}>
          {all.map((one) => (
            <One key={one.id} upload={one} onOtherwise={() => setOtherwise(one)} />
          ))}
        </section>
      )}
      {otherwise !== null && <Otherwise upload={otherwise} onClose={() => setOtherwise(null)} />}
    </>
  );
}

function One({ upload, onOtherwise }: { upload: Upload; onOtherwise: () => void }): ReactNode {
  const { id, file, stage, sent, dataset, error } = upload;
  const over = stage === "done" || stage === "failed" || stage === "cancelled";
  const percent = file.size === 0 ? 100 : Math.min(100, (100 * sent) / file.size);
  return (
    <article className={css.one} aria-label={file.name}>
      <div className={css.line}>
        <bdi className={css.file} title={file.name}>
          {file.name}
        </bdi>
        <CloseButton
          size="sm"
          aria-label={over ? `${words.dismiss}: ${file.name}` : `${words.cancel}: ${file.name}`}
          disabled={stage === "reading"}
          onClick={() => (over ? uploads.dismiss(id) : uploads.cancel(id))}
        />
      </div>
      {!over && (
        <Progress
          value={stage === "reading" ? 100 : percent}
          animated={stage === "reading"}
          size="sm"
          aria-label={`${words.label}: ${file.name}`}
        />
      )}
      <div className={css.said} role="status">
        {stage === "waiting" && words.waiting}
        {stage === "sending" && words.sending(bytes(sent), bytes(file.size))}
        {stage === "reading" && words.reading}
        {stage === "cancelled" && words.cancelled}
        {stage === "done" && dataset && (
          <>
            <span className={css.good}>
              <CheckIcon size={15} />
            </span>
            {words.done(dataset.rows ?? 0, dataset.columns ?? 0)}
            <Link
              to={`/datasets/${dataset.id}`}
              onClick={() => uploads.dismiss(id)}
              className={css.open}
            >
              {words.open}
            </Link>
          </>
        )}
      </div>
      {stage === "failed" && (
        <ErrorSays error={error}>
          <Button size="xs" variant="default" onClick={onOtherwise}>
            {words.otherwise}
          </Button>
        </ErrorSays>
      )}
    </article>
  );
}

const FORMATS = ["csv", "tsv", "parquet", "arrow", "jsonl", "xlsx"];

function Otherwise({ upload, onClose }: { upload: Upload; onClose: () => void }): ReactNode {
  const [reading, setReading] = useState<Reading>(upload.reading);
  const say = datasets.otherwise;
  const found = { value: "", label: say.found };
  const change = (part: Reading): void => setReading((before) => ({ ...before, ...part }));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    uploads.dismiss(upload.id);
    uploads.add([upload.file], reading);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={say.title}
      closeButtonProps={{ "aria-label": shared.actions.close }}
    >
      <form className={css.form} onSubmit={submit}>
        <p className={css.says}>
          <bdi>{upload.file.name}</bdi>. {say.says}
        </p>
        <NativeSelect
          label={say.format}
          value={reading.format ?? ""}
          onChange={(event) => change({ format: event.currentTarget.value })}
          data={[found, ...FORMATS.map((one) => ({ value: one, label: one.toUpperCase() }))]}
        />
        <NativeSelect
          label={say.delimiter}
          value={reading.delimiter ?? ""}
          onChange={(event) => change({ delimiter: event.currentTarget.value })}
          data={[
            found,
            ...Object.entries(say.delimiters).map(([value, label]) => ({ value, label })),
          ]}
        />
        <NativeSelect
          label={say.header}
          value={reading.header === undefined ? "" : String(reading.header)}
          onChange={(event) =>
            change({
              header:
                event.currentTarget.value === "" ? undefined : event.currentTarget.value === "true",
            })
          }
          data={[
            found,
            { value: "true", label: say.headerYes },
            { value: "false", label: say.headerNo },
          ]}
        />
        <TextInput
          label={say.encoding}
          description={say.encodingSays}
          value={reading.encoding ?? ""}
          maxLength={40}
          autoComplete="off"
          onChange={(event) => change({ encoding: event.currentTarget.value.trim() })}
        />
        <div className={css.acts}>
          <Button variant="default" onClick={onClose}>
            {shared.actions.cancel}
          </Button>
          <Button type="submit">{say.again}</Button>
        </div>
      </form>
    </Modal>
  );
}

function DropAnywhere(): ReactNode {
  const mayWrite = useMayWrite();
  const [over, setOver] = useState(false);
  useEffect(() => {
    let depth = 0;
    const hasFiles = (event: DragEvent): boolean =>
      event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const move = (event: DragEvent): void => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      if (mayWrite && event.dataTransfer) uploads.add(event.dataTransfer.files);
    };
    window.addEventListener("dragenter", enter);
    window.addEventListener("dragleave", leave);
    window.addEventListener("dragover", move);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragenter", enter);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("dragover", move);
      window.removeEventListener("drop", drop);
    };
  }, [mayWrite]);
  if (!over) return null;
  return (
    <div className={css.drop} role="status">
      <div className={css.dropSign}>
        <UploadIcon size={34} />
        <strong>{mayWrite ? datasets.drop : datasets.dropViewer}</strong>
        {mayWrite && <span>{datasets.dropSays}</span>}
      </div>
    </div>
  );
}
