"""What a few records came to that were written as a rehearsal: prompts, answers, what all would cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lookalike.errors import BadSpec
from lookalike.records.money import PICO
from lookalike.records.output import spending
from lookalike.records.plan import Plan
from lookalike.records.preview import estimate
from lookalike.records.rehearsal import prompt_text
from lookalike.records.sink import Candidate, Rejected, Sink
from lookalike.records.writer import question

Json = Any


def rehearsed(plan: Plan, sink: Sink, records: int) -> dict[str, Json]:
    """As JSON: ``rows``, the candidates by slots, and ``estimate``, what ``records`` would take, by these.

    Of each candidate its values; of each column that a model was asked for the first prompt, rendered anew,
    and the last answer as it came; tokens and cost; why it was refused, or None.
    """
    candidates: dict[tuple[int, int], Candidate] = {}
    refused: dict[tuple[int, int], Rejected] = {}
    for entry in sink.replay():
        if isinstance(entry, Candidate):
            candidates[entry.slot, entry.number] = entry
        elif isinstance(entry, Rejected):
            refused[entry.slot, entry.number] = entry
    spent = spending(sink)
    told = estimate(sink, records)
    return {
        "rows": [
            _row(plan, candidate, refused.get(whose), spent.get(whose, {}))
            for whose, candidate in sorted(candidates.items())
        ],
        "estimate": None if told is None else told.to_dict(),
    }


def _row(plan: Plan, candidate: Candidate, why: Rejected | None, took: Mapping[str, int]) -> dict[str, Json]:
    return {
        "slot": candidate.slot,
        "candidate": candidate.number,
        "values": dict(candidate.values),
        "written": list(_written(plan, candidate, why)),
        "tokens": took.get("tokens", 0),
        "cost": took.get("cost_pico", 0) / PICO,
        "refused": None if why is None else {"column": why.column, "kind": why.kind, "reason": why.reason},
    }


def _written(plan: Plan, candidate: Candidate, why: Rejected | None) -> Iterator[dict[str, Json]]:
    """The columns that a model was asked for, in their order, as far as the candidate came."""
    made = candidate.provenance
    rows = {facts["seed"]: facts["row"] for facts in made.values() if facts and "seed" in facts}
    values: dict[str, Json] = {}
    for planned in plan.columns:
        name = planned.column.name
        failed = why if why is not None and why.column == name and name not in candidate.values else None
        if planned.alias and (failed is not None or name in candidate.values):
            facts = made.get(name) or {}
            try:
                asked = question(plan, planned, candidate.slot, candidate.number, values, rows)
                prompt = prompt_text(asked)
            except BadSpec as error:  # it is what the candidate was refused for
                prompt = f"⟨{error.message}⟩"
            yield {
                "column": name,
                "model": planned.alias,
                "prompt": prompt,
                "answer": facts.get("raw", "") if failed is None else failed.raw,
                "asks": facts.get("asks", 0) if failed is None else failed.attempts,
            }
        if name not in candidate.values:
            return
        values[name] = candidate.values[name]
