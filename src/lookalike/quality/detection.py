"""Can a classifier tell the two tables apart, and by which columns?

Gradient boosting (`lookalike.quality.boosting`) on equal numbers of rows of each, three folds, each row
scored by a model that did not see it (the classifier two-sample test: Lopez-Paz and Oquab, ICLR 2017). The
AUC is the mean of the folds, its error theirs by DeLong. 0.5: no better than a coin; 1: always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lookalike.quality import boosting, intervals
from lookalike.quality.columns import spelled
from lookalike.quality.frame import Floats, Frames, Ints, generator, sampled
from lookalike.quality.result import Detection as DetectionData
from lookalike.quality.result import (
    DetectionColumn,
    Detector,
    GivenAway,
    Roc,
    Sampled,
)
from lookalike.watch import Watch

ROWS = 20_000
"""Rows of each side."""
SHUFFLED_ROWS = 4_000
"""Rows of a fold on which a column's importance is measured."""
EXPLAINED = 60
"""Columns whose importance is measured."""
FOLDS = 3
FEWEST = 60
"""Fewer rows of a side than this say nothing."""
REASONS = 3


@dataclass(frozen=True, slots=True)
class Told:
    """One contest: what a report shows of it, and the error of its AUC."""

    detector: Detector
    error: float
    columns: tuple[DetectionColumn, ...] = ()
    example: GivenAway | None = None


@dataclass(frozen=True, slots=True)
class Found:
    train: Told
    holdout: Told | None
    reference: Told
    samples: tuple[Sampled, ...]

    @property
    def data(self) -> DetectionData:
        return DetectionData(
            train=self.train.detector,
            holdout=self.holdout.detector if self.holdout else None,
            reference=self.reference.detector,
            columns=self.train.columns,
            example=self.train.example,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """Two tables under each other: ``table`` (2 · size, n_columns), the first ``size`` rows of label 0."""

    between: str
    names: list[str]
    table: Floats
    categories: list[bool]
    fold: Ints
    frames: Frames
    second: str

    @property
    def size(self) -> int:
        return len(self.table) // 2

    @property
    def label(self) -> Ints:
        return np.repeat([0, 1], self.size)


@dataclass(frozen=True, slots=True, eq=False)
class Fold:
    """chance: of every row of the fold to be of the second table. drops: AUC lost by column, when asked."""

    chance: Floats
    auc: float
    error: float
    drops: Floats | None
    because: tuple[int, ...]


def measure(frames: Frames, *, seed: int, watch: Watch) -> Found | None:
    """Train against synthetic, holdout against synthetic, and two real samples; None of too few rows."""
    if min(frames.rows["real"] // 2, frames.rows["synth"]) < FEWEST or not len(frames):
        return None
    contests = [contest(frames, "real", "synth", "train and synthetic", seed)]
    if frames.rows.get("holdout", 0) >= FEWEST:
        contests.append(contest(frames, "real", "holdout", "train and holdout", seed))
        contests.append(contest(frames, "holdout", "synth", "holdout and synthetic", seed))
    else:
        order = generator(seed, "halves").permutation(frames.rows["real"])
        middle = len(order) // 2
        halves = frames.take("real", order[:middle], "one").take("real", order[middle:], "other")
        contests.append(contest(halves, "one", "other", "halves of train", seed))
    tasks = [
        (lambda c=c, n=n, first=not i: _fold(c, n, seed, explain=first))
        for i, c in enumerate(contests)
        for n in range(FOLDS)
    ]
    folds = boosting.run(tasks, watch)
    told = [_told(c, folds[i * FOLDS : (i + 1) * FOLDS]) for i, c in enumerate(contests)]
    samples = [
        Sampled(what=f"detection: rows of {part}", rows=contests[0].size, of=frames.rows[part])
        for part in ("real", "synth")
        if frames.rows[part] > contests[0].size
    ]
    return Found(told[0], told[2] if len(told) > 2 else None, told[1], tuple(samples))


def contest(frames: Frames, first: str, second: str, between: str, seed: int) -> Contest:
    """As many rows of ``first`` as of ``second``, and which fold each is in."""
    size = min(frames.rows[first], frames.rows[second], ROWS)
    for part in (first, second):
        rows = sampled(frames.rows[part], size, generator(seed, "detection", between, part))
        frames = frames.take(part, rows, part)
    table, categories = boosting.features(frames, (first, second))
    rng = generator(seed, "detection", between, "folds")
    fold = np.concatenate([rng.permutation(np.arange(size) % FOLDS) for _ in range(2)])
    return Contest(between, boosting.names(frames), table, categories, fold, frames, second)


def _fold(c: Contest, number: int, seed: int, *, explain: bool) -> Fold:
    test = c.fold == number
    model = boosting.classifier(c.categories, seed).fit(c.table[~test], c.label[~test])
    chance = model.predict_proba(c.table[test])[:, 1]
    label = c.label[test]
    area, error = intervals.auc(chance[label == 1], chance[label == 0])
    if not explain:
        return Fold(chance, area, error, None, ())
    rng = generator(seed, "detection", c.between, number)
    surest = np.flatnonzero(test)[np.argmax(np.where(label == 1, chance, -1))]
    drops = _importances(model, c.table[test], label, rng)
    return Fold(chance, area, error, drops, _because(model, c.table, surest, c.size, rng))


def _told(c: Contest, folds: Sequence[Fold]) -> Told:
    chance = np.empty(len(c.table))
    for number, fold in enumerate(folds):
        chance[c.fold == number] = fold.chance
    error = float(np.sqrt(np.sum([fold.error**2 for fold in folds]))) / FOLDS
    fpr, tpr = intervals.roc(chance[c.label == 1], chance[c.label == 0])
    detector = Detector(
        between=c.between,
        auc=intervals.estimate(float(np.mean([fold.auc for fold in folds])), error, least=0.0, most=1.0),
        rows=c.size,
        folds=tuple(fold.auc for fold in folds),
        roc=Roc(fpr=tuple(fpr), tpr=tuple(tpr)),
    )
    drops = [fold.drops for fold in folds if fold.drops is not None]
    if not drops:
        return Told(detector, error)
    row = c.size + int(chance[c.size :].argmax())
    example = GivenAway(
        probability=float(chance[row]),
        cells={side.name: spelled(side, [side[c.second][row - c.size]])[0] for side in c.frames},
        because=tuple(c.names[j] for j in folds[c.fold[row]].because),
    )
    return Told(detector, error, _columns(c.names, np.array(drops)), example)


def _importances(model: Any, rows: Floats, label: Ints, rng: np.random.Generator) -> Floats:
    """(n_columns,) the AUC lost when a column is shuffled (Breiman, "Random forests", 2001); 0 of those that
    are not among the `EXPLAINED` by which the model splits most."""
    keep = sampled(len(rows), SHUFFLED_ROWS, rng)
    rows, label = rows[keep], label[keep]

    def area(table: Floats) -> float:
        chance = model.predict_proba(table)[:, 1]
        return intervals.auc(chance[label == 1], chance[label == 0])[0]

    whole, lost = area(rows), np.zeros(rows.shape[1])
    for j in boosting.telling(model, rows.shape[1], EXPLAINED):
        shuffled = rows.copy()
        shuffled[:, j] = rng.permutation(shuffled[:, j])
        lost[j] = whole - area(shuffled)
    return lost


def _columns(names: Sequence[str], drops: Floats) -> tuple[DetectionColumn, ...]:
    mean, error = drops.mean(axis=0), drops.std(axis=0, ddof=1) / np.sqrt(len(drops))
    half = intervals.Z_SHOWN * error
    found = [
        DetectionColumn(name=name, drop=float(m), low=float(m - h), high=float(m + h))
        for name, m, h in zip(names, mean, half, strict=True)
    ]
    return tuple(sorted(found, key=lambda column: -column.drop))


def _because(model: Any, table: Floats, row: int, size: int, rng: np.random.Generator) -> tuple[int, ...]:
    """The columns whose real values would have made this row most like a real one."""
    donors = table[rng.integers(0, size, 100)]
    trial = np.repeat(table[row : row + 1], len(donors) * table.shape[1], axis=0)
    for j in range(table.shape[1]):
        trial[j * len(donors) : (j + 1) * len(donors), j] = donors[:, j]
    mean = model.decision_function(trial).reshape(table.shape[1], -1).mean(axis=1)
    gain = model.decision_function(table[row : row + 1])[0] - mean
    return tuple(int(j) for j in np.argsort(-gain)[:REASONS] if gain[j] > 0)
