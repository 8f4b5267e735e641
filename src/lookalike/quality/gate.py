"""The gate: how much worse than a second real sample a table may be, by name, and what usually helps.

A figure is refused when the lower bound of how much worse it is (`SURE`, 99.9 %) is above its limit: chance
refuses nobody, and a small table is not refused for being small. What could not be measured is not passed.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from lookalike.quality import report_numbers as numbers
from lookalike.quality.result import Figure, Limit, Refusal, Verdict
from lookalike.quality.thresholds import THRESHOLDS, Threshold


@dataclass(frozen=True, slots=True)
class Gate:
    """name: ``default``, or the file's. limits: by the figures' names. waived: names that may fall short."""

    name: str
    limits: Mapping[str, float]
    waived: frozenset[str] = frozenset()


DEFAULT = Gate("default", {name: threshold.limit for name, threshold in THRESHOLDS.items()})


def judge(figures: Sequence[Figure], gate: Gate = DEFAULT) -> Verdict:
    """The answer: every limit and what became of it, and a `Refusal` for each figure that fell short."""
    known = {figure.name: figure for figure in figures}
    limits: list[Limit] = []
    refusals: list[Refusal] = []
    for name, limit in gate.limits.items():
        found, refusal = _one(THRESHOLDS[name], limit, known.get(name))
        if refusal is not None and name in gate.waived:
            found = replace(found, state="waived", why=refusal.says)
        elif refusal is not None:
            refusals.append(refusal)
        limits.append(found)
    return Verdict(
        passed=not refusals,
        gate=gate.name,
        refusals=tuple(refusals),
        limits=tuple(limits),
        waived=tuple(limit.name for limit in limits if limit.state == "waived"),
    )


def _one(threshold: Threshold, limit: float, figure: Figure | None) -> tuple[Limit, Refusal | None]:
    """What became of one threshold, and the refusal if it fell short."""
    name = threshold.name
    if figure is None or figure.surely_worse is None or math.isnan(figure.surely_worse):
        why = "it does not apply to these tables" if figure is None else figure.unmeasured
        if figure is None or threshold.optional:
            return Limit(name=name, limit=limit, state="absent", why=why), None
        refusal = _refusal(threshold, limit, figure, f"Not measured: {why}.")
        return Limit(name=name, limit=limit, state="unmeasured", why=why), refusal
    if figure.surely_worse > limit:
        says = _says(figure, limit)
        return Limit(name=name, limit=limit, state="refused", why=says), _refusal(
            threshold, limit, figure, says
        )
    return Limit(name=name, limit=limit, state="passed", why=threshold.why), None


def _refusal(threshold: Threshold, limit: float, figure: Figure, says: str) -> Refusal:
    surely = figure.surely_worse
    return Refusal(
        name=figure.name,
        label=figure.label,
        value=figure.value,
        reference=figure.reference,
        worse=figure.worse,
        surely_worse=surely,
        limit=limit,
        over=None if surely is None else surely - limit,
        unmeasured=surely is None,
        says=says,
        helps=threshold.unmeasured_helps if surely is None else threshold.helps,
    )


def _says(figure: Figure, limit: float) -> str:
    """What was found, what a second real sample scores, and by how much it is over."""

    def write(value: float | None) -> str:
        return numbers.figure(figure.name, value)

    allowed = f"{write(limit)} is allowed" if limit else "nothing is allowed"
    return (
        f"{write(figure.value)}, where a second real sample scores {write(figure.reference)}: "
        f"worse by {write(figure.worse)}, surely by {write(figure.surely_worse)}; {allowed}."
    )


# Gate files


def of_file(path: str | os.PathLike[str]) -> Gate:
    """The gate in a YAML file: the default gate, changed. `BadInput` says what is wrong and in which line.

    limits: name → how much worse it may be (a number ≥ 0). waive: a list of names.
    """
    from lookalike.quality.gate_file import read

    asked = read(path)
    return Gate(Path(path).name, {**DEFAULT.limits, **asked.limits}, asked.waived)


def nearest(name: str) -> str:
    """A hint for a name that no threshold has: the one that was probably meant, or all there are."""
    close = get_close_matches(name, THRESHOLDS, n=1, cutoff=0.5)
    return f"Did you mean {close[0]}?" if close else f"Known: {', '.join(THRESHOLDS)}."
