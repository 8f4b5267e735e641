"""Distances between rows of mixed columns, and the nearest rows by them.

The distance is Gower's ("A general coefficient of similarity", Biometrics 1971) with numbers replaced by
their ranks in the real table, as Podani did (Taxon 1999): the mean over columns of |rank − rank| for numbers
and dates, where the least value has rank 0 and the greatest 1, and of 1 for two different categories. A
missing value is 1 away from all but another missing value. So no unit, no scale and no skew weighs in; 0 is
an exact copy (but for ranks closer than one in a million, and what lies beyond the real table's extremes).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lookalike.processors import processors
from lookalike.quality.frame import Floats, Frames, Ints, Side
from lookalike.watch import Watch, check

IN_WORDS = (
    "The distance of two rows is the mean over columns of the difference of their ranks in the real table "
    "(numbers and dates, 0 to 1), or 1 where two categories differ or one value is missing. "
    "Units, scales and skew do not matter; 0 is an exact copy."
)
QUERIES_PER_STEP = 128
MOST_COLUMNS = 2_000
"""Beyond this the sums of the kernels would overflow; further columns are left out of distances."""

_ONE = 1 << 20
_MISSING = 1 << 22

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The rows of a table as the kernels want them: numbers (n_rows, p) and codes (n_rows, c), int32."""

    numbers: Codes
    codes: Codes

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def columns(self) -> int:
        return self.numbers.shape[1] + self.codes.shape[1]

    def take(self, rows: Ints) -> Points:
        return Points(self.numbers[rows], self.codes[rows])

    def base(self) -> tuple[Codes, Codes]:
        """Column by column, (p, n_rows) and (c, n_rows)."""
        return np.ascontiguousarray(self.numbers.T), np.ascontiguousarray(self.codes.T)


@dataclass(frozen=True, slots=True, eq=False)
class Nearest:
    """Per query, the two least distances (n, 2), float64 in 0 … 1, and the base rows they lead to."""

    distance: Floats
    place: Ints


class Space:
    """Where distances are meant: what the ranks of the real table are. `points` puts any table into it."""

    def __init__(self, frames: Frames) -> None:
        sides = frames.sides[:MOST_COLUMNS]
        self.numeric = [side for side in sides if side.numeric]
        self.named = [side for side in sides if not side.numeric]
        self._ordered = [np.sort(side["real"][~side.missing("real")]) for side in self.numeric]

    @property
    def names(self) -> list[str]:
        """The columns in the order of the points: numbers first."""
        return [side.name for side in (*self.numeric, *self.named)]

    def points(self, part: str) -> Points:
        size = len((*self.numeric, *self.named)[0][part]) if self.names else 0
        numbers = np.empty((size, len(self.numeric)), np.int32)
        codes = np.empty((size, len(self.named)), np.int32)
        for j, (side, ordered) in enumerate(zip(self.numeric, self._ordered, strict=True)):
            numbers[:, j] = _ranks(side, part, ordered)
        for j, side in enumerate(self.named):
            codes[:, j] = side[part]
        return Points(numbers, codes)


def _ranks(side: Side, part: str, ordered: Floats) -> Codes:
    """Midranks in the real table between 0 and 2**20; a value between two real ones lies between theirs."""
    values, missing = side[part], side.missing(part)
    ranks = np.full(len(values), _MISSING, np.int32)
    if len(ordered):
        low = np.searchsorted(ordered, values[~missing], side="left")
        high = np.searchsorted(ordered, values[~missing], side="right")
        first, last = np.searchsorted(ordered, ordered[0], "right"), np.searchsorted(ordered, ordered[-1])
        least, most = first / 2, (last + len(ordered)) / 2  # the midranks of the least and the greatest
        share = ((low + high) / 2 - least) / max(most - least, 1e-9)
        ranks[~missing] = np.rint(np.clip(share, 0, 1) * _ONE)
    return ranks


def nearest(queries: Points, base: Points, watch: Watch) -> Nearest:
    """The two nearest rows of ``base`` for each of ``queries``; inf and −1 where there are fewer."""
    from lookalike.quality import _kernels

    numbers, codes = base.base()
    distance = np.zeros((len(queries), 2), np.int32)
    place = np.zeros((len(queries), 2), np.int64)

    def step(part: slice) -> None:
        _kernels.two_nearest(
            queries.numbers[part], queries.codes[part], numbers, codes, distance[part], place[part]
        )

    _in_steps(step, len(queries), watch)
    scaled = distance / (_ONE * max(queries.columns, 1))
    return Nearest(np.where(place < 0, np.inf, scaled), place)


def nearest_without(queries: Points, base: Points, watch: Watch) -> Ints:
    """(n_queries, n_columns): the row of ``base`` nearest to a query when one column is left out."""
    from lookalike.quality import _kernels

    numbers, codes = base.base()
    place = np.zeros((len(queries), queries.columns), np.int64)

    def step(part: slice) -> None:
        _kernels.nearest_without(queries.numbers[part], queries.codes[part], numbers, codes, place[part])

    _in_steps(step, len(queries), watch)
    return place


def _in_steps(step: Callable[[slice], Any], rows: int, watch: Watch) -> None:
    """Steps over all rows, on every core that this process may use; kernels let go of the interpreter."""
    parts = [slice(start, start + QUERIES_PER_STEP) for start in range(0, rows, QUERIES_PER_STEP)]
    with ThreadPoolExecutor(max(1, min(processors(), len(parts)))) as pool:
        running = [pool.submit(step, part) for part in parts]
        try:
            for future in running:
                future.result()
                check(watch)
        except BaseException:
            for future in running:
                future.cancel()
            raise
