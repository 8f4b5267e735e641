"""Two tables in, every figure out: what `lookalike.check` and the command line run.

    found = check(real, synth, holdout=holdout, schema=schema, target="income", watch=watch)
    found.gate().passed

The tables are typed Arrow tables, read by the real one's schema; `lookalike.verbs.check` reads them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import lookalike
from lookalike.errors import BadTable
from lookalike.quality import (
    columns,
    contract,
    detection,
    diagnostic,
    fidelity,
    figures,
    frame,
    gate,
    privacy,
    utility,
)
from lookalike.quality.overlap import overlap
from lookalike.quality.result import VERSION, CheckData, Figure, Tables, TableSize, Verdict
from lookalike.quality.scores import scores
from lookalike.schema import Schema
from lookalike.watch import Unwatched, Watch
from lookalike.watch import check as stop_if_asked

STEPS = 6
"""Align, diagnostic, fidelity, detection, utility, privacy."""


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """What a check found. ``data`` holds all of it; the methods judge, show and keep it."""

    data: CheckData

    @property
    def figures(self) -> dict[str, Figure]:
        """The headline figures by name: ``check.figures["detection.auc"].value``."""
        return {figure.name: figure for figure in self.data.figures}

    @property
    def scores(self) -> dict[str, float | None]:
        """``fidelity``, ``utility`` and ``privacy``, 0 to 100; None for what was not measured."""
        return {score.name: score.value for score in self.data.scores}

    def gate(self, asked: gate.Gate | str | os.PathLike[str] | None = None) -> Verdict:
        """The answer of the default gate, of a `Gate`, or of the one in a YAML file (`BadInput`)."""
        if asked is None:
            return gate.judge(self.data.figures)
        known = asked if isinstance(asked, gate.Gate) else gate.of_file(asked)
        return gate.judge(self.data.figures, known)

    def to_json(self, verdict: Verdict | None = None) -> dict[str, Any]:
        """All of it as plain values, by ``contracts/check.schema.json``: figures, the gate's answer (the
        default gate's if none is given) and the charts as Vega-Lite specs."""
        from lookalike.quality.chart_specs import charts

        plain = contract.to_json(self.data)
        plain["gate"] = contract.to_json(verdict or self.gate())
        plain["charts"] = charts(plain)
        return plain

    def save(self, path: str | os.PathLike[str], verdict: Verdict | None = None) -> Path:
        """The path of the report, one HTML file that needs no network. `CannotWrite` leaves nothing there."""
        from lookalike.quality import report

        plain = contract.to_json(self.data)
        plain["gate"] = contract.to_json(verdict or self.gate())
        report.save(plain, os.fspath(path))
        return Path(path)

    def __str__(self) -> str:
        from lookalike.quality.summary import summary

        return summary(self.data, self.gate())

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{name} {'–' if value is None else f'{value:.0f}'}" for name, value in self.scores.items()
        )
        return f"<Check: {shown}; the default gate {'passes' if self.gate().passed else 'refuses'}>"


def check(
    real: pa.Table,
    synth: pa.Table,
    *,
    holdout: pa.Table | None = None,
    canaries: pa.Table | None = None,
    schema: Schema,
    target: str | None = None,
    seed: int = 0,
    notes: Sequence[str] = (),
    watch: Watch | None = None,
) -> Check:
    """Every figure on ``synth``, the same for the same ``seed``.

    real, synth: (n_rows, n_columns). holdout: rows of the same source that the model has not seen. canaries:
    rows planted into ``real`` before it was learned. schema: the real table's. target: the column of it to
    predict; None: the schema's. Raises `BadSchema` for a target that is no column, `BadTable` for a holdout
    or canaries that lack a column, `Cancelled`.
    """
    watch = watch or Unwatched()
    if target is not None:
        schema = schema.with_target(target)
    tables = {"real": real, "synth": synth}
    tables |= {
        part: table for part, table in (("holdout", holdout), ("canaries", canaries)) if table is not None
    }
    steps = _Steps(watch)
    with np.errstate(all="ignore"):  # a stranger's numbers may overflow anything; what comes of it is judged
        return Check(_measured(tables, schema, seed, notes, steps))


def _measured(
    tables: dict[str, pa.Table], schema: Schema, seed: int, notes: Sequence[str], steps: _Steps
) -> CheckData:
    told = list(notes)
    frames, unlike = frame.aligned(tables, schema)
    _whole(tables, unlike)
    if "holdout" in tables:
        shared = overlap(frames)
        told += [shared.note] if shared.note else []
        if shared.spoilt:
            tables = {part: table for part, table in tables.items() if part != "holdout"}
            frames, unlike = frame.aligned(tables, schema)
    holdout = "holdout" in tables
    steps.next()
    formed = diagnostic.measure(schema, frames, tables, unlike, watch=steps)
    steps.next()
    faithful = fidelity.measure(frames, seed=seed, watch=steps)
    steps.next()
    told_apart = detection.measure(frames, seed=seed, watch=steps)
    steps.next()
    why_not = utility.why_not(frames, schema.target)
    useful = None
    if not why_not and schema.target is not None:
        useful = utility.measure(frames, schema.target, seed=seed, watch=steps)
    steps.next()
    private = privacy.measure(schema, frames, tables, seed=seed, watch=steps)
    steps.next()
    headlines = (
        *formed.figures,
        *figures.of_fidelity(faithful, len(frames)),
        *figures.of_detection(told_apart, holdout=holdout, columns=len(frames)),
        figures.of_utility(useful, why_not),
        *(figure for figure in private.figures if len(frames) != 1 or figure.name not in privacy.NEED_TWO),
    )
    found = [part for part in (faithful, told_apart, useful, private) if part is not None]
    return CheckData(
        version=VERSION,
        library=f"lookalike {lookalike.__version__}",
        seed=seed,
        tables=_sizes(tables),
        target=schema.target,
        task=useful.data.task if useful else None,
        samples=tuple(sample for part in found for sample in part.samples),
        notes=tuple(told),
        scores=scores(headlines, gate.DEFAULT.limits),
        figures=headlines,
        columns=columns.figures(
            schema,
            frames,
            {part: table for part, table in tables.items() if part != "canaries"},
            shapes=faithful.synth.shapes,
            shape_references=_mean_shapes(faithful),
            drops={} if told_apart is None else {c.name: c.drop for c in told_apart.train.columns},
        ),
        diagnostic=formed.data,
        fidelity=faithful.data,
        detection=told_apart.data if told_apart else None,
        utility=useful.data if useful else None,
        privacy=private.data,
    )


def _whole(tables: Mapping[str, pa.Table], unlike: Sequence[frame.Unlike]) -> None:
    """A holdout and canaries are real rows: a column that they lack is a mistake, not a finding."""
    for part in ("holdout", "canaries"):
        if part not in tables:
            continue
        for name in tables["real"].column_names:
            if name not in tables[part].column_names:
                raise BadTable(
                    f"The {part} lack{'s' if part == 'holdout' else ''} the column {name!r}.",
                    hint="Give rows with all columns of the real table.",
                    column=name,
                )
        for one in unlike:
            if one.table == part:
                raise BadTable(
                    f"The column {one.column!r} of the {part} holds {one.found}, not {one.expected} values.",
                    hint="Give rows of the same form as the real table.",
                    column=one.column,
                )


def _sizes(tables: Mapping[str, pa.Table]) -> Tables:
    sizes = {
        part: TableSize(rows=table.num_rows, columns=table.num_columns) for part, table in tables.items()
    }
    return Tables(
        real=sizes["real"],
        synth=sizes["synth"],
        holdout=sizes.get("holdout"),
        canaries=sizes["canaries"].rows if "canaries" in sizes else None,
    )


def _mean_shapes(found: fidelity.Found) -> dict[str, float]:
    draws = found.bootstraps
    return {name: sum(draw.shapes[name] for draw in draws) / len(draws) for name in found.synth.shapes}


class _Steps:
    """Tells the caller's `Watch` how many of `STEPS` are done; what runs inside a step only asks to stop."""

    def __init__(self, watch: Watch) -> None:
        self._outer = watch
        self._done = 0

    def next(self) -> None:
        self._done += 1
        self._outer.progress(self._done, STEPS)
        stop_if_asked(self._outer)

    def progress(self, done: int, total: int) -> None:
        """A step's own progress is not the whole's."""

    def stop(self) -> bool:
        return self._outer.stop()
