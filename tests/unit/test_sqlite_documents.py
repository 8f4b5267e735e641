"""What SQLite adds to the contract: waiting for a lock, the bell, indexes, bytes that are gone."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from contract.document_stores import KINDS
from lookalike.errors import CannotWrite, Damaged, Unavailable
from lookalike.stores.sqlite_documents import SqliteDocuments

LOCKER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "documents.db"


def locked(path: Path) -> subprocess.Popen[str]:
    """Another process that holds the right to write until it is told to let go."""
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCKER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "locked\n"
    return holder


def test_a_write_waits_for_a_database_that_is_locked_for_five_seconds(path: Path) -> None:
    store = SqliteDocuments(path, KINDS)
    store.create("job", [{"id": "a"}])
    holder = locked(path)
    release = threading.Timer(5.0, lambda: holder.communicate("go\n"))
    release.start()
    assert store.get("job", "a") is not None  # readers do not wait
    assert holder.poll() is None
    assert store.update_one("job", {"id": "a"}, {"x": 1}) is not None
    release.join()
    assert store.create("job", [{"id": "b"}]) == [True]


def test_a_database_that_stays_locked_is_unavailable_and_unchanged(path: Path) -> None:
    store = SqliteDocuments(path, KINDS, busy_s=0.05)
    store.create("job", [{"id": "a"}])
    holder = locked(path)
    for write in (
        lambda: store.create("job", [{"id": "b"}]),
        lambda: store.update_one("job", {"id": "a"}, {"x": 1}),
        lambda: store.delete("job", {}),
    ):
        with pytest.raises(Unavailable) as caught:
            write()
        assert caught.value.retryable
    holder.communicate("go\n")
    assert store.find("job", {}) == [{"id": "a", "rev": 1, "v": 1}]


def test_the_bell_rings_once_for_what_others_changed(path: Path) -> None:
    store = SqliteDocuments(path, KINDS)
    changed = store.bell()
    changed()
    assert not changed()
    SqliteDocuments(path, KINDS).create("job", [{"id": "a"}])
    assert changed()
    assert not changed()
    store.create("job", [{"id": "b"}])
    assert changed()


def test_a_deleted_secret_leaves_no_byte_in_any_file(path: Path) -> None:
    store = SqliteDocuments(path, KINDS)
    canary = "canary-7f3a"
    store.create("secret", [{"id": f"s{i}", "owner": "me", "key": canary * 50} for i in range(200)])
    store.update_one("secret", {"id": "s1"}, {"key": canary * 40})
    everywhere = list(path.parent.iterdir())
    assert any(canary.encode() in file.read_bytes() for file in everywhere)
    assert store.delete("secret", {"owner": "me"}) == 200
    for file in path.parent.iterdir():
        assert canary.encode() not in file.read_bytes(), file


@pytest.mark.parametrize(
    ("condition", "order", "index"),
    [
        ("state = 'pending'", "turn", "job_state_turn"),
        ("owner = 'me' AND state = 'pending'", "turn", "job_owner_state_turn"),
        ("attempt >= 3", "attempt", "job_attempt"),
        ("key = 'k'", "id", "job_unique_key"),
    ],
)
def test_declared_fields_are_found_by_their_index(path: Path, condition: str, order: str, index: str) -> None:
    SqliteDocuments(path, KINDS).create("job", [{"id": f"j{i}", "state": "pending"} for i in range(10)])
    for field in ("state", "owner", "turn", "attempt", "key"):
        spelled = f"json_extract(doc, '$.{field}')"
        condition = condition.replace(field, spelled)
        order = spelled if order == field else order
    query = f"SELECT doc FROM job WHERE 1 AND {condition} ORDER BY {order}, id LIMIT 1"  # noqa: S608
    plan = sqlite3.connect(path).execute(f"EXPLAIN QUERY PLAN {query}")
    said = " ".join(row[3] for row in plan)
    assert f"USING INDEX {index} " in said, said
    assert "SCAN" not in said
    assert "TEMP B-TREE" not in said or index == "job_unique_key"


def test_only_its_owner_may_read_the_file(path: Path) -> None:
    SqliteDocuments(path, KINDS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for beside in path.parent.iterdir():
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600, beside


def test_what_is_no_database_is_said_to_be_damaged(path: Path) -> None:
    path.write_bytes(b"not a database, not at all, " * 100)
    with pytest.raises(Damaged):
        SqliteDocuments(path, KINDS)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotWrite):
        SqliteDocuments(tmp_path / "file" / "documents.db", KINDS)


def test_connections_are_lent_not_leaked(path: Path) -> None:
    store = SqliteDocuments(path, KINDS)
    for _ in range(30):
        thread = threading.Thread(target=lambda: store.count("job", {}))
        thread.start()
        thread.join()
    assert len(store._file._idle) == 1
    store.close()
    assert {file.name for file in path.parent.iterdir()} == {path.name}
