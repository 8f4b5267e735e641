"""Cassettes in the service: a job's answers saved, and played again by a provider that calls nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs_desk import CANARY
from lookalike.records.cassette import taken
from lookalike.records.chat import ChatAnswer, Usage
from record_desk import FROM_DOCUMENTS, SPEC, RecordDesk, canary_text
from served import canary_files
from standin_llm import StandIn

JUDGED = (
    SPEC
    + """  fit:
    judge: "How good is: {{ question }}"
    model: other
    scores: {clear: {1: unclear, 5: clear}}
"""
)


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    yield made
    made.close()


def provider_of(desk: RecordDesk, alias: str = "fast") -> dict[str, Any]:
    found = desk.admin.client.get("/api/providers").json()["items"]
    return next(one for one in found if one["alias"] == alias)


def tape_of(desk: RecordDesk, job_id: str) -> bytes:
    answer = desk.owner.client.get(f"/api/records/jobs/{job_id}/cassette")
    assert answer.status_code == 200, answer.text
    return answer.content


def play(desk: RecordDesk, tape: bytes, alias: str = "fast") -> Any:
    return desk.admin.client.put(f"/api/providers/{provider_of(desk, alias)['id']}/cassette", content=tape)


def fields(desk: RecordDesk, job_id: str) -> list[dict[str, Any]]:
    desk.work()
    assert desk.shown(job_id)["state"] == "completed", desk.shown(job_id)["problem"]
    return [one["fields"] for one in desk.records(job_id)]


def test_what_was_recorded_is_played_again_without_a_call_or_a_key_and_costs_the_same(
    desk: RecordDesk, standin: StandIn
) -> None:
    document = desk.upload("a.txt", canary_text())
    first = desk.submit(FROM_DOCUMENTS, 4, documents=[document])
    made = fields(desk, first)
    tape = tape_of(desk, first)
    assert len(tape.splitlines()) == len(standin.served)
    settings = {"url": "http://127.0.0.1:9/v1", "keyEnv": "NOT_SET_ANYWHERE"}
    changed = desk.admin.client.patch(f"/api/providers/{provider_of(desk)['id']}", json=settings)
    assert changed.status_code == 200, changed.text
    answer = play(desk, tape)
    assert answer.status_code == 200, answer.text
    assert answer.json()["cassette"]["answers"] == len(tape.splitlines())
    models = desk.owner.client.get("/api/records/models").json()
    assert [one["replayed"] for one in models] == [True]
    calls = len(standin.served)
    second = desk.submit(FROM_DOCUMENTS, 4, documents=[desk.upload("a.txt", canary_text())])
    assert fields(desk, second) == made
    assert len(standin.served) == calls
    assert desk.shown(second)["spent"] == desk.shown(first)["spent"]
    assert canary_files(desk.service.folder / "data") == []


def test_a_cassette_is_sealed_and_goes_with_its_provider(desk: RecordDesk, standin: StandIn) -> None:
    answer = ChatAnswer(f"All of {CANARY}.", "stop", Usage(1, 2), "m").to_dict()
    tape = taken("0" * 64, "0/0/question/0", answer)
    provider = provider_of(desk)
    assert play(desk, tape).json()["cassette"]["sizeBytes"] == len(tape)
    assert canary_files(desk.service.folder / "data") == []
    kept = [info.key for info in desk.stores.blobs.list(f"{provider['id']}/")]
    assert kept == [f"{provider['id']}/cassette"]
    assert desk.admin.client.delete(f"/api/providers/{provider['id']}").status_code == 204
    assert list(desk.stores.blobs.list(f"{provider['id']}/")) == []
    assert not desk.stores.keys.exists(provider["id"])
    assert standin.served == []


def test_what_a_cassette_does_not_know_ends_the_job_and_nobody_is_called(
    desk: RecordDesk, standin: StandIn
) -> None:
    first = desk.submit(records=2)
    desk.work()
    play(desk, tape_of(desk, first))
    calls = len(standin.served)
    more = desk.submit(records=3)
    desk.work()
    problem = desk.shown(more)["problem"]
    assert problem["code"] == "bad-input"
    assert "no answer for 2/0/question/0" in problem["message"]
    assert len(standin.served) == calls
    dropped = desk.admin.client.delete(f"/api/providers/{provider_of(desk)['id']}/cassette")
    assert dropped.json()["cassette"] is None
    assert desk.owner.client.post(f"/api/records/jobs/{more}/retry").status_code == 200
    assert len(fields(desk, more)) == 3
    assert len(standin.served) > calls


def test_one_alias_is_played_while_another_is_called(desk: RecordDesk, standin: StandIn) -> None:
    desk.provider(standin.url, "other")
    first = desk.submit(JUDGED, 2)
    made = fields(desk, first)
    play(desk, tape_of(desk, first))
    standin.served.clear()
    assert fields(desk, desk.submit(JUDGED, 2)) == made
    assert {one.id.split("/")[2] for one in standin.served} == {"fit"}


GOOD = {"text": "a", "finish": "stop", "usage": None, "model": "m"}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n\n",
        b"no json",
        b"[" * 100_000,
        b"[]",
        json.dumps({"request": "0", "id": "0/0/a/0", "answer": {**GOOD, "text": 1}}).encode(),
        json.dumps({"request": "0", "id": "0/0/a/0", "answer": {**GOOD, "finish": "odd"}}).encode(),
        json.dumps({"request": "0", "id": 5, "answer": GOOD}).encode(),
        json.dumps({"request": "0", "id": "0/0/a/0", "answer": {**GOOD, "latency_s": "x"}}).encode(),
        json.dumps(
            {
                "request": "0",
                "id": "0/0/a/0",
                "answer": {**GOOD, "usage": {"input_tokens": -1, "output_tokens": 0}},
            }
        ).encode(),
    ],
    ids=range(10),
)
def test_what_is_no_cassette_is_a_400_and_the_one_before_stays(desk: RecordDesk, line: bytes) -> None:
    good = taken("0" * 64, "0/0/question/0", ChatAnswer("Silt?", "stop", None, "m").to_dict())
    before = play(desk, good).json()["cassette"]
    answer = play(desk, line if not line.strip() else good + line)
    assert answer.status_code == 400, answer.text
    said = "Line 2 of the cassette is no answer." if line.strip() else "The cassette is empty."
    assert answer.json()["detail"] == said
    assert provider_of(desk)["cassette"] == before
    id_ = provider_of(desk)["id"]
    assert b"".join(desk.stores.sealed(id_).read(f"{id_}/cassette")) == good


def test_a_cassette_may_be_larger_than_other_requests_and_not_than_documents(tmp_path: Path) -> None:
    desk = RecordDesk(tmp_path, "http://127.0.0.1:9/v1", body_bytes=20_000, document_bytes=50_000)
    good = taken("0" * 64, "0/0/question/0", ChatAnswer("Silt? " * 20, "stop", None, "m").to_dict())
    assert play(desk, good * 100).json()["cassette"]["answers"] == 100
    assert play(desk, good * 300).status_code == 413
    desk.close()
