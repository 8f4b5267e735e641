"""How many calls of one model may be under way: found by trying, shared by all its aliases.

- A 429 multiplies the limit by 0.7, but only the first of a burst: those of calls that had begun before the
  cut say nothing new. The limit at which it happened is remembered as a ceiling.
- Each round of successes (as many as the limit) adds one; near the ceiling only each tenth round does.
- Where no 429 ever comes (a server of one's own queues instead), latency is the signal: when the smoothed
  time per answer is three times the best seen, the limit falls a little.
- Many transport failures in a row open the circuit: nobody calls for a while, then one call tries.

The additive increase and multiplicative decrease are those of TCP (Jacobson, "Congestion avoidance and
control", 1988); latency as the signal is TCP Vegas's (Brakmo, Peterson, 1995).
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from lookalike.errors import ProviderFailed
from lookalike.records.chat import ProviderError
from lookalike.records.pace import Pace, Patience

CUT = 0.7
SOFT_CUT = 0.9
NEAR_CEILING = 0.9
CAREFUL_ROUNDS = 10
SLOW = 3.0
SMOOTH = 0.1


@dataclass(slots=True)
class Pass:
    """Leave for one call. epoch: how many cuts there had been when it began."""

    epoch: int
    probe: bool


@dataclass(slots=True)
class Gate:
    """One model's limit. most: the most calls at once, whatever is found."""

    name: str
    most: int
    patience: Patience
    pace: Pace
    limit: float = 0.0
    ceiling: float | None = None
    under_way: int = 0
    epoch: int = 0
    peak: int = 0
    cuts: int = 0
    _waiting: deque[asyncio.Future[None]] = field(default_factory=deque[asyncio.Future[None]])
    _closed_until: float = 0.0
    _waker: asyncio.Task[None] | None = None
    _round: float = 0.0
    _bursts: int = 0
    _first_429: float | None = None
    _ever_429: bool = False
    _failures: int = 0
    _openings: int = 0
    _open: bool = False
    _probing: bool = False
    _fast_s: float | None = None
    _smooth_s: float | None = None

    def __post_init__(self) -> None:
        self.limit = float(self.most)

    async def enter(self) -> Pass:
        """Wait for leave to make a call; `leave` must follow."""
        while not self._may():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            self._wake_later()
            try:
                await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._wake()
                raise
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)
        probe = self._open
        self._probing = self._probing or probe
        return Pass(self.epoch, probe)

    def leave(self, given: Pass) -> None:
        """The call has ended, in whatever way."""
        self.under_way -= 1
        if given.probe:
            self._probing = False
        self._wake()

    def _may(self) -> bool:
        if self.pace.now() < self._closed_until:
            return False
        if self._open:
            return not self._probing
        return self.under_way < max(1, int(self.limit))

    def _wake(self) -> None:
        free = 1 if self._open else max(1, int(self.limit)) - self.under_way
        if self.pace.now() < self._closed_until:
            self._wake_later()
            return
        while self._waiting and free > 0:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                free -= 1

    def _wake_later(self) -> None:
        left = self._closed_until - self.pace.now()
        if left > 0 and (self._waker is None or self._waker.done()):
            self._waker = asyncio.create_task(self._wake_after(left))

    async def _wake_after(self, seconds: float) -> None:
        while seconds > 0:
            await self.pace.sleep(seconds)
            seconds = self._closed_until - self.pace.now()
        self._waker = None
        self._wake()

    def succeeded(self, latency_s: float) -> None:
        """An answer came."""
        self._failures = self._openings = self._bursts = 0
        self._first_429 = None
        if self._open:
            self._open = False
            self.limit = max(1.0, self.limit * 0.5)
        near = self.ceiling is not None and self.limit >= NEAR_CEILING * self.ceiling
        self._round += 1 / CAREFUL_ROUNDS if near else 1
        if self._round >= self.limit:
            self._round = 0.0
            self._after_round()
        self._see(latency_s)

    def _after_round(self) -> None:
        if not self._ever_429 and self._fast_s is not None and self._smooth_s is not None:
            if self._smooth_s > SLOW * self._fast_s:
                self.limit = max(1.0, self.limit * SOFT_CUT)
                return
            self._fast_s *= 1.02  # the best time grows old: what was fast at night need not be at noon
        self.limit = min(float(self.most), self.limit + 1)
        if self.ceiling is not None and self.limit > self.ceiling:
            self.ceiling = self.limit

    def _see(self, latency_s: float) -> None:
        seen = self._smooth_s
        self._smooth_s = latency_s if seen is None else seen + SMOOTH * (latency_s - seen)
        self._fast_s = self._smooth_s if self._fast_s is None else min(self._fast_s, self._smooth_s)

    def too_many(self, given: Pass, retry_after_s: float | None) -> None:
        """A 429. Raises `ProviderFailed` when there has been nothing else for too long."""
        now = self.pace.now()
        self._ever_429 = True
        self._first_429 = now if self._first_429 is None else self._first_429
        if now - self._first_429 > self.patience.rate_patience_s:
            raise ProviderFailed(
                f"{self.name} has answered nothing but 429 for {now - self._first_429:.0f} s.",
                reason="rate",
                hint="Run it again later; what was made is safe.",
            )
        if given.epoch == self.epoch:
            self.epoch += 1
            self.cuts += 1
            self.ceiling = self.limit
            self.limit = max(1.0, self.limit * CUT)
            self._round = 0.0
            self._bursts += 1
        longest = self.patience.rate_most_s
        wait = retry_after_s
        if wait is None:
            wait = min(longest, self.patience.rate_s * 2 ** min(20, max(0, self._bursts - 1)))
        self._closed_until = max(self._closed_until, now + wait)

    def failed(self, given: Pass, error: ProviderError) -> None:
        """A transport failure. Raises `ProviderFailed` when the model has been away for too long."""
        self._failures += 1
        if not given.probe and (self._open or self._failures < self.patience.circuit_after):
            return
        self._open = True
        if self._openings >= self.patience.circuit_tries:
            raise ProviderFailed(
                f"{self.name} does not answer: {error.message}.",
                reason="transport",
                hint="Run it again when it does; what was made is safe.",
            )
        wait = self.patience.circuit_s * 2**self._openings
        self._openings += 1
        self._closed_until = max(self._closed_until, self.pace.now() + wait)


class Gates:
    """The gate of each model, by what its aliases share."""

    def __init__(self, patience: Patience, pace: Pace) -> None:
        self._patience = patience
        self._pace = pace
        self._gates: dict[str, Gate] = {}

    def of(self, shared: str, most: int) -> Gate:
        """The gate of that model; the smallest ``most`` of its aliases holds."""
        gate = self._gates.get(shared)
        if gate is None:
            gate = self._gates[shared] = Gate(shared, most, self._patience, self._pace)
        elif most < gate.most:
            gate.most = most
            gate.limit = min(gate.limit, float(most))
        return gate

    def all(self) -> list[Gate]:
        return list(self._gates.values())
