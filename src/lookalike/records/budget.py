"""Hard caps by reservation: what a call may cost at most is set aside before it, and settled after it.

What is settled, presumed and set aside together never exceeds a cap. A reservation that was never settled,
since the process was killed, counts as spent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from lookalike.records.chat import ChatAnswer, ChatRequest, ProviderError
from lookalike.records.keeping import Keeper
from lookalike.records.money import PICO, cost_pico, worst
from lookalike.records.sink import Reserved, Settled
from lookalike.records.spec import Limits, Price


class CapReached(Exception):
    """No call can be made any more without the risk of exceeding ``cap``: ``tokens`` or ``money``.

    It never leaves the conductor.
    """

    def __init__(self, cap: str) -> None:
        super().__init__(f"The cap on {cap} is reached.")
        self.cap = cap


@dataclass(slots=True)
class Spent:
    """tokens, cost_pico: all that counts as spent; presumed_*: the part that no provider told."""

    calls: int = 0
    tokens: int = 0
    cost_pico: int = 0
    presumed_calls: int = 0
    presumed_tokens: int = 0
    presumed_pico: int = 0

    def add(self, tokens: int, cost: int, *, presumed: bool) -> None:
        self.calls += 1
        self.tokens += tokens
        self.cost_pico += cost
        if presumed:
            self.presumed_calls += 1
            self.presumed_tokens += tokens
            self.presumed_pico += cost


class Purse:
    """The budget of one job. ``prices``: by alias. ``tries``: how many tries a call has had, by its id."""

    def __init__(
        self,
        keeper: Keeper,
        limits: Limits,
        prices: Mapping[str, Price],
        spent: Spent | None = None,
        tries: Mapping[str, int] | None = None,
    ) -> None:
        self._keeper = keeper
        self._prices = prices
        self._most_tokens = limits.tokens
        self._most_pico = None if limits.money is None else int(limits.money * PICO)
        self.spent = spent or Spent()
        self._tries = dict(tries or {})
        self._held_tokens = 0
        self._held_pico = 0
        self._settlement = asyncio.Event()

    async def reserve(self, request: ChatRequest) -> Reserved:
        """The reservation for one try, once it is safe; `CapReached` when the budget does not hold it."""
        most = worst(request)
        tokens = most.input_tokens + most.output_tokens
        cost = cost_pico(self._prices[request.model.alias], most)
        while (cap := self._over(tokens, cost)) is not None:
            if not self._held_tokens:
                raise CapReached(cap)
            # what is under way may cost less than it might
            self._settlement.clear()
            await self._settlement.wait()
        number = self._tries.get(request.id, 0)
        self._tries[request.id] = number + 1
        self._held_tokens += tokens
        self._held_pico += cost
        entry = Reserved(f"{request.id}/{number}", tokens, cost)
        try:
            await self._keeper.keep(entry)
        except BaseException:
            self._release(entry)
            raise
        return entry

    def _over(self, tokens: int, cost: int) -> str | None:
        if (
            self._most_tokens is not None
            and self.spent.tokens + self._held_tokens + tokens > self._most_tokens
        ):
            return "tokens"
        if self._most_pico is not None and self.spent.cost_pico + self._held_pico + cost > self._most_pico:
            return "money"
        return None

    async def settle(self, held: Reserved, request: ChatRequest, outcome: ChatAnswer | ProviderError) -> None:
        """Count what the try came to, and keep its answer; returns once it is safe."""
        usage = outcome.usage if isinstance(outcome, ChatAnswer) else None
        if usage is not None:
            tokens = usage.input_tokens + usage.output_tokens
            cost = cost_pico(self._prices[request.model.alias], usage)
            presumed = False
        elif isinstance(outcome, ProviderError) and outcome.billed == "no":
            tokens = cost = 0
            presumed = False
        else:
            tokens, cost, presumed = held.tokens, held.cost_pico, True
        answered = isinstance(outcome, ChatAnswer)
        entry = Settled(
            call=held.call,
            request=request.hash(),
            tokens=tokens,
            cost_pico=cost,
            presumed=presumed,
            answer=outcome.to_dict() if answered else None,
            error=None if answered else outcome.to_dict(),
        )
        self._release(held)
        self.spent.add(tokens, cost, presumed=presumed)
        await self._keeper.keep(entry)

    def give_up(self, held: Reserved) -> None:
        """A try that was abandoned half-way: it counts as spent, here as after a crash."""
        self._release(held)
        self.spent.add(held.tokens, held.cost_pico, presumed=True)

    def _release(self, held: Reserved) -> None:
        self._held_tokens -= held.tokens
        self._held_pico -= held.cost_pico
        self._settlement.set()
