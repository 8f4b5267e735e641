"""The service is killed while a worker stands at any point of a task, and started again, by real time."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobs_desk import CANARY, Desk, copied, expected, table
from lookalike import faults
from lookalike.jobs.model import Job
from service_process import Running, gone, until

ROWS = 25_000
QUICK = {
    "lease_s": "1.5",
    "beat_s": "0.2",
    "sweep_s": "0.2",
    "retries_s": "0.1,0.1,0.1",
    "workers": "1",
}

TEN_TIMES = [0, *(pytest.param(again, marks=pytest.mark.faults) for again in range(1, 10))]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Job, str]:
    """A fitted model in a home, and the hash of the file that nothing disturbed."""
    folder = tmp_path_factory.mktemp("prepared") / "template"
    desk = Desk(folder)
    fitted = desk.fit(table(), model="independent")
    desk.work()
    sha256 = expected(desk, fitted, ROWS, folder.parent / "rows.csv", seed=5)
    desk.tidy()
    desk.close()
    return folder, fitted, sha256


class Case:
    """A home of its own with a job to be done."""

    def __init__(self, template: Path, folder: Path, fitted: Job) -> None:
        self.desk = copied(template, folder)
        self.job = self.desk.generate(fitted, ROWS, format="csv", seed=5)
        self.running: list[Running] = []

    def start(self, **settings: str) -> Running:
        self.running.append(Running(self.desk.folder, **QUICK, **settings))
        return self.running[-1]

    def is_done(self) -> bool:
        job = self.desk.job(self.job)
        assert job.state != "failed", job.problem
        return job.state == "completed" and job.clean == "done"

    def check(self, sha256: str) -> None:
        """Whole, as it should be, and nothing left over."""
        job = self.desk.job(self.job)
        assert job.result is not None
        assert (job.result["sha256"], job.result["rows"]) == (sha256, ROWS)
        self.desk.file(self.job)
        self.desk.tidy()
        log = [entry for task in self.desk.ledger.tasks(job.id) for entry in task["attempts"]]
        told = [one["problem"]["detail"] for one in log if one["problem"] and one["problem"]["detail"]]
        assert self.desk.blobs(self.job) == sorted([*job.result["blobs"].values(), *told])
        logs = [(one.log, one.log.read_bytes()) for one in self.running]
        for file, data in [*self.desk.bytes_on_disk(), *logs]:
            assert CANARY.encode() not in data, file


@pytest.fixture
def case(prepared: tuple[Path, Job, str], tmp_path: Path) -> Iterator[Case]:
    template, fitted, _ = prepared
    made = Case(template, tmp_path / "home", fitted)
    yield made
    for one in made.running:
        one.end(signal.SIGKILL)
    made.desk.close()


def stopped(running: Running) -> list[int]:
    return [pid for pid, state in running.children.items() if state.startswith("T")]


@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("point", faults.JOB_POINTS)
def test_a_kill_of_all_of_it_costs_nothing_but_time(
    point: str, again: int, case: Case, prepared: tuple[Path, Job, str]
) -> None:
    first = case.start(fault=f"{point}:freeze:1")
    until(lambda: stopped(first))
    first.kill_all()
    second = case.start()
    until(case.is_done)
    assert second.end() == 0
    case.check(prepared[2])


@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("point", faults.JOB_POINTS)
def test_a_kill_of_the_api_alone_leaves_no_worker_that_does_harm(
    point: str, again: int, case: Case, prepared: tuple[Path, Job, str]
) -> None:
    """Its frozen worker wakes when another service has done the job, and ends."""
    first = case.start(fault=f"{point}:freeze:1")
    until(lambda: stopped(first))
    [orphan] = stopped(first)
    first.end(signal.SIGKILL)
    assert not gone(orphan)
    second = case.start()
    until(case.is_done)
    os.kill(orphan, signal.SIGCONT)
    until(lambda: gone(orphan))
    assert second.end() == 0
    case.check(prepared[2])
