"""What all measures of privacy stand on: the tables as points of one space, and seeded samples of their rows.

Every measure asks the same of synthetic rows and of fresh real ones (the holdout's), or of people who were in
train and people who were not, with as many rows of each as can be had.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lookalike.quality.digests import Digests, digests
from lookalike.quality.frame import Floats, Frames, Ints, generator, sampled
from lookalike.quality.neighbours import Points, Space, nearest
from lookalike.quality.result import Sampled
from lookalike.watch import Watch

QUERIES = 10_000
"""Rows of a table whose neighbours are looked for."""
BASE = 200_000
"""Rows among which they are looked for; all of train up to there."""
FEWEST = 50
"""Fewer rows of a table than this say nothing of people."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """points, digests: of every row of each table. base: the different rows of train, at most `BASE`."""

    frames: Frames
    space: Space
    points: dict[str, Points]
    digests: dict[str, Digests]
    base: Points
    seed: int
    samples: tuple[Sampled, ...]
    watch: Watch

    def __contains__(self, part: str) -> bool:
        return part in self.points

    def rows(self, part: str, most: int, *names: str) -> Ints:
        """``most`` rows of a table drawn by the seed and ``names``, in order; all when there are no more."""
        return sampled(self.frames.rows[part], most, generator(self.seed, "privacy", part, *names))


def lay(frames: Frames, *, seed: int, watch: Watch) -> Ground:
    """The ground under ``real``, ``synth`` and, where there is one, ``holdout``."""
    space = Space(frames)
    parts = [part for part in ("real", "synth", "holdout") if part in frames]
    found = {part: digests(frames, part) for part in parts}
    points = {part: space.points(part) for part in parts}
    different = np.sort(np.unique(found["real"], return_index=True)[1]).astype(np.int64)
    chosen = different[sampled(len(different), BASE, generator(seed, "privacy", "base"))]
    samples = [
        Sampled(
            what=f"privacy: rows of {part} whose neighbours are looked for",
            rows=QUERIES,
            of=frames.rows[part],
        )
        for part in parts
        if frames.rows[part] > QUERIES
    ]
    if len(chosen) < len(different):
        samples.append(
            Sampled(what="privacy: rows of real that may be a neighbour", rows=len(chosen), of=len(different))
        )
    if frames.rows["synth"] > BASE:
        samples.append(
            Sampled(what="privacy: rows of synth that an attacker uses", rows=BASE, of=frames.rows["synth"])
        )
    base = points["real"].take(chosen) if len(frames) else points["real"]
    return Ground(frames, space, points, found, base, seed, tuple(samples), watch)


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhood:
    """The two nearest different rows of train, of a sample of each table.

    rows: which rows of the table. distance (n, 2): for rows of ``real`` itself, to other rows: [:, 0] is 0
    where another row equals it, and [:, 1] the distance to the nearest that differs.
    """

    rows: dict[str, Ints]
    distance: dict[str, Floats]


def neighbourhood(ground: Ground, copied: Callable[[str, Ints], Ints]) -> Neighbourhood:
    """``copied(part, rows)``: how many rows of train equal each (a row of train is not its own copy)."""
    rows: dict[str, Ints] = {}
    distance: dict[str, Floats] = {}
    for part in ground.points:
        rows[part] = ground.rows(part, QUERIES, "neighbours")
        found = nearest(ground.points[part].take(rows[part]), ground.base, ground.watch).distance
        found = np.minimum(found, 1.0)  # where train has no second row that differs
        if part == "real":  # the nearest of its kind is the row itself
            found = np.stack([np.where(copied(part, rows[part]) > 0, 0.0, found[:, 1]), found[:, 1]], axis=1)
        distance[part] = found
    return Neighbourhood(rows, distance)
