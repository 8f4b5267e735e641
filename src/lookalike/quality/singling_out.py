"""Does a synthetic row hint at a condition that exactly one person meets?

After Anonymeter's singling-out attack (Giomi et al., PoPETs 2023, section 5.1, after Cohen and Nissim,
"Towards formalizing the GDPR's notion of singling out", PNAS 2020). Conditions are read off the synthetic
table only, and asked of training rows and of as many holdout rows. Where many conditions find the same row,
the share of finds is that much less certain (effective sample size: Kish, "Survey Sampling", 1965).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookalike.quality import intervals
from lookalike.quality.attacks import Attempt, attempt, risk_figure
from lookalike.quality.frame import Floats, Frames, Ints, Side, generator
from lookalike.quality.ground import QUERIES, Ground
from lookalike.quality.headlines import Share
from lookalike.quality.result import Figure, Rate

CONDITIONS = 2_000
COLUMNS = 4
"""Columns that a condition on several columns speaks of."""

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Condition:
    """``how`` one column is asked: equal to ``value``, at most, at least; a missing value meets none."""

    column: int
    how: str
    value: float

    def met(self, values: Floats | Ints) -> Bools:
        if self.how == "least":
            return values >= self.value
        return values <= self.value if self.how == "most" else values == self.value


def attempts(ground: Ground) -> list[Attempt]:
    """Singling out by one column, and by several."""
    size = min(ground.frames.rows["real"], ground.frames.rows["holdout"], QUERIES)
    frames = ground.frames
    for part in ("real", "holdout"):
        frames = frames.take(part, ground.rows(part, size, "singling out"), f"asked {part}")
    rng = generator(ground.seed, "privacy", "singling out")
    found = [_attack("singling out, one column", frames, [[c] for c in _alone(frames, rng)])]
    if len(frames) > 1:
        found.append(_attack("singling out, several columns", frames, _together(frames, rng)))
    return found


def figure(found: list[Attempt]) -> Figure:
    """privacy.singling_out: the greater risk of the two attacks (module docstring)."""
    return risk_figure(
        "privacy.singling_out",
        "Singling out, risk",
        found,
        says="0: what singles out people in train singles out as many who were not.",
    )


def _alone(frames: Frames, rng: np.random.Generator) -> list[_Condition]:
    """Values that stand once in a column of the synthetic table, its least and its greatest."""
    found: list[_Condition] = []
    for j, side in enumerate(frames):
        values, counts = np.unique(side["synth"][~side.missing("synth")], return_counts=True)
        if side.numeric and len(values):
            found += [_Condition(j, "most", values[0]), _Condition(j, "least", values[-1])]
        found += [_Condition(j, "equal", value) for value in values[counts == 1]]
    if len(found) > CONDITIONS:
        found = [found[i] for i in np.sort(rng.choice(len(found), CONDITIONS, replace=False))]
    return found


def _together(frames: Frames, rng: np.random.Generator) -> list[list[_Condition]]:
    """Of a random synthetic row and `COLUMNS` random columns: as far out, or of the same category."""
    middles = [np.nanmedian(side["synth"]) if _any(side) and side.numeric else 0.0 for side in frames]
    rows = rng.integers(0, frames.rows["synth"], CONDITIONS)
    found: list[list[_Condition]] = []
    for row in rows:
        together: list[_Condition] = []
        for j in rng.choice(len(frames), min(COLUMNS, len(frames)), replace=False):
            side, value = frames.sides[j], frames.sides[j]["synth"][row]
            how = "equal" if not side.numeric else "least" if value > middles[j] else "most"
            if not (side.numeric and np.isnan(value)):
                together.append(_Condition(int(j), how, value))
        if together:
            found.append(together)
    return found


def _attack(name: str, frames: Frames, conditions: list[list[_Condition]]) -> Attempt:
    (attack, train), (control, holdout) = (
        _finds(frames, part, conditions) for part in ("asked real", "asked holdout")
    )
    return attempt(name, attack, control, trials=(train, holdout))


def _finds(frames: Frames, part: str, conditions: list[list[_Condition]]) -> tuple[Rate, Share]:
    """How many conditions single out a row; and that as (hits, of) of independent ones."""
    columns = [side[part] for side in frames]
    found: list[int] = []
    for condition in conditions:
        met = condition[0].met(columns[condition[0].column])
        for further in condition[1:]:
            met = met & further.met(columns[further.column])
        rows = np.flatnonzero(met)
        if len(rows) == 1:
            found.append(int(rows[0]))
    counts = intervals.rate(len(found), len(conditions))
    if not found:
        return counts, (0.0, len(conditions))
    times = np.bincount(found)
    effect = float((times**2).sum() / times.sum())
    return counts, (len(found) / effect, len(conditions) / effect)


def _any(side: Side) -> bool:
    return bool((~side.missing("synth")).any())
