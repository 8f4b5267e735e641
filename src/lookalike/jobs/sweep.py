"""What repairs the ledger: dead leases, waits that are over, tasks nobody inserted, jobs nobody settled.

Any number of sweepers may run, in any process. Each measures by its own monotonic clock, and only how long
it has itself seen something stand still: neither a clock that is set nor a late sweeper ends a lease early.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from lookalike.jobs.ledger import RETRIES_S, Ledger
from lookalike.jobs.model import ENDED, Job
from lookalike.stores.documents import Doc, In, Test

NOTE_S = 10.0
"""A job that waits for longer is noted to have its tasks, though that tells who watches nothing new."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. lease_s: without a beat. retries_s: after the n-th failure. cancel_s: for workers to stop."""

    lease_s: float = 15.0
    retries_s: tuple[float, ...] = RETRIES_S
    cancel_s: float = 4.0


class Sweeper:
    """``clean(job)`` deletes what blobs an ended job has and nobody needs; it may be called twice."""

    def __init__(
        self, ledger: Ledger, clean: Callable[[Job], None], patience: Patience | None = None
    ) -> None:
        self._ledger = ledger
        self._documents = ledger.documents
        self._clean = clean
        self._patience = patience or Patience()
        self._since: dict[Hashable, float] = {}
        self._lock = threading.Lock()
        self._stop: threading.Event | None = None

    def sweep(self, stop: threading.Event | None = None) -> int:
        """How many things were put right. Safe to run in many processes at once.

        stop: once it is set, the rest is left to others; there may be more than a process has time for.
        """
        with self._lock:
            self._stop = stop
            before, self._since = self._since, {}
            return self._expire(before) + self._release(before) + self._settle(before) + self._tidy()

    def _stood(self, thing: Hashable, before: dict[Hashable, float]) -> float:
        """For how many seconds this sweeper has seen ``thing``, in every sweep since the first."""
        now = self._ledger.clock.monotonic()
        first = self._since[thing] = before.get(thing, now)
        return now - first

    def _expire(self, before: dict[Hashable, float]) -> int:
        """End the leases whose beat stands still."""
        done = 0
        for doc in self._all("task", {"state": "running"}):
            still = self._stood((doc["id"], doc["attempt"], doc["beat"]), before)
            if still >= self._patience.lease_s:
                done += self._ledger.lose(doc)
        return done

    def _release(self, before: dict[Hashable, float]) -> int:
        """Let those try again that have waited long enough."""
        done = 0
        waits = self._patience.retries_s
        for doc in self._all("task", {"state": "retrying"}):
            waited = self._stood((doc["id"], doc["attempt"]), before)
            if waited >= waits[min(doc["failures"], len(waits)) - 1]:
                where = {"id": doc["id"], "attempt": doc["attempt"], "state": "retrying"}
                if self._documents.update_one("task", where, {"state": "pending"}) is not None:
                    done += 1
                    self._ledger.settle(doc["job"])
        return done

    def _settle(self, before: dict[Hashable, float]) -> int:
        """Insert missing tasks; bring jobs to the state that their tasks give them; cancel in the end."""
        done = 0
        for doc in self._all("job", {"state": In("pending", "running", "retrying"), "planned": 0}):
            job = Job.of_doc(doc)
            done += self._ledger.plan(job)
            if self._stood((job.id, "unplanned"), before) >= NOTE_S:
                self._ledger.note_planned(job)  # or a long queue would be counted anew by every sweep
        for doc in self._all("job", {"state": In("running", "retrying", "cancelling")}):
            overdue = (
                doc["state"] == "cancelling"
                and self._stood((doc["id"], "cancelling"), before) >= self._patience.cancel_s
            )
            job = self._ledger.settle(doc["id"], force=overdue)
            done += job is not None and job.rev != doc["rev"]
        return done

    def _tidy(self) -> int:
        """Delete what ended jobs have left."""
        done = 0
        for doc in self._all("job", {"clean": "due", "state": In(*ENDED)}):
            job = Job.of_doc(doc)
            self._clean(job)
            self._ledger.cleaned(job)
            done += 1
        return done

    def _all(self, kind: str, where: dict[str, Test]) -> Iterable[Doc]:
        after = None
        while page := self._documents.find(kind, where, after=after, limit=200):
            for doc in page:
                if self._stop is not None and self._stop.is_set():
                    return
                yield doc
            after = page[-1]["id"]
