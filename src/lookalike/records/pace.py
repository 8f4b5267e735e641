"""Time for the executor, injected, so that a test need not wait; and how patient it is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol


class Pace(Protocol):
    def now(self) -> float:
        """Seconds since some moment; never falls."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class RealPace:
    """The machine's own."""

    def now(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Patience:
    """All waits, in seconds.

    transport_s: after a failed connection, a broken or missing answer, a 5xx; one more failure, and the call
    has failed. jitter: each wait is longer or shorter by up to this part. rate_s: after a first 429 that does
    not say how long; doubled by each that follows, up to rate_most_s. rate_patience_s: with nothing but 429
    for so long, the job ends. circuit_after: so many failures in a row, of any calls of a model, and it is
    left alone for circuit_s, doubled by each try that fails; after circuit_tries of them the job ends.
    """

    transport_s: tuple[float, ...] = (5.0, 10.0, 20.0)
    jitter: float = 0.25
    rate_s: float = 2.0
    rate_most_s: float = 60.0
    rate_patience_s: float = 1800.0
    circuit_after: int = 20
    circuit_s: float = 15.0
    circuit_tries: int = 6

    @classmethod
    def of(cls, transport_s: tuple[float, ...]) -> Patience:
        """The usual patience with other waits after transport failures; the other waits in proportion."""
        usual = cls()
        part = transport_s[0] / usual.transport_s[0]
        return cls(
            transport_s=transport_s,
            rate_s=usual.rate_s * part,
            rate_most_s=usual.rate_most_s * part,
            circuit_s=usual.circuit_s * part,
        )
