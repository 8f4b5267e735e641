"""One SQLite file that many threads and processes use: WAL, connections lent, errors named.

WAL, so that readers never wait; ``synchronous=FULL``, so that what was answered survives a power cut; every
write begins with ``BEGIN IMMEDIATE``, so that it waits for its turn and never fails half-way for want of it.
Writes that wait are committed together (`lookalike.stores.sqlite_writes`).
Connections are lent to one thread at a time. What is deleted is overwritten (``secure_delete``).
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lookalike.errors import CannotWrite, Damaged, LookalikeError, Unavailable, UsageError
from lookalike.stores.sqlite_writes import Writes, is_busy

T = TypeVar("T")

BUSY_S = 15.0
"""How long a write waits for the others before it is `Unavailable`."""

_RETRY_S = 0.02
_MOST_IDLE = 16
_CACHE_KIB = 512
"""Pages that each connection keeps: the system keeps them, too, and connections are many."""


class SqliteFile:
    """The file at ``path``, which is created, with mode 0600, when it is not there."""

    def __init__(self, path: str | Path, *, busy_s: float = BUSY_S) -> None:
        self._path = Path(path)
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False
        self._writer: sqlite3.Connection | None = None
        self._writes = Writes(self._lent_to_write, busy_s)
        with _told():
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._path.touch(mode=0o600)

    def cut_log(self) -> bool:
        """True when the write-ahead log was emptied into the file; False when a reader held on to it."""
        return self.read("PRAGMA wal_checkpoint(TRUNCATE)", [])[0][0] == 0

    def bell(self) -> Callable[[], bool]:
        """A function that says whether anything was changed since it was last asked, in microseconds."""
        connection = self._connect()
        seen: list[int] = [0]

        def changed() -> bool:
            with _told():
                now = connection.execute("PRAGMA data_version").fetchone()[0]
            before, seen[0] = seen[0], now
            return before != now

        return changed

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back; use the store no more."""
        with self._lock:
            self._closed = True
            waiting, self._idle = self._idle, []
            if self._writer is not None:
                waiting.append(self._writer)
                self._writer = None
        for connection in waiting:
            connection.close()

    def _connect(self) -> sqlite3.Connection:
        with _told():
            # isolation_level None: transactions are ours to begin
            connection = sqlite3.connect(
                self._path, timeout=self._busy_s, isolation_level=None, check_same_thread=False
            )
            self._become_wal(connection)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        return connection

    def _become_wal(self, connection: sqlite3.Connection) -> None:
        """Kept in the file once it is done. SQLite does not wait for others that are just at it; we do."""
        until = time.monotonic() + self._busy_s
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(_RETRY_S)

    @contextlib.contextmanager
    def lent(self) -> Generator[sqlite3.Connection, None, None]:
        """A connection for this thread alone."""
        with self._lock:
            if self._closed:
                raise UsageError("This database was closed.")
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            with _told():
                yield connection
        finally:
            with self._lock:
                keep = not self._closed and len(self._idle) < _MOST_IDLE
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    @contextlib.contextmanager
    def _lent_to_write(self) -> Generator[sqlite3.Connection, None, None]:
        """The connection for `Writes`, which lends it to one thread at a time and waits for others itself."""
        with self._lock:
            if self._closed:
                raise UsageError("This database was closed.")
            connection, self._writer = self._writer, None
        if connection is None:
            connection = self._connect()
            connection.execute("PRAGMA busy_timeout=0")
        try:
            with _told():
                yield connection
        finally:
            with self._lock:
                keep = not self._closed
                if keep:
                    self._writer = connection
            if not keep:
                connection.close()

    @contextlib.contextmanager
    def writing(self) -> Generator[sqlite3.Connection, None, None]:
        """A connection in a transaction that has the right to write, committed at the end."""
        with self.lent() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` returned, committed together with what other threads write at the same time."""
        with _told():
            return self._writes.do(work)

    def read(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows that the statement gives."""
        with self.lent() as connection:
            return connection.execute(statement, values).fetchall()


@contextlib.contextmanager
def _told() -> Generator[None, None, None]:
    """Our errors in place of SQLite's and the system's."""
    try:
        yield
    except LookalikeError:  # some are OSError, too
        raise
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise
    except sqlite3.DatabaseError as error:
        raise _named(error) from error
    except OSError as error:
        raise CannotWrite(f"Cannot write the database: {error.strerror}.") from error


def _named(error: sqlite3.DatabaseError) -> LookalikeError:
    name = getattr(error, "sqlite_errorname", "")
    if is_busy(error):
        return Unavailable(f"The database did not answer in time: {error}.", hint="Try again in a moment.")
    if name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        hint = "Free some space, or check the permissions of the data folder."
        return CannotWrite(f"Cannot write the database: {error}.", hint=hint)
    return Damaged(f"The database cannot be used: {error}.", hint="Restore the data folder from a backup.")
