"""Keeps workers alive: as many as the rule says, each restarted when it dies, none that holds things up.

`Supervisor.tick` looks at everything once; whoever owns the supervisor calls it about every second.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol

from lookalike.clock import Clock
from lookalike.errors import CannotWrite, Unavailable
from lookalike.jobs import scaling
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import ACTIVE
from lookalike.jobs.scaling import Load, Machine
from lookalike.jobs.stuck import Stuck

FROZEN_S = 5.0
"""So long a worker may be stopped. It may hold the database's lock, and then nobody else can write."""
DRAIN_S = 10.0
STEADY_S = 60.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0

Told = Callable[[str, int, str], object]
"""Told of a worker that is killed: its name, its process id, why."""


def silent(name: str, pid: int, reason: str) -> None:
    """For a supervisor that has no log."""


class Process(Protocol):
    """A worker's process, as `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None: ...
    def send_signal(self, sig: int) -> None: ...
    def kill(self) -> None: ...
    def wait(self, timeout: float | None = None) -> int: ...


@dataclass(slots=True)
class _Slot:
    """A place for a worker: who is in it since when, and how often the last ones died at once."""

    name: str = ""
    process: Process | None = None
    since_s: float = 0.0
    deaths: int = 0
    next_s: float = 0.0
    draining_s: float | None = None


class Supervisor:
    """spawn: starts a worker of the name it is given. buried: called with the name of one that has died."""

    def __init__(
        self,
        ledger: Ledger,
        spawn: Callable[[str], Process],
        *,
        buried: Callable[[str], object] = lambda _: None,
        pool: str = "default",
        name: str = "local",
        least: int = 1,
        most: int = 1,
        cancel_s: float = 4.0,
        frozen_s: float = FROZEN_S,
        machine: Machine | None = None,
        stuck: Stuck | None = None,
        told: Told = silent,
    ) -> None:
        self._ledger = ledger
        self._clock: Clock = ledger.clock
        self._spawn = spawn
        self._buried = buried
        self._pool = pool
        self._name = name
        self._least, self._most = least, most
        self._cancel_s, self._frozen_s = cancel_s, frozen_s
        self._machine = machine or Machine()
        self._stuck, self._told = stuck, told
        self._slots = [_Slot() for _ in range(most)]
        self._changed_s = self._clock.monotonic()
        self._since: dict[Hashable, float] = {}
        self._spawned = 0
        self._lock = threading.Lock()
        self._is_ended = False

    @property
    def workers(self) -> dict[str, int]:
        """Name → process id of those that are at work."""
        return {slot.name: slot.process.pid for slot in self._slots if slot.process is not None}

    def tick(self) -> None:
        """Bury the dead, end what holds things up, scale, and start who is missing. Nothing after `end`."""
        with self._lock:
            if not self._is_ended:
                self._tick()

    def _tick(self) -> None:
        if self._stuck is not None and (pid := self._stuck.end()) is not None:
            self._told("of a dead supervisor", pid, "frozen, with the lock of the database")
        for slot in self._slots:
            if slot.process is not None and slot.process.poll() is not None:
                self._bury(slot)
        try:
            self._end_stuck()
            self._scale()
        except Unavailable:
            self._end_frozen()  # perhaps it is one of ours that holds the lock
        for slot in self._slots:
            if slot.process is None and slot.draining_s is None and self._clock.monotonic() >= slot.next_s:
                self._start(slot)

    def end(self) -> None:
        """Ask all workers to hand back what they do, for at most 10 s; then end them."""
        with self._lock:
            self._is_ended = True
            self._end_all()

    def _end_all(self) -> None:
        living = [slot.process for slot in self._slots if slot.process is not None]
        for process in living:
            process.send_signal(signal.SIGTERM)
        until = self._clock.monotonic() + DRAIN_S
        for process in living:
            try:
                process.wait(max(0.0, until - self._clock.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        for slot in self._slots:
            if slot.process is not None:
                slot.process.wait(DRAIN_S)
                self._bury(slot)

    def _start(self, slot: _Slot) -> None:
        self._spawned += 1
        slot.name = f"{self._name}-{self._spawned}"
        slot.process = self._spawn(slot.name)
        slot.since_s = self._clock.monotonic()

    def _bury(self, slot: _Slot) -> None:
        """Give back at once what a dead worker held; the place is filled again after a while."""
        now = self._clock.monotonic()
        with contextlib.suppress(Unavailable, CannotWrite):  # its leases end by themselves
            self._ledger.lose_worker(slot.name)
            self._buried(slot.name)
        slot.deaths = 0 if now - slot.since_s >= STEADY_S else slot.deaths + 1
        wait_s = 0.0 if slot.deaths == 0 else FIRST_WAIT_S * 2 ** (slot.deaths - 1)
        slot.next_s = now + min(LONGEST_WAIT_S, wait_s)
        slot.process = None

    def _end_stuck(self) -> None:
        """Kill who is frozen, who does not end, and who goes on with a job that is being cancelled."""
        self._end_frozen()
        for slot in self._slots:
            if slot.process is None:
                continue
            if self._stood((slot.name, "in vain"), self._works_in_vain(slot.name), self._cancel_s):
                self._kill(slot, "at work in vain")
            if self._stood((slot.name, "drains"), slot.draining_s is not None, DRAIN_S):
                self._kill(slot, "does not end")

    def _kill(self, slot: _Slot, reason: str) -> None:
        if slot.process is not None:
            self._told(slot.name, slot.process.pid, reason)
            slot.process.kill()

    def _works_in_vain(self, worker: str) -> bool:
        """Whether it goes on with a task of a job that was cancelled, has ended, or is not there any more."""
        documents = self._ledger.documents
        tasks = documents.find("task", {"worker": worker, "state": "running"})
        jobs = [documents.get("job", task["job"]) for task in tasks]
        return any(job is None or job["state"] not in ACTIVE for job in jobs)

    def _end_frozen(self) -> None:
        for slot in self._slots:
            if slot.process is not None:
                stopped = self._machine.is_stopped(slot.process.pid)
                if self._stood((slot.name, "frozen"), stopped, self._frozen_s):
                    self._kill(slot, "frozen")

    def _stood(self, thing: Hashable, holds: bool, for_s: float) -> bool:
        """Whether it has held at every tick for so long."""
        if not holds:
            self._since.pop(thing, None)
            return False
        now = self._clock.monotonic()
        return now - self._since.setdefault(thing, now) >= for_s

    def _scale(self) -> None:
        open_slots = [slot for slot in self._slots if slot.draining_s is None]
        now = self._clock.monotonic()
        load = self._load()
        if now - self._changed_s < scaling.WAIT_S:
            return
        count = scaling.wanted(len(open_slots), load, least=self._least, most=self._most)
        if count < len(open_slots):
            last = open_slots[-1]
            last.draining_s = now
            if last.process is not None:
                last.process.send_signal(signal.SIGTERM)
        elif count > len(open_slots):
            closed = next(slot for slot in self._slots if slot.draining_s is not None)
            if closed.process is not None:
                return  # still draining
            closed.draining_s, closed.deaths, closed.next_s = None, 0, now
        else:
            return
        self._changed_s = now

    def _load(self) -> Load:
        waiting = {"pool": self._pool, "state": "pending"}
        queue = len(self._ledger.documents.find("task", waiting, order="turn", limit=scaling.QUEUE_UP + 1))
        return Load(self._machine.cpu(), self._machine.memory(), queue)
