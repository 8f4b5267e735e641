"""Records as they are given out: the columns that are kept, in the order of the spec."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from lookalike.records.sink import Accepted, Candidate, Rejected, Settled, Sink
from lookalike.records.spec import Spec

Json = Any
PROVENANCE = "_made"


def shown(spec: Spec, values: Mapping[str, Json]) -> dict[str, Json]:
    """One record: kept columns, with the fields of flattened ones beside them."""
    record: dict[str, Json] = {}
    for column in spec.columns:
        value = values.get(column.name)
        if not column.keep:
            continue
        if column.flatten and isinstance(value, Mapping):
            record.update({name: part for name, part in value.items() if name not in record})
        else:
            record[column.name] = value
    return record


def records(spec: Spec, sink: Sink, count: int, *, provenance: bool = False) -> Iterator[dict[str, Json]]:
    """The accepted records of the slots below ``count``, in their order; ``_made`` says how each was made."""
    numbers: dict[int, int] = {}
    for entry in sink.replay():
        if isinstance(entry, Accepted):
            numbers[entry.slot] = entry.number
    made: dict[int, Candidate] = {}
    for entry in sink.replay():
        if isinstance(entry, Candidate) and numbers.get(entry.slot) == entry.number and entry.slot < count:
            made[entry.slot] = entry
    spent = spending(sink) if provenance else {}
    for slot in sorted(made):
        candidate = made[slot]
        record = shown(spec, candidate.values)
        if provenance:
            facts = {"slot": slot, "candidate": candidate.number, "columns": candidate.provenance}
            record[PROVENANCE] = facts | spent.get((slot, candidate.number), {})
        yield record


def spending(sink: Sink) -> dict[tuple[int, int], dict[str, int]]:
    """Tokens and cost of each candidate, all tries included."""
    found: dict[tuple[int, int], dict[str, int]] = {}
    for entry in sink.replay():
        if isinstance(entry, Settled):
            slot, number, *_ = entry.call.split("/")
            sums = found.setdefault((int(slot), int(number)), {"calls": 0, "tokens": 0, "cost_pico": 0})
            sums["calls"] += 1
            sums["tokens"] += entry.tokens
            sums["cost_pico"] += entry.cost_pico
    return found


def failures(sink: Sink) -> Iterator[dict[str, Json]]:
    """What became of the candidates that fill no slot: column, kind, reason, raw text, attempts, values."""
    candidates: dict[tuple[int, int], Candidate] = {}
    for entry in sink.replay():
        if isinstance(entry, Candidate):
            candidates[entry.slot, entry.number] = entry
        elif isinstance(entry, Rejected):
            known = candidates.get((entry.slot, entry.number))
            yield {**asdict(entry), "values": {} if known is None else dict(known.values)}


def line(record: Mapping[str, Json]) -> bytes:
    """One line of JSON."""
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
