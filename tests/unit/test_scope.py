"""A scope shows what is its user's or shared with them, and for all else nothing is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lookalike import ids
from lookalike.errors import Forbidden, NotFound
from lookalike.service.backends import open_backends
from lookalike.service.scope import Reach, Role, Scope, User
from lookalike.service.wire import PageAsked
from lookalike.settings import Settings

KIND = "job"


class People:
    """Ada and Bob, who have jobs, and an admin."""

    def __init__(self, folder: Path) -> None:
        self.backends = open_backends(Settings(home=folder))
        self.ada, self.bob, self.root = self.scope("ada"), self.scope("bob"), self.scope("root", "admin")

    def scope(self, name: str, role: Role = "editor", *reach: Reach) -> Scope:
        user = User(f"user_{name}", name, name, role, frozenset(reach or ("read", "write", "admin")))
        return Scope(user, self.backends)


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    made = People(tmp_path)
    yield made
    made.backends.close()


def made(scope: Scope, count: int = 1, **fields: Any) -> list[str]:
    names = [ids.new("job") for _ in range(count)]
    for name in names:
        assert scope.create(KIND, {"id": name, "kind": "fit", "state": "pending", **fields})
    return names


def test_what_is_mine_is_there(people: People) -> None:
    [job] = made(people.ada)
    assert people.ada.get(KIND, job)["owner"] == "user_ada"
    assert people.ada.own(KIND, job)["id"] == job


def test_the_owner_is_who_makes_it_whatever_the_document_says(people: People) -> None:
    [job] = made(people.ada, owner="user_bob")
    assert people.ada.get(KIND, job)["owner"] == "user_ada"


def test_what_is_not_mine_is_not_there_for_admins_either(people: People) -> None:
    [job] = made(people.ada)
    missing = ids.new("job")
    for scope in (people.bob, people.root):
        for act in (
            lambda scope, name: scope.get(KIND, name),
            lambda scope, name: scope.own(KIND, name),
            lambda scope, name: scope.update(KIND, name, {"state": "failed"}),
            lambda scope, name: scope.delete(KIND, name),
            lambda scope, name: scope.share(KIND, name, scope.user.id),
            lambda scope, name: scope.unshare(KIND, name, scope.user.id),
            lambda scope, name: scope.shared_with(KIND, name),
        ):
            said: set[str] = set()
            for name in (job, missing):
                with pytest.raises(NotFound) as caught:
                    act(scope, name)
                said.add(str(caught.value))
            assert len(said) == 1, "one cannot be told from the other"
        assert scope.find(KIND).docs == []
    assert people.ada.get(KIND, job)["state"] == "pending"


def test_what_is_shared_is_there_to_read(people: People) -> None:
    job, other = made(people.ada, 2)
    people.ada.share(KIND, job, "user_bob")
    people.ada.share(KIND, job, "user_bob")
    assert people.bob.get(KIND, job)["id"] == job
    assert people.ada.shared_with(KIND, job) == ["user_bob"]
    for act in (
        lambda: people.bob.own(KIND, job),
        lambda: people.bob.update(KIND, job, {"state": "failed"}),
        lambda: people.bob.delete(KIND, job),
        lambda: people.bob.share(KIND, job, "user_eve"),
        lambda: people.bob.shared_with(KIND, job),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(NotFound):
        people.bob.get(KIND, other)
    with pytest.raises(NotFound):
        people.bob.get("task", job)
    people.ada.unshare(KIND, job, "user_bob")
    with pytest.raises(NotFound):
        people.bob.get(KIND, job)


def test_deleting_ends_the_sharing(people: People) -> None:
    [job] = made(people.ada)
    people.ada.share(KIND, job, "user_bob")
    people.ada.delete(KIND, job)
    assert people.backends.documents.count("share", {}) == 0
    assert people.bob.find(KIND).docs == []


@pytest.mark.parametrize("order", ["id", "-id", "dataset", "-dataset"])
def test_pages_of_mine_and_shared_come_in_one_order_and_miss_nothing(people: People, order: str) -> None:
    mine = [job for place in (None, "b", "a", "b") for job in made(people.ada, 2, dataset=place)]
    theirs = [job for place in ("a", None, "c") for job in made(people.bob, 2, dataset=place)]
    made(people.root, 3)
    for job in theirs[:5]:
        people.bob.share(KIND, job, "user_ada")
    seen: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        found = people.ada.find(KIND, order=order, after=after, limit=3)
        assert found.total == len(mine) + 5
        seen += found.docs
        if found.next is None:
            break
        after = PageAsked(after=found.next).cursor()
    assert sorted(doc["id"] for doc in seen) == sorted(mine + theirs[:5])
    name = order.removeprefix("-")
    keys = [(doc.get(name) is not None, doc.get(name) or "", doc["id"]) for doc in seen]
    assert keys == sorted(keys, reverse=order.startswith("-"))


def test_lists_can_be_of_mine_alone_and_filtered(people: People) -> None:
    mine, failed = made(people.ada, 2), made(people.ada, 1, state="failed")
    [theirs] = made(people.bob)
    people.bob.share(KIND, theirs, "user_ada")
    assert len(people.ada.find(KIND).docs) == 4
    assert len(people.ada.find(KIND, shared=False).docs) == 3
    assert [doc["id"] for doc in people.ada.find(KIND, {"state": "failed"}).docs] == failed
    assert people.ada.count(KIND) == 3
    assert [doc["id"] for doc in people.ada.find(KIND, {"owner": "user_bob"}).docs] != mine


def test_a_filter_cannot_ask_for_another_owner(people: People) -> None:
    made(people.bob, 2)
    assert people.ada.find(KIND, {"owner": "user_bob"}).docs == []
    assert people.ada.count(KIND, {"owner": "user_bob"}) == 0


def test_an_update_passes_a_condition_or_nothing_happens(people: People) -> None:
    [job] = made(people.ada)
    assert people.ada.update(KIND, job, {"state": "failed"}, {"state": "running"}) is None
    assert people.ada.update(KIND, job, {"state": "failed"}, {"state": "pending"}) is not None
    assert people.ada.get(KIND, job)["state"] == "failed"


@pytest.mark.parametrize(
    ("role", "reach", "needed", "needed_reach", "may"),
    [
        ("admin", ("read", "write", "admin"), "editor", "write", True),
        ("editor", ("read", "write"), "editor", "write", True),
        ("editor", ("read",), "editor", "write", False),
        ("viewer", ("read", "write"), "editor", "write", False),
        ("editor", ("admin",), "admin", "admin", False),
        ("viewer", ("read",), "viewer", "read", True),
    ],
)
def test_both_role_and_reach_are_needed(
    people: People, role: Role, reach: tuple[Reach, ...], needed: Role, needed_reach: Reach, may: bool
) -> None:
    user = people.scope("ada", role, *reach).user
    if may:
        user.need(needed, needed_reach)
    else:
        with pytest.raises(Forbidden):
            user.need(needed, needed_reach)
