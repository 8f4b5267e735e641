"""Headline figures from counts: a value, its reference, and how much worse it surely and maybe is."""

from __future__ import annotations

from statistics import NormalDist

from lookalike.quality import intervals
from lookalike.quality.result import SHOWN, SURE, Better, Figure, Group, ReferenceFrom

Share = tuple[float, float]
"""(hits, of). Hits may be fractions: half a hit for a tie."""


def nothing(name: str, label: str, why: str, *, better: Better = "lower", says: str = "") -> Figure:
    """A figure that could not be measured, and why."""
    return Figure(
        name=name, label=label, group=_group(name), better=better, value=None, unmeasured=why, says=says
    )


def known(
    name: str,
    label: str,
    value: float,
    reference: float,
    *,
    reference_from: ReferenceFrom = "ideal",
    better: Better = "lower",
    says: str = "",
) -> Figure:
    """A figure that is counted, not estimated: there is no interval, and it is surely as bad as it is."""
    worse = max(0.0, value - reference if better == "lower" else reference - value)
    return Figure(
        name=name,
        label=label,
        group=_group(name),
        better=better,
        value=value,
        low=value,
        high=value,
        reference=reference,
        reference_from=reference_from,
        worse=worse,
        surely_worse=worse,
        maybe_worse=worse,
        says=says,
    )


def of_shares(
    name: str, label: str, synth: Share, reference: Share, reference_from: ReferenceFrom, *, says: str = ""
) -> Figure:
    """A share (lower is better) beside the share of a second real sample, both counted on separate rows.

    The bounds of the difference are Newcombe's (`intervals.difference`).
    """
    value, against = (hits / of if of else 0.0 for hits, of in (synth, reference))
    low, high = intervals.wilson(*synth)
    surely, maybe = intervals.difference(synth, reference, intervals.Z_SURE)
    return Figure(
        name=name,
        label=label,
        group=_group(name),
        better="lower",
        value=value,
        low=low,
        high=high,
        reference=against,
        reference_from=reference_from,
        worse=value - against,
        surely_worse=surely,
        maybe_worse=maybe,
        says=says,
    )


def of_error(
    name: str,
    label: str,
    value: float,
    error: float,
    reference: float,
    reference_from: ReferenceFrom,
    *,
    best_of: int = 1,
    least: float = 0.0,
    most: float = 1.0,
    says: str = "",
) -> Figure:
    """A figure (lower is better) with a standard error, beside a reference that has none of its own.

    best_of: the value is the worst of so many (`deviates`).
    """
    shown, sure = deviates(best_of)
    low, high = intervals.around(value, error, shown)
    below, above = intervals.around(value, error, sure)
    return Figure(
        name=name,
        label=label,
        group=_group(name),
        better="lower",
        value=value,
        low=max(least, low),
        high=min(most, high),
        reference=reference,
        reference_from=reference_from,
        worse=value - reference,
        surely_worse=below - reference,
        maybe_worse=above - reference,
        says=says,
    )


def of_bounds(
    name: str,
    label: str,
    value: float,
    shown: tuple[float, float],
    reference: float,
    reference_from: ReferenceFrom,
    *,
    worse: float,
    sure: tuple[float, float],
    better: Better = "lower",
    says: str = "",
) -> Figure:
    """A figure whose interval at `SHOWN`, and bounds of ``worse`` at `SURE`, were found elsewhere."""
    return Figure(
        name=name,
        label=label,
        group=_group(name),
        better=better,
        value=value,
        low=shown[0],
        high=shown[1],
        reference=reference,
        reference_from=reference_from,
        worse=worse,
        surely_worse=sure[0],
        maybe_worse=sure[1],
        says=says,
    )


def deviates(best_of: int) -> tuple[float, float]:
    """How many standard errors `SHOWN` and `SURE` are when the worst of so many values was chosen.

    Šidák, "Rectangular confidence regions for the means of multivariate normal distributions", JASA 1967.
    """
    shown, sure = (
        NormalDist().inv_cdf((1 + confidence ** (1 / max(best_of, 1))) / 2) for confidence in (SHOWN, SURE)
    )
    return shown, sure


def _group(name: str) -> Group:
    return "diagnostic" if name.startswith("diagnostic.") else "privacy"
