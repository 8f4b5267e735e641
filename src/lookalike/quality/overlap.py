"""Whether a holdout is one: rows of it that the real table has as well."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lookalike.quality import intervals
from lookalike.quality.frame import Frames

TOO_MUCH = 0.01
"""A holdout that surely shares a larger part of its rows with train than chance explains is none."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@dataclass(frozen=True, slots=True)
class Overlap:
    """hits: rows of the holdout (``of``) that equal a row of train in all compared columns. repeats: the
    share of train's own rows that equal another one. excess: what hits have above that, at the least."""

    hits: int
    of: int
    repeats: float
    excess: float

    @property
    def spoilt(self) -> bool:
        return self.excess > TOO_MUCH

    @property
    def note(self) -> str:
        """What to tell about it; empty when it is what chance makes."""
        if self.excess <= 0:
            return ""
        told = (
            f"{self.hits:,} of the {self.of:,} holdout rows also stand in the real table, where "
            f"{100 * self.repeats:.2g} % of the rows repeat another one"
        )
        if self.spoilt:
            return f"{told}: they were not held out, so the holdout was not used."
        return f"{told}: look whether the holdout overlaps it."


def overlap(frames: Frames) -> Overlap:
    """How far ``holdout`` overlaps ``real``, in the columns that are compared."""
    real, holdout = hashes(frames, "real"), hashes(frames, "holdout")
    if not len(frames) or not len(real) or not len(holdout):
        return Overlap(0, len(holdout), 0.0, 0.0)
    known, counts = np.unique(real, return_counts=True)
    hits = int(np.isin(holdout, known).sum())
    again = int(counts[counts > 1].sum())
    excess = intervals.difference((hits, len(holdout)), (again, len(real)), intervals.Z_SURE)[0]
    return Overlap(hits, len(holdout), again / len(real), excess)


def hashes(frames: Frames, part: str) -> npt.NDArray[np.uint64]:
    """(n_rows,) one number a row, the same for rows that are equal in all columns (and, one time in 2**64 or
    so, for others)."""
    found = np.full(frames.rows[part], np.uint64(1))
    with np.errstate(over="ignore"):
        for side in frames:
            values = side[part]
            if side.numeric:
                values = np.where(np.isnan(values), np.nan, values + 0.0)  # one NaN, and no negative zero
            found = (found ^ values.view(np.uint64)) * _MULTIPLIER
            found ^= found >> _SHIFT
    return found
