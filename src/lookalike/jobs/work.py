"""A worker's step: claim a task, do it while its heart beats, commit or say why not."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from lookalike import faults
from lookalike.errors import Cancelled, LookalikeError, OverLimit
from lookalike.jobs import tidy
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Lease, Problem
from lookalike.jobs.run import Runner
from lookalike.jobs.spoken import Attempted, Outcome, Say, silent
from lookalike.publish.places import Places
from lookalike.sandbox.process import Sandbox
from lookalike.stores.opened import Stores

GRACE_S = 5.0
"""What is over its limits has so long to stop by itself; then the process ends."""


@dataclass(frozen=True, slots=True)
class Limits:
    """beat_s: seconds between beats, and so how soon a worker sees that it must stop.

    task_s: the most seconds that a task may take. task_mb: the most memory that the process may use.
    """

    beat_s: float = 0.5
    task_s: float = 6 * 3600.0
    task_mb: int | None = None


class Worker:
    """Does the tasks of one pool, one at a time. ``say`` is told of each attempt that has ended."""

    def __init__(
        self,
        stores: Stores,
        ledger: Ledger,
        *,
        pool: str,
        name: str,
        limits: Limits | None = None,
        sandbox: Sandbox | None = None,
        places: Places | None = None,
        say: Say = silent,
    ) -> None:
        self._stores = stores
        self._ledger = ledger
        self._pool = pool
        self._name = name
        self._limits = limits or Limits()
        self._runner = Runner(stores, ledger, sandbox, places)
        self._say = say
        self._ending = threading.Event()

    def end(self) -> None:
        """Hand back what is being done, and begin nothing new. For a signal handler."""
        self._ending.set()

    def step(self) -> bool:
        """Whether there was a task to do."""
        if self._ending.is_set():
            return False
        lease = self._ledger.claim(self._pool, self._name)
        if lease is None:
            return False
        faults.hit("after-claim")
        clock = self._ledger.clock
        began_s = clock.monotonic()
        with _Heart(self._ledger, lease, self._ending, self._limits) as heart:
            outcome, error = self._do(lease, heart)
        self._say(Attempted(lease, outcome, clock.monotonic() - began_s, clock.now_us(), error))
        return True

    def _do(self, lease: Lease, heart: _Heart) -> tuple[Outcome, Exception | None]:
        """How it ended, and by which error."""
        try:
            result = self._runner.run(lease, heart)
        except Cancelled as stopped:
            return self._stopped(lease, heart, stopped)
        except Exception as error:
            self._drop(lease)
            if not self._ledger.renew(lease):
                return "fenced", error  # whoever does it now has perhaps taken away what this attempt missed
            # what is not ours may pass by itself, and if not, the attempts end
            again = error.retryable if isinstance(error, LookalikeError) else True
            self._ledger.fail(lease, Problem.of(error, self._told(lease, error)), retry=again)
            return "failed", error
        faults.hit("before-commit")
        if not self._ledger.commit(lease, result):
            self._drop(lease)
            return "fenced", None
        faults.hit("after-commit")
        return "done", None

    def _stopped(self, lease: Lease, heart: _Heart, stopped: Cancelled) -> tuple[Outcome, Exception | None]:
        self._drop(lease)
        if heart.excess is not None:
            self._ledger.fail(lease, Problem.of(heart.excess, self._told(lease, heart.excess)), retry=False)
            return "over-limit", heart.excess
        if self._ending.is_set() and heart.is_held:
            self._ledger.release(lease)
            return "handed-back", None
        self._ledger.fail(lease, Problem.of(stopped), retry=False)
        return "cancelled", stopped

    def _drop(self, lease: Lease) -> None:
        """Delete what this attempt put; what cannot be deleted now is found by the scrubber."""
        with contextlib.suppress(LookalikeError):
            put = self._stores.blobs.list(f"{lease.job.output}/")
            self._stores.blobs.delete([info.key for info in put if tidy.is_of(info.key, lease.blob_key)])

    def _told(self, lease: Lease, error: Exception) -> str | None:
        """The key of the sealed blob that says all about ``error``; None when it could not be put."""
        said = error.to_dict() if isinstance(error, LookalikeError) else {"message": repr(error)}
        said["traceback"] = "".join(traceback.format_exception(error))
        key = f"{lease.blob_key}-problem"
        try:
            self._stores.sealed(lease.job.output).put(key, [json.dumps(said).encode()])
        except LookalikeError:
            return None
        return key


def used_mb() -> float:
    """The memory that this process has now; where only the peak is told, the peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


class _Heart:
    """Beats in a thread of its own while a task is done; a `Watch` for whoever does it."""

    def __init__(self, ledger: Ledger, lease: Lease, ending: threading.Event, limits: Limits) -> None:
        self._ledger = ledger
        self._lease = lease
        self._ending = ending
        self._limits = limits
        self._began_s = ledger.clock.monotonic()
        self._done = 0
        self._live: dict[str, Any] | None = None
        self.excess: OverLimit | None = None
        self._over = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lookalike-heart", daemon=True)

    def __enter__(self) -> _Heart:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def is_held(self) -> bool:
        """False once a beat was refused."""
        return not self._lost.is_set()

    def progress(self, done: int, total: int) -> None:
        units = self._lease.task.units
        self.report(units * done // max(total, 1))

    def report(self, units: int) -> None:
        """``units`` are done. The stages of a finalise task are told at once, others with the next beat."""
        self._done = max(self._done, units)
        if self._lease.task.role == "finalise":
            self._renew()

    def tell(self, live: Mapping[str, Any], *, now: bool = False) -> None:
        self._live = dict(live)
        if now:
            self._renew()

    def stop(self) -> bool:
        return self._lost.is_set() or self._ending.is_set() or self.excess is not None

    def _beat(self) -> None:
        while not self._over.wait(self._limits.beat_s):
            self._renew()
            self.excess = self.excess or self._found_excess()
            if self.excess is not None and not self._over.wait(GRACE_S):
                self._ledger.fail(self._lease, Problem.of(self.excess), retry=False)
                os._exit(1)

    def _found_excess(self) -> OverLimit | None:
        if self._ledger.clock.monotonic() - self._began_s > self._limits.task_s:
            return OverLimit(f"The task took longer than {self._limits.task_s:,.0f} s.")
        most = self._limits.task_mb
        if most is not None and used_mb() > most:
            return OverLimit(f"The task needed more than {most:,} MB of memory.")
        return None

    def _renew(self) -> None:
        # a store that fails now may answer the next beat, and the sweeper waits for many
        with contextlib.suppress(LookalikeError):
            if not self._ledger.renew(self._lease, self._done, self._live):
                self._lost.set()
