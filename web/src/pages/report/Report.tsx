/** A report: the gate's answer, the scores, what fell short, every figure, and the charts of it all. */
import { NativeSelect, TextInput, Button } from "@mantine/core";
import { Fragment, useState, type ReactNode } from "react";

import { count } from "@/parts/format";
import { CheckIcon, SearchIcon, WarnIcon } from "@/parts/icons";
import { report as words } from "@/strings/report";

import { Chart } from "./Chart";
import {
  score,
  share,
  shownFigure,
  type ColumnFigures,
  type Figure,
  type Report,
} from "./report-json";
import css from "./report.module.css";

const PARTS = ["figures", "columns", "pairs", "detection", "utility", "privacy", "how"] as const;

export function WholeReport({ report }: { report: Report }): ReactNode {
  return (
    <div className={css.report}>
      <Verdict report={report} />
      <nav className={css.nav} aria-label={words.nav}>
        {PARTS.map((part) => (
          <a key={part} href={`#${part}`}>
            {words.parts[part]}
          </a>
        ))}
      </nav>
      <Figures report={report} />
      <Columns report={report} />
      <Pairs report={report} />
      <Detection report={report} />
      <Utility report={report} />
      <Privacy report={report} />
      <How report={report} />
    </div>
  );
}

function Verdict({ report }: { report: Report }): ReactNode {
  const { tables, gate } = report;
  const short = gate?.refusals.filter((one) => !one.unmeasured) ?? [];
  const blind = gate?.refusals.filter((one) => one.unmeasured) ?? [];
  return (
    <>
      <p className={css.compared}>
        {words.compared(tables.synth.rows, tables.real.rows, tables.real.columns)}
        {tables.holdout === null ? words.noHoldout : words.holdout(tables.holdout.rows)}
      </p>
      {gate !== null && (
        <section
          className={css.verdict}
          data-passed={gate.passed}
          aria-label={gate.passed ? words.passed : words.refused}
        >
          <span className={css.sign}>
            {gate.passed ? <CheckIcon size={24} /> : <WarnIcon size={24} />}
          </span>
          <div>
            <p className={css.answer}>
              {gate.passed ? words.passed : words.refused} {words.by(gate.gate)}
            </p>
            <p>
              {gate.passed
                ? words.passedSays(gate.limits.filter((one) => one.state === "passed").length)
                : words.refusedSays(short.length, blind.length)}
            </p>
            {gate.waived.length > 0 && <p>{words.waived(gate.waived.join(", "))}</p>}
          </div>
        </section>
      )}
      <section className={css.scores} aria-label={words.title}>
        {report.scores.map((one) => (
          <div key={one.name} className={`card ${css.score}`}>
            <h2>{words.scores[one.name] ?? one.name}</h2>
            <p className={css.number}>
              {one.value === null ? (
                <span className="soft">{words.notMeasured}</span>
              ) : (
                <>
                  {one.value.toFixed(1)}
                  <span className={css.of}>/ 100</span>
                </>
              )}
            </p>
            {one.value !== null && (
              <div className={css.gauge} aria-hidden="true">
                <span style={{ width: `${String(Math.max(0, Math.min(100, one.value)))}%` }} />
              </div>
            )}
            <p>
              <bdi>{one.words}</bdi>
            </p>
          </div>
        ))}
        <p className={css.note}>{words.scoresSay}</p>
      </section>
      {gate !== null && gate.refusals.length > 0 && (
        <section className={`card ${css.part}`} aria-labelledby="short">
          <h2 id="short">{words.short}</h2>
          <ul className={css.refusals}>
            {gate.refusals.map((one) => (
              <li key={one.name}>
                <b>{one.label}</b>
                <div>
                  <p>
                    <bdi>{one.says}</bdi>
                  </p>
                  {one.helps && (
                    <p className="soft">
                      {words.helps} <bdi>{one.helps}</bdi>
                    </p>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Part({
  id,
  says,
  children,
}: {
  id: (typeof PARTS)[number];
  says?: ReactNode;
  children: ReactNode;
}): ReactNode {
  return (
    <section id={id} className={`card ${css.part}`} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{words.parts[id]}</h2>
      {says !== undefined && <p className={css.note}>{says}</p>}
      {children}
    </section>
  );
}

function Figures({ report }: { report: Report }): ReactNode {
  const states = new Map(report.gate?.limits.map((one) => [one.name, one.state]));
  const groups = Object.keys(words.figures.groups).filter((group) =>
    report.figures.some((one) => one.group === group),
  );
  return (
    <Part id="figures" says={words.figures.says}>
      <div className={css.wide} tabIndex={0} role="region" aria-label={words.figures.says}>
        <table className={css.figures}>
          <thead>
            <tr>
              {words.figures.head.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          {groups.map((group) => (
            <tbody key={group}>
              <tr>
                <th colSpan={4} scope="colgroup" className={css.group}>
                  {words.figures.groups[group]}
                </th>
              </tr>
              {report.figures
                .filter((one) => one.group === group)
                .map((one) => (
                  <FigureRow key={one.name} one={one} state={states.get(one.name)} />
                ))}
            </tbody>
          ))}
        </table>
      </div>
    </Part>
  );
}

function FigureRow({ one, state }: { one: Figure; state: string | undefined }): ReactNode {
  const show = (value: number | null): string => shownFigure(one.name, value);
  const spread = one.low !== null && one.high !== null && show(one.low) !== show(one.high);
  return (
    <tr>
      <th scope="row">
        {one.label}
        <span className={css.says}>{one.says}</span>
      </th>
      <td>
        {one.value === null ? (
          <>
            {words.notMeasured}
            <span className={css.says}>{one.unmeasured}</span>
          </>
        ) : (
          <>
            <b>{show(one.value)}</b>
            {spread && (
              <span className={css.says}>
                {words.figures.between(show(one.low), show(one.high))}
              </span>
            )}
          </>
        )}
      </td>
      <td>{show(one.reference)}</td>
      <td>
        <span className={css.state} data-state={state}>
          {state === undefined ? "–" : (words.figures.states[state] ?? state)}
        </span>
      </td>
    </tr>
  );
}

const FIRST_COLUMNS = 24;

function Columns({ report }: { report: Report }): ReactNode {
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState("worst");
  const [most, setMost] = useState(FIRST_COLUMNS);
  const letters = search.trim().toLocaleLowerCase();
  const found = report.columns.filter((one) => one.name.toLocaleLowerCase().includes(letters));
  if (order === "worst") found.sort((a, b) => (a.shape ?? 2) - (b.shape ?? 2));
  const shown = found.slice(0, most);
  return (
    <Part id="columns" says={words.columns.says}>
      <div className={css.tools}>
        <TextInput
          type="search"
          aria-label={words.columns.search}
          placeholder={words.columns.search}
          leftSection={<SearchIcon size={16} />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label={words.columns.order}
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value)}
          data={[
            { value: "worst", label: words.columns.worst },
            { value: "table", label: words.columns.table },
          ]}
        />
        <p className={css.told} role="status">
          {words.columns.shown(found.length, report.columns.length)}
        </p>
      </div>
      {found.length === 0 && <p className={css.note}>{words.columns.none}</p>}
      <div className={css.columns}>
        {shown.map((column) => (
          <OneColumn
            key={column.name}
            column={column}
            spec={report.charts[`column/${column.name}/histogram`]}
          />
        ))}
      </div>
      {found.length > shown.length && (
        <Button
          variant="default"
          className={css.more}
          onClick={() => setMost(most + FIRST_COLUMNS)}
        >
          {words.columns.more}
        </Button>
      )}
    </Part>
  );
}

function OneColumn({
  column,
  spec,
}: {
  column: ColumnFigures;
  spec: object | undefined;
}): ReactNode {
  return (
    <article className={css.column} aria-label={column.name}>
      <h3>
        <bdi>{column.name}</bdi>
        <span className={css.kind}>{column.role ?? column.kind}</span>
      </h3>
      <p className={css.alike}>
        {column.shape === null ? (
          <span className="soft">
            {words.columns.notCompared}: {column.why}
          </span>
        ) : (
          <>
            {words.columns.alike} <b>{share(column.shape)}</b>
            {column.shape_reference !== null && (
              <span className="soft"> · {words.columns.second(share(column.shape_reference))}</span>
            )}
          </>
        )}
      </p>
      <Chart title={column.name} spec={spec} height={120} />
      {column.synth !== null && (
        <dl className={css.sides}>
          <dt>{words.columns.missing}</dt>
          <dd>
            {share(column.real.missing)} <span className="soft">{words.columns.real}</span>,{" "}
            {share(column.synth.missing)} <span className="soft">{words.columns.synth}</span>
          </dd>
          <dt>{words.columns.distinct}</dt>
          <dd>
            {count(column.real.distinct)} <span className="soft">{words.columns.real}</span>,{" "}
            {count(column.synth.distinct)} <span className="soft">{words.columns.synth}</span>
          </dd>
        </dl>
      )}
    </article>
  );
}

function Pairs({ report }: { report: Report }): ReactNode {
  const heat = ["heat/real", "heat/synth", "heat/difference"].filter(
    (name) => report.charts[name] !== undefined,
  );
  const worst = report.fidelity.worst_pairs.slice(0, 8);
  return (
    <Part id="pairs" says={words.pairs.says}>
      <div className={css.heat}>
        {heat.map((name) => {
          const title = String((report.charts[name] as { title?: string }).title ?? name);
          return (
            <figure key={name}>
              <figcaption>{title}</figcaption>
              <Chart title={title} spec={report.charts[name]} height={300} />
            </figure>
          );
        })}
      </div>
      {worst.length > 0 && (
        <>
          <h3>{words.pairs.worst}</h3>
          <ol className={css.pairs}>
            {worst.map((pair) => (
              <li key={pair.columns.join("\u0000")}>
                <span>
                  {pair.columns.map((name, at) => (
                    <Fragment key={name}>
                      {at > 0 && " × "}
                      <bdi>{name}</bdi>
                    </Fragment>
                  ))}
                </span>
                <b>{share(pair.score)}</b>
              </li>
            ))}
          </ol>
        </>
      )}
    </Part>
  );
}

function Charts({
  report,
  names,
}: {
  report: Report;
  names: [name: string, height: number][];
}): ReactNode {
  return (
    <div className={css.charts}>
      {names
        .filter(([name]) => report.charts[name] !== undefined)
        .map(([name, height]) => {
          const title = String((report.charts[name] as { title?: string }).title ?? name);
          return (
            <figure key={name}>
              <figcaption>{title}</figcaption>
              <Chart title={title} spec={report.charts[name]} height={height} />
            </figure>
          );
        })}
    </div>
  );
}

function Detection({ report }: { report: Report }): ReactNode {
  const found = report.detection;
  if (found === null) {
    return (
      <Part id="detection">
        <p className={css.note}>{words.detection.none}</p>
      </Part>
    );
  }
  const sides = [found.train, found.holdout, found.reference].filter((one) => one !== null);
  return (
    <Part id="detection" says={words.detection.says}>
      <ul className={css.plain}>
        {sides.map(({ between, auc }) => (
          <li key={between}>
            {words.detection.auc(between, score(auc.value), score(auc.low), score(auc.high))}
          </li>
        ))}
      </ul>
      <Charts
        report={report}
        names={[
          ["roc", 300],
          ["gives_away", 80],
        ]}
      />
    </Part>
  );
}

function Utility({ report }: { report: Report }): ReactNode {
  return (
    <Part
      id="utility"
      says={
        report.utility === null ? words.utility.none : words.utility.says(report.utility.target)
      }
    >
      <Charts
        report={report}
        names={[
          ["utility", 80],
          ["importances", 80],
        ]}
      />
    </Part>
  );
}

function Privacy({ report }: { report: Report }): ReactNode {
  return (
    <Part id="privacy" says={words.privacy.says}>
      {report.privacy.unmeasured && <p className={css.note}>{report.privacy.unmeasured}</p>}
      <Charts
        report={report}
        names={[
          ["copies", 80],
          ["membership", 80],
          ["distance/closest", 150],
          ["distance/ratio", 150],
          ["attacks", 80],
          ["rules", 80],
        ]}
      />
    </Part>
  );
}

function How({ report }: { report: Report }): ReactNode {
  return (
    <Part id="how">
      <ul className={css.plain}>
        <li>{words.how.seed(report.seed)}</li>
        {report.samples.map((one) => (
          <li key={one.what}>{words.how.sample(one.what, one.rows, one.of)}</li>
        ))}
        <li>{words.how.intervals}</li>
        {report.notes.map((note) => (
          <li key={note}>
            <bdi>{note}</bdi>
          </li>
        ))}
        <li>{words.how.made(report.library)}</li>
      </ul>
    </Part>
  );
}
