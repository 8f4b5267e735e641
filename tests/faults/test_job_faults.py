"""A worker is killed, or frozen, at every point a task passes; the job ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.kinds import TEN_TIMES, kind
from job_case import CHUNKS, Case, Prepared, prepare
from lookalike import faults
from lookalike.jobs.ledger import LOST

PASSES = {
    "after-claim": (1, CHUNKS + 1),
    "before-blob": (1, CHUNKS + 1, CHUNKS + 2),  # a chunk, the file, its manifest
    "after-blob": (1, CHUNKS + 1, CHUNKS + 2),
    "before-finalise": (1,),
    "before-commit": (1, CHUNKS + 1),
    "before-settle": (1, CHUNKS, CHUNKS + 1),
    "after-commit": (1, CHUNKS + 1),
    "before-clean": (1,),
    "after-clean": (1,),
}
EVERY = [
    # the last pass always, the others by `make faults`
    pytest.param(f"{point}:{which}", marks=() if which == passes[-1] else pytest.mark.faults)
    for point, passes in PASSES.items()
    for which in passes
]


def test_every_point_of_a_task_is_tried() -> None:
    assert set(PASSES) == set(faults.JOB_POINTS)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("prepared"))


@pytest.fixture
def case(prepared: Prepared, tmp_path: Path) -> Iterator[Case]:
    made = Case(prepared, tmp_path / "case")
    made.submit()
    yield made
    made.desk.close()


@kind("a worker is killed (SIGKILL)")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("fault", EVERY)
def test_a_worker_killed_at_any_point_costs_nothing_but_time(fault: str, again: int, case: Case) -> None:
    point, which = fault.split(":")
    killed = case.desk.spawn("w1", f"{point}:kill:{which}")
    assert killed.wait() == -signal.SIGKILL
    case.rest()
    case.check()


@kind("a worker freezes (SIGSTOP) and wakes after its lease")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("fault", EVERY)
def test_a_worker_that_freezes_at_any_point_and_wakes_after_its_lease_changes_nothing(
    fault: str, again: int, case: Case
) -> None:
    point, which = fault.split(":")
    frozen = case.desk.spawn("w1", f"{point}:freeze:{which}")
    status = os.waitid(os.P_PID, frozen.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert status is not None
    assert status.si_code == os.CLD_STOPPED
    case.rest()
    assert case.desk.job(case.job).state == "completed"
    before = case.desk.job(case.job)
    frozen.send_signal(signal.SIGCONT)
    assert frozen.wait() == 0
    assert case.desk.job(case.job).result == before.result
    case.check()


@kind("one blob of a job meets a full disk")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("which", range(1, CHUNKS + 3))
def test_a_disk_that_is_full_for_a_while_costs_nothing_but_time(
    which: int, again: int, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOKALIKE_FAULT", f"before-blob:error:{which}")
    case.desk.work()
    assert case.desk.job(case.job).state == "retrying"
    monkeypatch.delenv("LOOKALIKE_FAULT")
    case.rest()
    case.check()


def test_a_task_that_kills_four_workers_fails_its_job_while_others_go_on(case: Case) -> None:
    doomed, other = case.job, case.desk.generate(case.fitted, 10_000)
    for number in range(4):
        case.desk.sweeper.sweep()
        killed = case.desk.spawn(f"k{number}", "after-claim:kill:1")
        assert killed.wait() == -signal.SIGKILL
        assert case.desk.ledger.lose_worker(f"k{number}") == 1
        case.desk.sweeper.sweep()
        case.clock.wait(20)
    failed = case.desk.job(doomed)
    assert (failed.state, failed.problem) == ("failed", LOST)
    case.rest()
    assert case.desk.job(other).state == "completed"
    case.desk.tidy()
    assert case.desk.blobs(doomed) == []


SUBMIT = """
import sys
from pathlib import Path
from jobs_desk import Asked, Desk
desk = Desk(Path(sys.argv[1]))
fitted = desk.ledger.job(sys.argv[2])
print(desk.generate(fitted, 25_000, Asked(owner="me", idempotency_key="once"), format="parquet", seed=5).id)
"""


@kind("who submits is killed (SIGKILL), and asks again")
@pytest.mark.parametrize("again", TEN_TIMES)
@pytest.mark.parametrize("point", faults.SUBMIT_POINTS)
def test_a_submitter_killed_at_any_point_and_asked_again_makes_one_job(
    point: str, again: int, case: Case
) -> None:
    case.desk.ledger.cancel(case.job.id)

    def submit(fault: str | None) -> tuple[int, str]:
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
        if fault is not None:
            environment["LOOKALIKE_FAULT"] = fault
        command = [sys.executable, "-c", SUBMIT, str(case.desk.folder), case.fitted.id]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip()

    assert submit(f"{point}:kill") == (-signal.SIGKILL, "")
    status, job_id = submit(None)
    assert status == 0
    assert submit(None) == (0, job_id)
    made = case.desk.stores.documents.find("job", {"owner": "me"})
    assert [doc["id"] for doc in made] == [job_id]
    case.job = case.desk.ledger.job(job_id)
    case.rest()
    case.check()


def _alter(case: Case, change: Callable[[bytes], bytes]) -> None:
    task = case.desk.ledger.tasks(case.job.id)[1]
    path = case.desk.folder / "blobs" / task["result"]["blobs"]["rows"]
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data[:100] + bytes([data[100] ^ 1]) + data[101:]]
)
def test_a_chunk_that_was_changed_on_disk_fails_the_job_and_never_reaches_a_file(
    change: Callable[[bytes], bytes], case: Case
) -> None:
    worker = case.desk.worker()
    for _ in range(CHUNKS):
        assert worker.step()
    _alter(case, change)
    case.rest()
    failed = case.desk.job(case.job)
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem.code == "damaged"
