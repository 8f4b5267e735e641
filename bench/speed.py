"""Speed and memory on adult, each measured in a fresh process: ``python -m bench.speed TASK MODEL ROWS``.

Times are quoted beside pyarrow writing the very same table in the same process, turn by turn: only the ratio
travels between machines. Peak memory is the kernel's high-water mark of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import lookalike as la
from bench import speed_more
from bench.datasets import DATA
from bench.memory import peak_bytes
from bench.turns import Result, in_turns

ADULT = DATA / "adult" / "train.csv"
ROWS = (100_000, 1_000_000, 10_000_000, 50_000_000)
ROWS_OF_A_GIGABYTE = 9_500_000


def measure(*, quick: bool = False) -> Result:
    """All of it; ``quick`` stops at 1,000,000 rows, and reads and fits a tenth."""
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
            "conditions": apart("conditions", model, 100_000),
            "reading": apart("reading", model, 500_000 if quick else ROWS_OF_A_GIGABYTE),
            "wide_fit": apart("wide_fit", model, 100_000 if quick else 1_000_000),
            "many_codes": apart("many_codes", model, 30_000 if quick else 300_000),
            "starting": apart("starting", model, 5),
            "stopping": apart("stopping", model, 5_000 if quick else 20_000),
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
    """Seconds to Parquet with one and with two workers, and what two threads are worth on this machine now.

    ``ceiling``: arithmetic that shares nothing, the same amount by one thread and by two. cpu: processor
    seconds of all threads, which say what two workers cost beside one however busy the machine is.
    """
    made = la.load(model)
    out = folder / "out.parquet"
    cpu: dict[str, float] = {}

    def run(count: int) -> None:
        start = time.process_time()
        made.sample(rows, seed=7, workers=count).to_parquet(out)
        cpu[str(count)] = time.process_time() - start

    turns: dict[str, Callable[[], object]] = {}
    for count in (1, 2):
        turns[str(count)] = partial(run, count)
        turns[f"ceiling {count}"] = partial(_arithmetic, count)
    return in_turns(turns, 5) | {"cpu": cpu}


def _arithmetic(threads: int) -> None:
    """Half a second or so of work that needs neither interpreter nor memory, cut in ``threads`` pieces."""
    from lookalike.models import _id_kernels

    values = np.arange(2_000, dtype=np.uint64)

    def work() -> None:
        room = values.copy()
        for _ in range(60_000 // threads):
            _id_kernels.draw(np.uint64(1), room, room)

    if threads == 1:
        work()
        return
    pool = [threading.Thread(target=work) for _ in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()


def growth(model: str, rows: int, folder: Path) -> Result:
    """Seconds to fit ``rows`` and ten times as many rows."""
    made = la.load(model)
    turns = {}
    for times in (1, 10):
        path = folder / f"{times}.parquet"
        made.sample(rows * times, seed=7).to_parquet(path)
        turns[str(times)] = partial(la.fit, la.read(path, target="income"))
    return in_turns(turns, 3)


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


TASKS: dict[str, Callable[[str, int, Path], Result]] = {
    "first": first,
    "beside": beside,
    "size": size,
    "workers": workers,
    "growth": growth,
    "conditions": speed_more.conditions,
    "reading": speed_more.reading,
    "wide_fit": speed_more.wide_fit,
    "many_codes": speed_more.many_codes,
    "starting": speed_more.starting,
    "stopping": speed_more.stopping,
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
