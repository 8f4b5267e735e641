"""What happens to jobs, told as it happens: one thread per process looks, any number of streams are told.

An event is a snapshot of a job, and its id is the job's ``rev``: who was cut off says which one they saw
last, and is told every step that was reached after it, each once.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Protocol

from lookalike.errors import LookalikeError
from lookalike.jobs.model import ENDED, Job
from lookalike.stores.documents import Doc, Documents, In

POLL_S = 0.1
UNASKED_S = 2.0
TICK_S = 1.0
"""After so long without an event a stream looks whether it may go on."""

_IDLE_S = 0.5
_MOST_ASKED = 500


class Rung(Documents, Protocol):
    """Documents that say when something changed."""

    def bell(self) -> Callable[[], bool]: ...


class Hub:
    """Watches the jobs that somebody listens to, in ``documents``. ``ending`` ends every stream."""

    def __init__(self, documents: Rung, ending: threading.Event) -> None:
        self._documents = documents
        self._listeners: set[_Listener] = set()
        self._new: set[_Listener] = set()
        self._lock = threading.Lock()
        self._stop = ending
        self._awake = threading.Event()
        self._thread: threading.Thread | None = None

    async def snapshots(self, job: Job) -> AsyncGenerator[Job | None, None]:
        """The job, as it is given and whenever it changed, until it was deleted; None each second without."""
        listener = _Listener(job.id, job.rev, asyncio.get_running_loop())
        self._add(listener)
        try:
            yield job
            while True:
                try:
                    async with asyncio.timeout(TICK_S):
                        doc = await listener.queue.get()
                except TimeoutError:
                    if self._stop.is_set():
                        return
                    yield None
                    continue
                if doc is None:
                    return
                yield Job.of_doc(doc)
        finally:
            with self._lock:
                self._listeners.discard(listener)
                self._new.discard(listener)

    def _add(self, listener: _Listener) -> None:
        with self._lock:
            self._listeners.add(listener)
            self._new.add(listener)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="lookalike-events", daemon=True)
                self._thread.start()
        self._awake.set()

    def _run(self) -> None:
        rang, silent_s, is_behind = self._documents.bell(), 0.0, False
        while not self._stop.is_set():
            self._awake.clear()
            with contextlib.suppress(LookalikeError):  # a busy store; it is asked again soon
                is_behind = rang() or is_behind or silent_s >= UNASKED_S
                silent_s = 0.0 if is_behind else silent_s
                self._look(only_new=not is_behind)
                is_behind = False
            with self._lock:
                idle = not self._listeners
            self._awake.wait(_IDLE_S if idle else POLL_S)
            silent_s += POLL_S
        with self._lock:
            for listener in self._listeners:
                listener.tell(None)

    def _look(self, *, only_new: bool) -> None:
        """Tell those whose job changed. only_new: who came since: what they know may be older than that."""
        with self._lock:
            listeners = list(self._new if only_new else self._listeners)
            self._new.difference_update(listeners)
        wanted = sorted({listener.job_id for listener in listeners})
        found: dict[str, Doc] = {}
        for start in range(0, len(wanted), _MOST_ASKED):
            part = wanted[start : start + _MOST_ASKED]
            docs = self._documents.find("job", {"id": In(*part)}, limit=_MOST_ASKED)
            found |= {doc["id"]: doc for doc in docs}
        for listener in listeners:
            listener.see(found.get(listener.job_id))


class _Listener:
    """One stream, told from the hub's thread."""

    def __init__(self, job_id: str, rev: int, loop: asyncio.AbstractEventLoop) -> None:
        self.job_id = job_id
        self.queue: asyncio.Queue[Doc | None] = asyncio.Queue()
        self._loop = loop
        self._rev: int | None = rev

    def see(self, doc: Doc | None) -> None:
        rev = None if doc is None else doc["rev"]
        if rev != self._rev:
            self._rev = rev
            self.tell(doc)

    def tell(self, doc: Doc | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever listened
            self._loop.call_soon_threadsafe(self.queue.put_nowait, doc)


def news(job: Job, seen: int | None) -> Iterator[tuple[int | None, Job]]:
    """``(id, snapshot)`` of each event that who saw rev ``seen`` (None: nothing yet) is to be told now.

    One event per step reached since, so that none is left out however fast they come; only the last one has
    an id, since a stream that was cut in between is to be told them again.
    """
    if seen is not None and job.rev <= seen:
        return
    steps = [step for step, rev in zip(job.steps, job.step_revs, strict=True) if seen is None or rev > seen]
    at_end = steps[-1:] == [job.percent]
    for step in steps[:-1] if at_end else steps:
        state = "running" if job.state in ENDED else job.state
        yield None, dataclasses.replace(job, percent=step, state=state, result=None, ended_us=None)
    yield job.rev, job
