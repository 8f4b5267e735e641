"""Datasets, jobs, models and generations over HTTP: what is refused first, once is once, pages."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from fitted import Made, copied, fitted, generated, made, signed_in, uploaded, work
from jobs_desk import table
from lookalike import ids
from lookalike.jobs.checking import check_id, submit_check
from service_desk import Person, ServiceDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("nouns"), writes=10**6)
    yield found
    found.close()


@pytest.fixture(scope="module")
def owner(desk: ServiceDesk) -> Person:
    return desk.person("editor")


@pytest.fixture(scope="module")
def client(desk: ServiceDesk, owner: Person) -> TestClient:
    return signed_in(desk, owner)


@pytest.fixture(scope="module")
def known(desk: ServiceDesk, owner: Person) -> Made:
    return made(desk, owner)


def ask(client: TestClient, job: str, **body: Any) -> Any:
    whole = {"numberOfRows": 10, "outputFormat": "csv", **body}
    return client.post(f"/api/jobs/{job}/generate-data", json=whole)


def test_a_generation_is_refused_first_for_its_form_then_its_job_then_the_state_then_the_model(
    desk: ServiceDesk, client: TestClient, known: Made
) -> None:
    pending = copied(desk, "job", known.job, state="running")
    nobodys, other = ids.new("job"), ids.new("model")
    for rows, form in ((0, "csv"), (1_000_001, "csv"), (10, "xlsx"), ("10", "csv"), (1.5, "csv")):
        refused = ask(client, nobodys, modelId=other, numberOfRows=rows, outputFormat=form)
        assert (refused.status_code, refused.json()["code"]) == (400, "usage")
    assert ask(client, nobodys, modelId=other).status_code == 404
    assert ask(client, pending, modelId=other).status_code == 409
    assert ask(client, known.job, modelId=other).status_code == 400
    accepted = ask(client, known.job, modelId=known.model)
    assert accepted.status_code == 202
    assert accepted.json()["status"] == "pending"
    assert ids.is_id(accepted.json()["generationJobId"], "job")


@pytest.mark.parametrize("field", ["owner", "id", "state", "role", "jobId", "percent"])
def test_no_field_can_be_set_that_is_not_ones_own_to_set(client: TestClient, known: Made, field: str) -> None:
    assert ask(client, known.job, modelId=known.model, **{field: "x"}).status_code == 400
    named = client.patch(f"/api/datasets/{known.dataset}", json={"name": "n", field: "x"})
    assert named.status_code == 400


@pytest.mark.parametrize("conditions", [{"no such column": "x"}, ["age"], ["age=3..2=", "age=1"]])
def test_a_condition_that_cannot_be_met_is_refused_before_anything_is_accepted(
    client: TestClient, known: Made, conditions: Any
) -> None:
    before = client.get("/api/generation").json()["total"]
    refused = ask(client, known.job, modelId=known.model, conditions=conditions)
    assert refused.status_code == 400
    assert client.get("/api/generation").json()["total"] == before


def test_the_same_word_is_one_job_and_another_request_under_it_is_refused(
    client: TestClient, known: Made
) -> None:
    headers = {"Idempotency-Key": "once"}
    path = f"/api/jobs/{known.job}/generate-data"
    body = {"modelId": known.model, "numberOfRows": 10, "outputFormat": "csv", "conditions": {"age": "30.."}}
    first, second = (client.post(path, json=body, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    other = client.post(path, json={**body, "conditions": {"age": "31.."}}, headers=headers)
    assert other.status_code == 409
    assert fitted(client, known.dataset, **headers) == fitted(client, known.dataset, **headers)


def test_the_same_upload_under_one_word_is_one_dataset(client: TestClient) -> None:
    headers = {"Idempotency-Key": "upload"}
    answers = [
        client.post("/api/datasets", params={"name": "t.csv"}, content=table(20), headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


def test_another_users_same_word_is_another_job(desk: ServiceDesk, client: TestClient) -> None:
    other = desk.person("editor").client
    pair = [uploaded(one, table(20)) for one in (client, other)]
    keys = {"Idempotency-Key": "mine"}
    assert (
        len({fitted(one, dataset, **keys) for one, dataset in zip((client, other), pair, strict=True)}) == 2
    )


def test_pages_hold_every_thing_once_though_more_come_meanwhile(desk: ServiceDesk) -> None:
    owner = desk.person("editor")
    seed = uploaded(owner.client, table(20))
    for number in range(11):
        copied(desk, "dataset", seed, name=f"{'ab'[number % 2]} {number % 3}")
    for sort in ("createdAt", "-createdAt", "name", "-name"):
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = owner.client.get(
                "/api/datasets", params={"limit": 4, "sort": sort, **({"after": after} if after else {})}
            ).json()
            found += page["items"]
            if not (after := page["next"]):
                break
            if sort == "createdAt" and len(found) == 4:
                desk.backends.documents.delete("dataset", {"id": found[-1]["id"]})
        names = [one["id"] for one in found]
        assert len(names) == len(set(names))
        field = sort.removeprefix("-")
        values = [(one[field], one["id"]) if field == "name" else one["id"] for one in found]
        assert values == sorted(values, reverse=sort.startswith("-"))
    listed = owner.client.get("/api/datasets", params={"search": "B ", "limit": 2}).json()
    assert listed["total"] == listed["counts"]["ready"] == 5
    assert all("b" in one["name"] for one in listed["items"])
    assert owner.client.get("/api/datasets", params={"after": "bm8"}).status_code == 400
    assert owner.client.get("/api/datasets", params={"owner": "x"}).status_code == 400


def test_filters_and_counts_go_by_state(desk: ServiceDesk, client: TestClient, known: Made) -> None:
    done = client.get("/api/jobs", params={"state": "completed", "kind": "fit"}).json()
    assert known.job in [one["id"] for one in done["items"]]
    assert {one["state"] for one in done["items"]} == {"completed"}
    assert done["total"] == done["counts"]["completed"]
    assert sum(done["counts"].values()) >= done["total"]
    assert known.model in [one["id"] for one in client.get("/api/models").json()["items"]]


def test_any_part_of_a_sealed_file_is_that_part(desk: ServiceDesk, client: TestClient, known: Made) -> None:
    job = generated(client, known.job, known.model, 20_000)
    work(desk)
    path = f"/api/generation/{job}/download"
    whole = client.get(path)
    size, etag = len(whole.content), whole.headers["etag"]
    assert etag == f'"{hashlib.sha256(whole.content).hexdigest()}"'
    assert size > 4 * (1 << 16)
    edges = [0, 1, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, size - 1]
    draw = random.Random(5)
    for _ in range(40):
        first = draw.choice([*edges, draw.randrange(size)])
        last = min(size - 1, first + draw.choice([0, 1, 100, 1 << 16, size]))
        part = client.get(path, headers={"Range": f"bytes={first}-{last}", "If-Range": etag})
        assert part.status_code == 206
        assert part.content == whole.content[first : last + 1]
        assert part.headers["content-range"] == f"bytes {first}-{last}/{size}"
    assert client.get(path, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    head = client.head(path)
    assert (head.headers["content-length"], head.content) == (str(size), b"")


def test_a_report_that_fails_leaves_the_file(desk: ServiceDesk, client: TestClient, known: Made) -> None:
    dataset = uploaded(client)
    job = fitted(client, dataset)
    work(desk)
    model = client.get(f"/api/jobs/{job}").json()["modelId"]
    generation = generated(client, job, model)
    work(desk)
    stores, ledger = desk.backends.stores, desk.backends.ledger
    stores.blobs.delete([f"{dataset}/upload"])
    submit_check(stores, ledger, ledger.job(generation), 1)
    work(desk)
    seen = client.get(f"/api/generation/{generation}").json()
    assert (seen["state"], seen["report"]["state"]) == ("completed", "failed")
    assert client.get(f"/api/generation/{generation}/report").status_code == 409
    assert (
        hashlib.sha256(client.get(f"/api/generation/{generation}/download").content).hexdigest()
        == (seen["sha256"])
    )


def test_deleting_a_dataset_destroys_the_keys_of_all_that_hangs_on_it(
    desk: ServiceDesk, client: TestClient
) -> None:
    dataset = uploaded(client)
    job = fitted(client, dataset)
    work(desk)
    model = client.get(f"/api/jobs/{job}").json()["modelId"]
    generation = generated(client, job, model)
    running = generated(client, job, model)
    work(desk)
    stores, ledger = desk.backends.stores, desk.backends.ledger
    submit_check(stores, ledger, ledger.job(generation), 1)
    owners = [dataset, model, generation, running, check_id(ledger.job(generation))]
    assert all(stores.keys.exists(one) for one in owners)
    said = client.delete(f"/api/datasets/{dataset}")
    assert (said.status_code, said.json()["code"]) == (409, "wrong-state")
    assert "generations: 2" in said.json()["detail"]
    assert client.delete(f"/api/datasets/{dataset}", params={"cascade": True}).status_code == 200
    assert not any(stores.keys.exists(one) for one in owners)
    assert [info for one in owners for info in stores.blobs.list(f"{one}/")] == []
    for path in (f"datasets/{dataset}", f"jobs/{job}", f"models/{model}", f"generation/{generation}"):
        assert client.get(f"/api/{path}").status_code == 404


def test_a_schema_that_does_not_fit_is_refused_with_its_place_and_one_that_fits_is_learned(
    desk: ServiceDesk, client: TestClient
) -> None:
    dataset = uploaded(client, b"age,town\n31,Oslo\nold,Rome\n33,Rome\n" * 10)
    path = f"/api/datasets/{dataset}/schema"
    before = client.get(path).json()
    age, town = before["columns"]
    wrong = [{"name": "age", "kind": "numerical", "type": "int64"}, town]
    refused = client.put(path, json={"columns": wrong})
    assert refused.status_code == 400
    assert (refused.json()["column"], refused.json()["row"]) == ("age", 2)
    assert client.get(path).json() == before
    right = [age, {**town, "role": "target"}]
    assert client.put(path, json={"columns": right}).status_code == 200
    job = fitted(client, dataset)
    work(desk)
    model = client.get(f"/api/jobs/{job}").json()["modelId"]
    assert client.get(f"/api/models/{model}").json()["target"] == "town"


def test_another_service_asks_by_its_token_and_is_told_the_generation(
    desk: ServiceDesk, owner: Person, known: Made
) -> None:
    service = desk.client(desk.people.tokens.create(owner.id, "service", ["engine"], None)[1])
    body = {"modelId": known.model, "numberOfRows": 10, "outputFormat": "csv"}
    begun = service.post("/api/generate_data", json=body).json()
    work(desk)
    task = service.get(f"/api/generate_data/{begun['taskId']}").json()
    assert (task["status"], task["percent"]) == ("completed", 100)
    generation = owner.client.get(f"/api/generation/{begun['generationJobId']}").json()
    assert generation["taskId"] == begun["taskId"]
    assert service.get("/api/datasets").status_code == 403


def test_a_deleted_user_leaves_nothing(desk: ServiceDesk) -> None:
    leaving, admin = desk.person("editor"), desk.person("admin")
    dataset = uploaded(leaving.client, table(20))
    job = fitted(leaving.client, dataset)
    assert admin.client.delete(f"/api/users/{leaving.id}").status_code == 204
    assert not desk.backends.keys.exists(dataset)
    assert desk.backends.documents.get("job", job) is None
