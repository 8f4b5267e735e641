"""A few records before many: the prompts, the answers, and what all of them would cost."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest
from lookalike.records.job import Executor
from lookalike.records.money import PICO
from lookalike.records.sink import Accepted, Candidate, Entry, Rejected, Settled, Sink

Json = Any


class Memory:
    """A `Sink` that is gone with the process: for previews."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        self._entries += entries
        return [True] * len(entries)

    def replay(self) -> Iterator[Entry]:
        yield from list(self._entries)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What ``records`` would take, from what a few took. money: in the currency of the prices; per record,
    then for all, with the range that two standard errors allow (nothing is known of one record alone).
    """

    records: int
    tokens: int
    money: float
    tokens_low: int
    tokens_high: int
    money_low: float
    money_high: float

    def to_dict(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in self.__slots__}


class Prompts:
    """Remembers what was asked, to be shown."""

    def __init__(self) -> None:
        self._asked: dict[str, list[str]] = {}

    def around(self, executor: Executor) -> Executor:
        """The executor, with whatever is asked through it noted here."""
        wrap = executor.wrap

        def noting(inner: ChatProvider) -> ChatProvider:
            return _Noting(inner if wrap is None else wrap(inner), self._asked)

        return replace(executor, wrap=noting)

    def of(self, question: str) -> list[str]:
        """The prompts of ``SLOT/NUMBER/COLUMN``, the first ask and those after it."""
        return self._asked.get(question, [])


class _Noting:
    def __init__(self, inner: ChatProvider, asked: dict[str, list[str]]) -> None:
        self._inner = inner
        self._asked = asked

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        said = "\n".join(f"[{message.role}] {message.content}" for message in request.messages)
        prompts = self._asked.setdefault(request.id.rpartition("/")[0], [])
        if said not in prompts:
            prompts.append(said)
        return await self._inner.complete(request)


def estimate(sink: Sink, records: int) -> Estimate | None:
    """What ``records`` accepted ones would take: all that was spent, by accepted record. None: none was."""
    spent: dict[int, list[int]] = {}
    accepted: set[int] = set()
    for entry in sink.replay():
        if isinstance(entry, Settled):
            sums = spent.setdefault(int(entry.call.partition("/")[0]), [0, 0])
            sums[0] += entry.tokens
            sums[1] += entry.cost_pico
        elif isinstance(entry, Accepted):
            accepted.add(entry.slot)
    if not accepted or not spent:
        return None
    tokens = [sums[0] for sums in spent.values()]
    costs = [sums[1] for sums in spent.values()]
    per_record = records / len(accepted)
    low, high = _range(tokens)
    cheap, dear = _range(costs)
    return Estimate(
        records=records,
        tokens=round(sum(tokens) * per_record),
        money=sum(costs) * per_record / PICO,
        tokens_low=round(low * per_record),
        tokens_high=round(high * per_record),
        money_low=cheap * per_record / PICO,
        money_high=dear * per_record / PICO,
    )


def _range(sums: Sequence[int]) -> tuple[float, float]:
    """Two standard errors of the sum, around it."""
    total = sum(sums)
    if len(sums) < 2:
        return 0.5 * total, 2.0 * total
    error = 2 * statistics.stdev(sums) * len(sums) ** 0.5
    return max(0.0, total - error), total + error


def shown(sink: Sink) -> Iterator[dict[str, Json]]:
    """Each candidate: its values, its answers as they came, and why it was refused, if it was."""
    rejected: dict[tuple[int, int], Rejected] = {}
    for entry in sink.replay():
        if isinstance(entry, Rejected):
            rejected[entry.slot, entry.number] = entry
    for entry in sink.replay():
        if isinstance(entry, Candidate):
            why = rejected.get((entry.slot, entry.number))
            yield {
                "slot": entry.slot,
                "candidate": entry.number,
                "values": dict(entry.values),
                "made": dict(entry.provenance),
                "rejected": None if why is None else f"{why.kind}: {why.reason}",
            }
