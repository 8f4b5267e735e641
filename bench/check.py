"""What a check says of tables whose truth is known, and what it costs: ``python -m bench.check``.

On each of the five tables the default gate must pass what the tree model makes, and half of ``test.csv`` as
if it were synthetic with the other half as the holdout; it must refuse a copy of ``train.csv``, rows of the
model of which 2 % are copied from it, and columns drawn one by one, each by the figure that is to blame.
Prints the document (``--out FILE`` writes it), and ends with 1 when something that must hold does not.
``--table T`` (repeatable), ``--seeds``, ``--only quality`` and ``--only speed`` choose what is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import lookalike as la
from bench.datasets import DATA, TABLES
from lookalike.quality.report_numbers import figure as written

COLUMNS = 20
SIZES = (100_000, 1_000_000)
MOST_SECONDS = 60
MOST_BYTES = 2_000_000_000
SHOWN = (
    "fidelity.trend",
    "detection.holdout_auc",
    "utility.loss",
    "privacy.copies",
    "privacy.nearer",
    "privacy.membership",
    "privacy.inference",
)


@dataclass(frozen=True)
class Truth:
    """blamed: the figures that must be among the refusals; None: it must pass."""

    title: str
    blamed: frozenset[str] | None


TRUTHS = {
    "tree": Truth("what the tree model makes", None),
    "half": Truth("half of the holdout", None),
    "copy": Truth("a copy of train", frozenset({"privacy.copies", "privacy.membership"})),
    "two": Truth("the model's rows, 2 % copied", frozenset({"privacy.copies"})),
    "independent": Truth("columns one by one", frozenset({"fidelity.trend", "detection.auc"})),
}


@dataclass(frozen=True)
class Verdict:
    text: str
    met: bool


def main() -> int:
    said = _arguments()
    if said.task:
        print(json.dumps(_sized(int(said.task))))
        return 0
    verdicts: list[Verdict] = []
    body: list[str] = []
    if said.only != "speed":
        for name in said.table or TABLES:
            body += _quality(name, range(said.seeds), verdicts)
    if said.only != "quality":
        body += _speed(verdicts)
    text = "\n".join([*_head(said.seeds, verdicts), *body]).rstrip() + "\n"
    if said.out:
        said.out.write_text(text)
    else:
        print(text)
    missed = [verdict for verdict in verdicts if not verdict.met]
    for verdict in missed:
        _note(f"MUST not met: {verdict.text}")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", action="append", choices=TABLES)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", choices=("quality", "speed"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    return parser.parse_args()


def _head(seeds: int, verdicts: Sequence[Verdict]) -> list[str]:
    command = " ".join(["python -m bench.check", *sys.argv[1:]])
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("lookalike", "scikit-learn", "numba", "numpy")
    )
    missed = [f"- {verdict.text}" for verdict in verdicts if not verdict.met]
    met = f"{len(verdicts) - len(missed)} of {len(verdicts)}"
    return [
        "# Benchmarks of the check",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%d %B %Y}, on {_cores()} cores, with {libraries}. "
        f"{'Seed 0' if seeds == 1 else f'Seeds 0 to {seeds - 1}'}; figures of seed 0, a second real sample's "
        "in brackets. What each figure is stands in [check.md](check.md).",
        "",
        f"Musts met: {met}.",
        "",
        *(["Musts that are not met:", "", *missed, ""] if missed else []),
    ]


# Tables whose truth is known


def _quality(name: str, seeds: Sequence[int], verdicts: list[Verdict]) -> list[str]:
    rows: list[list[str]] = []
    for seed in seeds:
        made = _made(name, seed)
        for key, truth in TRUTHS.items():
            _note(f"{name}, seed {seed}: {truth.title}")
            real, synth, holdout = made(key)
            began = time.perf_counter()
            found = la.check(real, synth, holdout=holdout, seed=seed)
            seconds = time.perf_counter() - began
            gate = found.gate()
            refused = {refusal.name for refusal in gate.refusals}
            met = gate.passed if truth.blamed is None else truth.blamed <= refused
            asked = "passes" if truth.blamed is None else f"is refused by {', '.join(sorted(truth.blamed))}"
            verdicts.append(
                Verdict(f"{name}, seed {seed}: {truth.title} {asked} (refused: {_names(refused)})", met)
            )
            if name == "adult":
                verdicts += _membership(key, found)
            if seed == seeds[0]:
                rows.append(_row(truth, found, refused, met, seconds))
    head = ["", "fidelity", "utility", "privacy", *(f"`{figure}`" for figure in SHOWN), "gate", "s"]
    return [f"## {name}", "", *_table(head, rows)]


def _made(name: str, seed: int) -> Callable[[str], tuple[la.Table, pa.Table, pa.Table]]:
    """(real, synth, holdout) by the key of `TRUTHS`."""
    meta = json.loads((DATA / name / "meta.json").read_text())
    train = la.read(DATA / name / "train.csv", target=meta["target"])
    test = la.read(DATA / name / "test.csv", schema=train.schema).arrow
    size = len(train)
    drawn = la.fit(train, seed=seed).sample(size, seed=seed).to_arrow()
    rng = np.random.default_rng(seed)

    def made(key: str) -> tuple[la.Table, pa.Table, pa.Table]:
        if key == "half":
            half, other = (
                test.take(pa.array(np.sort(p))) for p in np.array_split(rng.permutation(len(test)), 2)
            )
            return train, half, other
        if key == "copy":
            return train, train.arrow, test
        if key == "two":
            return train, leaky(drawn, train.arrow, size // 50, rng), test
        if key == "independent":
            alone = la.fit(train, model="independent", seed=seed)
            return train, alone.sample(size, seed=seed).to_arrow(), test
        return train, drawn, test

    return made


def leaky(drawn: pa.Table, train: pa.Table, rows: int, rng: np.random.Generator) -> pa.Table:
    """``drawn`` with its first ``rows`` rows replaced by rows of ``train``."""
    copied = train.take(pa.array(rng.choice(len(train), rows, replace=False)))
    parts = [undictionaried(part) for part in (copied, drawn.slice(rows))]
    return pa.concat_tables([parts[0].cast(parts[1].schema), parts[1]])


def undictionaried(table: pa.Table) -> pa.Table:
    """Categories as plain text, so that tables of different dictionaries can be joined."""
    types = [f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in table.schema]
    return table.cast(pa.schema(list(zip(table.column_names, types, strict=True))))


def _membership(key: str, found: la.Check) -> list[Verdict]:
    figure = found.figures["privacy.membership"]
    assert figure.value is not None
    assert figure.low is not None
    assert figure.high is not None
    shown = f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"
    if key == "copy":
        return [Verdict(f"adult: membership AUC of a copy is above 0.95: {shown}", figure.value > 0.95)]
    if key == "half":
        within = figure.low <= 0.5 <= figure.high
        return [
            Verdict(
                f"adult: membership AUC of half the holdout is within its interval of 0.5: {shown}", within
            )
        ]
    return []


def _row(truth: Truth, found: la.Check, refused: set[str], met: bool, seconds: float) -> list[str]:
    scores = ["–" if value is None else f"{value:.1f}" for value in found.scores.values()]
    values = []
    for name in SHOWN:
        figure = found.figures[name]
        values.append(f"{written(name, figure.value)} ({written(name, figure.reference)})")
    answer = f"refused: {_names(refused)}" if refused else "passes"
    return [truth.title, *scores, *values, f"{answer} {'✓' if met else '✗'}", f"{seconds:.0f}"]


def _names(refused: set[str]) -> str:
    return ", ".join(sorted(refused)) or "none"


# What it costs


def _speed(verdicts: list[Verdict]) -> list[str]:
    rows: list[list[str]] = []
    for size in SIZES:
        _note(f"{size:,} × {COLUMNS}")
        done = subprocess.run(
            [sys.executable, "-m", "bench.check", "--task", str(size)], stdout=subprocess.PIPE, check=True
        )
        cost = json.loads(done.stdout.splitlines()[-1])
        text = (
            f"{size:,} × {COLUMNS}: {cost['seconds']:.0f} s, {cost['peak_bytes'] / 1e6:,.0f} MB at the most"
        )
        if size == SIZES[0]:
            verdicts.append(Verdict(f"{text}, asked ≤ {MOST_SECONDS} s", cost["seconds"] <= MOST_SECONDS))
            verdicts.append(Verdict(f"{text}, asked ≤ 2,000 MB", cost["peak_bytes"] <= MOST_BYTES))
        rows.append(
            [
                f"{size:,}",
                f"{cost['seconds']:.1f}",
                f"{cost['cpu_seconds']:.1f}",
                f"{cost['peak_bytes'] / 1e6:,.0f}",
                f"{cost['tables_bytes'] / 1e6:,.0f}",
                cost["samples"],
            ]
        )
    head = ["rows of each", "s", "CPU s", "peak MB", "of which the tables", "looked at by sample"]
    lead = (
        f"Real, synthetic and holdout of as many rows and {COLUMNS} columns (12 numbers, 8 categories, one "
        "of them the target), each size in a process of its own, kernels compiled. `s` is wall time, which "
        "other work on the machine makes longer; `CPU s` is what the process used."
    )
    return ["## Seconds and memory", "", lead, "", *_table(head, rows)]


def _sized(rows: int) -> dict[str, Any]:
    """One check of three tables of ``rows`` rows, after one of a few that compiles what is compiled."""
    few = [invented(500, seed) for seed in range(3)]
    la.check(few[0], few[1], holdout=few[2], target="c0")
    real, synth, holdout = (invented(rows, seed) for seed in range(3))
    began, used = time.perf_counter(), _cpu()
    found = la.check(real, synth, holdout=holdout, target="c0")
    json.dumps(found.to_json())
    seconds, cpu = time.perf_counter() - began, _cpu() - used
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "tables_bytes": sum(table.nbytes for table in (real, synth, holdout)),
        "samples": "; ".join(f"{s.what}: {s.rows:,} of {s.of:,}" for s in found.data.samples),
    }


def invented(rows: int, seed: int) -> pa.Table:
    """`COLUMNS` columns that hang together by three hidden numbers; the same law for every seed."""
    rng, law = np.random.default_rng(seed), np.random.default_rng(99)
    hidden = rng.normal(size=(rows, 3))
    columns: dict[str, Any] = {}
    for j in range(12):
        values = hidden @ law.normal(size=3) + rng.normal(size=rows)
        columns[f"n{j}"] = np.exp(values).round(2) if j % 3 == 0 else values.round(3)
    for j in range(8):
        values = hidden @ law.normal(size=3) + rng.normal(size=rows)
        edges = np.quantile(law.normal(size=1000) * 2, np.linspace(0, 1, 3 + 2 * j)[1:-1])
        columns[f"c{j}"] = pa.array(np.char.add("k", np.searchsorted(edges, values).astype(str)))
    return pa.table(columns)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
