/** What a model learned: from how much, which rules, in which order; and ten rows of it. */
import { Button } from "@mantine/core";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";

import { previewModel, type Job, type ModelInspected } from "@/api";
import {
  getDatasetOptions,
  getJobQueryKey,
  getModelOptions,
} from "@/api/@tanstack/react-query.gen";
import { ErrorSays } from "@/parts/ErrorSays";
import { bytes, span } from "@/parts/format";
import { useMayWrite } from "@/parts/Guard";
import { ReportIcon, RowsIcon } from "@/parts/icons";
import { PageHead } from "@/parts/PageHead";
import { cut, RowsTable } from "@/parts/RowsTable";
import { SharedTag } from "@/parts/Tags";
import { Waiting } from "@/parts/Waiting";
import { When } from "@/parts/When";
import { models, shared } from "@/strings";

import { ModelActions } from "./actions";
import css from "./models.module.css";

const words = models.page;
const AT_ONCE = 12;

type Props = { modelId: string; job: Job; up: { to: string; label: string } };

export function Learned({ modelId, job, up }: Props): ReactNode {
  const found = useQuery(getModelOptions({ path: { model_id: modelId } }));
  const navigate = useNavigate();
  const queries = useQueryClient();
  const own = useMayWrite() && job.mine;
  return (
    <>
      <PageHead
        title={found.data?.name ?? job.name}
        up={up}
        beside={!job.mine && <SharedTag />}
        says={job.datasetId != null && <FromDataset datasetId={job.datasetId} />}
        actions={
          <>
            {own && (
              <Button
                component={Link}
                to={`/generation/new?model=${modelId}`}
                leftSection={<RowsIcon />}
              >
                {words.generate}
              </Button>
            )}
            <Button
              component={Link}
              to={`/models/${modelId}/report`}
              variant="default"
              leftSection={<ReportIcon />}
            >
              {words.report}
            </Button>
            {own && (
              <ModelActions
                model={{ id: modelId, name: found.data?.name ?? job.name }}
                onDeleted={() => void navigate("/models")}
                onRenamed={() =>
                  void queries.invalidateQueries({
                    queryKey: getJobQueryKey({ path: { job_id: job.id } }),
                  })
                }
              />
            )}
          </>
        }
      />
      {found.isPending && <Waiting for={shared.waiting.thing(models.one)} />}
      {found.isError && <ErrorSays error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Facts model={found.data} job={job} />}
    </>
  );
}

function FromDataset({ datasetId }: { datasetId: string }): ReactNode {
  const dataset = useQuery({
    ...getDatasetOptions({ path: { dataset_id: datasetId } }),
    retry: false,
  });
  if (dataset.data === undefined) return null; // deleted, or another's
  return (
    <>
      {words.fromDataset}{" "}
      <Link to={`/datasets/${datasetId}`}>
        <bdi>{dataset.data.name}</bdi>
      </Link>
    </>
  );
}

function Facts({ model, job }: { model: ModelInspected; job: Job }): ReactNode {
  const held = model.rows - model.learnedRows;
  const privacy = String(model.provenance.privacy ?? "");
  const rules = new Set(model.rules.map((rule) => `a rule: ${rule}`));
  const inside = model.contains.filter((line) => !rules.has(line) && !model.notes.includes(line));
  return (
    <>
      <div className={css.grid}>
        <div className={css.body}>
          <section className={`card ${css.box}`}>
            <h2>{words.rulesTitle(model.rules.length)}</h2>
            <p>{model.rules.length === 0 ? words.noRules : words.rulesSays}</p>
            <Lines lines={model.rules} />
          </section>
          {model.notes.length > 0 && (
            <section className={`card ${css.box}`}>
              <h2>{words.notesTitle}</h2>
              <Lines lines={model.notes} />
            </section>
          )}
          <section className={`card ${css.box}`}>
            <h2>{words.insideTitle}</h2>
            <p>{words.insideSays}</p>
            <Lines lines={inside} />
          </section>
        </div>
        <div className={css.side}>
          <section className={`card ${css.box}`}>
            <h2>{words.facts}</h2>
            <dl className={css.facts}>
              <Fact what={words.learned}>{models.learnedFrom(model.learnedRows)}</Fact>
              <Fact what={words.heldOut}>
                {held > 0 ? models.learnedFrom(held) : words.nothingHeld}
              </Fact>
              <Fact what={words.target}>
                <bdi>{model.target ?? words.none}</bdi>
              </Fact>
              <Fact what={words.privacy}>
                {privacy in models.new.levels
                  ? models.new.levels[privacy as keyof typeof models.new.levels].name
                  : privacy}
              </Fact>
              <Fact what={words.kind}>{model.kind}</Fact>
              {job.startedAt != null && job.endedAt != null && (
                <Fact what={words.took}>
                  {span(Date.parse(job.endedAt) - Date.parse(job.startedAt))}
                </Fact>
              )}
              <Fact what={words.size}>{bytes(model.sizeBytes)}</Fact>
              <Fact what={words.made}>
                <When at={model.createdAt} />
              </Fact>
              <Fact what={words.hash}>
                <span className="mono" title={model.sha256}>
                  {model.sha256.slice(0, 12)}
                </span>
              </Fact>
            </dl>
          </section>
          {model.order.length > 0 && (
            <section className={`card ${css.box}`}>
              <h2>{words.orderTitle}</h2>
              <p>{words.orderSays}</p>
              <Order names={model.order} />
            </section>
          )}
        </div>
      </div>
      <Preview modelId={model.id} />
    </>
  );
}

function Fact({ what, children }: { what: string; children: ReactNode }): ReactNode {
  return (
    <>
      <dt>{what}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Lines({ lines }: { lines: string[] }): ReactNode {
  const [all, setAll] = useState(false);
  if (lines.length === 0) return null;
  const shown = all ? lines : lines.slice(0, AT_ONCE);
  return (
    <>
      <ul className={css.list}>
        {shown.map((line) => (
          <li key={line}>
            <bdi>{line}</bdi>
          </li>
        ))}
      </ul>
      {shown.length < lines.length && (
        <Button size="xs" variant="default" className={css.moreButton} onClick={() => setAll(true)}>
          {words.more(lines.length - shown.length)}
        </Button>
      )}
    </>
  );
}

function Order({ names }: { names: string[] }): ReactNode {
  const [all, setAll] = useState(false);
  const shown = all ? names : names.slice(0, 40);
  return (
    <>
      <ol className={css.order}>
        {shown.map((name) => (
          <li key={name}>
            <bdi>{cut(name)}</bdi>
          </li>
        ))}
      </ol>
      {shown.length < names.length && (
        <Button size="xs" variant="default" className={css.moreButton} onClick={() => setAll(true)}>
          {words.more(names.length - shown.length)}
        </Button>
      )}
    </>
  );
}

function Preview({ modelId }: { modelId: string }): ReactNode {
  const [seed, setSeed] = useState(0);
  const rows = useQuery({
    queryKey: ["model-preview", modelId, seed],
    queryFn: async ({ signal }) =>
      (await previewModel({ path: { model_id: modelId }, body: { rows: 10, seed }, signal })).data,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return (
    <section className={css.preview}>
      <div className={css.previewHead}>
        <h2>{words.previewTitle}</h2>
        <Button
          size="xs"
          variant="default"
          loading={rows.isFetching && !rows.isPending}
          onClick={() => setSeed(seed + 1)}
        >
          {words.previewAgain}
        </Button>
      </div>
      {rows.isPending && <Waiting for={words.previewWaiting} />}
      {rows.isError && <ErrorSays error={rows.error} onRetry={() => void rows.refetch()} />}
      {rows.data && <RowsTable rows={rows.data} label={words.previewTitle} />}
    </section>
  );
}
