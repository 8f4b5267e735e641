"""Where the work of a write job is kept: a log of what happened, of which every entry is safe once written.

A `Sink` is passed in. `lookalike.records.journal` is the one for a file; the service has one on its record
store. Entries are told apart by their class; each has a natural key, and writing one twice changes nothing:

    Reserved   call          the most that a call may cost, before it is made
    Settled    call          what became of the call: the raw answer, or the error
    Candidate  slot, number  a finished candidate, before it is judged; or one that could not be finished
    Accepted   slot          that one candidate fills the slot; create-only, so a slot is filled once
    Rejected   slot, number  why a candidate does not fill its slot: a failure, or a filter
    Granted    run           that a later run may make so many candidates more
    Worked     run, part     for how long a run may have been at work
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

Json = Any

FailureKind = Literal["parse", "schema", "truncation", "refusal", "empty", "rate", "transport", "filter"]


@dataclass(frozen=True, slots=True)
class Reserved:
    """call: ``SLOT/NUMBER/COLUMN/ASK/TRY``. cost_pico: in 10⁻¹² of the currency of the prices."""

    call: str
    tokens: int
    cost_pico: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What a call came to. answer: a `ChatAnswer` as a dict, or None; error: a `ProviderError` as a dict.

    tokens, cost_pico: what is counted as spent. presumed: the provider did not tell, so that the whole
    reservation is counted. request: hex SHA-256 of the prompt and all that shapes the answer.
    """

    call: str
    request: str
    tokens: int
    cost_pico: int
    presumed: bool
    answer: Json = None
    error: Json = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """values: column → value, as far as they were made. failure: why no more could be made, or None.

    provenance: column → facts (the answers' calls, request hash, model, seed row, …).
    """

    slot: int
    number: int
    values: Mapping[str, Json]
    provenance: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class Accepted:
    slot: int
    number: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A failure is a record, too. reason: for a filter its name, such as ``duplicate``.

    raw: the last raw answer. attempts: how many calls were made for the column.
    """

    slot: int
    number: int
    column: str
    kind: FailureKind
    reason: str
    raw: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Granted:
    """A run that was asked to try again. candidates: how many there may be in all from then on.

    slots: ``[slot, number]`` each, where only some slots are tried again: below which number they may have
    candidates. None: any slot.
    """

    run: int
    candidates: int
    slots: Sequence[tuple[int, int]] | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """For how many seconds in all a run is at work: at most, written before; part None: in truth, after."""

    run: int
    part: int | None
    seconds: float


Entry = Reserved | Settled | Candidate | Accepted | Rejected | Granted | Worked

CLASSES: dict[str, type[Entry]] = {
    "reserved": Reserved,
    "settled": Settled,
    "candidate": Candidate,
    "accepted": Accepted,
    "rejected": Rejected,
    "granted": Granted,
    "worked": Worked,
}
NAMES: dict[type[Entry], str] = {made: name for name, made in CLASSES.items()}


def to_dict(entry: Entry) -> dict[str, Json]:
    """The entry as JSON, its class under ``is``."""
    return {"is": NAMES[type(entry)], **asdict(entry)}


def of_dict(given: Mapping[str, Json]) -> Entry:
    """The inverse of `to_dict`; `KeyError` or `TypeError` for what is no entry."""
    fields = dict(given)
    return CLASSES[fields.pop("is")](**fields)


class Sink(Protocol):
    """The log of one job. One conductor writes to it, from one thread at a time."""

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        """Whether each is new; returns once all of them are safe (a crash may lose what was not returned).

        False: an entry with its key is there already, and stays as it was. The order is kept.
        """
        ...

    def replay(self) -> Iterator[Entry]:
        """All entries so far. Of each candidate, `Candidate` comes before what was decided of it."""
        ...
