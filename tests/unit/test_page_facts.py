"""What the page is told: columns as they were seen, values to ask for, tasks as they are, passes to files."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
from collections.abc import Iterator
from http.cookies import SimpleCookie
from importlib import resources
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from fitted import Made, copied, generated, made, signed_in, work
from jobs_desk import CANARY
from lookalike import ids, verbs
from lookalike.sandbox import column_facts
from lookalike.sandbox.column_facts import facts_of
from lookalike.service.datasets import table_key
from service_desk import Person, ServiceDesk


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceDesk]:
    found = ServiceDesk(tmp_path_factory.mktemp("facts"), writes=10**6)
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


def facts(**columns: Any) -> dict[str, dict[str, Any]]:
    table = verbs.read(pa.table(columns))
    return {one["name"]: one for one in facts_of(table.arrow, table.schema)}


# ---- columns


def test_each_kind_is_told_in_the_files_own_words() -> None:
    day = dt.datetime(2024, 3, 1)
    seen = facts(
        whole=[*range(1, 100), None],
        money=[1.5 * n for n in range(100)],
        day=[day + dt.timedelta(days=n) for n in range(100)],
        kind=["a"] * 60 + ["b"] * 30 + [None] * 10,
        flag=[True] * 75 + [False] * 25,
    )
    assert seen["whole"]["missing"] == 1
    assert seen["whole"]["distinct"] == 99
    assert seen["whole"]["bins"][0] == {"low": "1", "high": "5", "count": 5}
    assert len(seen["day"]["bins"]) == 20
    assert seen["day"]["bins"][0]["low"].startswith("2024-03-01")
    assert seen["kind"]["values"] == [
        {"value": "a", "count": 60, "cut": False},
        {"value": "b", "count": 30, "cut": False},
    ]
    assert seen["flag"]["values"][0] == {"value": "true", "count": 75, "cut": False}
    for one in seen.values():
        assert sum(part["count"] for part in one["bins"] or one["values"]) == 100 - one["missing"]
        assert 0 < len(one["examples"]) <= 5


def test_strange_columns_are_told_too() -> None:
    seen = facts(
        nothing=pa.nulls(30),
        same=["x"] * 30,
        huge=pa.array([2**62 + n for n in range(30)]),
        inf=[float("inf"), float("nan"), *([1.25] * 28)],
        small=pa.array([n / 10 for n in range(30)], pa.float32()),
        time=pa.array([n * 60_000_000 for n in range(30)], pa.time64("us")),
        long=["y" * 1000 if n % 2 else "z" for n in range(30)],
    )
    assert seen["nothing"]["missing"] == 30
    assert seen["same"]["distinct"] == 1
    cut = [one for one in seen["long"]["values"] if one["cut"]]
    assert [len(one["value"]) for one in cut] == [200] or seen["long"]["values"] == []
    assert sum(part["count"] for part in seen["time"]["bins"]) == 30


def test_of_a_long_table_evenly_spread_rows_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(column_facts, "LOOKED_AT", 50)
    one = facts(n=[*range(99), None])["n"]
    assert (one["looked_at"], one["missing"]) == (50, 1)
    assert one["bins"][-1]["high"] >= "95"


def test_a_datasets_columns_are_read_by_who_may_and_are_in_no_document(
    desk: ServiceDesk, client: TestClient, known: Made
) -> None:
    told = client.get(f"/api/datasets/{known.dataset}/columns").json()["columns"]
    names = [
        column["name"] for column in client.get(f"/api/datasets/{known.dataset}/preview").json()["columns"]
    ]
    assert [one["name"] for one in told] == names
    assert any(CANARY in str(one["examples"]) + str(one["values"]) for one in told)
    for path in desk.folder.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path


def test_a_table_that_an_earlier_version_described_is_read_for_its_columns(
    desk: ServiceDesk, client: TestClient, known: Made
) -> None:
    import json

    told = client.get(f"/api/datasets/{known.dataset}/columns").json()
    sealed = desk.backends.stores.sealed(known.dataset)
    old = json.loads(b"".join(sealed.read(table_key(known.dataset))))
    del old["facts"]
    sealed.put(table_key(known.dataset), [json.dumps(old).encode()])
    assert client.get(f"/api/datasets/{known.dataset}/columns").json() == told


def test_a_models_columns_are_values_that_can_be_asked_for(client: TestClient, known: Made) -> None:
    columns = client.get(f"/api/models/{known.model}/columns").json()["columns"]
    asked = 0
    for one in columns:
        if one["values"] or one["bins"]:
            wanted: Any = (
                [one["values"][0]["value"]] if one["values"] else "{low}..{high}".format(**one["bins"][0])
            )
            answer = client.post(
                f"/api/models/{known.model}/preview", json={"rows": 3, "conditions": {one["name"]: wanted}}
            )
            assert answer.status_code == 200, answer.text
            asked += 1
    assert asked >= 3


# ---- the sample


def test_the_sample_is_the_census_and_can_be_made_by_an_editor(desk: ServiceDesk) -> None:
    client = desk.person("editor").client
    headers = {"Idempotency-Key": "sample"}
    first, second = (client.post("/api/datasets/sample", headers=headers) for _ in range(2))
    assert first.status_code == 201, first.text
    assert (first.json()["rows"], first.json()["columns"]) == (5000, 15)
    assert second.json()["id"] == first.json()["id"]
    columns = client.get(f"/api/datasets/{first.json()['id']}/schema").json()["columns"]
    assert [one["name"] for one in columns if one.get("role") == "target"] == ["income"]
    packed = resources.files("lookalike.service").joinpath("sample", "census.csv.gz").read_bytes()
    whole = Path(__file__).parents[2] / "examples" / "data" / "adult" / "train.csv"
    assert gzip.decompress(packed) == b"".join(whole.open("rb").readlines()[:5001])


# ---- tasks


def test_the_tasks_of_a_generation_say_how_far_each_is(
    desk: ServiceDesk, client: TestClient, known: Made
) -> None:
    id_ = generated(client, known.job, known.model, rows=25_000)
    before = client.get(f"/api/jobs/{id_}/tasks").json()
    assert (before["blocks"], before["rowsDone"]) == (3, 0)
    assert {one["state"] for one in before["tasks"]} == {"pending"}
    ledger = desk.backends.ledger
    lease = ledger.claim("default", "w9")
    assert lease is not None
    from lookalike.jobs.model import Problem

    ledger.fail(lease, Problem("unavailable", "A store does not answer."), retry=True)
    troubled = client.get(f"/api/jobs/{id_}/tasks").json()["tasks"][0]
    assert (troubled["state"], troubled["failures"], troubled["tries"]) == ("retrying", 1, 1)
    assert troubled["reason"] == "A store does not answer."
    assert troubled["againAt"] > client.get(f"/api/jobs/{id_}").json()["createdAt"]
    lease = ledger.claim("default", "w9")
    assert lease is not None
    ledger.release(lease)
    client.post(f"/api/jobs/{id_}/cancel")
    done = client.get(f"/api/jobs/{known.generation}/tasks").json()
    assert done["rowsDone"] == client.get(f"/api/generation/{known.generation}").json()["numberOfRows"]
    fit = client.get(f"/api/jobs/{known.job}/tasks").json()
    assert fit["blocks"] is None
    assert [one["role"] for one in fit["tasks"]] == ["fit"]
    work(desk)


# ---- passes


def passed(client: TestClient, path: str) -> tuple[str, Any]:
    answer = client.post(f"{path}/pass")
    assert answer.status_code == 204, answer.text
    cookie = SimpleCookie(answer.headers["set-cookie"])["lookalike_pass"]
    client.cookies.clear()
    return cookie.value, cookie


def test_a_pass_opens_the_file_for_a_browser_and_nothing_else(
    desk: ServiceDesk, client: TestClient, known: Made
) -> None:
    path = f"/api/generation/{known.generation}"
    value, cookie = passed(client, path)
    assert cookie["path"] == path
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "strict", "300")
    browser = {"Cookie": f"lookalike_pass={value}"}
    file = desk.nobody.get(f"{path}/download", headers=browser)
    assert hashlib.sha256(file.content).hexdigest() == client.get(path).json()["sha256"]
    assert desk.nobody.get(f"{path}/manifest", headers=browser).status_code == 200
    part = desk.nobody.get(f"{path}/download", headers={**browser, "Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    other = copied(desk, "job", known.generation)
    for elsewhere in (
        path,
        f"{path}/preview",
        f"/api/generation/{other}/download",
        "/api/me",
        "/api/datasets",
    ):
        assert desk.nobody.get(elsewhere, headers=browser).status_code == 401, elsewhere
    assert desk.client(value).get("/api/me").status_code == 401
    assert desk.nobody.post(f"{path}/cancel", headers=browser).status_code == 401


def test_an_access_token_is_no_pass(desk: ServiceDesk, client: TestClient, known: Made) -> None:
    token = client.headers["authorization"].partition(" ")[2]
    path = f"/api/generation/{known.generation}/download"
    assert desk.nobody.get(path, headers={"Cookie": f"lookalike_pass={token}"}).status_code == 401


def test_a_pass_ends_with_the_sign_in_and_with_the_share_that_it_hangs_on(
    desk: ServiceDesk, client: TestClient, known: Made
) -> None:
    path = f"/api/generation/{known.generation}"
    guest = desk.person("viewer")
    client.post(f"{path}/share", json={"login": guest.login})
    value, _ = passed(guest.client, path)
    browser = {"Cookie": f"lookalike_pass={value}"}
    assert desk.nobody.get(f"{path}/download", headers=browser).status_code == 200
    client.post(f"{path}/share", json={"login": guest.login, "share": False})
    assert desk.nobody.get(f"{path}/download", headers=browser).status_code == 404
    mine, _ = passed(client, f"/api/models/{known.model}")
    report = f"/api/models/{known.model}/report"
    browser = {"Cookie": f"lookalike_pass={mine}"}
    assert desk.nobody.get(report, headers=browser, params={"format": "html"}).status_code == 200
    other = signed_in(desk, guest)
    value, _ = passed_of_own(desk, other)
    other.post("/api/auth/logout")
    assert desk.nobody.get(value[0], headers={"Cookie": f"lookalike_pass={value[1]}"}).status_code == 401


def passed_of_own(desk: ServiceDesk, client: TestClient) -> tuple[tuple[str, str], Any]:
    """A pass of somebody's sign-in, to an object that need not be there."""
    token = client.headers["authorization"].partition(" ")[2]
    path = f"/api/generation/{ids.new('job')}"
    user = desk.people.who(token)
    return (f"{path}/download", desk.people.pass_for(user, path)), user


# ---- people


def test_users_are_searched_by_any_part_of_login_or_name_in_pages(desk: ServiceDesk) -> None:
    admin = desk.person("admin", "searcher").client
    for number in range(5):
        body = {"login": f"found-{number}", "password": "correct horse battery", "role": "viewer"}
        assert admin.post("/api/users", json={**body, "name": "Finding One"}).status_code == 201
    found: list[str] = []
    after = None
    while True:
        asked = {"search": "DING one", "limit": 2, **({"after": after} if after else {})}
        page = admin.get("/api/users", params=asked).json()
        assert page["total"] == 5
        found += [one["login"] for one in page["items"]]
        if not (after := page["next"]):
            break
    assert found == [f"found-{number}" for number in range(5)]
    assert admin.get("/api/users", params={"search": "earche"}).json()["items"][0]["login"] == "searcher"
    assert admin.get("/api/users", params={"search": "ding", "role": "admin"}).json()["total"] == 0


# ---- columns that are left out


def test_a_column_can_be_left_out_and_taken_back_for_what_was_seen_in_it(client: TestClient) -> None:
    uploaded = client.post("/api/datasets", params={"name": "two.csv"}, content=b"a,b\n1,x\n2,y\n3,x\n")
    path = f"/api/datasets/{uploaded.json()['id']}"
    columns = client.get(f"{path}/schema").json()["columns"]
    before = client.get(f"{path}/columns").json()["columns"]

    left_out = [columns[0], {**columns[1], "action": "drop"}]
    assert client.put(f"{path}/schema", json={"columns": left_out}).status_code == 200
    preview = client.get(f"{path}/preview").json()
    assert [column["name"] for column in preview["columns"]] == ["a"]
    assert preview["rows"] == [["1"], ["2"], ["3"]]
    assert [column["name"] for column in client.get(f"{path}/schema").json()["columns"]] == ["a", "b"]
    assert client.get(f"{path}/columns").json()["columns"] == before

    assert client.put(f"{path}/schema", json={"columns": columns}).status_code == 200
    assert client.get(f"{path}/preview").json()["rows"] == [["1", "x"], ["2", "y"], ["3", "x"]]
