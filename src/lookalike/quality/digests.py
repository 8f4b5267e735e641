"""Rows as 64-bit numbers that are equal where rows are: what counts copies among millions of rows at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lookalike.quality.frame import Floats, Frames, Ints, Side

Digests = npt.NDArray[np.uint64]

DIGITS = 6
"""Significant digits to which numbers with fractions must agree: a copy printed shorter is a copy."""
IN_WORDS = "equal in every compared column (fractions to six significant digits)"

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MISSING = np.uint64(0x7FF8000000000000)


def digests(frames: Frames, part: str) -> Digests:
    """(n_rows,) one number per row of ``part`` over all compared columns; all 0 where there are none.

    Two different rows of a million share a number with probability below 1e-7 (`_mixed` is SplitMix64:
    Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
    """
    found = np.zeros(frames.rows[part], np.uint64)
    for side in frames:
        with np.errstate(over="ignore"):
            found = _mixed(found * _ODD + _mixed(_keys(side, part)))
    return found


def counted(values: Digests, among: Digests) -> Ints:
    """(n,) how often each of ``values`` stands in ``among``."""
    ordered = np.sort(among)
    return np.searchsorted(ordered, values, "right") - np.searchsorted(ordered, values, "left")


def _keys(side: Side, part: str) -> Digests:
    values = side[part]
    if not side.numeric:
        return values.astype(np.uint64)
    whole = side.column.kind != "numerical" or side.column.decimals == 0
    rounded = (np.where(np.isnan(values), 0, values) if whole else _shortened(values)) + 0.0  # −0 is 0
    return np.where(np.isnan(values), _MISSING, rounded.view(np.uint64))


def _shortened(values: Floats) -> Floats:
    """Values to `DIGITS` significant digits."""
    known = np.where(np.isnan(values) | (values == 0), 1.0, values)
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.abs(known))))
    usual = np.isfinite(scale) & (scale > 0)
    scale = np.where(usual, scale, 1.0)
    return np.where(np.isnan(values), 0.0, np.where(usual, np.rint(values * scale) / scale, values))


def _mixed(x: Digests) -> Digests:
    with np.errstate(over="ignore"):
        x = x + _ODD
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))
