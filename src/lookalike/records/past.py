"""What earlier runs of a job left in its sink, ready for a conductor to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike.records.budget import Spent
from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest
from lookalike.records.sink import (
    Accepted,
    Candidate,
    Granted,
    Rejected,
    Reserved,
    Settled,
    Sink,
    Worked,
)


@dataclass(slots=True)
class Past:
    """candidates, rejected: by (slot, number). accepted: slot → number. grants: of runs that tried again.
    answers: of calls whose candidate was not finished, by the call without its try. tries: how many each had.
    worked_s: by runs under a cap on time, how long they were at work, or may have been."""

    candidates: dict[tuple[int, int], Candidate] = field(default_factory=dict[tuple[int, int], Candidate])
    accepted: dict[int, int] = field(default_factory=dict[int, int])
    rejected: dict[tuple[int, int], Rejected] = field(default_factory=dict[tuple[int, int], Rejected])
    grants: list[Granted] = field(default_factory=list[Granted])
    answers: dict[str, tuple[str, dict[str, Any]]] = field(
        default_factory=dict[str, tuple[str, dict[str, Any]]]
    )
    tries: dict[str, int] = field(default_factory=dict[str, int])
    worked_s: dict[int, float] = field(default_factory=dict[int, float])
    spent: Spent = field(default_factory=Spent)

    def traces(self) -> list[tuple[int, int]]:
        """(slot, number) of all candidates that were begun, in order."""
        return sorted(set(self.candidates) | {_whose(call) for call in self.tries})


def read(sink: Sink) -> Past:
    """What is in the sink. Reservations without a settlement count as spent."""
    past = Past()
    held: dict[str, Reserved] = {}
    ended: set[int] = set()
    for entry in sink.replay():
        match entry:
            case Reserved():
                held[entry.call] = entry
                ask = entry.call.rpartition("/")[0]
                past.tries[ask] = past.tries.get(ask, 0) + 1
            case Settled():
                held.pop(entry.call, None)
                past.spent.add(entry.tokens, entry.cost_pico, presumed=entry.presumed)
                if entry.answer is not None:
                    past.answers[entry.call.rpartition("/")[0]] = (entry.request, entry.answer)
            case Candidate():
                past.candidates[entry.slot, entry.number] = entry
            case Accepted():
                past.accepted[entry.slot] = entry.number
            case Rejected():
                past.rejected[entry.slot, entry.number] = entry
            case Granted():
                past.grants.append(entry)
            case Worked():
                known = past.worked_s.get(entry.run, 0.0)
                if entry.part is None:
                    ended.add(entry.run)
                    past.worked_s[entry.run] = entry.seconds
                elif entry.run not in ended:
                    past.worked_s[entry.run] = max(known, entry.seconds)
    for entry in held.values():
        past.spent.add(entry.tokens, entry.cost_pico, presumed=True)
    for call in list(past.answers):
        if _whose(call) in past.candidates:
            del past.answers[call]
    return past


def _whose(call: str) -> tuple[int, int]:
    slot, number, *_ = call.split("/")
    return int(slot), int(number)


class Remembering:
    """A `ChatProvider` that answers from what was paid for, and asks only for the rest."""

    def __init__(self, inner: ChatProvider, answers: Mapping[str, tuple[str, dict[str, Any]]]) -> None:
        self._inner = inner
        self._answers = dict(answers)

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        known = self._answers.get(request.id)
        if known is not None and known[0] == request.hash():
            return ChatAnswer.of_dict(known[1])
        return await self._inner.complete(request)
