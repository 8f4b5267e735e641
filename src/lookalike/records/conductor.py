"""A write job: slots 0 … N−1, each filled by the first of its candidates that passes.

Candidates are begun by tickets, and judged in the order of their tickets, whichever is finished first. The
next ticket is given out when the oldest has been judged, so that what is asked, and what is accepted, depends
on the answers alone and not on how fast they came. A restart runs through the same tickets: what is in the
sink is taken from there, and only what is missing is asked for.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from lookalike.errors import Cancelled, Contested, FewerThanAsked, ProviderFailed
from lookalike.records.budget import CapReached
from lookalike.records.diversity import Meter
from lookalike.records.granting import NOTHING, Allowed, allowed
from lookalike.records.hours import Hours
from lookalike.records.judging import Judging
from lookalike.records.keeping import Keeper
from lookalike.records.past import Past
from lookalike.records.sink import Accepted, Rejected
from lookalike.records.writer import Made, Writer
from lookalike.watch import Watch

LOOK_S = 0.2


State = Literal["open", "accepted", "failed", "filtered"]


@dataclass(frozen=True, slots=True)
class Counts:
    """accepted + failed + filtered + open = candidates, at every moment."""

    asked: int
    candidates: int
    accepted: int
    failed: int
    filtered: int
    open: int

    def to_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Rules:
    """records: N. candidates: the most that may be begun. window: tickets that are out at once.

    again: begin with a fresh meter, and as many candidates more as ``candidates`` is. only: ask for these
    slots alone, with a few candidates more for each. run: what is granted for that is known by; None: the
    next number. keep_asking: do not stop for near-duplicates.
    """

    records: int
    candidates: int
    window: int = 64
    again: bool = False
    only: frozenset[int] | None = None
    run: int | None = None
    keep_asking: bool = False


@dataclass(slots=True)
class _Ticket:
    slot: int
    number: int
    task: asyncio.Task[Made] | None


@dataclass(slots=True)
class Conductor:
    """Runs one job to its end; what it needs is handed in. told: hears of every decision."""

    rules: Rules
    past: Past
    keeper: Keeper
    writer: Writer
    judging: Judging
    meter: Meter
    watch: Watch
    hours: Hours | None = None
    told: Callable[[Conductor], None] | None = None
    _states: dict[tuple[int, int], State] = field(default_factory=dict[tuple[int, int], State])
    _totals: Counter[str] = field(default_factory=Counter[str])
    _tickets: deque[_Ticket] = field(default_factory=deque[_Ticket])
    _again: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    _unsafe: deque[asyncio.Future[list[bool]]] = field(default_factory=deque[asyncio.Future[list[bool]]])
    _fresh: int = 0
    _allowed: Allowed = NOTHING
    _afresh: bool = False
    _stop: tuple[str, str] | None = None
    _failure: ProviderFailed | None = None

    def counts(self) -> Counts:
        """How far it is, earlier runs included."""
        totals = self._totals
        return Counts(
            asked=self.rules.records,
            candidates=len(self._states),
            accepted=totals["accepted"],
            failed=totals["failed"],
            filtered=totals["filtered"],
            open=totals["open"],
        )

    async def run(self) -> Counts:
        """The counts, once all slots are filled. `FewerThanAsked` says why they could not be; `Cancelled`,
        and what the executor raises when no call can succeed. What was made is safe in any case."""
        self._begin()
        rules = self.rules
        self._allowed = await allowed(
            self.past,
            self.keeper,
            self._states,
            ceiling=rules.candidates,
            again=rules.again,
            only=rules.only,
            run=rules.run,
        )
        self._afresh = rules.again
        await self._in_time()
        for future in self._unsafe:
            await self._sure(future)
        if self._failure is not None:
            raise self._failure
        counts = self.counts()
        if counts.accepted < self.rules.records:
            self._tell_fewer(counts)
        return counts

    def _begin(self) -> None:
        """Take over what earlier runs left, as far as it belongs to the slots that are asked for."""
        for whose in self.past.traces():
            slot, number = whose
            if slot >= self.rules.records:
                continue
            state: State = "open"
            if self.past.accepted.get(slot) == number:
                state = "accepted"
            elif (rejected := self.past.rejected.get(whose)) is not None:
                state = "filtered" if rejected.kind == "filter" else "failed"
            self._set(whose, state)

    def _set(self, whose: tuple[int, int], state: State) -> None:
        before = self._states.get(whose)
        if before is not None:
            self._totals[before] -= 1
        self._states[whose] = state
        self._totals[state] += 1

    async def _in_time(self) -> None:
        """Run, for as long as the cap on time leaves; it is one over all runs."""
        left_s = None if self.hours is None else await self.hours.begin()
        stopper = asyncio.create_task(self._look())
        try:
            await asyncio.wait_for(self._run(stopper), left_s)
        except TimeoutError:
            self._stop = ("time", f"The time for it, {self.hours.most_s if self.hours else 0:g} s, is over.")
        finally:
            stopper.cancel()
            await self._abandon()
            if self.hours is not None:
                await self.hours.end()

    async def _run(self, stopper: asyncio.Task[None]) -> None:
        while True:
            self._hand_out()
            if not self._tickets:
                return
            ticket = self._tickets[0]
            if ticket.task is None:
                self._replay(ticket)
            else:
                await asyncio.wait((ticket.task, stopper), return_when=asyncio.FIRST_COMPLETED)
                if stopper.done():
                    stopper.result()
                self._finish(ticket, ticket.task)
            self._tickets.popleft()
            while self._unsafe and self._unsafe[0].done():
                await self._sure(self._unsafe.popleft())
            self.watch.progress(self._totals["accepted"], self.rules.records)
            if self.told is not None:
                self.told(self)

    async def _sure(self, future: asyncio.Future[list[bool]]) -> None:
        """What was decided is safe; `Contested` when somebody else decided otherwise before."""
        if not all(await future):
            raise Contested(
                "Another process fills the slots of this job.", hint="Let one of the two end, then go on."
            )

    def _finish(self, ticket: _Ticket, task: asyncio.Task[Made]) -> None:
        try:
            made = task.result()
        except CapReached as error:
            self._stop = self._stop or (error.cap, f"The cap on {error.cap} is reached.")
        except ProviderFailed as error:
            if error.reason == "transport":
                raise
            # what others were asked is still answered, and paid for
            self._failure = self._failure or error
            self._stop = self._stop or (error.reason, error.message)
        else:
            self._decide(ticket, made)

    def _hand_out(self) -> None:
        """Give out tickets while the window has room, there is a slot to fill, and nothing says stop."""
        while self._stop is None and len(self._tickets) < self.rules.window:
            following = self._next()
            if following is None:
                return
            known = following in self.past.candidates
            if not known and not self._allowed.may(*following):
                continue  # its slot was not chosen, or had all its tries: it stays as it is
            if following not in self._states:
                most = self._allowed.candidates
                if len(self._states) >= most:
                    self._stop = ("ceiling", f"The ceiling of {most:,} candidates is reached.")
                    return
                if self._afresh:
                    self._afresh = False
                    self.meter.forget()
                if self.meter.too_alike() and not self.rules.keep_asking:
                    self._stop = ("alike", "More than half of the last candidates are near-duplicates.")
                    return
                self._set(following, "open")
            task = None if known else asyncio.create_task(self._write(*following))
            self._tickets.append(_Ticket(*following, task))

    def _next(self) -> tuple[int, int] | None:
        """The slot to fill next and the number of its candidate: those that were refused come first."""
        if self._again:
            return heapq.heappop(self._again)
        if self._fresh < self.rules.records:
            self._fresh += 1
            return self._fresh - 1, 0
        return None

    async def _write(self, slot: int, number: int) -> Made:
        made = await self.writer.write(slot, number)
        entries = [made.candidate] if made.rejected is None else [made.candidate, made.rejected]
        await self.keeper.keep(*entries)
        return made

    def _decide(self, ticket: _Ticket, made: Made) -> None:
        """Judge a candidate that was made."""
        rejected = made.rejected or self.judging.judge(made.candidate)
        if rejected is None:
            self._unsafe.append(self.keeper.soon(Accepted(ticket.slot, ticket.number)))
        elif made.rejected is None:
            self._unsafe.append(self.keeper.soon(rejected))
        self._decided(ticket, rejected)

    def _replay(self, ticket: _Ticket) -> None:
        """Take from an earlier run what became of a candidate; judge it, if that run did not come so far."""
        slot, number = ticket.slot, ticket.number
        candidate = self.past.candidates[slot, number]
        rejected = self.past.rejected.get((slot, number))
        if self.past.accepted.get(slot) == number:
            self.judging.remember(candidate, True)
            self._decided(ticket, None)
        elif rejected is not None:
            if rejected.kind == "filter":
                self.judging.remember(candidate, False)
            self._decided(ticket, rejected)
        else:
            self._decide(ticket, Made(candidate, None))

    def _decided(self, ticket: _Ticket, rejected: Rejected | None) -> None:
        if rejected is None:
            state: State = "accepted"
        else:
            state = "filtered" if rejected.kind == "filter" else "failed"
            heapq.heappush(self._again, (ticket.slot, ticket.number + 1))
        self._set((ticket.slot, ticket.number), state)

    async def _look(self) -> None:
        """Ends when the watch says stop."""
        while not self.watch.stop():
            await asyncio.sleep(LOOK_S)
        raise Cancelled("Stopped on request; what was made is safe.")

    async def _abandon(self) -> None:
        """End what is still under way; it stays open, and is asked for by the next run."""
        tasks = [ticket.task for ticket in self._tickets if ticket.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell_fewer(self, counts: Counts) -> None:
        chosen = self._allowed.below or {}
        filled = sum(state == "accepted" and slot in chosen for (slot, _), state in self._states.items())
        words = f"Of {len(chosen):,} chosen slots {filled:,} are filled; no others were asked for."
        reason, words = self._stop or ("chosen", words)
        raise FewerThanAsked(
            f"{counts.accepted:,} of {counts.asked:,} records. {words}",
            reason=reason,
            counts=counts.to_dict(),
            hint=_HINTS[reason],
        )


_HINTS = {
    "ceiling": "Look at what was refused (--failures), then run it again with --retry.",
    "alike": "Vary the prompt: more sampled columns, seeds, or a higher temperature; or --keep-asking.",
    "tokens": "Run it again with a higher --max-tokens; nothing is asked for twice.",
    "money": "Run it again with a higher --max-cost; nothing is asked for twice.",
    "time": "Run it again with a higher --max-time; nothing is asked for twice.",
    "chosen": "Choose others, or ask for all that is missing with --retry.",
}
