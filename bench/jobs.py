"""A job beside the command line: the same million rows, made by two workers through the ledger, sealed.

    python -m bench.jobs [--rows N] [--rounds K] TRAIN.csv

Prints Markdown. The two are timed in turn, in the same minute, and have to give the same SHA-256. A job's
time is from its submission to the moment at which its file can be downloaded; the command's is all of the
command.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path

from lookalike import ids
from lookalike.jobs.entry import House, spawned
from lookalike.jobs.model import Job
from lookalike.jobs.submit import Asked, Fit, Generate, submit_fit, submit_generate
from lookalike.settings import read_settings

WORKERS = 2
ASKED = Asked(owner="bench")


@contextlib.contextmanager
def working(count: int) -> Generator[list[subprocess.Popen[bytes]]]:
    """``count`` workers of the installation that the environment names."""
    workers = [spawned()(f"bench-{number}") for number in range(count)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


def ended(house: House, job: Job) -> Job:
    """The job, once it has ended well."""
    pause = threading.Event()
    while (now := house.ledger.job(job.id)).state not in ("completed", "failed", "cancelled"):
        pause.wait(0.02)
    assert now.state == "completed", now.problem
    return now


def fitted(house: House, train: Path) -> Job:
    dataset = ids.new("ds")
    house.stores.keys.create(dataset)
    blob = house.stores.sealed(dataset).put(f"{dataset}/upload", [train.read_bytes()]).key
    return ended(house, submit_fit(house.stores, house.ledger, ASKED, Fit(dataset=dataset, blob=blob)))


def generated(house: House, model: Job, rows: int, kind: str, seed: int) -> tuple[Job, float]:
    """The job, and its seconds."""
    began = time.perf_counter()
    wanted = Generate(fitted=model, rows=rows, format=kind, seed=seed)  # type: ignore[arg-type]
    job = ended(house, submit_generate(house.stores, house.ledger, ASKED, wanted))
    return job, time.perf_counter() - began


def by_command(model: Path, rows: int, kind: str, seed: int) -> tuple[str, float]:
    """The SHA-256 of what ``lookalike sample`` makes, and its seconds."""
    out = model.with_name(f"rows.{kind}")
    command = [sys.executable, "-m", "lookalike", "sample", str(model), "-n", str(rows), "--seed", str(seed)]
    began = time.perf_counter()
    subprocess.run([*command, "-o", str(out), "--quiet"], check=True)
    seconds = time.perf_counter() - began
    return hashlib.sha256(out.read_bytes()).hexdigest(), seconds


def speed(house: House, model: Job, rows: int, rounds: int, folder: Path) -> None:
    assert model.result is not None
    file = folder / "model.lal"
    file.write_bytes(b"".join(house.stores.sealed(model.output).read(model.result["blobs"]["model"])))
    print(f"| {rows:,} rows | job, s | command, s | job ÷ command | same SHA-256 |\n|---|---|---|---|---|")
    with working(WORKERS):
        generated(house, model, 20_000, "csv", 0)  # the kernels are loaded, the workers are there
        for kind in ("parquet", "csv"):
            pairs: list[tuple[float, float]] = []
            same = True
            for seed in range(rounds):
                job, ours = generated(house, model, rows, kind, seed)
                sha256, theirs = by_command(file, rows, kind, seed)
                assert job.result is not None
                same &= sha256 == job.result["sha256"]
                pairs.append((ours, theirs))
            ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            print(f"| {kind} | {ours:.2f} | {theirs:.2f} | {ratio:.2f} | {'yes' if same else 'NO'} |")
            assert same


def memory(house: House, model: Job, rows: int) -> None:
    print("\n| rows | peak of one worker, MB |\n|---|---|")
    for count in (20_000, rows, 5 * rows):
        with working(1) as (worker,):
            generated(house, model, count, "parquet", 0)
            status = (Path("/proc") / str(worker.pid) / "status").read_text()
        peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
        print(f"| {count:,} | {int(peak) / 1024:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description="A job beside the command line.")
    parser.add_argument("train", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOOKALIKE_HOME"] = str(Path(folder) / "data")
        house = House(read_settings())
        with working(1):
            model = fitted(house, asked.train)
        speed(house, model, asked.rows, asked.rounds, Path(folder))
        memory(house, model, asked.rows)
        house.close()


if __name__ == "__main__":
    main()
