"""A whole installation in a folder, for tests of jobs: real stores, a real model, real workers."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import marginals
from lookalike import ids, models, verbs
from lookalike.clock import Clock, SystemClock
from lookalike.jobs import tidy
from lookalike.jobs.downloads import DOWNLOAD
from lookalike.jobs.entry import run_worker
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import JOB, TASK, Job
from lookalike.jobs.publications import PUBLICATION
from lookalike.jobs.spending import SPENDING
from lookalike.jobs.submit import Asked, Fit, Generate, submit_fit, submit_generate
from lookalike.jobs.sweep import Patience, Sweeper
from lookalike.jobs.work import Limits, Worker
from lookalike.settings import read_settings
from lookalike.stores.blobs import DiskBlobs
from lookalike.stores.keys import KEY, Keys
from lookalike.stores.master_keys import KeyFile
from lookalike.stores.opened import Stores
from lookalike.stores.sqlite_documents import BUSY_S, SqliteDocuments
from lookalike.stores.sqlite_records import SqliteRecords

models.BUILT_IN.setdefault("marginals", marginals.PLACES)  # a real model that compiles nothing

KINDS = [JOB, TASK, KEY, PUBLICATION, SPENDING, DOWNLOAD]
CANARY = "zanzibar-9171"
ASKED = Asked(owner="user_1")


def stores_in(folder: Path, busy_s: float = BUSY_S) -> Stores:
    documents = SqliteDocuments(folder / "documents.db", KINDS, busy_s=busy_s)
    blobs, keys = DiskBlobs(folder / "blobs"), Keys(documents, KeyFile(folder / "master.key"))
    records = SqliteRecords(folder / "records.db", blobs, keys, busy_s=busy_s)
    return Stores(documents, blobs, keys, records)


class Desk:
    """Everything on one table: submit, work, sweep, look."""

    def __init__(self, folder: Path, clock: Clock | None = None, *, busy_s: float = BUSY_S) -> None:
        self.folder = folder
        self.clock = clock or SystemClock()
        self.stores = stores_in(folder, busy_s)
        self.ledger = Ledger(self.stores.documents, self.clock)
        self.sweeper = Sweeper(self.ledger, lambda job: tidy.clean(self.stores, job), Patience())
        self.scrubber = tidy.Scrubber(self.stores, self.ledger)

    def close(self) -> None:
        self.stores.close()

    def upload(self, data: bytes) -> tuple[str, str]:
        """The id of a dataset, and the key of its blob."""
        dataset = ids.new("ds", self.clock)
        self.stores.keys.create(dataset)
        return dataset, self.stores.sealed(dataset).put(f"{dataset}/upload", [data]).key

    def fit(self, data: bytes, *, model: str = "marginals", **options: Any) -> Job:
        dataset, blob = self.upload(data)
        fitting = {"model": model, **options}
        return submit_fit(self.stores, self.ledger, ASKED, Fit(dataset=dataset, blob=blob, fitting=fitting))

    def generate(self, fitted: Job, rows: int, asked: Asked = ASKED, **options: Any) -> Job:
        wanted = Generate(fitted=self.ledger.job(fitted.id), rows=rows, **options)
        return submit_generate(self.stores, self.ledger, asked, wanted)

    def worker(self, name: str = "w1", beat_s: float = 0.05) -> Worker:
        return Worker(self.stores, self.ledger, pool="default", name=name, limits=Limits(beat_s))

    def work(self, name: str = "w1", beat_s: float = 0.05) -> int:
        """How many tasks one worker did until there was none left."""
        worker, done = self.worker(name, beat_s), 0
        while worker.step():
            done += 1
        return done

    def spawn(self, name: str, fault: str | None = None) -> subprocess.Popen[bytes]:
        """A worker in a process of its own, which ends when there is nothing left to do.

        Its heart does not beat by itself, so that no fault meets it while it holds the database.
        """
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
        environment.pop("LOOKALIKE_FAULT", None)
        if fault is not None:
            environment["LOOKALIKE_FAULT"] = fault
        command = [sys.executable, "-m", "jobs_desk", "work", str(self.folder), name]
        return subprocess.Popen(command, env=environment)

    def job(self, job: Job) -> Job:
        return self.ledger.job(job.id)

    def tidy(self) -> None:
        """Sweep and scrub until nothing is left to be done."""
        while self.sweeper.sweep():
            pass
        self.scrubber.scrub()
        self.scrubber.scrub()

    def file(self, job: Job) -> bytes:
        """The bytes of what a job made, read from its sealed blob, and held against what the ledger says."""
        result = self.job(job).result
        assert result is not None
        data = b"".join(self.stores.sealed(job.output).read(result["blobs"]["file"]))
        assert (len(data), hashlib.sha256(data).hexdigest()) == (result["size_bytes"], result["sha256"])
        return data

    def blobs(self, job: Job) -> list[str]:
        return sorted(info.key for info in self.stores.blobs.list(f"{job.output}/"))

    def bytes_on_disk(self) -> list[tuple[Path, bytes]]:
        return [(file, file.read_bytes()) for file in self.folder.rglob("*") if file.is_file()]


def table(rows: int = 300) -> bytes:
    """A small CSV table with a canary among its columns and another among its cells."""
    lines = [f"age,{CANARY}-column,town"]
    lines += [f"{20 + i % 50},{i % 7},{[f'{CANARY}-cell', 'Oslo', 'Rome'][i % 3]}" for i in range(rows)]
    return ("\n".join(lines) + "\n").encode()


def expected(desk: Desk, fitted: Job, rows: int, path: Path, **options: Any) -> str:
    """The SHA-256 of the file that the library writes by itself, in one process, without any ledger."""
    result = desk.job(fitted).result
    assert result is not None
    model = verbs.loads(b"".join(desk.stores.sealed(fitted.output).read(result["blobs"]["model"])))
    return model.sample(rows, **options).write(path).sha256


def copied(template: Path, folder: Path, clock: Clock | None = None, **options: Any) -> Desk:
    """A desk of its own with everything that another one held."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    return Desk(folder, clock, **options)


def main(arguments: Sequence[str]) -> None:
    """``work FOLDER NAME``: do what there is to do. ``serve … NAME``: as ``lookalike worker`` does."""
    if arguments[0] == "serve":
        run_worker(read_settings(), arguments[-1], tied=True)
        return
    _, folder, name = arguments
    desk = Desk(Path(folder))
    desk.work(name, beat_s=3600)
    desk.sweeper.sweep()
    desk.close()


if __name__ == "__main__":
    main(sys.argv[1:])
