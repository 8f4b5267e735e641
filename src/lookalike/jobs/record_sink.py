"""The log of a write job in the record store: each entry is a record, created once, under the job's key.

    JOB/0000012              accepted   the record of slot 12: its fields, how it was made, what it cost
    JOB/0000012/0003         candidate  its values, before it was judged
    JOB/0000012/0003/why     failed, filtered   why it does not fill its slot
    JOB/calls/….reserved     reserved   the most that a call may cost
    JOB/calls/….settled      settled    what became of it, with the raw answer
    JOB/runs/0001            granted    a run that was asked to try again
    JOB/hours/0001.0003      worked     for how long a run may have been at work, or was

Only what people search for (accepted, failed, filtered; items of documents) has fields; the rest is facts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.errors import Contested
from lookalike.records.cassette import taken
from lookalike.records.money import PICO
from lookalike.records.past import Accounts, accounts
from lookalike.records.sink import (
    Accepted,
    Candidate,
    Entry,
    Granted,
    Rejected,
    Reserved,
    Settled,
    Worked,
    of_dict,
    to_dict,
)
from lookalike.stores.records import Record, RecordStore

Json = Any
ACCEPTED, FAILED, FILTERED = "accepted", "failed", "filtered"
SETTLED = "settled"
_REPLAYED = ("granted", "worked", "reserved", SETTLED, "candidate", ACCEPTED, FAILED, FILTERED)
_COSTING = ("worked", "reserved", SETTLED)
_ENTRY = "entry"


def slot_id(job_id: str, slot: int) -> str:
    """The id of the record that fills the slot, once there is one."""
    return f"{job_id}/{slot:07d}"


def cassette_lines(store: RecordStore, job_id: str) -> Iterator[bytes]:
    """The answers that a job was given, as lines of a cassette, by the slots that they were for."""
    for record in store.scan(job_id, SETTLED):
        entry = record.facts[_ENTRY]
        if entry["answer"] is not None:
            yield taken(entry["request"], entry["call"].rpartition("/")[0], entry["answer"])


def accounts_of(store: RecordStore, job_id: str) -> Accounts:
    """What a job's calls and its time at work came to, over all its runs."""
    scanned = (record for status in _COSTING for record in store.scan(job_id, status))
    return accounts(of_dict(record.facts[_ENTRY]) for record in scanned)


@dataclass(slots=True)
class _Spending:
    """What the calls of one candidate came to."""

    calls: int = 0
    tokens: int = 0
    cost_pico: int = 0


class RecordSink:
    """A `lookalike.records.sink.Sink` on ``store`` for one job.

    shown: a candidate's values → the fields of its record. Two conductors on one job (a worker that lost its
    lease and does not know it yet) meet here: whoever comes second with a candidate is told `Contested`,
    and begins again from what is there.
    """

    def __init__(
        self, store: RecordStore, job_id: str, shown: Callable[[Mapping[str, Json]], Mapping[str, Json]]
    ) -> None:
        self._store = store
        self._job_id = job_id
        self._shown = shown
        self._open: dict[tuple[int, int], Candidate] = {}
        self._spent: dict[tuple[int, int], _Spending] = {}

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        new = self._store.create([self._record(entry) for entry in entries])
        for entry, fresh in zip(entries, new, strict=True):
            if isinstance(entry, Candidate) and not fresh:
                raise Contested("Another worker wrote to this job meanwhile.", hint="It is begun again.")
            if fresh and isinstance(entry, Accepted | Rejected):
                self._forget(entry)
        return new

    def replay(self) -> Iterator[Entry]:
        for status in _REPLAYED:
            for record in self._store.scan(self._job_id, status):
                entry = of_dict(record.facts[_ENTRY])
                self._remember(entry)
                if isinstance(entry, Accepted | Rejected):
                    self._forget(entry)
                yield entry

    def is_granted(self, run: int) -> bool:
        """Whether the run that was asked to try again has what it is granted."""
        return self._store.get([self._run(run)])[0] is not None

    def _remember(self, entry: Entry) -> None:
        """Keep what the record of a candidate takes, until it is decided."""
        if isinstance(entry, Candidate):
            self._open[entry.slot, entry.number] = entry
        elif isinstance(entry, Settled):
            slot, number, *_ = entry.call.split("/")
            spent = self._spent.setdefault((int(slot), int(number)), _Spending())
            spent.calls += 1
            spent.tokens += entry.tokens
            spent.cost_pico += entry.cost_pico

    def _forget(self, entry: Accepted | Rejected) -> None:
        self._open.pop((entry.slot, entry.number), None)
        self._spent.pop((entry.slot, entry.number), None)

    def _record(self, entry: Entry) -> Record:
        self._remember(entry)
        said = {_ENTRY: to_dict(entry)}
        match entry:
            case Reserved():
                return Record(f"{self._call(entry.call)}.reserved", "reserved", {}, said)
            case Settled():
                return Record(f"{self._call(entry.call)}.settled", SETTLED, {}, said)
            case Candidate():
                return Record(self._candidate(entry), "candidate", {}, said)
            case Accepted():
                made = self._open[entry.slot, entry.number]
                facts = {**said, **self._facts(entry), "provenance": dict(made.provenance)}
                return Record(self._slot(entry.slot), ACCEPTED, self._shown(made.values), facts)
            case Rejected():
                known = self._open.get((entry.slot, entry.number))
                status = FILTERED if entry.kind == "filter" else FAILED
                values = {} if known is None else dict(known.values)
                return Record(f"{self._candidate(entry)}/why", status, values, {**said, **self._facts(entry)})
            case Granted():
                return Record(self._run(entry.run), "granted", {}, said)
            case Worked():
                part = "end" if entry.part is None else f"{entry.part:06d}"
                return Record(f"{self._job_id}/hours/{entry.run:04d}.{part}", "worked", {}, said)

    def _facts(self, entry: Accepted | Rejected) -> dict[str, Json]:
        spent = self._spent.get((entry.slot, entry.number), _Spending())
        return {
            "slot": entry.slot,
            "number": entry.number,
            "calls": spent.calls,
            "tokens": spent.tokens,
            "cost": spent.cost_pico / PICO,
        }

    def _run(self, run: int) -> str:
        return f"{self._job_id}/runs/{run:04d}"

    def _slot(self, slot: int) -> str:
        return slot_id(self._job_id, slot)

    def _candidate(self, entry: Candidate | Rejected) -> str:
        return f"{self._slot(entry.slot)}/{entry.number:04d}"

    def _call(self, call: str) -> str:
        """An id that sorts as the calls were made, about: a column's name may hold what an id may not."""
        slot, number, *_ = call.split("/")
        digest = hashlib.sha256(call.encode()).hexdigest()[:24]
        return f"{self._job_id}/calls/{int(slot):07d}.{int(number):04d}.{digest}"
