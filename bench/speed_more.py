"""Speed and memory of what is not plain sampling: conditions, large and wide input, starting, stopping.

Run by `bench.speed`, each task in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv

import lookalike as la
from bench import memory
from bench.turns import Result, in_turns

RARE = "education=Doctorate"
WHERE = ("no condition", RARE, "income=>50K", f"{RARE} income=<=50K age=30..40")
WIDE_COLUMNS = 20
MANY_COLUMNS = 100
CODES = 4_000


def conditions(model: str, rows: int, folder: Path) -> Result:
    """Seconds to draw ``rows`` rows under each of `WHERE`, and the share of rows that meet it unasked."""
    made = la.load(model)
    plain = made.sample(200_000, seed=8).to_pandas()
    held = {
        RARE: plain["education"] == "Doctorate",
        WHERE[2]: plain["income"] == ">50K",
    }
    held[WHERE[3]] = held[RARE] & (plain["income"] == "<=50K") & plain["age"].between(30, 40)
    turns: dict[str, Callable[[], object]] = {}
    for text in WHERE:
        where = None if text == WHERE[0] else _split(text)
        sample = made.sample(rows, seed=7, where=where)
        turns[text] = lambda sample=sample: sample.write(folder / "out.parquet")
    return {"seconds": in_turns(turns, 3), "share": {text: float(mask.mean()) for text, mask in held.items()}}


def _split(text: str) -> list[str]:
    return text.split(" ")


def reading(model: str, rows: int, folder: Path) -> Result:
    """Seconds to read a CSV of ``rows`` rows as a typed table and as pyarrow reads it; its size in bytes."""
    path = folder / "large.csv"
    la.load(model).sample(rows, seed=7).write(path, manifest=False)
    turns: dict[str, Callable[[], object]] = {
        "ours": lambda: la.read(path),
        "pyarrow": lambda: csv.read_csv(path),
    }
    return {"seconds": in_turns(turns, 2, warm=False), "size_bytes": path.stat().st_size}


def wide_fit(_: str, rows: int, folder: Path) -> Result:  # noqa: ARG001
    """Seconds to fit ``rows`` rows of 20 columns, and the peak memory, the table included, in bytes."""
    la.fit(la.read(mixed_table(2_000, 4), target="c0"))
    table = mixed_table(rows, WIDE_COLUMNS)
    before = memory.restart_peak()
    start, cpu = time.perf_counter(), time.process_time()
    la.fit(la.read(table, target="c0"))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = memory.peak_bytes() - before + table.nbytes
    return {"seconds": seconds, "cpu": cpu, "rows": rows, "table_bytes": table.nbytes, "peak_bytes": peak}


def many_codes(_: str, rows: int, folder: Path) -> Result:
    """Seconds to fit and to sample ``rows`` rows with a column of 4,000 codes, and how many come out."""
    random = np.random.default_rng(0)
    codes = np.minimum(random.zipf(1.2, rows) % CODES + random.integers(0, 2, rows), CODES - 1)
    names = pa.array([f"shop {code:04d}" for code in range(CODES)])
    columns: dict[str, pa.Array] = {
        "shop": pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names),
        "town": pa.array([f"town {code}" for code in range(60)]).take(pa.array((codes * 7) % 60)),
        "sales": pa.array(np.round(random.gamma(2.0, 10.0 + codes % 50), 2)),
    }
    table = pa.table(columns)
    start = time.perf_counter()
    made = la.fit(la.read(table))
    fitted = time.perf_counter()
    drawn = made.sample(rows).to_arrow()
    seconds = {"fit": fitted - start, "sample": time.perf_counter() - fitted}
    made.save(folder / "many.lal")
    kept = len(drawn["shop"].unique())
    return seconds | {"rows": rows, "codes_in": len(np.unique(codes)), "codes_out": kept}


def starting(_: str, times: int, folder: Path) -> Result:  # noqa: ARG001
    """Median seconds of a fresh interpreter that imports Lookalike, and of ``lookalike --help``."""

    def run(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True
        )

    turns = {
        "python": run("-c", "pass"),
        "import": run("-c", "import lookalike"),
        "help": run("-m", "lookalike", "--help"),
    }
    return in_turns(turns, times)


class Gaps:
    """A `Watch` that notes the longest time between two questions whether to stop, in processor seconds."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.thread_time()

    def progress(self, done: int, total: int) -> None:
        pass

    def stop(self) -> bool:
        now = time.thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now
        return False


def stopping(_: str, rows: int, folder: Path) -> Result:
    """Processor seconds that drawing 100 columns goes on unasked, and those of its longest kernel call."""
    from lookalike.models.kernels import draw_kernels

    made = la.fit(la.read(mixed_table(rows, MANY_COLUMNS), target="c0"))
    kernels = draw_kernels()
    longest = [0.0]
    for name in ("walk", "walk_within", "walk_weighted", "choose", "ticks_in_bins", "reals_in_bins"):
        setattr(kernels, name, _timed(getattr(kernels, name), longest))
    found: Result = {}
    for text, where in (("plain", None), ("a condition on the last category", ["c98=v1"])):
        sample = made.sample(30_000, where=where, workers=1)
        sample.sampler.rows(0, 10)
        longest[0], gaps = 0.0, Gaps()
        sample.write(folder / "out.csv", watch=gaps)
        found[text] = {"unasked_s": gaps.longest, "kernel_s": longest[0]}
    return found


def _timed(kernel: Callable[..., object], longest: list[float]) -> Callable[..., object]:
    def call(*arguments: Any) -> object:
        start = time.thread_time()
        result = kernel(*arguments)
        longest[0] = max(longest[0], time.thread_time() - start)
        return result

    return call


def mixed_table(rows: int, columns: int) -> pa.Table:
    """Columns c0, c1, … of which every other is a category, each related to the two before it."""
    random = np.random.default_rng(1)
    made: dict[str, pa.Array] = {}
    parents: Sequence[np.ndarray] = (np.zeros(rows), np.zeros(rows))
    for number in range(columns):
        mean = (parents[0] + parents[1]) / 2
        score = mean + random.normal(0, 1, rows)
        if number % 2 == 0:
            code = np.clip(np.round(score + 3), 0, 6).astype(np.int32)
            words = pa.array([f"v{value}" for value in range(7)])
            made[f"c{number}"] = pa.DictionaryArray.from_arrays(pa.array(code), words)
        else:
            made[f"c{number}"] = pa.array(
                np.round(score * 10, 2) if number % 4 == 1 else (score * 9).astype(int)
            )
        parents = (parents[1], (score - score.mean()) / score.std())
    return pa.table(made)
