"""Two ways to try again, never stacked: a 429 waits at the gate for all, a transport failure waits alone.

A wrapper of `ChatProvider`. Each try passes the gate, is reserved, made and settled, in this order.
"""

from __future__ import annotations

import random
from collections.abc import Mapping

from lookalike import faults
from lookalike.errors import ProviderFailed
from lookalike.records.budget import Purse
from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest, ProviderError
from lookalike.records.gate import Gate, Gates
from lookalike.records.pace import Pace, Patience

_HINTS = {
    "quota": "Add credit, or run it again when the quota is new; what was made is safe.",
    "auth": "Set the variable that the spec names to a key that is good for this model.",
}


class Retrying:
    """``most``: alias → the most calls at once. Raises `ProviderError` for a call that failed for good,
    `ProviderFailed` when no call of the model can succeed, `CapReached` when the budget is used up."""

    def __init__(
        self,
        inner: ChatProvider,
        gates: Gates,
        purse: Purse,
        most: Mapping[str, int],
        patience: Patience,
        pace: Pace,
    ) -> None:
        self._inner = inner
        self._gates = gates
        self._purse = purse
        self._most = most
        self._patience = patience
        self._pace = pace

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        gate = self._gates.of(request.model.shared, self._most[request.model.alias])
        failures = 0
        while True:
            try:
                return await self._try(request, gate)
            except ProviderError as error:
                if error.kind == "rate":
                    continue  # the gate is closed for as long as was said
                if error.kind in ("quota", "auth"):
                    raise ProviderFailed(
                        f"{request.model.model} refuses all calls: {error.message}.",
                        reason=error.kind,
                        hint=_HINTS[error.kind],
                    ) from error
                if error.kind == "bad-request" or failures >= len(self._patience.transport_s):
                    raise
                wait = self._patience.transport_s[failures]
                failures += 1
                await self._pace.sleep(wait * (1 + self._patience.jitter * random.uniform(-1, 1)))  # noqa: S311

    async def _try(self, request: ChatRequest, gate: Gate) -> ChatAnswer:
        leave = await gate.enter()
        try:
            held = await self._purse.reserve(request)
            try:
                faults.hit("before-call")
                answer = await self._inner.complete(request)
                faults.hit("after-call")
            except ProviderError as error:
                await self._purse.settle(held, request, error)
                if error.kind == "rate":
                    gate.too_many(leave, error.retry_after_s)
                elif error.kind not in ("quota", "auth", "bad-request"):
                    gate.failed(leave, error)
                raise
            except BaseException:
                self._purse.give_up(held)
                raise
            gate.succeeded(answer.latency_s)
            await self._purse.settle(held, request, answer)
            return answer
        finally:
            gate.leave(leave)
