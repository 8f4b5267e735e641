"""Where records are kept: created once, sealed under their job's key, searched, dropped with their job.

Every back end passes ``tests/contract/test_records_contract.py``. A record never changes. What is stored is
sealed: ids, jobs and statuses are in plain, and nothing else is. A job whose records are to be searched fast
gets an index, which is derived, in plain, and goes with the job; without one, a search looks at each record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from lookalike.errors import UsageError
from lookalike.stores.words import holds, phrases, spelled

Json = Any
Order = Literal["id", "relevance"]

MOST_FOUND = 200
"""The most records of one page."""

MOST_LOOKED_AT = 5_000
"""The most records that a search without an index looks at before it answers with the page so far."""

_ID = re.compile(r"[a-z]{1,12}_[0-9a-f]{32}(/[A-Za-z0-9_.-]{1,64}){1,4}")
_STATUS = re.compile(r"[a-z][a-z-]{0,31}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record. id: begins with its job's, and sorts within the job: ``job_…/000012``.

    fields: what it is, by name; this is what is searched. facts: where it comes from and what it cost.
    """

    id: str
    status: str
    fields: Mapping[str, Json]
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])

    @property
    def job(self) -> str:
        return self.id.partition("/")[0]

    def to_text(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {"id": self.id, "status": self.status, "fields": self.fields, "facts": self.facts},
            separators=(",", ":"),
            allow_nan=False,
        )

    @classmethod
    def of_text(cls, text: str | bytes) -> Record:
        data = json.loads(text)
        return cls(data["id"], data["status"], data["fields"], data["facts"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Records of any of ``jobs`` and ``statuses`` (of none: of all statuses) that pass all of the rest.

    text: words and "phrases". fields: by name, what a field is, as it is spelled. order: ``relevance`` means
    something of jobs with an index, where there is a text: these come first, the best first.
    """

    jobs: tuple[str, ...]
    statuses: tuple[str, ...] = ()
    text: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    order: Order = "id"

    def test(self) -> Callable[[Record], bool]:
        """What says whether a record is one of them. `UsageError` for a text without a word."""
        wanted = None if self.text is None else phrases(self.text)

        def passes(record: Record) -> bool:
            return (
                record.job in self.jobs
                and (not self.statuses or record.status in self.statuses)
                and all(
                    record.fields.get(name) is not None and spelled(record.fields[name]) == value
                    for name, value in self.fields.items()
                )
                and (wanted is None or holds(record.fields, wanted))
            )

        return passes


@dataclass(frozen=True, slots=True)
class Page:
    """records; next: what to go on after, None at the end. A page may be short, and not the last."""

    records: Sequence[Record]
    next: str | None


class RecordStore(Protocol):
    """Safe from many threads and processes. `NotFound` for a job whose key was destroyed."""

    def create(self, records: Sequence[Record]) -> list[bool]:
        """Per record: True, it is stored, and durable; False, its id is taken. Never overwrites."""
        ...

    def get(self, ids: Sequence[str]) -> list[Record | None]:
        """The records, None where there is none. Sees all that was created before."""
        ...

    def scan(self, job_id: str, status: str | None = None, after: str | None = None) -> Iterator[Record]:
        """All of a job's records (of one status) behind the id ``after``, in the order of their ids."""
        ...

    def counts(self, job_id: str) -> dict[str, int]:
        """How many records a job has, by status."""
        ...

    def search(self, query: Query, after: str | None = None, limit: int = 50) -> Page:
        """The next page of what passes ``query``, in its order. It may lag by 1 s.

        By relevance a record is as near as BM25 says among all of its own job's; of equal ones, and of jobs
        without an index, behind all others, ids decide. Of a job that goes on, pages may miss or repeat one.
        """
        ...

    def index(self, job_id: str) -> None:
        """Make the job's index anew, and keep it from now on."""
        ...

    def is_indexed(self, job_id: str) -> bool: ...

    def rebuild(self, job_id: str) -> int:
        """How many records the job has, after all but its sealed segments was made anew from them."""
        ...

    def join(self, job_id: str) -> int:
        """How many segments fewer the job has, after small ones were joined. Nothing else changes."""
        ...

    def drop(self, *job_ids: str) -> None:
        """Make sure that nothing of the jobs' is left, sealed or in plain. Again is fine."""
        ...

    def close(self) -> None: ...


def check_record(record: Record) -> None:
    """`UsageError` for a record whose id, status or values cannot be stored."""
    if not _ID.fullmatch(record.id):
        raise UsageError(f"{record.id!r} cannot be the id of a record.")
    if not _STATUS.fullmatch(record.status):
        raise UsageError(f"{record.status!r} cannot be the status of a record.")


def check_limit(limit: int) -> None:
    if not 1 <= limit <= MOST_FOUND:
        raise UsageError(f"{limit} records at a time were asked for; 1 to {MOST_FOUND} can be.")
