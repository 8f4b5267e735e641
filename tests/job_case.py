"""A job that something is done to at some point of its way, and what must hold of it in the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs_desk import CANARY, Desk, copied, expected, table
from lookalike.errors import Unavailable
from lookalike.jobs.model import Job
from manual_clock import ManualClock

ROWS = 25_000  # three chunks, the last of them clipped
CHUNKS = 3
STEPS = (33, 66, 90, 92, 95, 100)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A folder with a fitted model, and the hash of the file that nothing disturbed."""

    folder: Path
    fitted: Job
    sha256: str


def prepare(folder: Path) -> Prepared:
    desk = Desk(folder / "template")
    fitted = desk.fit(table())
    desk.work()
    sha256 = expected(desk, fitted, ROWS, folder / "rows.parquet", seed=5)
    desk.tidy()
    desk.close()
    return Prepared(folder / "template", fitted, sha256)


class Case:
    """A copy of what was prepared, under a clock of its own."""

    job: Job

    def __init__(self, prepared: Prepared, folder: Path, **options: Any) -> None:
        self.clock = ManualClock()
        self.desk = copied(prepared.folder, folder, self.clock, **options)
        self.fitted = prepared.fitted
        self.sha256 = prepared.sha256

    def submit(self, asked: Any = None) -> Job:
        more = () if asked is None else (asked,)
        self.job = self.desk.generate(self.fitted, ROWS, *more, format="parquet", seed=5)
        return self.job

    def rest(self) -> int:
        """Others do what is left, whatever has to be waited for; how often the store did not answer."""
        failed = 0
        for _ in range(20):
            try:
                self.desk.sweeper.sweep()
                self.desk.work("w2")
            except Unavailable:
                failed += 1
                continue  # as whoever serves does
            if self.desk.job(self.job).clean == "done":
                break
            self.clock.wait(15)
        return failed

    def attempts(self) -> list[dict[str, Any]]:
        return [entry for task in self.desk.ledger.tasks(self.job.id) for entry in task["attempts"]]

    def check(self) -> None:
        """Whole, as it should be, and nothing left over: no orphan, no plaintext, no key of nothing."""
        job = self.desk.job(self.job)
        assert job.state == "completed", job.problem
        assert job.steps == STEPS
        self.desk.file(self.job)
        assert job.result is not None
        assert (job.result["sha256"], job.result["rows"]) == (self.sha256, ROWS)
        self.desk.tidy()
        problems = [entry["problem"] for entry in self.attempts() if entry["problem"]]
        told = [problem["detail"] for problem in problems if problem["detail"]]
        found, known = self.desk.blobs(self.job), sorted([*job.result["blobs"].values(), *told])
        assert found == known, f"{found} in place of {known}"
        for file, data in self.desk.bytes_on_disk():
            assert CANARY.encode() not in data, file
            assert "#" not in file.name
