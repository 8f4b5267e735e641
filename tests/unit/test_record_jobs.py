"""Write jobs through the service: from the request to records that are found and downloaded."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import paper
from lookalike import ids
from lookalike.stores.records import Record
from record_desk import FROM_DOCUMENTS, SPEC, RecordDesk
from standin_llm import StandIn, in_turn


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    yield made
    made.close()


def test_a_job_from_instructions_gives_exactly_as_many_records_as_asked(desk: RecordDesk) -> None:
    job_id = desk.submit(records=7)
    desk.work()
    shown = desk.shown(job_id)
    assert shown["state"] == "completed", shown["problem"]
    assert shown["counts"]["accepted"] == 7
    assert shown["spent"]["calls"] == 7
    assert shown["spent"]["tokens"] > 0
    assert shown["spent"]["cost"] > 0
    assert shown["diversity"]["candidates"] == 7
    found = desk.records(job_id)
    assert len(found) == 7
    assert set(found[0]["fields"]) == {"topic", "question"}
    facts = found[0]["facts"]
    assert facts["calls"] == 1
    assert facts["cost"] > 0
    assert facts["provenance"]["question"]["model"] == "stand-in"
    assert facts["provenance"]["question"]["raw"] == found[0]["fields"]["question"]
    assert sum(one["facts"]["tokens"] for one in found) == shown["spent"]["tokens"]


def test_records_from_documents_say_which_page_they_are_of_and_the_uploads_are_gone(desk: RecordDesk) -> None:
    document = desk.upload("rivers.pdf", paper.pdf(["Rivers carry silt.", "Deltas grow."]))
    notes = desk.upload("notes.md", b"# Seas\n\nThe sea takes the rest.")
    job_id = desk.submit(FROM_DOCUMENTS, 3, documents=[document, notes])
    assert desk.shown(job_id)["files"] == ["rivers.pdf", "notes.md"]
    desk.work()
    assert desk.shown(job_id)["state"] == "completed", desk.shown(job_id)["problem"]
    items = desk.owner.client.get("/api/records", params={"jobId": job_id, "status": "item"}).json()["items"]
    assert [(one["fields"]["text"], one["facts"]["file"], one["facts"].get("page")) for one in items] == [
        ("Rivers carry silt.", "rivers.pdf", 1),
        ("Deltas grow.", "rivers.pdf", 2),
        ("# Seas\n\nThe sea takes the rest.", "notes.md", None),
    ]
    assert sorted(one["fields"]["file"] for one in desk.records(job_id)) == ["notes.md", *["rivers.pdf"] * 2]
    left = [info.key for info in desk.stores.blobs.list("") if info.key.startswith("doc_")]
    assert left == []
    assert desk.stores.documents.count("document", {}) == 0
    assert not desk.stores.keys.exists(document)
    assert desk.owner.client.get("/api/records/documents").json()["items"] == []


def test_a_document_that_cannot_be_read_ends_the_job_with_file_and_page(desk: RecordDesk) -> None:
    bad = desk.upload("bad.pdf", paper.pdf(["fine", "not"], damaged=2))
    job_id = desk.submit(FROM_DOCUMENTS, 3, documents=[bad])
    desk.work()
    problem = desk.shown(job_id)["problem"]
    assert (problem["code"], problem["file"], problem["page"]) == ("bad-document", "bad.pdf", 2)
    assert desk.stores.documents.count("document", {}) == 0


def test_downloads_have_the_same_records_in_every_form(desk: RecordDesk) -> None:
    job_id = desk.submit(records=4)
    path = f"/api/records/jobs/{job_id}/download"
    assert desk.owner.client.get(path).status_code == 409
    desk.work()
    found = [one["fields"] for one in desk.records(job_id)]

    def file(**asked: str) -> bytes:
        answer = desk.owner.client.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        assert "attachment" in answer.headers["content-disposition"]
        return answer.content

    assert [json.loads(line) for line in file().splitlines()] == found
    assert pq.read_table(io.BytesIO(file(format="parquet"))).to_pylist() == found
    assert file(format="csv").decode().splitlines()[0] == "topic,question"
    assert len(file(format="csv").decode().splitlines()) == 5
    chat = [json.loads(line) for line in file(format="chat", prompt="topic", answer="question").splitlines()]
    assert chat[0]["messages"] == [
        {"role": "user", "content": found[0]["topic"]},
        {"role": "assistant", "content": found[0]["question"]},
    ]
    alpaca = [json.loads(x) for x in file(format="alpaca", prompt="topic", answer="question").splitlines()]
    assert alpaca[0] == {"instruction": found[0]["topic"], "input": "", "output": found[0]["question"]}
    made = json.loads(file(provenance="true").splitlines()[0])
    assert made["_made"]["provenance"]["question"]["model"] == "stand-in"
    for asked in ({"format": "chat"}, {"format": "alpaca", "prompt": "topic", "answer": "none"}):
        assert desk.owner.client.get(path, params=asked).status_code == 400


def test_a_search_reaches_every_job_and_gives_the_best_first(desk: RecordDesk) -> None:
    """Of 1,100 jobs the oldest are found, too; each is one document and one record."""
    template = desk.submit("columns:\n  a: {expression: '1'}\nduplicates: false\n", 1)
    desk.work()
    doc = desk.stores.documents.get("job", template)
    assert doc is not None
    made = [ids.new("job") for _ in range(1_100)]
    desk.stores.documents.create("job", [{**doc, "id": id_, "output": id_, "idem": None} for id_ in made])
    texts = {made[0]: "needle " * 3, made[1]: "needle", made[-1]: "a needle in all the hay"}
    for id_, text in texts.items():
        desk.stores.keys.create(id_)
        if id_ != made[1]:
            desk.stores.records.index(id_)
        words = {"text": text}
        others = [Record(f"{id_}/{n:07d}", "accepted", {"text": f"hay {n}"}, {}) for n in range(1, 9)]
        desk.stores.records.create([Record(f"{id_}/0000000", "accepted", words, {}), *others])
    for id_ in made:
        if id_ not in texts:
            desk.stores.keys.create(id_)

    def found(**asked: object) -> list[str]:
        jobs: list[str] = []
        after = None
        while True:
            asked |= {} if after is None else {"after": after}
            answer = desk.owner.client.get("/api/records", params={"text": "needle", "limit": 2, **asked})
            assert answer.status_code == 200, answer.text
            jobs += [one["jobId"] for one in answer.json()["items"]]
            after = answer.json()["next"]
            if after is None:
                return jobs

    assert found() == [made[0], made[-1], made[1]]
    assert found(order="id") == [made[0], made[1], made[-1]]
    assert desk.owner.client.get("/api/records", params={"text": "needle", "order": "x"}).status_code == 400


def test_what_was_refused_is_listed_with_why_and_its_raw_answer(tmp_path: Path) -> None:
    spec = SPEC + "checks:\n  - {of: question, regex: '^[a-z ]+$', why: plain words only}\n"
    with StandIn(text=lambda body: "NO 1" if body["seed"] % 2 else "yes") as server:
        desk = RecordDesk(tmp_path, server.url)
        job_id = desk.submit(spec, 3, candidates=6)
        desk.work()
        shown = desk.shown(job_id)
        assert shown["state"] == "failed"
        assert shown["problem"]["code"] == "fewer-than-asked"
        counts = shown["counts"]
        assert counts["candidates"] == 6
        assert counts["accepted"] + counts["failed"] + counts["filtered"] + counts["open"] == 6
        failures = desk.owner.client.get(f"/api/records/jobs/{job_id}/failures").json()["items"]
        assert len(failures) == counts["failed"] + counts["filtered"]
        assert failures[0]["facts"]["column"] == "question"
        assert failures[0]["facts"]["kind"] == "filter"
        assert "plain words only" in failures[0]["facts"]["reason"]
        desk.close()


def test_trying_again_asks_only_for_what_is_missing(tmp_path: Path) -> None:
    with StandIn(in_turn("auth")) as server:
        desk = RecordDesk(tmp_path, server.url)
        job_id = desk.submit(records=3)
        server.script = lambda id_, time: "refusal" if id_.startswith("2/") else "answer"
        desk.work()
        assert desk.shown(job_id)["state"] == "failed"
        assert desk.shown(job_id)["counts"]["accepted"] == 2
        before = len(server.served)
        server.script = lambda id_, time: "answer"
        answer = desk.owner.client.post(f"/api/records/jobs/{job_id}/retry")
        assert answer.status_code == 200, answer.text
        desk.work()
        assert desk.shown(job_id)["state"] == "completed", desk.shown(job_id)["problem"]
        assert desk.shown(job_id)["counts"]["accepted"] == 3
        assert len(server.served) == before + 1
        desk.close()
