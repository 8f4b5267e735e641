"""Can an attacker who holds a row tell whether it was in train?

Candidates are training rows (members) and holdout rows (others), as many of each; an attack scores them, and
its AUC is the chance that a member scores higher than another. 0.5: nothing is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lookalike.quality import headlines, intervals
from lookalike.quality.frame import Floats, Ints, generator
from lookalike.quality.ground import BASE, QUERIES, Ground
from lookalike.quality.neighbours import Points, nearest
from lookalike.quality.result import Figure, MembershipAttack, Roc

ALARMS = 0.01
"""The share of false alarms at which `MembershipAttack.tpr_at_1` is read (Carlini et al., "Membership
inference attacks from first principles", IEEE S&P 2022)."""
_EPSILON = 1e-4
"""Added to distances before their logarithms are taken: a copy is at 0."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a report shows of an attack, and the standard error of its AUC."""

    attack: MembershipAttack
    error: float


def attempts(ground: Ground) -> list[Attempt]:
    """The distance attack and the density-ratio attack, on the same candidates."""
    size = min(ground.frames.rows["real"], ground.frames.rows["holdout"], QUERIES)
    members, others = (
        ground.points[part].take(ground.rows(part, size, "membership")) for part in ("real", "holdout")
    )
    known = ground.points["synth"].take(ground.rows("synth", BASE, "attacker"))
    near = [nearest(points, known, ground.watch).distance[:, 0] for points in (members, others)]
    reference = _reference(members, others, ground)
    ratios = [np.log(r + _EPSILON) - np.log(d + _EPSILON) for r, d in zip(reference, near, strict=True)]
    return [_attempt("distance", -near[0], -near[1]), _attempt("density ratio", ratios[0], ratios[1])]


def figure(found: list[Attempt]) -> Figure:
    """privacy.membership: the AUC of the better attack, its bounds widened for having been chosen.

    Distance: a row is scored by its nearness to the closest synthetic row (Chen, Yu, Zhang, Fritz,
    "GAN-Leaks", CCS 2020). Density ratio: by how much denser synthetic rows are around it than real rows that
    are known not to be in train (DOMIAS: van Breugel, Sun, Qian, van der Schaar, "Membership inference
    attacks against synthetic data through overfitting detection", AISTATS 2023), each density by the nearest
    row.
    """
    best = max(found, key=lambda attempt: attempt.attack.auc.value or 0.0)
    return headlines.of_error(
        "privacy.membership",
        "Membership inference, AUC of the best attack",
        best.attack.auc.value or 0.0,
        best.error,
        0.5,
        "ideal",
        best_of=len(found),
        says=f"By {best.attack.name}. 0.5: whether a row was in train is a coin's toss; 1: always told.",
    )


def _reference(members: Points, others: Points, ground: Ground) -> tuple[Floats, Floats]:
    """The distances of members and others to the nearest holdout row of the half that they are not in."""
    middle = len(others) // 2
    order = generator(ground.seed, "privacy", "halves").permutation(len(others))
    halves: tuple[Ints, Ints] = (order[:middle], order[middle:])
    near = np.empty((2, len(others)))
    for scored, against in (halves, halves[::-1]):
        base = others.take(against)
        for i, points in enumerate((members, others)):
            near[i, scored] = nearest(points.take(scored), base, ground.watch).distance[:, 0]
    return near[0], near[1]


def _attempt(name: str, members: Floats, others: Floats) -> Attempt:
    area, error = intervals.auc(members, others)
    fpr, tpr = intervals.roc(members, others)
    curve = intervals.roc(members, others, points=len(members) + len(others) + 2)
    attack = MembershipAttack(
        name=name,  # type: ignore[arg-type]
        auc=intervals.estimate(area, error, least=0.0, most=1.0),
        tpr_at_1=float(np.interp(ALARMS, *curve)),
        members=len(members),
        others=len(others),
        roc=Roc(fpr=tuple(fpr), tpr=tuple(tpr)),
    )
    return Attempt(attack, error)
