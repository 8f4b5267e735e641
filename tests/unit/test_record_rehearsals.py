"""Rehearsals through the service: prompts, answers, what all would cost; and nothing is used up by them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobs_desk import CANARY
from record_desk import FROM_DOCUMENTS, SPEC, RecordDesk, canary_text
from standin_llm import StandIn, always

CHECKED = SPEC + "checks:\n  - {of: question, regex: '^[a-z ]+$', why: plain words only}\n"


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    yield made
    made.close()


def begin(desk: RecordDesk, spec: str = SPEC, records: int = 100, **more: Any) -> str:
    body = {"spec": spec, "records": records, **more}
    answer = desk.owner.client.post("/api/records/rehearsals", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["rehearsed"] == []
    return answer.json()["id"]


def seen(desk: RecordDesk, job_id: str) -> dict[str, Any]:
    answer = desk.owner.client.get(f"/api/records/rehearsals/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def rehearse(desk: RecordDesk, spec: str = SPEC, records: int = 100, **more: Any) -> dict[str, Any]:
    job_id = begin(desk, spec, records, **more)
    desk.work()
    return seen(desk, job_id)


def test_prompts_answers_and_the_cost_of_all_are_what_was_asked_said_and_paid(
    desk: RecordDesk, standin: StandIn
) -> None:
    told = rehearse(desk, records=100, rows=4)
    assert told["state"] == "completed", told["problem"]
    assert (told["records"], told["rows"], told["counts"]["accepted"]) == (100, 4, 4)
    rows = told["rehearsed"]
    asked = sorted(f"[user] {one.body['messages'][0]['content']}" for one in standin.served)
    said = sorted(standin.text_of(one.body) for one in standin.served)
    assert sorted(row["written"][0]["prompt"] for row in rows) == asked
    assert sorted(row["written"][0]["answer"] for row in rows) == said
    assert all(row["values"]["question"] == row["written"][0]["answer"] for row in rows)
    tokens = sum(one.tokens for one in standin.served)
    assert told["spent"]["tokens"] == sum(row["tokens"] for row in rows) == tokens
    assert told["estimate"]["records"] == 100
    assert told["estimate"]["tokens"] == tokens * 25
    assert told["estimate"]["cost"] == pytest.approx(told["spent"]["cost"] * 25)
    assert told["estimate"]["costLow"] <= told["estimate"]["cost"] <= told["estimate"]["costHigh"]


def test_documents_that_were_rehearsed_are_there_for_the_job_after_it(desk: RecordDesk) -> None:
    document = desk.upload("rivers.txt", b"Rivers carry silt.")
    told = rehearse(desk, FROM_DOCUMENTS, documents=[document], rows=2)
    assert told["state"] == "completed", told["problem"]
    assert told["rehearsed"][0]["written"][0]["prompt"] == "[user] Ask about: Rivers carry silt."
    assert [one["id"] for one in desk.owner.client.get("/api/records/documents").json()["items"]] == [
        document
    ]
    assert desk.owner.client.delete(f"/api/jobs/{told['id']}").status_code == 200
    job_id = desk.submit(FROM_DOCUMENTS, 3, documents=[document])
    late = desk.owner.client.post(
        "/api/records/rehearsals", json={"spec": FROM_DOCUMENTS, "records": 3, "documents": [document]}
    )
    assert late.status_code == 409
    desk.work()
    assert desk.shown(job_id)["state"] == "completed", desk.shown(job_id)["problem"]
    assert desk.stores.documents.count("document", {}) == 0


def test_what_is_refused_is_shown_with_why_and_no_more_than_three_candidates_are_paid_for(
    tmp_path: Path,
) -> None:
    with StandIn(text=lambda body: "NO 1") as server:
        desk = RecordDesk(tmp_path, server.url)
        told = rehearse(desk, CHECKED, rows=2)
        assert told["state"] == "completed"
        assert told["counts"]["accepted"] == 0
        assert len(server.served) == len(told["rehearsed"]) == 6
        assert "6 candidates" in told["short"]
        assert told["estimate"] is None
        refused = told["rehearsed"][0]
        assert refused["refused"]["kind"] == "filter"
        assert "plain words only" in refused["refused"]["reason"]
        assert refused["written"][0]["answer"] == "NO 1"
        desk.close()


def test_a_model_that_refuses_is_shown_with_what_it_said(desk: RecordDesk, standin: StandIn) -> None:
    standin.script = always("refusal")
    told = rehearse(desk, rows=1)
    assert told["rehearsed"][0]["refused"]["kind"] == "refusal"
    assert told["rehearsed"][0]["written"][0]["prompt"].startswith("[user] Ask about ")
    assert told["rehearsed"][0]["written"][0]["answer"]
    assert told["rehearsed"][0]["written"][0]["asks"] == 1


def test_the_limits_of_the_spec_hold_for_a_rehearsal(desk: RecordDesk, standin: StandIn) -> None:
    told = rehearse(desk, SPEC + "limits: {tokens: 10}\n", rows=2)
    assert told["state"] == "completed"
    assert "cap on tokens" in told["short"]
    assert standin.served == []


def test_rehearsals_stand_in_no_list_and_are_no_records(desk: RecordDesk) -> None:
    told = rehearse(desk)
    client = desk.owner.client
    for path in ("/api/records/jobs", "/api/jobs", "/api/records"):
        assert client.get(path).json()["items"] == [], path
    listed = client.get("/api/jobs", params={"kind": "rehearse"}).json()["items"]
    assert [one["id"] for one in listed] == [told["id"]]
    assert client.get(f"/api/jobs/{told['id']}").json()["kind"] == "rehearse"
    for path in ("", "/download", "/failures"):
        assert client.get(f"/api/records/jobs/{told['id']}{path}").status_code == 404
    assert client.get(f"/api/records/rehearsals/{desk.submit()}").status_code == 404


def test_a_rehearsal_goes_by_itself_a_day_after_its_end_and_leaves_nothing(desk: RecordDesk) -> None:
    document = desk.upload("a.txt", canary_text())
    told = rehearse(desk, FROM_DOCUMENTS, documents=[document], rows=1)
    assert any(CANARY in row["written"][0]["prompt"] for row in told["rehearsed"])
    platform = desk.service.app.state.platform
    assert platform.drop_rehearsals() == 0
    desk.stores.documents.update_one(
        "job", {"id": told["id"]}, {"ended_us": desk.job(told["id"]).ended_us - 86_401_000_000}
    )
    other = begin(desk)
    assert platform.drop_rehearsals() == 1
    assert desk.owner.client.get(f"/api/records/rehearsals/{told['id']}").status_code == 404
    left = {info.key.partition("/")[0] for info in desk.stores.blobs.list("")}
    assert told["id"] not in left
    assert document in left
    assert not desk.stores.keys.exists(told["id"])
    assert desk.job(other).kind == "rehearse"


def test_a_rehearsal_does_not_keep_its_dataset_from_being_deleted(desk: RecordDesk) -> None:
    dataset = desk.owner.client.post(
        "/api/datasets", params={"name": "a.csv"}, content=b"town\nUlm\nBonn\n"
    ).json()["id"]
    spec = (
        "columns:\n  row: {seed: dataset, keep: false}\n  town: {text: 'On {{ row.town }}.', model: fast}\n"
    )
    told = rehearse(desk, spec, datasetId=dataset, rows=2)
    assert told["state"] == "completed", told["problem"]
    assert desk.owner.client.delete(f"/api/datasets/{dataset}").status_code == 200
    assert desk.owner.client.get(f"/api/records/rehearsals/{told['id']}").status_code == 404


def test_a_rehearsal_that_was_killed_pays_for_no_answer_twice(desk: RecordDesk, standin: StandIn) -> None:
    job_id = begin(desk, rows=3)
    process = desk.spawn("w1", "before-commit:kill")
    process.communicate(timeout=60)
    before = len(standin.served)
    assert before == 3
    for task in desk.stores.documents.find("task", {"job": job_id, "state": "running"}):
        desk.ledger.lose(task)
    desk.work("w2")
    told = seen(desk, job_id)
    assert told["state"] == "completed", told["problem"]
    assert len(standin.served) == before
    assert len(told["rehearsed"]) == 3
