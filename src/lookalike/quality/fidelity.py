"""Columns, pairs and triples of two tables, each beside what a second real sample would score.

Shape and Trend are SDMetrics' column shapes and column pair trends (docs.sdv.dev/sdmetrics), all pairs and no
thresholds. That second sample is a bootstrap of the real table with m·n ÷ (m + n) rows, where the real table
has n and the synthetic one m: its error against the table that it was drawn from is that of m fresh rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lookalike.quality import densities
from lookalike.quality.densities import Coded
from lookalike.quality.frame import Floats, Frames, Side, generator, sampled
from lookalike.quality.result import Association, Fidelity, GroupScore, Sampled
from lookalike.watch import Watch, check

ROWS = 200_000
"""Rows of a table that pairs and triples look at."""
BOOTSTRAPS = 5
TRIPLES = 200
WORST = 20
MATRIX_COLUMNS = 120
"""Columns that an association matrix shows, the first in the table."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one table against the real one. shapes: per column (NaN: not measurable). Scores: 1 is the same.

    pairs (d, d): Trend's scores with shared bins, NaN on the diagonal.
    """

    shapes: dict[str, float]
    trend: float
    pairs: Floats
    triples: dict[tuple[str, ...], float]

    @property
    def overall(self) -> dict[str, float]:
        """By the names of the figures."""
        return {
            "shape": _mean(list(self.shapes.values())),
            "trend": self.trend,
            "trend.shared": _mean(self.pairs[np.triu_indices(len(self.pairs), 1)]),
            "triples": _mean(list(self.triples.values())),
        }


@dataclass(frozen=True, slots=True)
class Found:
    """The synthetic table's scores, and those of bootstraps of the real table."""

    synth: Scores
    bootstraps: tuple[Scores, ...]
    data: Fidelity
    samples: tuple[Sampled, ...]

    def reference(self, name: str) -> tuple[float, float]:
        """(mean, standard deviation) of a figure over the bootstraps."""
        values = [scores.overall[name] for scores in self.bootstraps]
        return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def measure(frames: Frames, *, seed: int, watch: Watch) -> Found:
    """Fidelity of ``synth`` to ``real``."""
    samples: list[Sampled] = []
    for part in ("real", "synth"):
        rows = frames.rows[part]
        if rows > ROWS:
            frames = frames.take(part, sampled(rows, ROWS, generator(seed, "fidelity", part)), part)
            samples.append(Sampled(what=f"fidelity: rows of {part}", rows=ROWS, of=rows))
    triples = _triples(frames, seed)
    synth = scores(frames, "synth", triples)
    check(watch)
    size = max(1, frames.rows["real"] * frames.rows["synth"] // (frames.rows["real"] + frames.rows["synth"]))
    draws: list[Scores] = []
    for number in range(BOOTSTRAPS):
        rows = generator(seed, "bootstrap", number).integers(0, frames.rows["real"], size)
        draws.append(scores(frames.take("real", rows, "draw"), "draw", triples))
        check(watch)
    data = Fidelity(
        association=association(frames, synth.pairs),
        worst_pairs=_worst_pairs(frames, synth.pairs),
        worst_triples=_worst([GroupScore(columns=t, score=s) for t, s in synth.triples.items()]),
        triples=len(triples),
    )
    return Found(synth, tuple(draws), data, tuple(samples))


def scores(frames: Frames, part: str, triples: list[tuple[int, int, int]]) -> Scores:
    """All scores of the table ``part`` against the real one."""
    own, pairs = _pairs(frames, part)
    names = frames.names
    coarse = [_coarse(side, part) for side in frames]
    return Scores(
        {side.name: 1 - shape_error(side, part) for side in frames},
        own,
        pairs,
        {
            tuple(names[i] for i in triple): 1
            - densities.total_variation(*densities.joint(*(coarse[i] for i in triple)))
            for triple in triples
        },
    )


def shape_error(side: Side, part: str) -> float:
    """SDMetrics' column shape, as an error: Kolmogorov–Smirnov of numbers, total variation of categories."""
    if side.numeric:
        return densities.kolmogorov_smirnov(side["real"], side[part])
    return densities.category_variation((side["real"], side[part], side.codes))


def trend_errors(frames: Frames, part: str, *, shared: bool) -> Floats:
    """(d, d) SDMetrics' column pair trends as errors; NaN on the diagonal and where a number is constant.

    Two numbers: half the difference of their Pearson correlations. Two categories: the total variation of
    their contingency tables. One of each: the same, after ten equal bins (`densities.ten_bins`).
    """
    return _pair_errors(frames, part, _differences(frames, part), shared=shared)


def association(frames: Frames, pairs: Floats) -> Association | None:
    """Matrices of Cramér's V after `densities.coarse_codes` and `coarse_numbers`; None of fewer than two."""
    if len(frames) < 2:
        return None
    coarse = [_coarse(side, "synth") for side in frames.sides[:MATRIX_COLUMNS]]
    d = len(coarse)
    both = np.full((2, d, d), np.nan)
    for i, j in combinations(range(d), 2):
        (real_i, synth_i, k), (real_j, synth_j, _) = coarse[i], coarse[j]
        both[0, i, j] = both[0, j, i] = densities.cramers_v(real_i, real_j, k)
        both[1, i, j] = both[1, j, i] = densities.cramers_v(synth_i, synth_j, k)
    return Association(
        columns=frames.names[:d],
        real=_rows(both[0]),
        synth=_rows(both[1]),
        difference=_rows(both[1] - both[0]),
        trend=_rows(pairs[:d, :d]),
    )


def _pairs(frames: Frames, part: str) -> tuple[float, Floats]:
    """Trend with each table's own bins, and the score of every pair with shared bins."""
    difference = _differences(frames, part)
    upper = np.triu_indices(len(frames), 1)
    own = _pair_errors(frames, part, difference, shared=False)[upper]
    return 1 - _mean(own), 1 - _pair_errors(frames, part, difference, shared=True)


def _differences(frames: Frames, part: str) -> Floats:
    """(d, d) half the difference of correlations, for pairs of numbers; NaN elsewhere."""
    at = [i for i, side in enumerate(frames) if side.numeric]
    found = np.full((len(frames), len(frames)), np.nan)
    if len(at) > 1:
        real, other = (
            densities.correlations(np.stack([frames.sides[i][p] for i in at], axis=1)) for p in ("real", part)
        )
        found[np.ix_(at, at)] = np.abs(real - other) / 2
    return found


def _pair_errors(frames: Frames, part: str, correlated: Floats, *, shared: bool) -> Floats:
    codes: list[Coded] = [
        densities.ten_bins(side["real"], side[part], shared=shared)
        if side.numeric
        else (side["real"], side[part], side.codes)
        for side in frames
    ]
    errors = correlated.copy()
    np.fill_diagonal(errors, np.nan)
    for i, j in combinations(range(len(codes)), 2):
        if not (frames.sides[i].numeric and frames.sides[j].numeric):
            errors[i, j] = errors[j, i] = densities.total_variation(*densities.joint(codes[i], codes[j]))
    return errors


def _coarse(side: Side, part: str) -> Coded:
    if side.numeric:
        return densities.coarse_numbers(side["real"], side[part])
    return densities.coarse_codes((side["real"], side[part], side.codes))


def _triples(frames: Frames, seed: int) -> list[tuple[int, int, int]]:
    """All triples of columns, or `TRIPLES` random ones."""
    d = len(frames)
    if d * (d - 1) * (d - 2) // 6 <= TRIPLES:
        return list(combinations(range(d), 3))
    rng, chosen = generator(seed, "triples"), set[tuple[int, int, int]]()
    while len(chosen) < TRIPLES:
        i, j, k = sorted(rng.choice(d, 3, replace=False).tolist())
        chosen.add((i, j, k))
    return sorted(chosen)


def _worst_pairs(frames: Frames, pairs: Floats) -> tuple[GroupScore, ...]:
    names = frames.names
    found = [
        GroupScore(columns=(names[i], names[j]), score=float(pairs[i, j]))
        for i, j in combinations(range(len(frames)), 2)
        if np.isfinite(pairs[i, j])
    ]
    return _worst(found)


def _worst(groups: list[GroupScore]) -> tuple[GroupScore, ...]:
    return tuple(sorted(groups, key=lambda group: group.score)[:WORST])


def _rows(matrix: Floats) -> tuple[tuple[float | None, ...], ...]:
    """Three decimals: what a heat map can show."""
    return tuple(tuple(None if np.isnan(x) else round(float(x), 3) for x in row) for row in matrix)


def _mean(values: list[float] | Floats) -> float:
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(known.mean()) if len(known) else float("nan")
