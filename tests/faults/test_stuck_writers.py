"""Processes that are stopped while they have the right to write: which of them are killed, and how soon."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.errors import Unavailable
from lookalike.jobs.model import JOB
from lookalike.jobs.stuck import FROZEN_S, Stuck
from lookalike.stores.sqlite_documents import SqliteDocuments
from manual_clock import ManualClock
from service_process import gone, until

pytestmark = pytest.mark.skipif(not Path("/proc/locks").exists(), reason="only Linux says who holds a lock")

WRITER = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("writes", flush=True)
signal.pause()
"""
SUPERVISOR = """
import signal, subprocess, sys
print(subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE).stdout.readline(), flush=True)
signal.pause()
"""
TIED = ("lookalike", "worker", "--tied")


class Place:
    """A database, and processes that hold its lock."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "documents.db"
        self.documents = SqliteDocuments(self.path, [JOB], busy_s=0.2)
        self.clock = ManualClock()
        self.stuck = Stuck([folder / "absent.db", self.path], self.clock)
        self.pids: list[int] = []

    def writer(self, *said: str, supervised: bool = False) -> int:
        """A process that holds the lock, with these words in its command line."""
        command = [sys.executable, "-S", "-c", WRITER, str(self.path), *said]
        if supervised:
            command = [sys.executable, "-S", "-c", SUPERVISOR, "lookalike", *command, "up"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        self.pids.append(process.pid)
        assert process.stdout is not None
        assert b"writes" in process.stdout.readline()
        process.stdout.close()
        if not supervised:
            return process.pid
        out = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
        )
        self.pids.append(int(out.stdout))
        return self.pids[-1]

    def can_write(self) -> bool:
        try:
            return self.documents.create("job", [{"id": "one"}]) is not None
        except Unavailable:
            return False


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    for pid in made.pids:
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)
    made.documents.close()


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    until(lambda: Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T")


def test_a_frozen_worker_of_a_dead_supervisor_is_killed_after_a_while_and_others_write(place: Place) -> None:
    pid = place.writer(*TIED)
    stop(pid)
    assert not place.can_write()
    assert place.stuck.end() is None
    place.clock.wait(FROZEN_S - 0.1)
    assert place.stuck.end() is None
    place.clock.wait(0.1)
    assert place.stuck.end() == pid
    until(lambda: gone(pid))
    assert place.can_write()
    assert place.stuck.find() is None


def test_one_that_woke_meanwhile_is_watched_anew(place: Place) -> None:
    pid = place.writer(*TIED)
    stop(pid)
    assert place.stuck.end() is None
    os.kill(pid, signal.SIGCONT)
    until(lambda: place.stuck.find() is None)
    place.clock.wait(FROZEN_S)
    assert place.stuck.end() is None
    stop(pid)
    place.clock.wait(FROZEN_S)
    assert place.stuck.end() is None
    assert not gone(pid)


@pytest.mark.parametrize(
    ("said", "supervised"),
    [(("lookalike", "worker"), False), (("another", "worker", "--tied"), False), (TIED, True)],
    ids=["started by hand", "another program", "whose supervisor lives"],
)
def test_who_is_not_ours_to_kill_is_let_be(said: tuple[str, ...], supervised: bool, place: Place) -> None:
    pid = place.writer(*said, supervised=supervised)
    stop(pid)
    assert not place.can_write()
    for _ in range(3):
        assert place.stuck.end() is None
        place.clock.wait(FROZEN_S)
    assert not gone(pid)


def test_who_is_stopped_without_the_lock_is_let_be(place: Place, tmp_path: Path) -> None:
    other = SqliteDocuments(tmp_path / "other.db", [JOB])
    pid = place.writer(*TIED)
    stop(pid)
    assert Stuck([tmp_path / "other.db"], place.clock).find() is None
    other.close()
