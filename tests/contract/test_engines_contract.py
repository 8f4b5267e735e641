"""What every `Engine` keeps: work that is there gets done, whatever becomes of the bell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lookalike.errors import Damaged, Unavailable
from lookalike.jobs.engines.base import Engine
from lookalike.jobs.engines.local import LocalEngine
from lookalike.stores.documents import Documents, Kind
from lookalike.stores.sqlite_documents import SqliteDocuments

WORK = Kind("work", fields={"state": str}, indexes=(("state",),))
PATIENCE_S = 30.0


class Shop:
    """Work in documents, and an engine that serves it; both can be opened several times."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: list[SqliteDocuments] = []
        self.documents, self.engine = self.reopen()

    def reopen(self) -> tuple[Documents, Engine]:
        documents = SqliteDocuments(self._folder / "documents.db", [WORK])
        self._opened.append(documents)
        return documents, LocalEngine(documents, poll_s=0.01)

    def add(self, *names: str) -> None:
        self.documents.create("work", [{"id": name, "state": "pending"} for name in names])

    def close(self) -> None:
        for documents in self._opened:
            documents.close()


SHOPS: dict[str, Callable[[Path], Shop]] = {"local": Shop}
"""Engines by name. A new one is a line here, with a shop of its own."""


class Server:
    """A thread in which an engine serves, as a worker's process does."""

    def __init__(self, shop: Shop, trouble: Exception | None = None) -> None:
        self._documents, self._engine = shop.reopen()
        self._trouble = trouble
        self.did: list[str] = []
        self.problem: Exception | None = None
        self.stop = threading.Event()
        self._done = threading.Condition()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self) -> None:
        try:
            self._engine.serve("default", self._step, self.stop)
        except Exception as problem:
            self.problem = problem

    def _step(self) -> bool:
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None
            raise trouble
        doc = self._documents.update_one("work", {"state": "pending"}, {"state": "done"})
        if doc is None:
            return False
        with self._done:
            self.did.append(doc["id"])
            self._done.notify_all()
        return True

    def wait_for(self, count: int) -> None:
        with self._done:
            assert self._done.wait_for(lambda: len(self.did) >= count, PATIENCE_S)

    def end(self) -> None:
        self.stop.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    made = SHOPS[request.param](tmp_path)
    yield made
    made.close()


def test_work_that_was_there_before_anybody_served_is_done(shop: Shop) -> None:
    shop.add("a", "b", "c")
    server = Server(shop)
    server.wait_for(3)
    server.end()
    assert sorted(server.did) == ["a", "b", "c"]


def test_work_that_comes_later_is_done_when_the_bell_rings(shop: Shop) -> None:
    server = Server(shop)
    for name in "abc":
        shop.add(name)
        shop.engine.ring("default")
        server.wait_for(len(server.did) + (name not in server.did))
    server.end()
    assert sorted(server.did) == ["a", "b", "c"]


def test_a_bell_that_rings_too_often_or_for_nothing_does_no_harm(shop: Shop) -> None:
    server = Server(shop)
    shop.engine.ring("default", 50)
    shop.engine.ring("another pool")
    shop.add("a")
    for _ in range(50):
        shop.engine.ring("default")
    server.wait_for(1)
    server.end()
    assert server.did == ["a"]


def test_several_servers_do_everything_once(shop: Shop) -> None:
    servers = [Server(shop) for _ in range(3)]
    names = [f"n{i:02}" for i in range(40)]
    shop.add(*names)
    shop.engine.ring("default", 40)
    done = threading.Event()
    for _ in range(1000):
        if shop.documents.count("work", {"state": "pending"}) == 0:
            break
        done.wait(0.02)
    for server in servers:
        server.end()
    assert sorted(name for server in servers for name in server.did) == names


def test_a_store_that_does_not_answer_for_a_while_is_asked_again(shop: Shop) -> None:
    server = Server(shop, trouble=Unavailable("busy"))
    shop.add("a")
    server.wait_for(1)
    server.end()
    assert server.problem is None


def test_what_will_not_pass_by_itself_ends_the_server(shop: Shop) -> None:
    server = Server(shop, trouble=Damaged("broken"))
    shop.add("a")
    server.thread.join(PATIENCE_S)
    assert isinstance(server.problem, Damaged)


def test_serving_ends_soon_after_it_is_asked_to(shop: Shop) -> None:
    server = Server(shop)
    server.end()
    shop.add("a")
    assert server.did == []
