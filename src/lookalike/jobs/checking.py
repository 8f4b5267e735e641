"""The check task: the rows that a model draws, beside those that it learned and those held back from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike import verbs
from lookalike.jobs.model import Json
from lookalike.models.stream import Sample
from lookalike.verbs import Table
from lookalike.watch import Watch


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: as JSON by ``contracts/check.schema.json``, as a page, and its gist.

    facts: scores, whether the gate passes, the names of the figures that it refuses; no cell, no column.
    """

    plain: bytes
    page: bytes
    facts: Mapping[str, Json]


def report(
    learned: Table, drawn: Sample, holdout: Any, *, seed: int, all_rows: int, watch: Watch | None = None
) -> Report:
    """The report on ``drawn``, the first of ``all_rows`` rows. ``seed`` is the one that set rows aside."""
    notes: list[str] = []
    if drawn.rows < all_rows:
        notes.append(f"The first {drawn.rows:,} of the {all_rows:,} rows drawn were checked.")
    if drawn.spec.where or drawn.spec.shares or drawn.spec.balance:
        notes.append(
            "The rows were drawn under conditions, so they differ from the real table where that was asked."
        )
    found = verbs.check(learned, drawn, holdout=holdout, seed=seed, notes=notes, watch=watch)
    verdict = found.gate()
    plain = found.to_json(verdict)
    from lookalike.quality.report import html

    facts = {
        "scores": found.scores,
        "passed": verdict.passed,
        "refused": [refusal.name for refusal in verdict.refusals],
        "rows": drawn.rows,
    }
    return Report(json.dumps(plain, ensure_ascii=False).encode(), html(plain).encode(), facts)
