"""The roster: who is there, idle or not; who is lost, by a clock that the test moves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.jobs.roster import FORGET_S, LOST_S, WORKER, Present, Roster, forget, present
from lookalike.stores.sqlite_documents import SqliteDocuments
from manual_clock import ManualClock


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[SqliteDocuments]:
    made = SqliteDocuments(tmp_path / "documents.db", [WORKER])
    yield made
    made.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_a_worker_is_there_from_its_first_beat_until_it_leaves(
    documents: SqliteDocuments, clock: ManualClock
) -> None:
    one = Present(documents, clock, name="w", pool="default")
    one.beat()
    [(doc, still_s)] = Roster(documents, clock).look()
    assert (doc["id"], doc["pid"], doc["pool"], still_s) == ("w", os.getpid(), "default", 0)
    assert doc["memory_mb"] > 10
    one.leave()
    assert Roster(documents, clock).look() == []


def test_who_stands_still_is_lost_then_forgotten_and_who_beats_is_not(
    documents: SqliteDocuments, clock: ManualClock
) -> None:
    lost, lively = (Present(documents, clock, name=name, pool="default") for name in ("a", "b"))
    roster = Roster(documents, clock)
    lost.beat()
    for _ in range(round(FORGET_S / LOST_S)):
        lively.beat()
        roster.look()
        clock.wait(LOST_S)
        assert roster.sweep() in (0, 1)
    assert [(doc["id"], still_s) for doc, still_s in roster.look()] == [("b", LOST_S)]
    lost.beat()
    assert [doc["id"] for doc, _ in roster.look()] == ["a", "b"]


def test_nobody_is_forgotten_early_by_who_has_just_begun_to_look_or_by_a_clock_that_is_set(
    documents: SqliteDocuments, clock: ManualClock
) -> None:
    one = Present(documents, clock, name="w", pool="default")
    one.beat()
    clock.wait(10 * FORGET_S)
    assert Roster(documents, clock).sweep() == 0
    [(seen, _)] = Roster(documents, clock).look()
    one.beat()
    assert forget(documents, [seen]) == 0


def test_a_present_worker_leaves_at_the_end(documents: SqliteDocuments, clock: ManualClock) -> None:
    with present(Present(documents, clock, name="w", pool="default")):
        pass
    assert documents.count("worker", {}) == 0
