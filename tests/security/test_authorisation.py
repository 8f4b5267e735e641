"""Every operation of the OpenAPI document by every kind of caller. A new operation needs an entry:

1. Write, or add to, ``tests/matrix_NOUN.py``: ``ENTRIES = {"operationId": Entry(...)}``; ``tests/matrix.py``
   says what an entry is.
2. ``make`` makes what the operation is about, for ``cell.owner`` (an editor), and returns the path's
   parameters and a body that is right, so that who may is answered with ``ok``, and who may not is refused
   for that alone.

Two users that may not see each other's objects, an admin who may not either, a viewer, nobody, and four kinds
of tokens that must not do: each cell of routes × callers is one test.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lookalike.clock import SystemClock
from lookalike.errors import NotFound
from lookalike.service import openapi
from lookalike.service.people.access import LIFE_S, Access, AccessTokens
from matrix import CALLERS, Caller, Cell, entries
from service_desk import Person, ServiceDesk

ENTRIES = entries()


class Past(SystemClock):
    """A clock that is a token's life behind."""

    def now_us(self) -> int:
        return super().now_us() - (LIFE_S + 1) * 1_000_000


class World:
    """One service with a person of each kind; their sign-ins are made anew for each cell."""

    def __init__(self, folder: Path) -> None:
        limits = {"writes": 10**6, "account_tries": 10**6, "address_tries": 10**6}
        self.desk = ServiceDesk(folder, **limits)
        self.owner = self.desk.person("editor", "owner")
        self.last = ""
        self.people: dict[str, Person] = {
            "viewer": self.desk.person("viewer"),
            "editor": self.owner,
            "another user": self.desk.person("editor", "another"),
            "admin": self.desk.person("admin"),
        }
        document = self.desk.app.openapi()
        self.operations = {
            operation["operationId"]: (method, path, operation)
            for path, method, operation in openapi.operations(document)
        }

    def token(self, caller: Caller) -> str | None:
        people = self.desk.people
        if caller == "nobody":
            return None
        account = people.accounts.get(self.people.get(caller, self.owner).id)
        if caller == "read token":
            # one at a time: nobody may have as many as there are operations
            with contextlib.suppress(NotFound):
                people.tokens.revoke(account["id"], self.last)
            doc, token = people.tokens.create(account["id"], "script", ["read"], None)
            self.last = doc["id"]
            return token
        started = people.sessions.start(account["id"], account["epoch"])
        if caller == "refresh token as access token":
            return started.token
        if caller == "expired token":
            past = AccessTokens(people.signing_keys, Past())
            return past.make(Access(account["id"], started.session["id"], account["epoch"]))
        token = people.access_for(account, started.session)
        if caller == "ended sign-in":
            people.sessions.end(started.session["id"])
        return token

    def call(self, name: str, caller: Caller) -> Any:
        method, path, _ = self.operations[name]
        sent = ENTRIES[name].make(Cell(self.desk, self.owner, self.people.get(caller)))
        client = self.desk.client(self.token(caller))
        body: dict[str, Any] = {} if sent.json is None else {"json": sent.json}
        if sent.raw is not None:
            body = {"content": sent.raw}
        return client.request(
            method.upper(),
            path.format(**sent.path),
            params=dict(sent.query),
            headers=dict(sent.headers),
            **body,
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("matrix"))
    yield made
    made.desk.close()


def test_every_operation_has_an_entry_and_every_entry_an_operation(world: World) -> None:
    assert set(ENTRIES) == set(world.operations)


def test_what_is_open_is_open_in_the_document_and_nothing_else(world: World) -> None:
    undemanding = {
        name for name, (*_, operation) in world.operations.items() if not operation.get("security")
    }
    assert undemanding == {name for name, entry in ENTRIES.items() if entry.role is None}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_who_may_call_what(world: World, name: str, caller: Caller) -> None:
    answer = world.call(name, caller)
    assert answer.status_code == ENTRIES[name].expected(caller), answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert str(answer.status_code) in world.operations[name][2]["responses"], (
            "an answer not in the document"
        )


def test_a_stranger_cannot_tell_what_is_not_theirs_from_what_is_not_there(world: World) -> None:
    for name, entry in ENTRIES.items():
        if entry.owned:
            theirs, nothing = world.call(name, "another user"), None
            method, path, _ = world.operations[name]
            sent = entry.make(Cell(world.desk, world.owner, None))
            gone = {key: value[:-8] + "00000000" for key, value in sent.path.items()}
            client = world.desk.client(world.token("another user"))
            body = {} if sent.json is None else {"json": sent.json}
            nothing = client.request(method.upper(), path.format(**gone), params=dict(sent.query), **body)
            same = ("type", "title", "status", "detail", "code", "hint")
            assert [theirs.json().get(key) for key in same] == [nothing.json().get(key) for key in same], name
