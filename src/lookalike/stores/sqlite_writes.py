"""Writes to one SQLite file by many threads: those that wait for their turn are committed together.

A commit waits for the disk, and SQLite lets one writer in at a time: twenty threads that write at once would
wait for twenty commits, and by SQLite's own way of waiting (which sleeps longer and longer) some for
hundreds. Here the first one takes along all that came while the disk was busy: each has a savepoint of its
own, all have one commit, and nobody is answered before it.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

T = TypeVar("T")

MOST_AT_ONCE = 64
_AGAIN_S = 0.002
"""Between two tries to begin while another process writes."""


class _Write:
    """What one thread wants written, and what came of it. woken: it is done, or its thread is to lead."""

    __slots__ = ("error", "is_done", "result", "since_s", "woken", "work")

    def __init__(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        self.work = work
        self.since_s = time.monotonic()
        self.woken = threading.Event()
        self.is_done = False
        self.result: Any = None
        self.error: BaseException | None = None


class Writes:
    """``lend`` gives the connection for writing, which does not wait for others by itself.

    busy_s: how long a write waits for them. Each statement that is left out here counts: while one runs,
    other threads go on, and all writers wait until this one has its turn again.
    """

    def __init__(self, lend: Callable[[], AbstractContextManager[sqlite3.Connection]], busy_s: float) -> None:
        self._lend = lend
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._waiting: deque[_Write] = deque()
        self._is_led = False

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` returned, once it is committed; what it raised, once it is as if it had not been.

        Another thread may do it, and it has to be quick: others wait for the same commit.
        """
        mine = _Write(work)
        with self._lock:
            self._waiting.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.woken.wait()
        if not mine.is_done:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _lead(self, mine: _Write) -> None:
        """Commit all that wait, ``mine`` among them, then let the first of those that came meanwhile lead."""
        with self._lock:
            batch = [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]
        try:
            self._commit(batch, mine.since_s + self._busy_s)
        except BaseException as error:
            for write in batch:
                write.result, write.error = None, write.error or error
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
            for write in batch:
                write.is_done = True
                write.woken.set()
            if following is not None:
                following.woken.set()

    def _commit(self, batch: list[_Write], until_s: float) -> None:
        with self._lend() as connection:
            _begin(connection, until_s)
            try:
                if len(batch) == 1:
                    batch[0].result = batch[0].work(connection)
                else:
                    for write in batch:
                        _try(connection, write)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def _try(connection: sqlite3.Connection, write: _Write) -> None:
    """Do one write, or undo what it did; raises when the transaction of all is lost with it."""
    connection.execute("SAVEPOINT one")
    try:
        write.result = write.work(connection)
    except Exception as error:
        if not connection.in_transaction:
            raise
        connection.execute("ROLLBACK TO one")
        write.error = error
    connection.execute("RELEASE one")


def _begin(connection: sqlite3.Connection, until_s: float) -> None:
    """Begin to write as soon as no other process does; SQLite's error when that is not before ``until_s``."""
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until_s:
                raise
            time.sleep(_AGAIN_S)
        else:
            return


def is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else holds what was needed."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
