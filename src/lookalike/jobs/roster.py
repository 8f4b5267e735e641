"""Which workers there are, those that have nothing to do included: each says now and then that it is there.

A worker's document has no time by which it ends, since clocks are moved: its ``beat`` rises, and whoever
looks measures by a clock of its own for how long it has stood still. What a worker does is in the ledger.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Generator, Sequence

from lookalike.clock import Clock
from lookalike.errors import LookalikeError
from lookalike.jobs.work import used_mb
from lookalike.stores.documents import Doc, Documents, Kind

WORKER = Kind("worker", fields={"pool": str, "beat": int})

BEAT_S = 5.0
LOST_S = 15.0
"""A worker that was not heard of for so long is lost: it is frozen, or has died without a word."""
FORGET_S = 60.0
"""And after so long it is forgotten; one that wakes writes itself in again."""
LEAVE_S = 1.0
MOST = 1000


class Present:
    """A worker that says, by `beat`, that it is there, with how much of the machine it takes."""

    def __init__(self, documents: Documents, clock: Clock, *, name: str, pool: str) -> None:
        self._documents = documents
        self._clock = clock
        self._name = name
        self._same: Doc = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "pool": pool,
            "started_us": clock.now_us(),
        }
        self._before = (clock.monotonic(), _cpu_s())

    def beat(self) -> None:
        """Say so once. Its figures are those since the last time."""
        now = (self._clock.monotonic(), _cpu_s())
        wall_s, cpu_s = now[0] - self._before[0], now[1] - self._before[1]
        self._before = now
        cpu = round(100 * cpu_s / wall_s) if wall_s > 0 else 0
        told = {**self._same, "memory_mb": round(used_mb()), "cpu_percent": cpu}
        if self._documents.update_one("worker", {"id": self._name}, told, inc={"beat": 1}) is None:
            self._documents.create("worker", [{"id": self._name, **told, "beat": 1}])

    def leave(self) -> None:
        self._documents.delete("worker", {"id": self._name})


@contextlib.contextmanager
def present(worker: Present) -> Generator[None, None, None]:
    """A worker that is there as long as this lasts. A store that does not answer is told the next time."""
    over = threading.Event()

    def beat() -> None:
        while True:
            with contextlib.suppress(LookalikeError):
                worker.beat()
            if over.wait(BEAT_S):
                return

    thread = threading.Thread(target=beat, name="lookalike-roster", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(LEAVE_S)
        with contextlib.suppress(LookalikeError):
            worker.leave()


class Roster:
    """The workers as who looks has known them: for how long each has stood still, by a clock of its own."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._since: dict[tuple[str, int], float] = {}
        self._lock = threading.Lock()

    def look(self) -> list[tuple[Doc, float]]:
        """Each worker, and for how many seconds this roster has seen it stand still: 0 at the first look."""
        docs = self._documents.find("worker", {}, limit=MOST)
        now_s = self._clock.monotonic()
        with self._lock:
            before, self._since = self._since, {}
            for doc in docs:
                seen = (doc["id"], doc["beat"])
                self._since[seen] = before.get(seen, now_s)
            return [(doc, now_s - self._since[doc["id"], doc["beat"]]) for doc in docs]

    def sweep(self) -> int:
        """How many were forgotten that were not heard of for `FORGET_S`. Any number may do it at once."""
        return forget(self._documents, [doc for doc, still_s in self.look() if still_s >= FORGET_S])


def forget(documents: Documents, workers: Sequence[Doc]) -> int:
    """How many of them were still as they were seen; they are forgotten."""
    return sum(documents.delete("worker", {"id": doc["id"], "beat": doc["beat"]}) for doc in workers)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system
