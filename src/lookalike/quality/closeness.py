"""How close synthetic rows come to training rows, beside how close fresh real rows come.

The distance to the closest record and the nearest-neighbour distance ratio (Zhao, Kunar, Birke, Chen,
"CTAB-GAN", ACML 2021), both to rows of train that differ from each other; and the share of synthetic rows
nearer to a training row than to a holdout row (Platzer and Reutterer, Frontiers in Big Data 2021).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lookalike.quality import headlines, intervals
from lookalike.quality.frame import Floats, Ints, generator, sampled
from lookalike.quality.ground import QUERIES, Ground, Neighbourhood
from lookalike.quality.neighbours import nearest
from lookalike.quality.result import Distances, Figure, Nearer

PERCENTILE = 0.05
BINS = 40
REPEATS = 5
"""How often train is drawn from anew, to be as many rows as the holdout."""


def closest(around: Neighbourhood) -> Distances:
    """Histograms of the distance to the closest training row, in 0 … 1 (`neighbours.IN_WORDS`)."""
    return _distances({part: found[:, 0] for part, found in around.distance.items()})


def ratio(around: Neighbourhood) -> Distances:
    """Histograms of the distance to the closest training row over that to the second closest."""
    return _distances({part: _ratios(found) for part, found in around.distance.items()}, most=1.0)


def percentile_figure(what: Literal["distance", "ratio"], around: Neighbourhood) -> Figure:
    """privacy.distance, privacy.ratio: the 5th percentile of synthetic rows, beside that of holdout rows.

    worse: by which part of the holdout's it is less. The bounds are order statistics of both (David and
    Nagaraja, "Order Statistics", 2003, section 7.1), joined as `intervals.difference` joins two.
    """
    found = around.distance
    take = _ratios if what == "ratio" else _first
    synth, holdout = np.sort(take(found["synth"])), np.sort(take(found["holdout"]))
    value, reference = (float(np.quantile(x, PERCENTILE)) for x in (synth, holdout))
    scale = reference or float(np.median(holdout)) or 1.0
    low, high = _percentile_bounds(synth, intervals.Z_SHOWN)
    below, above = _percentile_bounds(synth, intervals.Z_SURE)
    under, over = _percentile_bounds(holdout, intervals.Z_SURE)
    surely = reference - value - np.hypot(reference - under, above - value)
    maybe = reference - value + np.hypot(over - reference, value - below)
    labels = {
        "distance": "Distance to the closest training row",
        "ratio": "Nearest-neighbour distance ratio",
    }
    return headlines.of_bounds(
        f"privacy.{what}",
        f"{labels[what]}, 5th percentile",
        value,
        (low, high),
        reference,
        "holdout",
        worse=(reference - value) / scale,
        sure=(float(surely) / scale, float(maybe) / scale),
        better="higher",
        says="How near the nearest twentieth comes; worse: by which part nearer than the holdout's.",
    )


def nearer(ground: Ground) -> tuple[Nearer, float]:
    """The share of synthetic rows nearer to train than to the holdout, ties counting half; and its error.

    Both are drawn to the same size. A real row can be the nearest of many synthetic ones, so the error is
    that of sums over the real rows, not of single synthetic rows (Liang and Zeger, Biometrika 1986).
    """
    size = min(ground.frames.rows["real"], ground.frames.rows["holdout"], QUERIES)
    queries = ground.points["synth"].take(ground.rows("synth", QUERIES, "nearer"))
    larger = max(ground.frames.rows["real"], ground.frames.rows["holdout"])
    repeats = REPEATS if larger > size else 1
    shares, squares = np.empty(repeats), np.empty(repeats)
    found: dict[str, tuple[Floats, Ints]] = {}
    for number in range(repeats):
        for part in ("real", "holdout"):
            if part not in found or ground.frames.rows[part] > size:
                rng = generator(ground.seed, "privacy", "nearer", part, number)
                rows = sampled(ground.frames.rows[part], size, rng)
                near = nearest(queries, ground.points[part].take(rows), ground.watch)
                found[part] = near.distance[:, 0], near.place[:, 0]
        (train, at_train), (held, at_held) = found["real"], found["holdout"]
        won = np.where(train < held, 1.0, np.where(train > held, 0.0, 0.5))
        shares[number] = won.mean()
        owner = np.where(train <= held, at_train, size + at_held)
        squares[number] = (np.bincount(owner, weights=won - 0.5) ** 2).sum() / len(won) ** 2
    share, error = float(shares.mean()), float(np.sqrt(max(squares.mean(), 1e-12)))
    shown = intervals.estimate(share, error, least=0.0, most=1.0)
    return Nearer(share=shown, rows=len(queries), base=size, repeats=repeats), error


def nearer_figure(found: Nearer, error: float) -> Figure:
    """privacy.nearer: 0.5 when train and holdout are the same to the synthetic table (`nearer`)."""
    return headlines.of_error(
        "privacy.nearer",
        "Rows nearer to train than to the holdout",
        found.share.value or 0.0,
        error,
        0.5,
        "ideal",
        says="0.5: the table lies as near to people it never saw as to those it was learned from.",
    )


def _first(found: Floats) -> Floats:
    return found[:, 0]


def _ratios(found: Floats) -> Floats:
    """1 where there is no second row, or both are equally near."""
    near, second = found[:, 0], found[:, 1]
    known = np.isfinite(second) & (second > 0)
    return np.where(known, near / np.where(known, second, 1.0), 1.0)


def _percentile_bounds(ordered: Floats, z: float) -> tuple[float, float]:
    n = len(ordered)
    half = z * np.sqrt(n * PERCENTILE * (1 - PERCENTILE))
    low, high = int(np.floor(n * PERCENTILE - half)), int(np.ceil(n * PERCENTILE + half))
    return (float(ordered[low]) if low >= 0 else 0.0), float(ordered[min(high, n - 1)])


def _distances(values: dict[str, Floats], most: float | None = None) -> Distances:
    finite = {part: x[np.isfinite(x)] for part, x in values.items()}
    if most is None:
        most = max((float(np.quantile(x, 0.99)) for x in finite.values() if len(x)), default=0.0) or 1.0
    edges = np.linspace(0, most, BINS + 1)

    def shares(part: str) -> tuple[float, ...]:
        counts = np.histogram(np.minimum(finite[part], most), edges)[0]
        return tuple((counts / max(counts.sum(), 1)).tolist())

    def quantile(part: str, q: float) -> float:
        return float(np.quantile(finite[part], q)) if len(finite[part]) else 0.0

    held = "holdout" in values
    return Distances(
        edges=tuple(edges.tolist()),
        synth=shares("synth"),
        holdout=shares("holdout") if held else None,
        synth_p5=quantile("synth", PERCENTILE),
        holdout_p5=quantile("holdout", PERCENTILE) if held else None,
        synth_median=quantile("synth", 0.5),
        holdout_median=quantile("holdout", 0.5) if held else None,
        rows=len(values["synth"]),
    )
