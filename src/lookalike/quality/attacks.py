"""Attacks that the European guideline on anonymisation names: linking two halves of a row, and inference.

After Anonymeter (Giomi, Boenisch, Wehmeyer, Tasnádi, "A unified framework for quantifying privacy risk in
synthetic data", PoPETs 2023): each attack is made on training rows and, as its control, on holdout rows,
since what the table tells of people it never saw is what it is for. risk = (attack − control) ÷
(1 − control).
Singling out stands in `lookalike.quality.singling_out`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookalike.quality import headlines, intervals
from lookalike.quality.frame import Ints, generator
from lookalike.quality.ground import BASE, Ground
from lookalike.quality.headlines import Share
from lookalike.quality.neighbours import Points, nearest, nearest_without
from lookalike.quality.result import Attack, Estimate, Figure, Rate

TARGETS = 2_000
"""People of each side who are attacked."""
CELLS = 40_000
"""Distances are looked for with one column left out for fewer people in wide tables: as many as this
divided by the columns, but not fewer than `FEWEST_TARGETS`."""
FEWEST_TARGETS = 500
TOLERANCE = 1 << 15
"""A number is guessed when its rank is within 1/32 of all ranks (`neighbours`), about 3 %."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attack as a report shows it, and both sides of it as independent trials (`singling_out`)."""

    attack: Attack
    train: Share
    holdout: Share


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """One attack per column, and the mean over columns of its risk with the standard error of that."""

    attacks: tuple[Attack, ...]
    mean: float
    error: float


def linkability(ground: Ground) -> Attempt:
    """Does one synthetic row link both halves of a person's columns? The nearest by each must be one row."""
    p, d = len(ground.space.numeric), len(ground.space.names)
    order = generator(ground.seed, "privacy", "halves of columns").permutation(d)
    halves = [np.sort(order[: d // 2]), np.sort(order[d // 2 :])]
    known = ground.points["synth"].take(ground.rows("synth", BASE, "attacker"))

    def linked(part: str) -> Rate:
        targets = ground.points[part].take(ground.rows(part, TARGETS, "linkability"))
        found = [
            nearest(_columns(targets, half, p), _columns(known, half, p), ground.watch).place[:, 0]
            for half in halves
        ]
        return intervals.rate(int((found[0] == found[1]).sum()), len(targets))

    return attempt("linkability", linked("real"), linked("holdout"), baseline=1 / max(len(known), 1))


def inference(ground: Ground) -> Inference:
    """Each column guessed from the synthetic row that is nearest in all the others."""
    d = len(ground.space.names)
    most = min(TARGETS, max(CELLS // d, FEWEST_TARGETS))
    known = ground.points["synth"].take(ground.rows("synth", BASE, "attacker"))
    right: dict[str, Bools] = {}
    for part in ("real", "holdout"):
        targets = ground.points[part].take(ground.rows(part, most, "inference"))
        right[part] = _right(targets, known, nearest_without(targets, known, ground.watch))
    targets = ground.points["real"].take(ground.rows("real", most, "inference"))
    drawn = generator(ground.seed, "privacy", "guesses").integers(0, len(known), (len(targets), d))
    baseline = _right(targets, known, drawn).mean(axis=0)
    attacks = tuple(
        attempt(
            "inference",
            intervals.rate(int(right["real"][:, j].sum()), len(right["real"])),
            intervals.rate(int(right["holdout"][:, j].sum()), len(right["holdout"])),
            baseline=float(baseline[j]),
            column=name,
        ).attack
        for j, name in enumerate(ground.space.names)
    )
    # a person's columns are guessed right or wrong together, so people are what is counted
    train, held = (right[part].mean(axis=1) for part in ("real", "holdout"))
    left = max(1 - float(held.mean()), 1e-9)
    error = float(np.sqrt(train.var() / len(train) + held.var() / len(held)))
    return Inference(attacks, float(train.mean() - held.mean()) / left, error / left)


def linkability_figure(found: Attempt) -> Figure:
    """privacy.linkability: the risk of `linkability` (module docstring; Anonymeter, section 5.2)."""
    return risk_figure(
        "privacy.linkability", "Linking two halves of a row, risk", [found], says="0: no more than by chance."
    )


def inference_figure(found: Inference) -> Figure:
    """privacy.inference: the mean over columns of (attack − control), by what is left to know, 1 − control.

    Anonymeter, section 5.3, with all other columns known to the attacker.
    """
    return headlines.of_error(
        "privacy.inference",
        "Inferring one column from the others, mean risk",
        found.mean,
        found.error,
        0.0,
        "ideal",
        least=-1.0,
        says="0: people in train are guessed no better than people who were not.",
    )


def attempt(
    name: str,
    attack: Rate,
    control: Rate,
    *,
    baseline: float | None = None,
    column: str | None = None,
    trials: tuple[Share, Share] | None = None,
) -> Attempt:
    """An attack and its risk, with Newcombe's bounds of attack − control.

    trials: both as (hits, of) of independent trials, where not every one counted is.
    """
    train, holdout = trials or ((attack.hits, attack.of), (control.hits, control.of))
    value, low, high = risk(train, holdout, intervals.Z_SHOWN)
    shown = Attack(
        name=name,  # type: ignore[arg-type]
        column=column,
        attack=attack,
        control=control,
        baseline=baseline,
        risk=Estimate(value=value, low=low, high=high),
    )
    return Attempt(shown, train, holdout)


def risk(attack: Share, control: Share, z: float) -> tuple[float, float, float]:
    """(attack − control) ÷ (1 − control) and its bounds."""
    a, c = (hits / of if of else 0.0 for hits, of in (attack, control))
    low, high = intervals.difference(attack, control, z)
    left = max(1 - c, 1e-9)
    return (a - c) / left, max(low / left, -1.0), min(high / left, 1.0)


def risk_figure(name: str, label: str, attempts: list[Attempt], *, says: str) -> Figure:
    """The greatest risk of several attacks, its bounds widened for having been chosen."""
    best = max(attempts, key=lambda one: one.attack.risk.value or 0.0)
    shown, sure = headlines.deviates(len(attempts))
    value, low, high = risk(best.train, best.holdout, shown)
    _, below, above = risk(best.train, best.holdout, sure)
    return headlines.of_bounds(
        name, label, value, (low, high), 0.0, "ideal", worse=value, sure=(below, above), says=says
    )


def _columns(points: Points, columns: Ints, p: int) -> Points:
    """These columns of the space, in which numbers come first."""
    return Points(
        np.ascontiguousarray(points.numbers[:, columns[columns < p]]),
        np.ascontiguousarray(points.codes[:, columns[columns >= p] - p]),
    )


def _right(targets: Points, known: Points, rows: Ints) -> Bools:
    """(n_targets, n_columns) whether the cell of ``known`` in ``rows`` is a right guess."""
    p = targets.numbers.shape[1]
    right = np.empty(rows.shape, bool)
    for j in range(rows.shape[1]):
        if j < p:
            guess = known.numbers[rows[:, j], j].astype(np.int64)
            right[:, j] = np.abs(guess - targets.numbers[:, j]) <= TOLERANCE
        else:
            right[:, j] = known.codes[rows[:, j], j - p] == targets.codes[:, j - p]
    return right
