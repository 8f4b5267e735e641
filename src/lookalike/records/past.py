"""What earlier runs of a job left in its sink, ready for a conductor to go on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike.records.budget import Spent
from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest
from lookalike.records.sink import (
    Accepted,
    Candidate,
    Entry,
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


class Accounts:
    """What the entries of a log come to, each given once: ``spent``, and ``worked_s`` as in `Past`."""

    def __init__(self) -> None:
        self.spent = Spent()
        self.worked_s: dict[int, float] = {}
        self._held: dict[str, tuple[int, int]] = {}
        self._ended: set[int] = set()

    def add(self, entry: Entry) -> None:
        """Count an entry; of a call, its reservation comes first."""
        match entry:
            case Reserved():
                self._held[entry.call] = (entry.tokens, entry.cost_pico)
            case Settled():
                self._held.pop(entry.call, None)
                self.spent.add(entry.tokens, entry.cost_pico, presumed=entry.presumed)
            case Worked(run, None, seconds):
                self._ended.add(run)
                self.worked_s[run] = seconds
            case Worked(run, _, seconds) if run not in self._ended:
                self.worked_s[run] = max(self.worked_s.get(run, 0.0), seconds)
            case _:
                pass

    def close(self) -> None:
        """That was all: reservations without a settlement count as spent."""
        for tokens, cost in self._held.values():
            self.spent.add(tokens, cost, presumed=True)
        self._held.clear()


def accounts(entries: Iterable[Entry]) -> Accounts:
    """What a log comes to, of which these are the entries that cost something."""
    made = Accounts()
    for entry in entries:
        made.add(entry)
    made.close()
    return made


def read(sink: Sink) -> Past:
    """What is in the sink. Reservations without a settlement count as spent."""
    counted = Accounts()
    past = Past(spent=counted.spent, worked_s=counted.worked_s)
    for entry in sink.replay():
        counted.add(entry)
        match entry:
            case Reserved():
                ask = entry.call.rpartition("/")[0]
                past.tries[ask] = past.tries.get(ask, 0) + 1
            case Settled():
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
                pass
    counted.close()
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
