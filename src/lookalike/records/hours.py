"""The time that a job may be at work, over all its runs: a cap that is kept as those on tokens and money are.

Before a stretch of time begins it is written down; when the run ends, how long it was in truth. So of a run
that was killed all that it may have had counts, and however often a job is begun again, it gets no more time
than its cap. Time in which nobody is at work on it does not count.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

from lookalike.errors import Contested, LookalikeError
from lookalike.records.keeping import Keeper
from lookalike.records.past import Past
from lookalike.records.sink import Worked

MOST_STRETCH_S = 5.0
LEAST_STRETCH_S = 0.1


class Hours:
    """One run's share of ``most_s``, the cap. A stretch is a twentieth of it, 0.1 to 5 s."""

    def __init__(self, keeper: Keeper, past: Past, most_s: float) -> None:
        self._keeper = keeper
        self._run = max(past.worked_s, default=-1) + 1
        self._stretch_s = min(MOST_STRETCH_S, max(LEAST_STRETCH_S, most_s / 20))
        self._writing: asyncio.Task[None] | None = None
        self._began_s = 0.0
        self.most_s = most_s
        self.left_s = max(0.0, most_s - sum(past.worked_s.values()))

    async def begin(self) -> float:
        """How many seconds are left; the first stretch is written down."""
        if self.left_s > 0:
            if not await self._reserve(0, min(self._stretch_s, self.left_s)):
                raise Contested("Another process has begun this run.", hint="Let one of the two end.")
            self._began_s = time.monotonic()
            self._writing = asyncio.create_task(self._go_on())
        return self.left_s

    async def _go_on(self) -> None:
        """Write down each stretch when half of the one before it has passed."""
        part, until_s = 0, self._stretch_s
        while until_s < self.left_s:
            passed_s = time.monotonic() - self._began_s
            await asyncio.sleep(max(0.0, until_s - self._stretch_s / 2 - passed_s))
            part, until_s = part + 1, until_s + self._stretch_s
            await self._reserve(part, min(until_s, self.left_s))

    async def _reserve(self, part: int, seconds: float) -> bool:
        return all(await self._keeper.keep(Worked(self._run, part, round(seconds, 6))))

    async def end(self) -> None:
        """Write down how long it was; where that cannot be, what was written before counts."""
        if self._writing is None:
            return
        self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        passed_s = time.monotonic() - self._began_s
        with contextlib.suppress(LookalikeError):
            await self._keeper.keep(Worked(self._run, None, round(passed_s, 6)))
