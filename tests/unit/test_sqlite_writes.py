"""Writes of many threads: committed together, each answered for itself."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lookalike.errors import CannotWrite, Unavailable, UsageError
from lookalike.stores.documents import Kind
from lookalike.stores.sqlite_documents import SqliteDocuments

THREADS = 24
PERSON = Kind("person", {"name": str}, unique=("name",))


@pytest.fixture
def documents(tmp_path: Path) -> Iterator[SqliteDocuments]:
    made = SqliteDocuments(tmp_path / "d.db", [PERSON], busy_s=5.0)
    yield made
    made.close()


@pytest.fixture
def other(tmp_path: Path, documents: SqliteDocuments) -> Iterator[sqlite3.Connection]:
    """Somebody else with the same file, who can keep everybody from writing."""
    connection = sqlite3.connect(tmp_path / "d.db", isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def test_writes_that_wait_are_committed_together(
    documents: SqliteDocuments, other: sqlite3.Connection
) -> None:
    rang = documents.bell()
    rang()
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(THREADS) as pool:
        writes = [pool.submit(documents.create, "person", [{"id": f"p{n}"}]) for n in range(THREADS)]
        all_wait(documents, THREADS)
        before = commits(other)
        other.execute("ROLLBACK")
        assert [write.result() for write in writes] == [[True]] * THREADS
    assert commits(other) - before == 2  # of the first, and of all that came while it waited
    assert documents.count("person", {}) == THREADS


def test_a_write_that_is_refused_undoes_itself_alone(
    documents: SqliteDocuments, other: sqlite3.Connection
) -> None:
    documents.create("person", [{"id": "ada", "name": "ada"}, *({"id": f"p{n}"} for n in range(THREADS))])
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(THREADS) as pool:
        # every second one wants a name that somebody has
        writes = [
            pool.submit(
                documents.update_one, "person", {"id": f"p{n}"}, {"name": f"new{n}" if n % 2 else "ada"}
            )
            for n in range(THREADS)
        ]
        all_wait(documents, THREADS)
        other.execute("ROLLBACK")
        for n, write in enumerate(writes):
            assert kind_of(write) is (None if n % 2 else UsageError), n
    found = {doc["id"]: doc.get("name") for doc in documents.find("person", {})}
    assert found == {"ada": "ada"} | {f"p{n}": f"new{n}" if n % 2 else None for n in range(THREADS)}


def test_all_that_wait_too_long_are_told_and_nothing_is_written(
    tmp_path: Path, other: sqlite3.Connection
) -> None:
    hasty = SqliteDocuments(tmp_path / "d.db", [PERSON], busy_s=0.2)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(THREADS) as pool:
        writes = [pool.submit(hasty.create, "person", [{"id": f"p{n}"}]) for n in range(THREADS)]
        assert {kind_of(write) for write in writes} == {Unavailable}
    other.execute("ROLLBACK")
    assert hasty.count("person", {}) == 0
    assert hasty.create("person", [{"id": "later"}]) == [True]
    hasty.close()


def test_a_full_database_is_told_to_all_and_works_again_when_there_is_room(
    documents: SqliteDocuments, other: sqlite3.Connection
) -> None:
    documents.create("person", [{"id": "first"}])
    with documents._file._lent_to_write() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(4) as pool:
        writes = [
            pool.submit(documents.create, "person", [{"id": f"p{n}", "text": "x" * 100_000}])
            for n in range(4)
        ]
        all_wait(documents, 4)
        other.execute("ROLLBACK")
        assert {kind_of(write) for write in writes} <= {CannotWrite, None}
        assert any(kind_of(write) is CannotWrite for write in writes)
    done = sum(kind_of(write) is None for write in writes)
    assert documents.count("person", {}) == 1 + done
    with documents._file._lent_to_write() as connection:
        connection.execute("PRAGMA max_page_count=1000000")
    assert documents.create("person", [{"id": "later"}]) == [True]


def all_wait(documents: SqliteDocuments, count: int) -> None:
    """Until all but the one that leads, and tries to begin, are in the queue."""
    pause = threading.Event()
    while len(documents._file._writes._waiting) < count - 1:
        pause.wait(0.001)


def commits(connection: sqlite3.Connection) -> int:
    """How many commits there were, as the write-ahead log has them: frames that end one."""
    path = next(row[2] for row in connection.execute("PRAGMA database_list"))
    log = Path(f"{path}-wal").read_bytes()
    size = int.from_bytes(log[8:12], "big")
    frames = range(32, len(log), 24 + size)
    return sum(int.from_bytes(log[at + 4 : at + 8], "big") > 0 for at in frames)


def kind_of(write: Future[Any]) -> type[BaseException] | None:
    error = write.exception()
    return None if error is None else type(error)
