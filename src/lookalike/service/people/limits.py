"""Limits on how often: so many of something per window, kept across restarts and among processes.

A window is a document that counts; it holds no time, since clocks are moved. A process measures by its own
monotonic clock for how long it has known a window, and whoever has known it for its whole length closes it.
After a restart a window may so last longer than it should, never shorter.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections import OrderedDict

from lookalike.clock import Clock
from lookalike.errors import TooMany
from lookalike.service.address import limited_by
from lookalike.settings import Settings
from lookalike.stores.documents import Documents, Ge, Lt

MOST_READERS = 10_000
_TRIES = 10
"""How often a count is tried while others make and close the same window."""


class Windows:
    """Counts in ``documents``, under names that give nothing away."""

    def __init__(self, documents: Documents, clock: Clock, window_s: float) -> None:
        self._documents = documents
        self._clock = clock
        self._window_s = window_s
        self._lock = threading.Lock()
        self._seen_s: dict[tuple[str, int], float] = {}

    def take(self, what: str, who: str, most: int) -> None:
        """Count one more; `TooMany` when the window holds ``most`` already."""
        name = _name(what, who)
        for _ in range(_TRIES):
            doc = self._documents.update_one("limit", {"id": name, "count": Lt(most)}, {}, inc={"count": 1})
            if doc is not None:
                if self._age_s(name, doc["window"]) < self._window_s:
                    return
                self._close(name, doc["window"])
                continue
            doc = self._documents.get("limit", name)
            if doc is None:
                self._documents.create("limit", [{"id": name, "window": self._clock.now_us(), "count": 0}])
                continue
            age_s = self._age_s(name, doc["window"])
            if age_s < self._window_s:
                if doc["count"] < most:
                    continue  # it was made, or something given back, since we tried to count
                raise _too_many(self._window_s - age_s)
            self._close(name, doc["window"])
        raise _too_many(1.0)

    def give_back(self, what: str, who: str) -> None:
        """One that was taken does not count after all."""
        name = _name(what, who)
        self._documents.update_one("limit", {"id": name, "count": Ge(1)}, {}, inc={"count": -1})

    def forget(self, what: str, who: str) -> None:
        """Begin anew."""
        self._documents.delete("limit", {"id": _name(what, who)})

    def sweep(self) -> int:
        """How many windows were closed. Called now and then, it lets no window be unknown for long."""
        after, closed = None, 0
        while docs := self._documents.find("limit", {}, after=after, limit=500):
            after = docs[-1]["id"]
            for doc in docs:
                if self._age_s(doc["id"], doc["window"]) >= self._window_s:
                    closed += self._close(doc["id"], doc["window"])
        return closed

    def _age_s(self, name: str, window: int) -> float:
        now_s = self._clock.monotonic()
        with self._lock:
            return now_s - self._seen_s.setdefault((name, window), now_s)

    def _close(self, name: str, window: int) -> int:
        with self._lock:
            self._seen_s.pop((name, window), None)
        return self._documents.delete("limit", {"id": name, "window": window})


class Limits:
    """The limits of the service."""

    def __init__(self, documents: Documents, clock: Clock, settings: Settings) -> None:
        self._windows = Windows(documents, clock, settings.window_s)
        self._reads = Readers(clock, settings.window_s, settings.reads)
        self._settings = settings

    def read(self, user_id: str) -> None:
        self._reads.take(user_id)

    def write(self, user_id: str) -> None:
        self._windows.take("write", user_id, self._settings.writes)

    def try_address(self, address: str) -> None:
        """Count a try to sign in, or to do the like, from an address."""
        self._windows.take("address", limited_by(address), self._settings.address_tries)

    def try_account(self, login: str) -> None:
        """Count a try to sign in to an account, whether there is one or not."""
        self._windows.take("account", login, self._settings.account_tries)

    def proven(self, login: str, address: str) -> None:
        """The try was right: it does not count, and those before it were the person's own mistakes."""
        self._windows.forget("account", login)
        self._windows.give_back("address", limited_by(address))

    def sweep(self) -> int:
        return self._windows.sweep()


class Readers:
    """Reads, counted in this process alone: a write for each read would cost more than the read."""

    def __init__(self, clock: Clock, window_s: float, most: int) -> None:
        self._clock = clock
        self._window_s = window_s
        self._most = most
        self._lock = threading.Lock()
        self._windows: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def take(self, who: str) -> None:
        now_s = self._clock.monotonic()
        with self._lock:
            began_s, count = self._windows.pop(who, (now_s, 0))
            if now_s - began_s >= self._window_s:
                began_s, count = now_s, 0
            self._windows[who] = (began_s, count + 1)
            while len(self._windows) > MOST_READERS:
                self._windows.popitem(last=False)
        if count >= self._most:
            raise _too_many(self._window_s - (now_s - began_s))


def _name(what: str, who: str) -> str:
    return f"{what}:{hashlib.sha256(who.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _too_many(wait_s: float) -> TooMany:
    after_s = max(1, math.ceil(wait_s))
    return TooMany("That was too often.", retry_after_s=after_s, hint=f"Try again in {after_s} s.")
