"""The headline figures of fidelity, detection and utility: each beside what a second real sample would score.

A `Figure` says how much worse than that sample the synthetic table is, and between which bounds that surely
lies; a gate decides on the bound, so chance alone refuses nobody.
"""

from __future__ import annotations

import math

from lookalike.quality import detection, fidelity, utility
from lookalike.quality.intervals import Z_SHOWN, Z_SURE
from lookalike.quality.result import SHOWN, SURE, Better, Figure, Group, ReferenceFrom

NOTHING_TO_COMPARE = "no column can be compared"
TOO_FEW_ROWS = f"there are fewer than {detection.FEWEST} rows on a side"
FAINT = 0.02
"""A predictor that real rows make no better than this above chance has nothing that could be lost."""

_FIDELITY = {
    "shape": ("shape", "Columns", "How alike each column is distributed, on average; 100 % is the same."),
    "trend.shared": ("trend", "Pairs of columns", "How alike pairs of columns go together, on average."),
    "triples": (
        "triples",
        "Triples of columns",
        "How alike three columns at a time go together, on average.",
    ),
}
"""By the name of the score: name of the figure, label, how to read it."""
_DETECTION = (
    (
        "detection.auc",
        "Told from real rows",
        "How often a classifier ranks a synthetic row above a real one; 0.5 is a coin.",
    ),
    (
        "detection.holdout_auc",
        "Told from unseen rows",
        "The same against the holdout, which no copying can please.",
    ),
)


def beside(
    name: str,
    label: str,
    group: Group,
    better: Better,
    value: float,
    reference: float,
    *,
    error: float,
    reference_error: float,
    reference_from: ReferenceFrom,
    says: str,
    z: tuple[float, float] = (Z_SHOWN, Z_SURE),
    most: float = math.inf,
) -> Figure:
    """A measured figure. error, reference_error: standard errors of the two, taken as independent.

    z: how many standard errors an interval at `SHOWN` and a bound at `SURE` are wide. The interval is cut at
    0 and at ``most``.
    """
    worse = reference - value if better == "higher" else value - reference
    sure = z[1] * math.hypot(error, reference_error)
    return Figure(
        name=name,
        label=label,
        group=group,
        better=better,
        value=value,
        low=max(0.0, value - z[0] * error),
        high=min(most, value + z[0] * error),
        reference=reference,
        reference_from=reference_from,
        worse=worse,
        surely_worse=worse - sure,
        maybe_worse=worse + sure,
        says=says,
    )


def unmeasured(name: str, label: str, group: Group, better: Better, why: str, says: str) -> Figure:
    return Figure(name=name, label=label, group=group, better=better, value=None, unmeasured=why, says=says)


def of_fidelity(found: fidelity.Found, columns: int) -> list[Figure]:
    """``fidelity.shape``, ``fidelity.trend`` (pairs, in bins that both tables share), ``fidelity.triples``;
    those that as many ``columns`` have.

    The spread of a figure is that of its bootstraps, which are as many rows as differ by chance as the
    synthetic table's; they are few, so the intervals are Student's (1908).
    """
    z = students(len(found.bootstraps) - 1)
    figures: list[Figure] = []
    for needed, (key, (name, label, says)) in enumerate(_FIDELITY.items(), 1):
        if 0 < columns < needed:
            continue
        value, (reference, spread) = found.synth.overall[key], found.reference(key)
        if math.isnan(value) or math.isnan(reference):
            why = "no column has values on both sides" if columns else NOTHING_TO_COMPARE
            figures.append(unmeasured(f"fidelity.{name}", label, "fidelity", "higher", why, says))
            continue
        figures.append(
            beside(
                f"fidelity.{name}",
                label,
                "fidelity",
                "higher",
                value,
                reference,
                error=spread,
                reference_error=spread / math.sqrt(len(found.bootstraps)),
                reference_from="bootstrap",
                says=says,
                z=z,
                most=1.0,
            )
        )
    return figures


def of_detection(found: detection.Found | None, *, holdout: bool, columns: int) -> list[Figure]:
    """``detection.auc`` (train against synthetic) and ``detection.holdout_auc`` (holdout against synthetic),
    both beside train against holdout, or two halves of train where there is no holdout."""
    figures: list[Figure] = []
    for (name, label, says), told in zip(
        _DETECTION, (found and found.train, found and found.holdout), strict=True
    ):
        if found is None or told is None or told.detector.auc.value is None:
            why = TOO_FEW_ROWS if columns else NOTHING_TO_COMPARE
            if name == "detection.holdout_auc" and not holdout:
                why = "there is no holdout"
            figures.append(unmeasured(name, label, "detection", "lower", why, says))
            continue
        figures.append(
            beside(
                name,
                label,
                "detection",
                "lower",
                told.detector.auc.value,
                found.reference.detector.auc.value or 0.5,
                error=told.error,
                reference_error=found.reference.error,
                reference_from="holdout" if found.holdout else "halves",
                says=says,
                most=1.0,
            )
        )
    return figures


def of_utility(found: utility.Found | None, why_not: str) -> Figure:
    """``utility.loss``: how much of what real rows teach about the target is lost when synthetic ones teach.

    1 − (metric trained on synthetic − chance) ÷ (metric trained on real − chance), where the metric is an AUC
    or R²: so it means the same for every target. 0: nothing is lost; 1: all of it. A second real sample
    loses nothing, but for chance.
    """
    name, label = "utility.loss", "Predictive power lost"
    says = "The part of what a predictor learns from real rows that it does not learn from synthetic ones."
    if found is None or found.data.synth.value is None:
        return unmeasured(name, label, "utility", "lower", why_not or "it was not measured", says)
    power = found.data.synth.value + found.worse - found.data.chance
    if power <= max(FAINT, Z_SURE * found.error):
        why = f"real rows teach next to nothing about {found.data.target!r}, so there is nothing to lose"
        return unmeasured(name, label, "utility", "lower", why, says)
    return beside(
        name,
        label,
        "utility",
        "lower",
        found.worse / power,
        0.0,
        error=found.error / power,
        reference_error=0.0,
        reference_from="train",
        says=says,
    )


def students(degrees: int) -> tuple[float, float]:
    """How many standard errors wide an interval is at `SHOWN` and at `SURE`, by Student's t."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, (1 + SHOWN) / 2)), float(stdtrit(degrees, (1 + SURE) / 2))
