"""What a write job of the service was refused: saved as a file, and asked for again, each alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from record_desk import SPEC, RecordDesk
from standin_llm import Kind, StandIn

BAD = ("1/", "3/")


def some_refuse(id_: str, _time: int) -> Kind:
    return "refusal" if id_.startswith(BAD) else "answer"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn(some_refuse) as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    yield made
    made.close()


def failed(desk: RecordDesk, records: int = 5, candidates: int = 9) -> str:
    """A job that had two records less than were asked for."""
    job_id = desk.submit(SPEC, records, candidates=candidates)
    desk.work()
    shown = desk.shown(job_id)
    assert (shown["state"], shown["counts"]["accepted"]) == ("failed", records - 2)
    return job_id


def failures(desk: RecordDesk, job_id: str) -> list[dict[str, Any]]:
    return desk.owner.client.get(f"/api/records/jobs/{job_id}/failures").json()["items"]


def of_slot(desk: RecordDesk, job_id: str, slot: int) -> str:
    return next(one["id"] for one in failures(desk, job_id) if one["facts"]["slot"] == slot)


def retry(desk: RecordDesk, job_id: str, ids: list[str] | None) -> Any:
    body = {} if ids is None else {"ids": ids}
    return desk.owner.client.post(f"/api/records/jobs/{job_id}/failures/retry", json=body)


def counts(desk: RecordDesk, job_id: str) -> dict[str, int]:
    found = desk.shown(job_id)["counts"]
    assert found["accepted"] + found["failed"] + found["filtered"] + found["open"] == found["candidates"]
    return found


def test_a_failure_is_asked_for_again_alone_though_the_ceiling_is_reached(
    desk: RecordDesk, standin: StandIn
) -> None:
    job_id = failed(desk)
    assert counts(desk, job_id)["candidates"] == 9
    kept = desk.records(job_id)
    standin.script = lambda id_, time: "answer"
    before = len(standin.served)
    answer = retry(desk, job_id, [of_slot(desk, job_id, 3)])
    assert answer.status_code == 200, answer.text
    desk.work()
    assert [one.id.split("/")[0] for one in standin.served[before:]] == ["3"]
    shown = desk.shown(job_id)
    assert shown["state"] == "failed", "one record is still missing"
    assert "Of 1 chosen slots 1 are filled" in shown["problem"]["message"]
    assert counts(desk, job_id)["accepted"] == 4
    assert [one for one in desk.records(job_id) if one["facts"]["slot"] != 3] == kept
    assert retry(desk, job_id, [of_slot(desk, job_id, 1)]).status_code == 200
    desk.work()
    assert desk.shown(job_id)["state"] == "completed"
    assert len(desk.records(job_id)) == 5
    assert counts(desk, job_id)["candidates"] == 11


def test_all_that_is_missing_is_asked_for_when_nothing_is_chosen(desk: RecordDesk, standin: StandIn) -> None:
    job_id = failed(desk)
    standin.script = lambda id_, time: "answer"
    assert retry(desk, job_id, None).status_code == 200
    desk.work()
    assert desk.shown(job_id)["state"] == "completed"


def test_what_cannot_be_asked_for_again_says_why(desk: RecordDesk, standin: StandIn) -> None:
    job_id, other = failed(desk), failed(desk)
    for wrong in (of_slot(desk, other, 1), f"{job_id}/0000000", f"{job_id}/0000009/0000/why", "x"):
        answer = retry(desk, job_id, [wrong])
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-input"), wrong
    one = of_slot(desk, job_id, 1)
    standin.script = lambda id_, time: "answer"
    retry(desk, job_id, [one])
    assert retry(desk, job_id, [one]).status_code == 409, "it is at work"
    desk.work()
    answer = retry(desk, job_id, [one])
    assert answer.status_code == 409
    assert "nothing is missing" in answer.json()["detail"]
    retry(desk, job_id, None)
    desk.work()
    assert desk.shown(job_id)["state"] == "completed"
    assert retry(desk, job_id, None).status_code == 409


@pytest.mark.parametrize("fault", ["after-call:kill:2", "before-commit:kill", "after-keep:kill:1"])
def test_a_worker_that_is_killed_while_it_asks_again_is_granted_nothing_twice(
    desk: RecordDesk, standin: StandIn, fault: str
) -> None:
    job_id = failed(desk)
    before = counts(desk, job_id)["candidates"]
    assert retry(desk, job_id, [of_slot(desk, job_id, 3)]).status_code == 200
    desk.spawn("w2", fault).communicate(timeout=60)
    for task in desk.stores.documents.find("task", {"job": job_id, "state": "running"}):
        desk.ledger.lose(task)
    desk.work("w3")
    found = counts(desk, job_id)
    assert desk.shown(job_id)["state"] == "failed"
    assert found["candidates"] == before + 3
    assert found["open"] == 0


def test_failures_are_saved_as_lines_with_their_raw_answers(desk: RecordDesk) -> None:
    job_id = failed(desk)
    answer = desk.owner.client.get(f"/api/records/jobs/{job_id}/failures/download")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["id"] for line in lines] == [one["id"] for one in failures(desk, job_id)]
    assert {line["slot"] for line in lines} == {1, 3}
    for line in lines:
        assert (line["column"], line["kind"], line["status"]) == ("question", "refusal", "failed")
        assert line["raw"]
        assert line["attempts"] == 1
        assert line["values"]["topic"]


def test_a_cap_on_time_is_one_over_all_that_a_job_is_tried(tmp_path: Path) -> None:
    with StandIn(delay_s=30) as server:
        desk = RecordDesk(tmp_path, server.url)
        job_id = desk.submit(SPEC + "limits: {time_s: 0.3}\n", 3)
        desk.work()
        assert "0.3 s" in desk.shown(job_id)["problem"]["message"]
        asked = len(server.served)
        assert desk.owner.client.post(f"/api/records/jobs/{job_id}/retry").status_code == 200
        desk.work()
        assert "0.3 s" in desk.shown(job_id)["problem"]["message"]
        assert len(server.served) == asked
        desk.close()
