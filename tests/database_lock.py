"""Another process that holds the right to write to an SQLite database."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

_HOLD = """
import sqlite3, sys
for line in sys.stdin:
    word, _, rest = line.strip().partition(" ")
    if word == "lock":
        connection = sqlite3.connect(rest, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection.execute("ROLLBACK")
        connection.close()
    print(word, flush=True)
"""


class Locker:
    """One process that locks, and lets go, as often as it is told to."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", _HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._lock = threading.Lock()
        self._freeing: threading.Timer | None = None

    def lock(self, database: Path, seconds: float | None = None) -> None:
        """Hold it from now on: for so long, or until `free`. One lock waits for the end of the one before."""
        if self._freeing is not None:
            self._freeing.join()
            self._freeing = None
        self._tell(f"lock {database}")
        if seconds is not None:
            self._freeing = threading.Timer(seconds, self.free)
            self._freeing.start()

    def free(self) -> None:
        self._tell("free")

    def end(self) -> None:
        self._process.communicate()

    def _tell(self, what: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(f"{what}\n")
            self._process.stdin.flush()
            assert self._process.stdout.readline().strip() == what.partition(" ")[0]
