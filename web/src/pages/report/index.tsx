/** The reports on generations and on models, drawn here from their JSON. */
import { Button } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useParams } from "react-router";

import {
  getGenerationOptions,
  getGenerationReportOptions,
  getModelOptions,
  getModelReportOptions,
} from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { DownloadIcon } from "@/parts/icons";
import { PageHead } from "@/parts/PageHead";
import { Waiting } from "@/parts/Waiting";
import { report as words } from "@/strings/report";

import { saveReport } from "../generations/save";
import { WholeReport } from "./Report";
import type { Report } from "./report-json";

export function GenerationReportPage(): ReactNode {
  const { generationId = "" } = useParams();
  const path = { generation_id: generationId };
  const generation = useQuery(getGenerationOptions({ path }));
  const report = useQuery({ ...getGenerationReportOptions({ path }), staleTime: Infinity });
  return (
    <ReportPage
      of="generation"
      id={generationId}
      name={generation.data?.name}
      up={{ to: `/generation/${generationId}`, label: words.toGeneration }}
      report={report}
    />
  );
}

export function ModelReportPage(): ReactNode {
  const { modelId = "" } = useParams();
  const path = { model_id: modelId };
  const model = useQuery(getModelOptions({ path }));
  const report = useQuery({ ...getModelReportOptions({ path }), staleTime: Infinity });
  return (
    <ReportPage
      of="models"
      id={modelId}
      name={model.data?.name}
      up={{ to: `/models/${modelId}`, label: words.toModel }}
      report={report}
    />
  );
}

type Props = {
  of: "generation" | "models";
  id: string;
  name: string | undefined;
  up: { to: string; label: string };
  report: { data: unknown; error: unknown; isPending: boolean; refetch: () => unknown };
};

function ReportPage({ of, id, name, up, report }: Props): ReactNode {
  const save = useMutation({ mutationFn: () => saveReport(of, id, name ?? "lookalike") });
  return (
    <>
      <PageHead
        title={name === undefined ? words.title : words.of(name)}
        up={up}
        actions={
          report.data === undefined ? undefined : (
            <Button
              variant="default"
              leftSection={<DownloadIcon />}
              title={words.saveSays}
              loading={save.isPending}
              onClick={() => save.mutate()}
            >
              {words.save}
            </Button>
          )
        }
      />
      {save.isError && <ErrorSays error={save.error} />}
      {report.isPending ? (
        <Waiting for={words.loading} />
      ) : report.data === undefined ? (
        <ErrorSays
          title={words.notYet}
          error={report.error}
          onRetry={() => void report.refetch()}
        />
      ) : (
        <WholeReport report={report.data as Report} />
      )}
    </>
  );
}
