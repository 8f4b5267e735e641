"""The service is killed while a worker stands at any point of a task, and started again, by real time."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from faults.kinds import TEN_IN_FAULTS, kind
from jobs_desk import CANARY, Desk, copied, expected, table
from lookalike import faults
from lookalike.jobs.model import Job
from service_process import Running, gone, until

ROWS = 25_000
LEASE_S = 1.0
QUICK = {
    "lease_s": str(LEASE_S),
    "beat_s": "0.2",
    "sweep_s": "0.2",
    "workers": "1",
    "check_from_rows": "1000000",
}
CLEANING = ("before-clean", "after-clean")
IN_TURN = (
    "after-claim",
    "before-blob",
    "after-blob",
    "before-commit",
    "before-settle",
    "after-commit",
    "before-finalise",
    *CLEANING,
)
"""All points, as one job can pass them: what was committed once is not passed again."""

MANY = 50
MANY_RETRIES = {"retries_s": ",".join(["0.1"] * MANY)}


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
        self.orphans: list[int] = []

    def start(self, **settings: str) -> Running:
        self.running.append(Running(self.desk.folder, **{**QUICK, **settings}))
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


def test_every_point_has_its_turn() -> None:
    assert sorted(IN_TURN) == sorted(faults.JOB_POINTS)


@pytest.fixture
def case(prepared: tuple[Path, Job, str], tmp_path: Path) -> Iterator[Case]:
    template, fitted, _ = prepared
    made = Case(template, tmp_path / "home", fitted)
    yield made
    for one in made.running:
        one.end(signal.SIGKILL)
    for orphan in made.orphans:  # those of a test that failed
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGKILL)
    made.desk.close()


def stopped(running: Running) -> list[int]:
    return [pid for pid, state in running.children.items() if state.startswith("T")]


@kind("the service and its workers are killed (SIGKILL)")
@pytest.mark.parametrize("again", TEN_IN_FAULTS)
@pytest.mark.parametrize("point", faults.JOB_POINTS)
def test_a_kill_of_all_of_it_costs_nothing_but_time(
    point: str, again: int, case: Case, prepared: tuple[Path, Job, str]
) -> None:
    killed(case, [point])
    finished(case, prepared[2])


@kind("the service alone is killed, its frozen worker wakes later")
@pytest.mark.parametrize("again", TEN_IN_FAULTS)
@pytest.mark.parametrize("point", faults.JOB_POINTS)
def test_a_kill_of_the_api_alone_leaves_no_worker_that_does_harm(
    point: str, again: int, case: Case, prepared: tuple[Path, Job, str]
) -> None:
    """Its frozen worker wakes when another service has done the job, and ends."""
    orphans = left_alone(case, [point])
    finished(case, prepared[2], orphans)


def test_a_job_outlives_a_kill_of_all_of_it_at_every_point_in_turn(
    case: Case, prepared: tuple[Path, Job, str]
) -> None:
    killed(case, IN_TURN)
    finished(case, prepared[2])


def test_a_job_outlives_a_kill_of_the_api_at_every_point_in_turn_and_all_its_frozen_workers(
    case: Case, prepared: tuple[Path, Job, str]
) -> None:
    orphans = left_alone(case, IN_TURN)
    assert len(set(orphans)) == len(IN_TURN)
    finished(case, prepared[2], orphans)


def killed(case: Case, points: Sequence[str]) -> None:
    """Start it with a worker that stops at a point, and kill all of it there; at one after the other."""
    for point in points:
        running = case.start(fault=f"{point}:freeze:1", **MANY_RETRIES)
        until(lambda running=running: stopped(running))
        running.kill_all()


def left_alone(case: Case, points: Sequence[str]) -> list[int]:
    """The same, but that the workers stay, stopped: their process ids.

    One that was stopped while another of its threads wrote keeps all others from writing; the service that is
    started next then kills it.
    """
    orphans: list[int] = []
    for point in points:
        running = case.start(fault=f"{point}:freeze:1", **MANY_RETRIES)
        until(lambda running=running: stopped(running))
        [orphan] = stopped(running)
        running.end(signal.SIGKILL)
        assert not gone(orphan)
        orphans.append(orphan)
        case.orphans.append(orphan)
    return orphans


def finished(case: Case, sha256: str, orphans: Sequence[int] = ()) -> None:
    """Start it once more: it ends the job; then whoever still stands somewhere wakes, and changes nothing."""
    last = case.start(**MANY_RETRIES)
    until(case.is_done)
    for orphan in orphans:
        with contextlib.suppress(ProcessLookupError):
            os.kill(orphan, signal.SIGCONT)
    until(lambda: all(gone(orphan) for orphan in orphans))
    assert last.end() == 0
    case.check(sha256)
