"""The benchmarks of the table models, as Markdown: ``python -m bench.tables``.

Default settings, only the target given, on the five tables of ``examples/data``. Prints the document (``--out
FILE`` writes it), and ends with 1 when a figure that must hold does not. ``--table T`` (repeatable) and
``--seeds`` choose what is measured. ``--quick``: 100,000 rows for the canaries, 1,000,000 for speed.
``--only quality`` or ``--only speed``: half of it. ``--threads``: for the boosting libraries of the measures.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import measures, quality, speed
from bench.claims import claims
from bench.goals import FIGURES, Figure
from bench.published import SOURCE

LIBRARIES = ("lookalike", "pyarrow", "numpy", "numba", "xgboost", "lightgbm", "sdmetrics")


@dataclass(frozen=True)
class Verdict:
    """What was asked and found, and whether it was met."""

    text: str
    met: bool
    must: bool


def main() -> int:
    arguments = _arguments()
    verdicts: list[Verdict] = []
    body: list[str] = []
    if arguments.only != "speed":
        body += _quality(arguments, verdicts)
    if arguments.only != "quality":
        quality.note("speed")
        body += _speed(speed.measure(quick=arguments.quick), verdicts)
    text = "\n".join([*_head(arguments.seeds, verdicts), *body]).rstrip() + "\n"
    if arguments.out:
        arguments.out.write_text(text)
    else:
        print(text)
    missed = [verdict for verdict in verdicts if verdict.must and not verdict.met]
    for verdict in missed:
        quality.note(f"MUST not met: {verdict.text}")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench.tables", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--table", action="append", choices=measures.TABLES)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=("quality", "speed"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _head(seeds: int, verdicts: Sequence[Verdict]) -> list[str]:
    command = " ".join(["python -m bench.tables", *sys.argv[1:]])
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    tally = {
        must: f"{sum(v.met for v in verdicts if v.must is must)} of {sum(v.must is must for v in verdicts)}"
        for must in (True, False)
    }
    lines = [
        "# Benchmarks",
        "",
        f"Made by `{command}` on {datetime.now(UTC):%d %B %Y}, on {_machine()}, with Python "
        f"{platform.python_version()}, {libraries}.",
        f"Default settings, only the target given, fit on `train.csv` alone. Means of {seeds} sampling seeds "
        "± standard deviation. Each figure is defined in `bench/measures.py`; the best published are from "
        f"{SOURCE}. A *must* that is not met fails the run; a *goal* does not.",
        "",
        f"Musts met: {tally[True]}. Goals met: {tally[False]}.",
        "",
    ]
    for title, must in (("Musts", True), ("Goals", False)):
        missed = [f"- {verdict.text}" for verdict in verdicts if verdict.must is must and not verdict.met]
        if missed:
            lines += [f"{title} that are not met:", "", *missed, ""]
    return lines


def _machine() -> str:
    name = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        named = (line for line in info.read_text().splitlines() if line.startswith("model name"))
        name = next(named, f": {name}").partition(":")[2].strip()
    return f"{speed.cores()} cores of {name}"


def _quality(arguments: argparse.Namespace, verdicts: list[Verdict]) -> list[str]:
    tables = [table for table in measures.TABLES if not arguments.table or table in arguments.table]
    canary_rows, n_jobs = (100_000 if arguments.quick else 1_000_000), arguments.threads
    found = {
        table: quality.measure(table, seeds=arguments.seeds, canary_rows=canary_rows, n_jobs=n_jobs)
        for table in tables
    }
    quality.note("references")
    real = {table: measures.references(table, n_jobs=n_jobs) for table in tables}
    lines = ["## Quality and privacy", ""]
    for figure in FIGURES.values():
        lines += _section(figure, {table: found[table][figure.key] for table in tables}, real, verdicts)
    return lines


def _section(
    figure: Figure,
    values: dict[str, list[float]],
    real: dict[str, measures.Figures],
    verdicts: list[Verdict],
) -> list[str]:
    tables = list(values)
    rows = [["**Lookalike**", *(f"**{_spread(figure, values[table])}**" for table in tables)]]
    for name, bound_of in (("must", figure.must), ("goal", figure.goal)):
        if bound_of is None:
            continue
        cells = [name]
        for table in tables:
            bound, mean = bound_of(table, real[table]), statistics.mean(values[table])
            met = figure.meets(mean, bound, table)
            asked = figure.bound_text(bound, table)
            text = f"{figure.title}, {table}: {figure.text(mean)}, asked {asked}"
            verdicts.append(Verdict(text, met, name == "must"))
            cells.append(f"{asked} {'✓' if met else '✗'}")
        rows.append(cells)
    if figure.published:
        best = [figure.best_published(table) for table in tables]
        rows.append(["best published", *("–" if b is None else f"{figure.text(b[0])} {b[1]}" for b in best)])
    if figure.reference:
        key, name = figure.reference
        rows.append([name, *(figure.text(real[table][key]) for table in tables)])
    how = f"{figure.how[0].upper()}{figure.how[1:]}."
    return [f"### {figure.title}", "", how, "", *_table(["", *tables], rows)]


def _spread(figure: Figure, values: Sequence[float]) -> str:
    mean = figure.text(statistics.mean(values))
    return f"{mean} ± {figure.text(statistics.stdev(values))}" if len(values) > 1 else mean


def _speed(found: speed.Result, verdicts: list[Verdict]) -> list[str]:
    lines = claims(found)
    verdicts += [Verdict(claim.text(), claim.met, claim.must) for claim in lines]
    told = [
        [c.what, c.measured, f"{'must' if c.must else 'goal'}: {c.asked} {'✓' if c.met else '✗'}"]
        for c in lines
    ]
    sizes = [
        [f"{rows:,}", f"{size['rows_per_s']:,.0f}", f"{size['peak_bytes'] / 1e6:.0f} MB"]
        for rows, size in found["sizes"].items()
    ]
    return [
        "## Speed and memory",
        "",
        "Adult; each figure comes from a process of its own. Beside pyarrow: medians of five turns each, one "
        "after the other, pyarrow writing the same table from memory.",
        "",
        *_table(["", "measured", "asked"], told),
        *_table(["rows → Parquet", "rows/s", "peak memory"], sizes),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


if __name__ == "__main__":
    sys.exit(main())
