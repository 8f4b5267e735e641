"""Rehearsing a spec through the service: prompts and the most that it costs, and no call."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest

from record_desk import FROM_DOCUMENTS, SPEC, RecordDesk
from standin_llm import StandIn

CHAIN = """
columns:
  topic: {sampler: category, values: [rivers, deltas, seas]}
  facts: {structured: "Facts about {{ topic }}.", model: fast, schema: {type: object,
    properties: {name: {type: string, maxLength: 20}}, required: [name], additionalProperties: false}}
  text: {text: "Write of {{ facts.name }} and {{ topic }}.", model: fast, max_tokens: 50}
"""


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, standin: StandIn) -> Iterator[RecordDesk]:
    folder: Path = tmp_path_factory.mktemp("preview")
    made = RecordDesk(folder, standin.url)
    yield made
    made.close()


def preview(desk: RecordDesk, spec: str, records: int = 100, **more: Any) -> Any:
    body = {"spec": spec, "records": records, **more}
    return desk.owner.client.post("/api/records/preview", json=body)


def test_prompts_are_shown_and_no_model_is_called(desk: RecordDesk, standin: StandIn) -> None:
    answer = preview(desk, CHAIN, rows=3)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert len(told["rows"]) == 3
    for row in told["rows"]:
        topic = row["values"]["topic"]
        assert [prompt["text"] for prompt in row["prompts"]] == [
            f"[user] Facts about {topic}.",
            f"[user] Write of ⟨facts.name⟩ and {topic}.",
        ]
    assert told["calls"] == 200
    assert standin.served == []


def test_what_is_written_later_has_the_prompts_that_were_shown_and_costs_less_than_was_said(
    desk: RecordDesk, standin: StandIn
) -> None:
    told = preview(desk, SPEC, records=4, rows=4).json()
    shown = sorted(prompt["text"] for row in told["rows"] for prompt in row["prompts"])
    job_id = desk.submit(SPEC, records=4)
    desk.work()
    asked = sorted(f"[user] {served.body['messages'][0]['content']}" for served in standin.served)
    assert shown == asked
    spent = desk.shown(job_id)["spent"]
    assert 0 < spent["tokens"] <= told["mostTokens"]
    assert 0 < spent["cost"] <= told["mostCost"]
    standin.served.clear()


def test_a_passage_is_stood_in_for_and_counts_at_its_longest(desk: RecordDesk) -> None:
    document = desk.upload("a.txt", b"Silt.")
    small = preview(desk, FROM_DOCUMENTS, documents=[document], cut={"size": 100, "overlap": 0}).json()
    large = preview(desk, FROM_DOCUMENTS, documents=[document], cut={"size": 1000, "overlap": 0}).json()
    assert small["rows"][0]["prompts"][0]["text"] == "[user] Ask about: ⟨a passage⟩"
    assert large["mostTokens"] - small["mostTokens"] == 100 * 4 * 900


def test_what_cannot_be_filled_in_says_why_and_no_cost_is_made_up(desk: RecordDesk) -> None:
    document = desk.upload("b.txt", b"Silt.")
    told = preview(desk, FROM_DOCUMENTS.replace("passage.text", "passage.title"), documents=[document]).json()
    prompt = told["rows"][0]["prompts"][0]
    assert prompt["text"] is None
    assert "title" in prompt["why"]
    assert told["mostTokens"] is None
    assert told["mostCost"] is None


@pytest.mark.parametrize(
    "spec", ["columns: {a: {text: hello, model: nobody}}", "models: {a: {}}", "columns: [", "columns: {}"]
)
def test_a_spec_that_does_not_hold_together_is_a_400_as_for_a_job(desk: RecordDesk, spec: str) -> None:
    answer = preview(desk, spec)
    assert answer.status_code == 400
    assert answer.json()["detail"] == desk.ask(spec).json()["detail"]


def test_six_rows_are_too_many(desk: RecordDesk) -> None:
    assert preview(desk, SPEC, rows=6).status_code in (400, 422)


def test_a_pass_opens_the_records_of_one_job_and_no_other(desk: RecordDesk) -> None:
    job_id, other = desk.submit(records=2), desk.submit(records=2)
    desk.work()
    path = f"/api/records/jobs/{job_id}"
    answer = desk.owner.client.post(f"{path}/pass")
    assert answer.status_code == 204
    desk.owner.client.cookies.clear()
    cookie = SimpleCookie(answer.headers["set-cookie"])["lookalike_pass"]
    assert cookie["path"] == path
    browser = {"Cookie": f"lookalike_pass={cookie.value}"}
    nobody = desk.service.nobody
    found = nobody.get(f"{path}/download", headers=browser)
    assert (found.status_code, len(found.text.splitlines())) == (200, 2)
    for elsewhere in (path, f"{path}/failures", f"/api/records/jobs/{other}/download", "/api/records"):
        assert nobody.get(elsewhere, headers=browser).status_code == 401, elsewhere
