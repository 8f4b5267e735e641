"""Write jobs made of a dataset's rows and of a fitted model: whose they may be, what comes out, what goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fitted import uploaded
from jobs_desk import CANARY
from record_desk import RecordDesk
from served import canary_files
from service_desk import Person
from standin_llm import StandIn, always

OF_ROWS = f"""
columns:
  row: {{seed: dataset, order: once, keep: false}}
  town: {{expression: "row.town"}}
  count: {{expression: "row['{CANARY}-column']"}}
  note: {{text: "Write of somebody of {{{{ row.age }}}} in {{{{ row.town }}}}.", model: fast}}
"""
OF_MODEL = """
columns:
  customer: {table: model, columns: [age, town], where: {town: Oslo}, flatten: true}
  letter: {text: "A letter by somebody of {{ customer.age }} in {{ customer.town }}.", model: fast}
"""
OF_BOTH = """
columns:
  row: {seed: dataset, keep: false}
  customer: {table: model, columns: [town], keep: false}
  towns: {expression: "[row.town, customer.town]"}
  letter: {text: "From {{ row.town }} to {{ customer.town }}.", model: fast}
"""
ROWS = 30
LEARNED = 300


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn() as server:
        yield server


@pytest.fixture
def desk(tmp_path: Path, standin: StandIn) -> Iterator[RecordDesk]:
    made = RecordDesk(tmp_path, standin.url)
    standin.served.clear()
    yield made
    made.close()


def table(rows: int = ROWS) -> bytes:
    """A table whose cells hold the canary, in a column that is called by it, too."""
    lines = [f"age,{CANARY}-column,town"]
    towns = ("Oslo", "Rome", f"{CANARY}-cell")
    lines += [f"{20 + number},{number},{towns[number % 3]}" for number in range(rows)]
    return ("\n".join(lines) + "\n").encode()


def model_of(desk: RecordDesk, dataset: str) -> str:
    """A real model, since it is to draw under conditions."""
    body = {"datasetId": dataset, "settings": {"model": "independent"}}
    job_id = desk.owner.client.post("/api/jobs", json=body).json()["id"]
    desk.work()
    return desk.owner.client.get(f"/api/jobs/{job_id}").json()["modelId"]


def asked_by(who: Person, spec: str, records: int = 3, **more: Any) -> Any:
    return who.client.post("/api/records/jobs", json={"spec": spec, "records": records, **more})


def test_each_row_of_a_dataset_is_the_seed_of_one_record(desk: RecordDesk, standin: StandIn) -> None:
    dataset = uploaded(desk.owner.client, table())
    job_id = desk.submit(OF_ROWS, ROWS, datasetId=dataset)
    desk.work()
    shown = desk.shown(job_id)
    assert shown["state"] == "completed", shown["problem"]
    assert (shown["datasetId"], shown["indexed"]) == (dataset, False)
    found = desk.records(job_id)
    assert [one["fields"]["count"] for one in found] == list(range(ROWS))
    assert [one["fields"]["town"] for one in found] == ["Oslo", "Rome", f"{CANARY}-cell"] * (ROWS // 3)
    prompts = {served.body["messages"][-1]["content"] for served in standin.served}
    assert "Write of somebody of 20 in Oslo." in prompts
    assert len(prompts) == ROWS
    seen = desk.owner.client.get("/api/records", params={"text": CANARY, "jobId": job_id}).json()["items"]
    assert len(seen) == ROWS // 3


def test_more_records_than_rows_that_are_used_once_end_the_job_before_a_call(
    desk: RecordDesk, standin: StandIn
) -> None:
    dataset = uploaded(desk.owner.client, table())
    job_id = desk.submit(OF_ROWS, ROWS + 1, datasetId=dataset)
    desk.work()
    assert desk.shown(job_id)["problem"]["code"] == "usage"
    assert standin.served == []


def test_a_model_gives_the_columns_under_conditions_and_the_text_is_written_to_fit_them(
    desk: RecordDesk, standin: StandIn
) -> None:
    model = model_of(desk, uploaded(desk.owner.client, table(LEARNED)))
    job_id = desk.submit(OF_MODEL, 12, modelId=model)
    desk.work()
    shown = desk.shown(job_id)
    assert shown["state"] == "completed", shown["problem"]
    found = [one["fields"] for one in desk.records(job_id)]
    assert len(found) == 12
    assert {one["town"] for one in found} == {"Oslo"}
    assert len({one["age"] for one in found}) > 1
    prompts = [served.body["messages"][-1]["content"] for served in standin.served]
    wanted = [f"A letter by somebody of {one['age']} in Oslo." for one in found]
    assert sorted(prompts) == sorted(wanted)


def test_a_dataset_and_the_model_fitted_on_it_may_both_be_named_but_no_other_dataset(
    desk: RecordDesk,
) -> None:
    dataset, other = (uploaded(desk.owner.client, table(LEARNED)) for _ in range(2))
    model = model_of(desk, dataset)
    job_id = desk.submit(OF_BOTH, 5, datasetId=dataset, modelId=model)
    desk.work()
    assert desk.shown(job_id)["state"] == "completed", desk.shown(job_id)["problem"]
    assert all(len(one["fields"]["towns"]) == 2 for one in desk.records(job_id))
    assert desk.ask(OF_BOTH, 5, datasetId=other, modelId=model).status_code == 400


@pytest.mark.parametrize(
    "spec",
    [
        OF_MODEL.replace("Oslo", "Paris"),
        OF_MODEL.replace("town: Oslo", "none: 1"),
        OF_MODEL.replace("[age, town]", "[age, none]"),
    ],
)
def test_conditions_and_columns_that_the_model_cannot_give_are_a_400(desk: RecordDesk, spec: str) -> None:
    model = model_of(desk, uploaded(desk.owner.client, table(LEARNED)))
    answer = desk.ask(spec, 3, modelId=model)
    assert answer.status_code == 400, answer.text
    assert desk.stores.documents.count("job", {"kind": "write"}) == 0


def test_what_is_a_strangers_is_not_there_and_what_is_shared_can_be_written_from(desk: RecordDesk) -> None:
    dataset = uploaded(desk.owner.client, table(LEARNED))
    model = model_of(desk, dataset)
    fit = desk.owner.client.get(f"/api/models/{model}").json()["jobId"]
    sources = {"datasetId": (OF_ROWS, dataset, "datasets"), "modelId": (OF_MODEL, model, "models")}
    for name, (spec, id_, noun) in sources.items():
        friend = desk.service.person("editor")
        for wrong in (id_, fit, "ds_0", "model_0", ""):
            assert asked_by(friend, spec, **{name: wrong}).status_code == 404, (name, wrong)
        shares = {"login": friend.login}
        assert desk.owner.client.post(f"/api/{noun}/{id_}/share", json=shares).status_code == 200
        answer = asked_by(friend, spec, **{name: id_})
        assert answer.status_code == 202, answer.text
        desk.work()
        job = friend.client.get(f"/api/records/jobs/{answer.json()['id']}").json()
        assert job["state"] == "completed", job["problem"]
        found = friend.client.get("/api/records", params={"jobId": job["id"]}).json()["items"]
        assert len(found) == 3
        # the owner of the source has no right to what was made of it
        assert desk.owner.client.get(f"/api/records/jobs/{job['id']}").status_code == 404
        viewer = desk.service.person("viewer")
        desk.owner.client.post(f"/api/{noun}/{id_}/share", json={"login": viewer.login})
        assert asked_by(viewer, spec, **{name: id_}).status_code == 403


def test_a_job_goes_on_only_while_its_owner_may_read_what_it_is_made_of(
    desk: RecordDesk, standin: StandIn
) -> None:
    dataset = uploaded(desk.owner.client, table(LEARNED))
    model = model_of(desk, dataset)
    standin.script = lambda id_, time: "auth"
    for name, spec, id_, noun in (
        ("datasetId", OF_ROWS, dataset, "datasets"),
        ("modelId", OF_MODEL, model, "models"),
    ):
        friend = desk.service.person("editor")
        path, shares = f"/api/{noun}/{id_}/share", {"login": friend.login}
        assert desk.owner.client.post(path, json=shares).status_code == 200
        job_id = asked_by(friend, spec, **{name: id_}).json()["id"]
        desk.work()
        retry = f"/api/records/jobs/{job_id}/retry"
        desk.owner.client.post(path, json={**shares, "share": False})
        assert friend.client.post(retry).status_code == 404
        desk.owner.client.post(path, json=shares)
        assert friend.client.post(retry).status_code == 200
    standin.script = always()


@pytest.mark.parametrize("of", ["dataset", "model"])
def test_deleting_a_source_says_which_jobs_hang_on_it_and_takes_them_with_it(
    desk: RecordDesk, of: str
) -> None:
    dataset = uploaded(desk.owner.client, table(LEARNED))
    model = model_of(desk, dataset)
    spec, sent = (OF_ROWS, {"datasetId": dataset}) if of == "dataset" else (OF_MODEL, {"modelId": model})
    ended = desk.submit(spec, 4, **sent)
    desk.work()
    waiting = desk.submit(spec, 4, **sent)
    path = f"/api/datasets/{dataset}" if of == "dataset" else f"/api/models/{model}"
    assert desk.owner.client.get(f"/api/datasets/{dataset}").json()["hanging"]["recordJobs"] == 2
    refused = desk.owner.client.delete(path)
    assert refused.status_code == 409
    assert "record_jobs: 2" in refused.json()["detail"]
    assert desk.shown(ended)["state"] == "completed"
    gone = desk.owner.client.delete(path, params={"cascade": True})
    assert gone.status_code == 200
    assert gone.json()["deleted"]["recordJobs"] == 2
    desk.work()
    for job_id in (ended, waiting):
        assert desk.owner.client.get(f"/api/records/jobs/{job_id}").status_code == 404
        assert [info.key for info in desk.stores.blobs.list(f"{job_id}/")] == []
    assert desk.owner.client.get("/api/records").json()["items"] == []


def test_no_cell_of_the_dataset_no_record_and_no_answer_is_in_plain_on_disk(tmp_path: Path) -> None:
    with StandIn(text=lambda body: f"{CANARY} {body['seed']} {body['messages'][-1]['content']}") as server:
        desk = RecordDesk(tmp_path, server.url)
        dataset = uploaded(desk.owner.client, table(LEARNED))
        model = model_of(desk, dataset)
        jobs = [
            desk.submit(OF_ROWS, 6, datasetId=dataset),
            desk.submit(OF_MODEL.replace("town: Oslo", f"town: {CANARY}-cell"), 6, modelId=model),
        ]
        desk.work()
        for job_id in jobs:
            shown = desk.shown(job_id)
            assert shown["state"] == "completed", shown["problem"]
            file = desk.owner.client.get(f"/api/records/jobs/{job_id}/download")
            assert CANARY.encode() in file.content
            assert canary_files(tmp_path) == []
        desk.close()
        assert canary_files(tmp_path) == []
