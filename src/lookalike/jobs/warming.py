"""The compiled loops, made ready before workers start, so that they are compiled once and not by each.

`warm` runs this module as a process of its own: it does every verb that a job does, on a few rows of every
kind of column, and then leaves a mark in the cache folder. Where the mark is, nothing is run.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from lookalike.models import kernels

COMMAND = (sys.executable, "-m", __name__)
ROWS = 400
_POLL_S = 0.05


def mark() -> Path:
    """The file that says that all is compiled: for these sources, this numba, this Python, this processor."""
    digest = hashlib.sha256()
    for source in kernels.sources():
        digest.update(f"{source.name} {source.stat().st_mtime_ns} {source.stat().st_size}\n".encode())
    where = os.environ.get("NUMBA_CACHE_DIR")
    digest.update(repr([version("numba"), sys.version, platform.machine(), _processor(), where]).encode())
    return kernels.cache_folder() / f"warm-{digest.hexdigest()[:16]}"


def is_warm() -> bool:
    """Whether there is nothing to compile, or nothing that is compiled."""
    return os.environ.get("NUMBA_DISABLE_JIT") == "1" or mark().exists()


def warm(stop: threading.Event, tell: Callable[[str], None]) -> None:
    """Compile what is not compiled yet, in a process of its own, until it is done or ``stop`` is set.

    If there is anything to do, ``tell`` is called with ``compiling``, and then with ``compiled``, or with
    ``failed``: then workers compile for themselves. `OSError` when no process can be started.
    """
    if is_warm():
        return
    tell("compiling")
    process = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    while process.poll() is None:
        if stop.wait(_POLL_S):
            process.kill()
    if not stop.is_set():
        tell("compiled" if process.wait() == 0 else "failed")


def compile_all() -> None:
    """Do each verb with a table of ``ROWS`` rows, then leave the mark; `OSError` when it cannot be left."""
    found = mark()  # before the cache is placed, as whoever looks for it sees the environment
    if not kernels.place_cache():
        raise OSError("What is compiled cannot be kept.")
    from lookalike import verbs

    table = verbs.read(_table(ROWS))
    model = verbs.fit(table, target="yes", holdout="auto", threads=1)
    model.sample(ROWS, where={"age": "30..50", "town": "Oslo"}).to_arrow()
    model.sample(ROWS, balance="town").to_arrow()
    verbs.check(table, model.sample(ROWS).to_arrow(), holdout="auto", target="yes")
    found.parent.mkdir(parents=True, exist_ok=True)
    found.touch()


def _table(rows: int) -> object:
    """A column of every kind that is compiled for, with a rule between two of them: a `pyarrow.Table`."""
    import numpy as np
    import pyarrow as pa

    random = np.random.default_rng(1)
    number = np.arange(rows)
    low = random.integers(0, 1000, rows)
    when = 1_700_000_000 + random.integers(0, 10_000_000, rows)
    return pa.table(
        {
            "id": [f"A-{one:05d}" for one in random.permutation(90_000)[:rows] + 10_000],
            "town": random.choice(["Oslo", "Rome", "Lyon", "Bern"], rows),  # nosec B311: NumPy's, seeded
            "age": random.integers(20, 80, rows),
            "ratio": np.round(random.gamma(2.0, 3.0, rows), 2),
            "real": random.normal(size=rows),
            "low": low,
            "high": low + random.integers(0, 300, rows),
            "when": pa.array(when * 1_000_000).cast(pa.timestamp("us")),
            "yes": (number + random.integers(0, 3, rows)) % 3 == 0,
        }
    )


def _processor() -> str:
    """What compiled code depends on of the processor, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))


if __name__ == "__main__" and not is_warm():
    compile_all()
