/** The records as a file, saved by the browser itself: the page holds none of it. */
import { Button, Checkbox, NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";

import { passRecords, type RecordJob } from "@/api";
import { findRecordsOptions } from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { DownloadIcon } from "@/parts/icons";
import { records } from "@/strings/records";

import { follow } from "../generations/save";
import css from "./records.module.css";
import { toldOf } from "./told";

const words = records.job;
const FORMATS = ["jsonl", "csv", "parquet", "chat", "alpaca", "cassette"] as const;
type Format = (typeof FORMATS)[number];

export function Download({ job }: { job: RecordJob }): ReactNode {
  const [format, setFormat] = useState<Format>("jsonl");
  const [provenance, setProvenance] = useState(false);
  const [roles, setRoles] = useState<{ prompt?: string; answer?: string }>({});
  const some = toldOf(job).accepted > 0;
  const first = useQuery({
    ...findRecordsOptions({ query: { jobId: job.id, limit: 1 } }),
    enabled: some,
    staleTime: Infinity,
  });
  const fields = Object.keys(first.data?.items[0]?.fields ?? {});
  const training = format === "chat" || format === "alpaca";
  const prompt = roles.prompt ?? fields.at(-2) ?? fields[0] ?? "";
  const answer = roles.answer ?? fields.at(-1) ?? "";
  const save = useMutation({
    mutationFn: async () => {
      await passRecords({ path: { job_id: job.id }, throwOnError: true });
      const at = `/api/records/jobs/${encodeURIComponent(job.id)}`;
      if (format === "cassette") {
        follow(`${at}/cassette`, true);
        return;
      }
      const query = new URLSearchParams({ format });
      if (training) {
        query.set("prompt", prompt);
        query.set("answer", answer);
      }
      if (format === "jsonl" && provenance) query.set("provenance", "true");
      follow(`${at}/download?${query.toString()}`, true);
    },
  });
  if (!some) return null;
  return (
    <section className={`card ${css.panel}`} aria-labelledby="download">
      <h2 id="download">{words.download}</h2>
      <p className={css.note}>{words.downloadSays}</p>
      <div className={css.download}>
        <NativeSelect
          label={words.format}
          value={format}
          data={FORMATS.map((one) => ({ value: one, label: words.formats[one] }))}
          onChange={(event) => setFormat(event.currentTarget.value as Format)}
        />
        {training && (
          <>
            <NativeSelect
              label={words.ask}
              value={prompt}
              data={fields}
              onChange={(event) => setRoles({ ...roles, prompt: event.currentTarget.value })}
            />
            <NativeSelect
              label={words.answer}
              value={answer}
              data={fields}
              onChange={(event) => setRoles({ ...roles, answer: event.currentTarget.value })}
            />
          </>
        )}
        <Button
          leftSection={<DownloadIcon />}
          loading={save.isPending}
          disabled={fields.length === 0}
          onClick={() => save.mutate()}
        >
          {words.download}
        </Button>
        <span role="status" className={css.note}>
          {save.isSuccess ? words.began : ""}
        </span>
      </div>
      {format === "jsonl" && (
        <Checkbox
          label={words.provenance}
          checked={provenance}
          onChange={(event) => setProvenance(event.currentTarget.checked)}
        />
      )}
      {save.isError && <ErrorSays error={save.error} onRetry={() => save.mutate()} />}
    </section>
  );
}
