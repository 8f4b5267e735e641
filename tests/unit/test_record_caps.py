"""A write job that ended at a cap goes on under a higher one, which is kept; nothing is paid twice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from record_desk import SPEC, RecordDesk
from standin_llm import StandIn

RECORDS = 12
LOW = {"tokens": 1300, "money": 0.0025, "time_s": 1.5}
"""Of calls that may take 1,100 tokens and 0.0022, and take about 30 and 0.00006."""
HIGH = {"tokens": 2000, "money": 0.0045, "time_s": 60}


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    yield made
    made.close()


def stopped(desk: RecordDesk, cap: str) -> str:
    """A job that had some of its records when the cap was reached."""
    job_id = desk.submit(f"{SPEC}limits: {{{cap}: {LOW[cap]}}}\n", RECORDS)
    desk.work()
    shown = desk.shown(job_id)
    assert shown["state"] == "failed"
    assert shown["problem"]["reason"] == cap.removesuffix("_s")
    assert 0 < shown["counts"]["accepted"] < RECORDS
    return job_id


def again(desk: RecordDesk, job_id: str, **caps: float) -> Any:
    return desk.owner.client.post(f"/api/records/jobs/{job_id}/caps", json=caps)


def wire(cap: str) -> str:
    return {"time_s": "timeS"}.get(cap, cap)


@pytest.mark.parametrize("cap", LOW)
def test_a_job_that_ended_at_a_cap_has_all_its_records_under_a_higher_one_and_asks_for_none_again(
    desk: RecordDesk, standin: StandIn, cap: str
) -> None:
    if cap == "time_s":
        standin.most = 4
    job_id = stopped(desk, cap)
    assert desk.shown(job_id)["caps"] == {"tokens": None, "money": None, "timeS": None, wire(cap): LOW[cap]}
    kept = desk.records(job_id)
    answered = {one.id for one in standin.served if one.whole}
    assert len(answered) >= len(kept)
    before, standin.most = len(standin.served), math.inf
    answer = again(desk, job_id, **{wire(cap): HIGH[cap]})
    assert answer.status_code == 200, answer.text
    desk.work()
    shown = desk.shown(job_id)
    assert shown["state"] == "completed", shown["problem"]
    assert shown["caps"][wire(cap)] == HIGH[cap]
    found = desk.records(job_id)
    assert len(found) == shown["counts"]["accepted"] == RECORDS
    assert [one for one in found if one["id"] in {one["id"] for one in kept}] == kept
    assert not answered & {one.id for one in standin.served[before:]}
    spent = shown["spent"]
    assert spent["calls"] == len(standin.served)
    if cap != "time_s":
        assert spent["tokens"] == sum(one.tokens for one in standin.served)
        assert spent[{"money": "cost"}.get(cap, cap)] <= HIGH[cap]


def test_a_new_cap_is_kept_as_the_first_was(desk: RecordDesk, standin: StandIn) -> None:
    job_id = stopped(desk, "tokens")
    accepted = desk.shown(job_id)["counts"]["accepted"]
    assert again(desk, job_id, tokens=1400).status_code == 200
    desk.work()
    shown = desk.shown(job_id)
    assert (shown["state"], shown["problem"]["reason"]) == ("failed", "tokens")
    assert accepted < shown["counts"]["accepted"] < RECORDS
    assert shown["spent"]["tokens"] == sum(one.tokens for one in standin.served) <= 1400
    calls = len(standin.served)
    assert desk.owner.client.post(f"/api/records/jobs/{job_id}/retry").status_code == 200
    desk.work()
    assert desk.shown(job_id)["caps"]["tokens"] == 1400, "it stays when nothing else is said"
    assert len(standin.served) == calls


def test_a_cap_below_what_was_spent_is_refused_and_says_how_much_that_is(
    desk: RecordDesk, standin: StandIn
) -> None:
    standin.most = 3
    spec = f"{SPEC}limits: {{tokens: 100_000, money: 1, time_s: 1}}\n"
    job_id = desk.submit(spec, RECORDS)
    desk.work()
    shown = desk.shown(job_id)
    spent = shown["spent"]
    for caps, said in (
        ({"tokens": spent["tokens"] - 1}, f"{spent['tokens']:,} tokens"),
        ({"money": spent["cost"] * 0.999, "tokens": 100_000}, f"{spent['cost']:.6f} of money"),
        ({"timeS": 0.5}, " s, more"),
    ):
        answer = again(desk, job_id, **caps)
        assert (answer.status_code, answer.json()["code"]) == (400, "usage")
        assert said in answer.json()["detail"]
    for wrong in ({"tokens": 0}, {"money": 0}, {"timeS": -1}, {"candidates": 5}, {"money": "much"}):
        assert again(desk, job_id, **wrong).status_code == 400, wrong
    assert desk.shown(job_id)["rev"] == shown["rev"]
    exactly = again(desk, job_id, tokens=spent["tokens"], money=spent["cost"], timeS=2)
    assert exactly.status_code == 200, exactly.text


def test_only_a_job_that_failed_or_was_cancelled_takes_other_caps_and_the_trail_tells_of_it(
    desk: RecordDesk,
) -> None:
    job_id = stopped(desk, "tokens")
    assert again(desk, job_id, tokens=100_000).status_code == 200
    assert again(desk, job_id, tokens=1).status_code == 409, "it waits for a worker"
    desk.work()
    assert again(desk, job_id, tokens=100_000).status_code == 409, "it is completed"
    trail = desk.admin.client.get("/api/audit", params={"action": "retryWithCaps"}).json()["items"]
    assert [(one["object"], one["status"]) for one in trail] == [
        (job_id, status) for status in (409, 409, 200)
    ]


@pytest.mark.parametrize("fault", ["before-call:kill:3", "after-keep:kill:4"])
def test_a_worker_that_is_killed_under_a_new_cap_goes_on_under_it(
    desk: RecordDesk, standin: StandIn, fault: str
) -> None:
    job_id = stopped(desk, "tokens")
    assert again(desk, job_id, tokens=20_000).status_code == 200
    assert desk.spawn("w2", fault).wait(60) != 0
    for task in desk.stores.documents.find("task", {"job": job_id, "state": "running"}):
        desk.ledger.lose(task)
    desk.work("w3")
    shown = desk.shown(job_id)
    assert shown["state"] == "completed", shown["problem"]
    assert len(desk.records(job_id)) == RECORDS
    assert sum(one.tokens for one in standin.served) <= shown["spent"]["tokens"] <= 20_000
