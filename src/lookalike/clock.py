"""What time it is, from one injected place: UTC microseconds to store, monotonic seconds to measure by.

Nothing that decides (leases, waits, limits) may look at `Clock.now_us`: people and machines move that clock.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Protocol

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Clock(Protocol):
    def now_us(self) -> int:
        """Microseconds since 1970 in UTC; what is stored. It may jump, in either direction."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment of this process's own; never falls, and means nothing elsewhere."""
        ...


class SystemClock:
    """The machine's clocks."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()


def shown(at_us: int) -> str:
    """A stored time as RFC 3339 in UTC, to the microsecond: ``2026-11-25T14:03:00.000250Z``."""
    moment = _EPOCH + dt.timedelta(microseconds=at_us)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
