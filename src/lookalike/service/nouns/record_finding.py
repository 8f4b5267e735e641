"""From what a client asks of records to a search of the store, and back."""

from __future__ import annotations

from collections.abc import Mapping

from lookalike.service.nouns import record_shapes as r
from lookalike.service.platform import Platform
from lookalike.service.wire import PageAsked, sealed_cursor
from lookalike.stores.records import Order, Query, Record

REFUSED = ("failed", "filtered")
"""Statuses of candidates that fill no slot."""


def jobs_query(
    jobs: tuple[str, ...],
    statuses: tuple[str, ...],
    text: str | None = None,
    fields: Mapping[str, str] | None = None,
    order: Order | None = None,
) -> Query:
    """What is asked of the store: by relevance, if nothing else is said, where there is a text."""
    order = order or ("id" if text is None else "relevance")
    return Query(jobs=jobs, statuses=statuses, text=text, fields=fields or {}, order=order)


def found_of(platform: Platform, query: Query, asked: PageAsked) -> r.RecordsFound:
    """A page of what was found."""
    page = platform.stores.records.search(query, asked.cursor(), asked.limit)
    return r.RecordsFound(items=[shown(record) for record in page.records], next=sealed_cursor(page.next))


def shown(record: Record) -> r.Record:
    """The record without what only the job's log needs."""
    entry = record.facts.get("entry", {})
    facts = {name: value for name, value in record.facts.items() if name != "entry"}
    if record.status in REFUSED:
        facts |= {name: entry[name] for name in ("column", "kind", "reason", "raw", "attempts")}
    return r.Record(
        id=record.id,
        job_id=record.job,
        status=record.status,  # pyright: ignore[reportArgumentType]  (searched by these)
        fields=dict(record.fields),
        facts=facts,
    )
