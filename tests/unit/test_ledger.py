"""The ledger: fences, waits, progress and ends, by a clock that the test moves."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lookalike import ids
from lookalike.errors import BadTable, NotFound, WrongState
from lookalike.jobs import plan
from lookalike.jobs.ledger import LOST, Ledger
from lookalike.jobs.model import JOB, TASK, Job, Lease, Problem, TaskResult
from lookalike.jobs.sweep import NOTE_S, Patience, Sweeper
from lookalike.stores.sqlite_documents import SqliteDocuments
from manual_clock import ManualClock

BROKEN = Problem("unavailable", "A store did not answer.")


class Desk:
    """A ledger, its clock, and one sweeper."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.documents = SqliteDocuments(path, [JOB, TASK])
        self.ledger = Ledger(self.documents, self.clock)
        self.cleaned: list[str] = []
        self.sweeper = self.another_sweeper()

    def another_sweeper(self) -> Sweeper:
        return Sweeper(self.ledger, lambda job: self.cleaned.append(job.id), Patience())

    def submit(self, rows: int = 30_000, chunk_blocks: int = 1, **fields: Any) -> Job:
        job_id = ids.new("job", self.clock)
        fields = {"owner": "me", "kind": "generate", **fields}
        request = {"rows": rows, "blocks_per_chunk": chunk_blocks, **fields.pop("request", {})}
        tasks = plan.task_count(fields["kind"], rows, chunk_blocks)
        return self.ledger.submit(Job(id=job_id, output=job_id, request=request, tasks=tasks, **fields))

    def claim(self, worker: str = "w1") -> Lease:
        lease = self.ledger.claim("default", worker)
        assert lease is not None
        return lease

    def commit(self, lease: Lease, **facts: Any) -> bool:
        return self.ledger.commit(lease, TaskResult({"file": lease.blob_key}, facts))

    def job(self, job: Job) -> Job:
        return self.ledger.job(job.id)

    def finish(self, job: Job) -> Job:
        while lease := self.ledger.claim("default", "w1"):
            assert self.commit(lease)
        return self.job(job)

    def states(self, job: Job) -> list[str]:
        return [doc["state"] for doc in self.ledger.tasks(job.id)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "documents.db")
    yield made
    made.documents.close()


def test_a_job_is_its_chunks_and_then_the_task_that_joins_them(desk: Desk) -> None:
    job = desk.submit(rows=25_000)
    assert (job.state, job.percent, job.tasks) == ("pending", 0, 4)
    leases = [desk.claim(f"w{i}") for i in range(3)]
    assert [(one.task.start, one.task.stop, one.task.units) for one in leases] == [
        (0, 10_000, 1),
        (10_000, 20_000, 1),
        (20_000, 25_000, 1),
    ]
    assert desk.ledger.claim("default", "w4") is None
    assert desk.job(job).state == "running"
    for lease in leases:
        assert desk.commit(lease)
    last = desk.claim()
    assert (last.task.role, last.task.number) == ("finalise", 3)
    assert desk.commit(last, sha256="ab")
    done = desk.job(job)
    assert (done.state, done.percent, done.result) == (
        "completed",
        100,
        {"blobs": {"file": last.blob_key}, "sha256": "ab"},
    )
    assert done.started_us is not None
    assert done.ended_us is not None


def test_five_blocks_are_20_40_60_80_90_92_95_100(desk: Desk) -> None:
    job = desk.submit(rows=50_000)
    seen: list[int] = []

    def look() -> None:
        seen.append(desk.job(job).percent)

    for _ in range(5):
        desk.commit(desk.claim())
        look()
    last = desk.claim()
    for stage in (1, 2):
        assert desk.ledger.renew(last, stage)
        look()
    desk.commit(last)
    look()
    assert seen == [20, 40, 60, 80, 90, 92, 95, 100]
    assert desk.job(job).steps == tuple(seen)


def test_no_step_is_lost_when_several_are_reached_at_once(desk: Desk) -> None:
    job = desk.submit(rows=50_000)
    leases = [desk.claim(f"w{i}") for i in range(5)]
    for lease in leases:  # committed, but not yet settled, as when all do it at the same moment
        desk.documents.update_one("task", {"id": lease.task_id}, {"state": "completed", "result": {}})
    desk.ledger.settle(job.id)
    assert desk.job(job).steps == (20, 40, 60, 80, 90)


def test_progress_counts_what_running_chunks_report_and_never_falls(desk: Desk) -> None:
    job = desk.submit(rows=100_000, chunk_blocks=5)
    first, second = desk.claim("w1"), desk.claim("w2")
    assert desk.ledger.renew(first, 3)
    assert desk.job(job).percent == 30
    desk.ledger.fail(first, BROKEN, retry=True)
    assert desk.job(job).percent == 30
    assert desk.commit(second)
    assert desk.job(job).percent == 50
    assert desk.job(job).steps == (10, 20, 30, 40, 50)


@pytest.mark.parametrize("rows", [1, 9_999, 10_000, 10_001, 50_000, 999_999, 10_000_000, 99_999_999, 10**9])
def test_chunks_are_whole_blocks_that_cover_all_rows_and_never_over_a_thousand_tasks(rows: int) -> None:
    size = plan.blocks_per_chunk(rows)
    tasks = plan.task_count("generate", rows, size)
    request = {"rows": rows, "blocks_per_chunk": size}
    job = Job(id="job_x", owner="me", kind="generate", output="job_x", request=request, tasks=tasks)
    chunks = plan.first_tasks(job)
    assert len(chunks) + 1 == tasks <= 1000
    assert chunks[0].start == 0
    assert chunks[-1].stop == rows
    for chunk, after in itertools.pairwise(chunks):
        assert chunk.stop == after.start
        assert chunk.stop % 10_000 == 0
    assert sum(chunk.units for chunk in chunks) == -(-rows // 10_000)


def test_a_small_job_need_not_wait_for_all_of_a_large_one(desk: Desk) -> None:
    desk.submit(rows=1_000_000)
    desk.clock.wait(3)
    small = desk.submit(rows=10_000)
    claimed = [desk.claim().job.id for _ in range(5)]
    assert claimed.index(small.id) == 4


def test_only_the_latest_holder_of_a_task_can_do_anything_with_it(desk: Desk) -> None:
    """A worker that was frozen wakes after its lease, and everything it tries is refused."""
    desk.submit(rows=10_000)
    frozen = desk.claim("frozen")
    desk.sweeper.sweep()
    desk.clock.wait(15)
    desk.sweeper.sweep()
    assert desk.ledger.claim("default", "w2") is None
    desk.clock.wait(5)
    desk.sweeper.sweep()
    fresh = desk.claim("w2")
    assert fresh.attempt == frozen.attempt + 1
    assert fresh.blob_key != frozen.blob_key
    before = desk.documents.get("task", frozen.task_id)
    assert not desk.ledger.renew(frozen, 1)
    assert not desk.commit(frozen)
    desk.ledger.fail(frozen, BROKEN, retry=True)
    desk.ledger.release(frozen)
    assert desk.documents.get("task", frozen.task_id) == before
    assert desk.commit(fresh)
    assert not desk.commit(frozen)
    assert not desk.commit(fresh)


def test_a_lease_lives_as_long_as_its_beat_moves(desk: Desk) -> None:
    desk.submit(rows=10_000)
    lease = desk.claim()
    for _ in range(10):
        desk.sweeper.sweep()
        desk.clock.wait(14)
        desk.sweeper.sweep()
        assert desk.ledger.renew(lease)
    desk.sweeper.sweep()
    desk.clock.wait(15)
    desk.sweeper.sweep()
    assert not desk.ledger.renew(lease)


def test_a_beat_between_the_look_and_the_verdict_saves_the_lease(desk: Desk) -> None:
    job = desk.submit(rows=10_000)
    lease = desk.claim()
    looked_at = desk.ledger.tasks(job.id)[0]
    assert desk.ledger.renew(lease)
    assert not desk.ledger.lose(looked_at)
    assert desk.commit(lease)


@pytest.mark.parametrize("by_s", [3600, -3600])
def test_a_clock_that_is_set_ends_no_lease_and_no_wait(desk: Desk, by_s: float) -> None:
    job = desk.submit(rows=20_000)
    lease, failing = desk.claim("w1"), desk.claim("w2")
    desk.ledger.fail(failing, BROKEN, retry=True)
    desk.sweeper.sweep()
    desk.clock.set_wall(by_s)
    desk.sweeper.sweep()
    assert desk.ledger.renew(lease)
    assert desk.states(job) == ["running", "retrying"]
    desk.clock.wait(5)
    desk.sweeper.sweep()
    assert desk.states(job) == ["running", "pending"]
    assert desk.commit(lease)
    assert desk.finish(job).state == "completed"


def test_a_new_sweeper_waits_anew_and_ends_nothing_early(desk: Desk) -> None:
    job = desk.submit(rows=10_000)
    desk.claim()
    desk.sweeper.sweep()
    desk.clock.wait(100)
    desk.another_sweeper().sweep()
    assert desk.states(job) == ["running"]


def test_a_failure_waits_5_10_and_20_seconds_and_the_fourth_ends_the_job_with_its_reason(desk: Desk) -> None:
    job, other = desk.submit(rows=20_000), desk.submit(rows=10_000)
    for wait in (5, 10, 20):
        lease = desk.claim()
        assert lease.task.number == 0
        assert lease.job.id == job.id
        desk.ledger.fail(lease, BROKEN, retry=True)
        assert desk.job(job).state == "retrying"
        desk.sweeper.sweep()
        desk.clock.wait(wait - 0.5)
        desk.sweeper.sweep()
        assert desk.states(job)[0] == "retrying"
        desk.clock.wait(0.5)
        desk.sweeper.sweep()
        assert desk.states(job)[0] == "pending"
    lease = desk.claim()
    desk.ledger.fail(lease, BROKEN, retry=True)
    failed = desk.job(job)
    assert (failed.state, failed.problem) == ("failed", BROKEN)
    assert desk.states(job) == ["failed"]
    log = desk.ledger.tasks(job.id)[0]["attempts"]
    assert [entry["attempt"] for entry in log] == [1, 2, 3, 4]
    assert {entry["problem"]["code"] for entry in log} == {"unavailable"}
    assert desk.finish(other).state == "completed"


def test_four_lost_workers_fail_a_job_while_others_go_on(desk: Desk) -> None:
    job, other = desk.submit(rows=10_000), desk.submit(rows=10_000)
    for number in range(4):
        killed = desk.claim(f"w{number}")
        assert killed.job.id == job.id
        assert desk.ledger.lose_worker(f"w{number}") == 1
        assert desk.ledger.lose_worker(f"w{number}") == 0
        desk.sweeper.sweep()
        desk.clock.wait(20)
        desk.sweeper.sweep()
    assert (desk.job(job).state, desk.job(job).problem) == ("failed", LOST)
    assert desk.finish(other).state == "completed"


def test_what_cannot_succeed_is_not_tried_again(desk: Desk) -> None:
    job = desk.submit(kind="fit")
    desk.ledger.fail(desk.claim(), Problem.of(BadTable("cell 'secret' in row 3")), retry=False)
    failed = desk.job(job)
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem.code == "bad-table"
    assert "secret" not in str(desk.documents.get("job", job.id)) + str(desk.ledger.tasks(job.id))


def test_a_worker_that_is_asked_to_end_hands_back_without_a_failure(desk: Desk) -> None:
    job = desk.submit(rows=10_000)
    for _ in range(6):
        desk.ledger.release(desk.claim())
    lease = desk.claim()
    assert (lease.attempt, lease.failures) == (7, 0)
    assert desk.commit(lease)
    assert desk.finish(job).state == "completed"


def _nothing(desk: Desk, job: Job) -> list[Lease]:
    return []


def _one_running(desk: Desk, job: Job) -> list[Lease]:
    return [desk.claim()]


def _some_done(desk: Desk, job: Job) -> list[Lease]:
    desk.commit(desk.claim())
    return [desk.claim("w1"), desk.claim("w2")]


def _retrying(desk: Desk, job: Job) -> list[Lease]:
    desk.ledger.fail(desk.claim(), BROKEN, retry=True)
    return []


def _joining(desk: Desk, job: Job) -> list[Lease]:
    for _ in range(3):
        desk.commit(desk.claim())
    return [desk.claim()]


SITUATIONS: list[Callable[[Desk, Job], list[Lease]]] = [
    _nothing,
    _one_running,
    _some_done,
    _retrying,
    _joining,
]


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("ending", ["stops", "commits", "dies"])
def test_cancelling_ends_a_job_at_every_state(
    desk: Desk, situation: Callable[[Desk, Job], list[Lease]], ending: str
) -> None:
    job = desk.submit(rows=30_000)
    leases = situation(desk, job)
    cancelled = desk.ledger.cancel(job.id)
    assert cancelled.state == ("cancelling" if leases else "cancelled")
    assert desk.ledger.claim("default", "w9") is None
    for lease in leases:
        if ending == "stops":
            assert not desk.ledger.renew(lease)
            desk.ledger.fail(lease, Problem("cancelled", "Stopped."), retry=False)
        elif ending == "commits":
            assert not desk.commit(lease)
    desk.sweeper.sweep()
    if ending == "dies":
        desk.clock.wait(4)
        desk.sweeper.sweep()
    ended = desk.job(job)
    assert (ended.state, ended.result) == ("cancelled", None)
    for lease in leases:
        assert not desk.ledger.renew(lease)
        assert not desk.commit(lease)
    desk.sweeper.sweep()
    assert desk.cleaned == [job.id]
    assert desk.job(job).clean == "done"
    assert desk.ledger.cancel(job.id).state == "cancelled"
    desk.clock.wait(100)
    desk.sweeper.sweep()
    assert desk.ledger.claim("default", "w9") is None
    assert desk.job(job) == desk.ledger.cancel(job.id)


def test_what_has_ended_cannot_be_cancelled(desk: Desk) -> None:
    job = desk.submit(rows=10_000)
    desk.finish(job)
    with pytest.raises(WrongState, match="completed"):
        desk.ledger.cancel(job.id)
    with pytest.raises(NotFound):
        desk.ledger.cancel(ids.new("job"))


def test_the_same_idempotency_key_gives_the_same_job(desk: Desk) -> None:
    first = desk.submit(rows=10_000, idem="me k1")
    again = desk.submit(rows=10_000, idem="me k1")
    assert again == first
    assert desk.submit(rows=10_000, idem="you k1").id != first.id
    with pytest.raises(WrongState, match="idempotency"):
        desk.submit(rows=20_000, idem="me k1")
    assert desk.ledger.submit(first) == first
    assert desk.documents.count("job", {}) == 2


@pytest.mark.parametrize("inserted", [0, 1])
def test_tasks_that_nobody_inserted_are_inserted_by_a_sweeper(inserted: int, desk: Desk) -> None:
    """The submitter was killed on the way, by a back end that inserts one document after the other."""
    pattern = desk.submit(rows=20_000)
    tasks = desk.documents.find("task", {"job": pattern.id})[:inserted]
    desk.finish(pattern)
    job_id = ids.new("job")
    request = {"rows": 20_000, "blocks_per_chunk": 1}
    job = Job(id=job_id, owner="me", kind="generate", output=job_id, request=request, tasks=3)
    desk.documents.create("job", [job.to_doc()])
    desk.documents.create(
        "task", [{**doc, "id": ids.task(job_id, doc["number"]), "job": job_id} for doc in tasks]
    )
    assert [doc["number"] for doc in desk.ledger.tasks(job_id)] == list(range(inserted))
    desk.sweeper.sweep()
    desk.another_sweeper().sweep()
    assert desk.finish(job).state == "completed"


def test_a_job_that_waits_for_long_is_not_looked_at_for_ever(desk: Desk) -> None:
    job = desk.submit(rows=20_000)
    for _ in range(2):
        assert desk.sweeper.sweep() == 0
        assert desk.job(job).planned == 0
        desk.clock.wait(NOTE_S / 2)
    desk.sweeper.sweep()
    assert desk.job(job).planned == 1
    assert desk.finish(job).state == "completed"


def test_a_job_whose_last_step_nobody_settled_is_settled_by_a_sweeper(desk: Desk) -> None:
    """The worker was killed between its commit and what follows from it."""
    job = desk.submit(rows=10_000)
    for expected in ("running", "completed"):
        lease = desk.claim()
        change = {"state": "completed", "result": {"blobs": {}}}
        desk.documents.update_one("task", {"id": lease.task_id, "attempt": lease.attempt}, change)
        desk.sweeper.sweep()
        assert desk.job(job).state == expected


def test_tasks_left_of_an_ended_job_are_never_done(desk: Desk) -> None:
    """The job ended while somebody was inserting its tasks."""
    job = desk.submit(rows=30_000)
    desk.ledger.cancel(job.id)
    desk.ledger.plan(desk.job(job))
    assert desk.states(job) == ["pending"] * 3
    assert desk.ledger.claim("default", "w") is None
    assert "pending" not in desk.states(job)


def test_a_failed_job_can_be_begun_again_and_old_attempts_cannot_touch_it(desk: Desk) -> None:
    job = desk.submit(rows=20_000)
    old, bad = desk.claim("w1"), desk.claim("w2")
    desk.ledger.fail(bad, BROKEN, retry=False)
    with pytest.raises(WrongState):
        desk.ledger.retry(job.id)  # not cleaned up yet
    desk.sweeper.sweep()
    again = desk.ledger.retry(job.id)
    assert (again.state, again.percent, again.round, again.problem) == ("pending", 0, 1, None)
    assert not desk.commit(old)
    fresh = desk.claim()
    assert fresh.attempt == 1001
    assert not desk.commit(old)
    assert desk.commit(fresh)
    assert desk.finish(job).state == "completed"
    with pytest.raises(WrongState):
        desk.ledger.retry(job.id)


def test_pools_are_kept_apart(desk: Desk) -> None:
    desk.submit(rows=10_000, pool="large")
    assert desk.ledger.claim("default", "w") is None
    assert desk.ledger.claim("large", "w") is not None


def test_two_sweepers_do_everything_once(desk: Desk) -> None:
    job = desk.submit(rows=10_000)
    other = desk.another_sweeper()
    desk.claim()
    for sweeper in (desk.sweeper, other):
        sweeper.sweep()
    desk.clock.wait(15)
    for sweeper in (desk.sweeper, other):
        sweeper.sweep()
    task = desk.ledger.tasks(job.id)[0]
    assert (task["failures"], len(task["attempts"])) == (1, 1)


def test_a_sweep_that_is_to_stop_leaves_the_rest_to_the_next(desk: Desk) -> None:
    jobs = [desk.submit() for _ in range(3)]
    for job in jobs:
        desk.ledger.cancel(job.id)
    stop = threading.Event()

    def clean(job: Job) -> None:
        desk.cleaned.append(job.id)
        stop.set()

    Sweeper(desk.ledger, clean, Patience()).sweep(stop)
    assert desk.cleaned == [jobs[0].id]
    desk.sweeper.sweep()
    assert desk.cleaned == [job.id for job in jobs]
