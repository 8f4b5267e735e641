"""A create that is sent again under its Idempotency-Key is done once, and answered as the first time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from service_desk import PASSWORD, Person, ServiceDesk

TOKEN = {"name": "nightly", "scopes": ["write", "read"], "days": 3}
USER = {"login": "grace", "password": PASSWORD, "role": "viewer"}
PROVIDER = {
    "alias": "small",
    "kind": "openai",
    "url": "https://api.example.org/v1",
    "model": "m",
    "key": "k-1",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ServiceDesk]:
    made = ServiceDesk(tmp_path)
    yield made
    made.close()


def post(person: Person, path: str, body: Any, key: str) -> Any:
    return person.client.post(path, json=body, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(
    ("path", "body", "other", "kind"),
    [
        ("/api/tokens", TOKEN, {"days": 4}, "token"),
        ("/api/tokens", TOKEN, {"scopes": ["read"]}, "token"),
        ("/api/users", USER, {"role": "editor"}, "user"),
        ("/api/users", USER, {"password": f"another {PASSWORD}"}, "user"),
        ("/api/providers", PROVIDER, {"key": "k-2"}, "provider"),
        ("/api/providers", PROVIDER, {"model": "other"}, "provider"),
    ],
)
def test_sent_again_it_is_the_same_and_made_once(
    desk: ServiceDesk, path: str, body: dict[str, Any], other: dict[str, Any], kind: str
) -> None:
    admin, second = desk.person("admin"), desk.person("admin")
    documents = desk.backends.documents
    before = documents.count(kind, {})
    first = post(admin, path, body, "one")
    assert first.status_code == 201, first.text
    again = post(admin, path, body, "one")
    assert (again.status_code, again.json()) == (201, first.json())
    refused = post(admin, path, {**body, **other}, "one")
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong-state")
    assert "idempotency key" in refused.json()["detail"]
    assert documents.count(kind, {}) == before + 1
    # another person's same word is another word
    theirs = post(second, path, body, "one")
    made = 2 if kind == "token" else 1  # logins and aliases are taken once by anybody
    assert (theirs.status_code, documents.count(kind, {})) == (
        {2: 201, 1: 409}[made],
        before + made,
    )


def test_without_a_key_each_request_is_a_token_of_its_own(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    made = {editor.client.post("/api/tokens", json=TOKEN).json()["token"] for _ in range(2)}
    assert len(made) == 2


def test_of_ten_at_once_all_are_answered_with_the_one_token(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: post(editor, "/api/tokens", TOKEN, "together"), range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert desk.backends.documents.count("token", {"user": editor.id}) == 1


def test_a_token_that_was_told_twice_is_good_and_one_that_was_revoked_never_comes_back(
    desk: ServiceDesk,
) -> None:
    editor = desk.person("editor")
    post(editor, "/api/tokens", TOKEN, "one")
    told = post(editor, "/api/tokens", TOKEN, "one").json()
    assert desk.client(told["token"]).get("/api/me").json()["id"] == editor.id
    assert editor.client.delete(f"/api/tokens/{told['id']}").status_code == 204
    fresh = post(editor, "/api/tokens", TOKEN, "one").json()
    assert fresh["token"].partition(".")[2] != told["token"].partition(".")[2]
    assert desk.client(told["token"]).get("/api/me").status_code == 401


def test_the_same_answer_comes_from_another_process_and_under_a_new_master_key(
    desk: ServiceDesk, tmp_path: Path
) -> None:
    editor = desk.person("editor")
    first = post(editor, "/api/tokens", TOKEN, "one").json()
    desk.backends.keys.rotate()
    other = ServiceDesk(tmp_path)
    again = other.client(editor.access).post("/api/tokens", json=TOKEN, headers={"Idempotency-Key": "one"})
    assert again.json() == first
    other.close()


def test_neither_the_token_nor_the_word_is_in_the_database(desk: ServiceDesk) -> None:
    editor = desk.person("editor")
    word = "a-word-that-nobody-else-has"
    token = post(editor, "/api/tokens", TOKEN, word).json()["token"]
    found = str(desk.backends.documents.find("token", {"user": editor.id}))
    assert word not in found
    assert token.partition(".")[2] not in found


def test_nobody_learns_by_repeating_what_a_users_password_is_now(desk: ServiceDesk) -> None:
    admin = desk.person("admin")
    made = post(admin, "/api/users", USER, "one").json()
    desk.people.accounts.set_password(made["id"], "what grace chose herself")

    def tried(password: str) -> int:
        return post(admin, "/api/users", {**USER, "password": password}, "one").status_code

    assert tried("what grace chose herself") == tried("what she did not choose") == tried(PASSWORD)
