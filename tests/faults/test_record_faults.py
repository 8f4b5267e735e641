"""A worker is killed at every point of a write job: exactly N records come out, and little is paid twice."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike import faults
from lookalike.jobs.model import Job
from lookalike.jobs.record_sink import RecordSink
from lookalike.jobs.tidy import Scrubber
from lookalike.records.sink import Accepted, Candidate
from record_desk import FROM_DOCUMENTS, SPEC, RecordDesk
from standin_llm import StandIn, faulty

RECORDS = 12
PASSES = {
    "before-segment": (1, 4, 6),
    "after-segment": (1, 4, 6),
    "after-items": (1,),
    "before-documents": (1,),
    "after-documents": (1,),
    "after-claim": (2,),
    "before-commit": (1, 2),
    "after-commit": (2,),
    "before-clean": (1,),
    "before-join": (1,),
    "after-join": (1,),
    "before-unlist": (1,),
    "after-unlist": (1,),
}
ALWAYS = ("after-segment", "before-unlist", *faults.EXTRACT_POINTS)
EVERY = [
    # the last pass of the new steps always, the others by `make faults`
    pytest.param(
        f"{point}:{which}", marks=() if point in ALWAYS and which == passes[-1] else pytest.mark.faults
    )
    for point, passes in PASSES.items()
    for which in passes
]


def test_every_point_of_records_is_tried() -> None:
    assert (
        {*faults.RECORD_POINTS, *faults.EXTRACT_POINTS, *faults.JOIN_POINTS}
        <= set(PASSES)
        <= set(faults.POINTS)
    )


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(delay_s=0.01) as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    yield made
    made.close()


def check(desk: RecordDesk, job_id: str, standin: StandIn, records: int = RECORDS) -> None:
    """Exactly N, the counts add up, and each call that was answered was made once."""
    shown = desk.shown(job_id)
    assert shown["state"] == "completed", shown["problem"]
    counts = shown["counts"]
    assert counts["accepted"] == records
    made = counts["accepted"] + counts["failed"] + counts["filtered"] + counts["open"]
    assert made == counts["candidates"]
    found = desk.records(job_id)
    assert [one["facts"]["slot"] for one in found] == list(range(records))
    told = desk.stores.records.counts(job_id)
    assert told["accepted"] == records
    assert desk.stores.documents.count("document", {}) == 0
    assert [info.key for info in desk.stores.blobs.list("") if info.key.startswith("doc_")] == []
    scrubber = Scrubber(
        desk.stores, desk.ledger
    )  # a put that was killed in its midst is seen to be dead by it
    scrubber.scrub()
    scrubber.scrub()
    assert [one.name for one in (desk.service.folder / "data" / "blobs").rglob("*#*")] == []


@pytest.mark.parametrize("fault", EVERY)
def test_a_worker_killed_at_any_point_costs_at_most_the_calls_that_were_under_way(
    fault: str, desk: RecordDesk, standin: StandIn
) -> None:
    document = desk.upload("a.txt", b"Rivers carry silt.\n\nDeltas grow.")
    job_id = desk.submit(FROM_DOCUMENTS, RECORDS, documents=[document])
    point, which = fault.split(":")
    killed = desk.spawn("w1", f"{point}:kill:{which}")
    assert killed.wait() == -signal.SIGKILL, killed.stderr.read()
    desk.ledger.lose_worker("w1")
    desk.work("w2")
    check(desk, job_id, standin)
    assert len(list(desk.stores.blobs.list(f"{job_id}/records/"))) == 1
    # the calls of a window, 8 at once, may have been under way
    times = Counter(one.id for one in standin.served)
    assert sum(times.values()) <= RECORDS + 16
    answered = desk.shown(job_id)["spent"]
    assert answered["calls"] >= RECORDS


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.faults)])
def test_a_faulty_model_and_two_killed_workers_still_give_exactly_as_many_as_asked(
    desk: RecordDesk, standin: StandIn, seed: int
) -> None:
    standin.script = faulty(0.1, seed)
    job_id = desk.submit(SPEC, 40, candidates=400)
    for number in range(2):
        worker = desk.spawn(f"k{number}")
        before = len(standin.served)
        until = time.monotonic() + 60
        while len(standin.served) < before + 15 and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        worker.kill()
        worker.wait()
        desk.ledger.lose_worker(f"k{number}")
        desk.sweeper.sweep()
    desk.work("w9")
    check(desk, job_id, standin, 40)


def test_cancelling_ends_a_job_within_five_seconds_and_keeps_what_was_made(
    desk: RecordDesk, standin: StandIn
) -> None:
    standin.script = lambda id_, time: "hang" if int(id_.partition("/")[0]) >= 4 else "answer"
    job_id = desk.submit(SPEC, 50)
    worker = threading.Thread(target=desk.worker("w1").step)
    worker.start()
    until = time.monotonic() + 30
    while desk.stores.records.counts(job_id).get("accepted", 0) < 4 and time.monotonic() < until:
        time.sleep(0.02)
    begun = time.monotonic()
    assert desk.owner.client.post(f"/api/jobs/{job_id}/cancel").status_code == 200
    worker.join()
    desk.sweeper.sweep()
    assert time.monotonic() - begun < 5
    shown = desk.shown(job_id)
    assert shown["state"] == "cancelled"
    assert shown["counts"]["accepted"] == 4
    assert len(desk.records(job_id)) == 4
    desk.sweeper.sweep()
    standin.script = lambda id_, time: "answer"
    assert desk.owner.client.post(f"/api/records/jobs/{job_id}/retry").status_code == 200
    desk.work()
    assert desk.shown(job_id)["counts"]["accepted"] == 50


def test_a_worker_that_lost_its_lease_and_goes_on_changes_nothing(desk: RecordDesk, standin: StandIn) -> None:
    """It wakes up among the records of the one that took over, and what it brings is not taken."""
    job_id = desk.submit(SPEC, RECORDS)
    frozen = desk.spawn("w1", "before-segment:freeze:6")
    until = time.monotonic() + 30
    while not _is_stopped(frozen.pid) and time.monotonic() < until:
        time.sleep(0.02)
    # it holds the lock of the records; it is let go again by its own waking
    frozen.send_signal(signal.SIGCONT)
    desk.ledger.lose_worker("w1")
    desk.work("w2")
    frozen.wait()
    desk.work("w3")
    check(desk, job_id, standin)


@pytest.mark.parametrize("known", [False, True])
def test_what_another_process_accepted_meanwhile_is_taken_over(
    desk: RecordDesk, standin: StandIn, known: bool
) -> None:
    """A worker that lost its lease, and had not heard of it, came first: the one that has it begins again.

    ``known``: the candidate was there before both of them, and only what was decided of it is new.
    """
    standin.most = 0
    job_id = desk.submit(SPEC, RECORDS)
    other = RecordSink(desk.stores.records, job_id, dict)
    candidate = Candidate(3, 0, {"topic": "seas", "question": "Who came first?"})
    if known:
        other.write([candidate])
    worker = threading.Thread(target=desk.worker("w1").step)
    worker.start()
    until = time.monotonic() + 30
    while len(standin.served) < 8 and time.monotonic() < until:
        time.sleep(0.02)
    other.write([Accepted(3, 0)] if known else [candidate, Accepted(3, 0)])
    standin.most = math.inf
    worker.join()
    assert desk.job(job_id).state == "retrying"
    (task,) = desk.stores.documents.find("task", {"job": job_id})
    assert task["attempts"][-1]["problem"]["code"] == "contested"
    desk.work("w2")
    check(desk, job_id, standin)
    assert [one["fields"]["question"] for one in desk.records(job_id)][3] == "Who came first?"


def _is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def test_progress_is_told_with_cost_and_diversity_while_it_is_made(
    desk: RecordDesk, standin: StandIn
) -> None:
    standin.script = lambda id_, time: "hang" if id_.startswith("9/") else "answer"
    job_id = desk.submit(SPEC, 10)
    worker = threading.Thread(target=desk.worker("w1").step)
    worker.start()
    until = time.monotonic() + 30
    while desk.shown(job_id)["counts"]["accepted"] < 9 and time.monotonic() < until:
        time.sleep(0.05)
    assert time.monotonic() < until  # the last of them, too, is told, though nothing happens after it
    job: Job = desk.job(job_id)
    assert job.state == "running"
    shown = desk.shown(job_id)
    assert shown["percent"] == 81
    assert shown["spent"]["cost"] > 0
    assert shown["diversity"]["distinct2"] > 0
    desk.ledger.cancel(job_id)
    worker.join()
