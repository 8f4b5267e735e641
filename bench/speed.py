"""Speed and memory on adult, each measured in a fresh process: ``python -m bench.speed TASK MODEL ROWS``.

Times are quoted beside pyarrow writing the very same table in the same process, turn by turn: only the ratio
travels between machines. Peak memory is the kernel's high-water mark of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import lookalike as la
from bench.datasets import DATA

Result = dict[str, Any]
ADULT = DATA / "adult" / "train.csv"
ROWS = (100_000, 1_000_000, 10_000_000, 50_000_000)


def measure(*, quick: bool = False) -> Result:
    """All of it; ``quick`` stops at 1,000,000 rows."""
    with tempfile.TemporaryDirectory() as folder:
        model = str(Path(folder) / "adult.lal")
        first, again = (apart("first", model, 10_000, cache=Path(folder) / "cache") for _ in range(2))
        sizes = [rows for rows in ROWS if not quick or rows <= 1_000_000]
        return {
            "first_run_s": first["seconds"],
            "later_run_s": again["seconds"],
            "beside_pyarrow": apart("beside", model, 1_000_000),
            "sizes": {rows: apart("size", model, rows) for rows in sizes},
            "workers": apart("workers", model, 2_000_000),
            "growth": apart("growth", model, 30_000),
        }


def apart(task: str, model: str, rows: int, cache: Path | None = None) -> Result:
    """What ``task`` gives in a process of its own; ``cache`` holds its compiled kernels."""
    environment = dict(os.environ) | ({"LOOKALIKE_CACHE": str(cache)} if cache else {})
    done = subprocess.run(
        [sys.executable, "-m", "bench.speed", task, model, str(rows)],
        stdout=subprocess.PIPE,
        env=environment,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def first(model: str, rows: int, folder: Path) -> Result:
    """A whole first job: read, fit, save, and a few rows."""
    start = time.perf_counter()
    made = la.fit(la.read(ADULT, target="income"))
    made.sample(rows).to_parquet(folder / "first.parquet")
    seconds = time.perf_counter() - start
    made.save(model)
    return {"seconds": seconds}


def beside(model: str, rows: int, folder: Path) -> Result:
    """Medians of five turns: our Parquet and CSV, and pyarrow's of the same table, which it has in memory."""
    from pyarrow import csv, parquet

    sample = la.load(model).sample(rows, seed=7)
    table = sample.to_arrow()
    turns: dict[str, Callable[[], object]] = {
        "parquet": lambda: sample.to_parquet(folder / "ours.parquet"),
        "pyarrow_parquet": lambda: parquet.write_table(table, folder / "theirs.parquet"),
        "csv": lambda: sample.to_csv(folder / "ours.csv"),
        "pyarrow_csv": lambda: csv.write_csv(table, folder / "theirs.csv"),
    }
    return in_turns(turns, 5)


def size(model: str, rows: int, folder: Path) -> Result:
    """Rows per second to Parquet, and the peak memory of the process in bytes."""
    made = la.load(model)
    made.sample(10_000).to_parquet(folder / "warm.parquet")
    start = time.perf_counter()
    made.sample(rows, seed=7).to_parquet(folder / "out.parquet")
    return {"rows_per_s": rows / (time.perf_counter() - start), "peak_bytes": peak_bytes()}


def workers(model: str, rows: int, folder: Path) -> Result:
    """Seconds to Parquet with one and with two workers."""
    made = la.load(model)
    turns = {
        str(count): lambda count=count: made.sample(rows, seed=7, workers=count).to_parquet(
            folder / "out.parquet"
        )
        for count in (1, 2)
    }
    return in_turns(turns, 3)


def growth(model: str, rows: int, folder: Path) -> Result:
    """Seconds to fit ``rows`` and ten times as many rows."""
    made = la.load(model)
    turns = {}
    for times in (1, 10):
        path = folder / f"{times}.parquet"
        made.sample(rows * times, seed=7).to_parquet(path)
        turns[str(times)] = partial(la.fit, la.read(path, target="income"))
    return in_turns(turns, 3)


def in_turns(turns: dict[str, Callable[[], object]], times: int) -> Result:
    """Median seconds of each, one after the other, after a first turn that is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for turn in range(times + 1):
        for name, work in turns.items():
            start = time.perf_counter()
            work()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak_bytes() -> int:
    """The largest resident size of this process. Linux: VmHWM, since ru_maxrss begins at the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


TASKS: dict[str, Callable[[str, int, Path], Result]] = {
    "first": first,
    "beside": beside,
    "size": size,
    "workers": workers,
    "growth": growth,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.speed", description=__doc__)
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("model", help="the model file; made by the task 'first'")
    parser.add_argument("rows", type=int)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(TASKS[arguments.task](arguments.model, arguments.rows, Path(folder))))


if __name__ == "__main__":
    main()
