"""Columns as codes, and codes as columns again: what the trees see, and what they cannot see.

A `Labels` column has one code per label, the most frequent first, then one for missing. Labels in fewer than
``k`` rows share one last code that later columns may learn from and that is never drawn or stored.

A `Numbers` column has code 0 for missing if any is, then bins in ascending order: a value in at least
max(k, n / 1,024) rows is a bin of its own (an atom: 0, 40, 999), the rest are quantile bins with at least as
many rows. Values beyond the k-th from each end are clamped to it; fewer than k values are all missing. A
value is drawn inside its bin by the empirical inverse CDF, linear between four pieces of equal mass, and
stays on the column's grid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.errors import BadModelFile
from lookalike.models.grid import Grid, halves
from lookalike.schema import Column
from lookalike.tables.arrow_types import type_of

pc: Any = pyarrow.compute

FINE = 1024
"""Bins of a numerical column, at most about so many."""
RADICES = (6, 6)
"""A bin is drawn in steps: a sixth of the rows, a sixth of that, then the bin (see `levels`)."""
PIECES = 4
MOST_LABELS = 60_000
MOST_CODES = 65_536


@dataclass(frozen=True, slots=True)
class Coded:
    """The training rows of one column as codes.

    codes: uint16 (n_rows,). n_codes: how many there are, those that are never drawn included. usable: bool
    (n_rows,), the code may be drawn. exact: bool (n_rows,), the code stands for this very value.
    """

    codes: np.ndarray
    n_codes: int
    usable: np.ndarray
    exact: np.ndarray


@dataclass(frozen=True, slots=True)
class Labels:
    """A categorical, boolean or constant column. labels: the ones that may be drawn, as an Arrow array."""

    type: pa.DataType
    labels: pa.Array
    missing: bool

    nominal = True

    @classmethod
    def learn(cls, values: pa.ChunkedArray, column: Column, k: int) -> tuple[Self, Coded]:
        """The labels of a column, and its rows as codes."""
        encoded = values.combine_chunks()
        if not pa.types.is_dictionary(encoded.type):
            encoded = encoded.dictionary_encode()
        indices = np.asarray(encoded.indices.fill_null(-1).cast(pa.int64()))
        counts = np.bincount(indices[indices >= 0], minlength=len(encoded.dictionary))
        rows = np.flatnonzero(indices >= 0)[::-1]
        first = np.full(len(counts), len(indices))
        first[indices[rows]] = rows  # the last one written is the first row; it decides between equal counts
        order = np.lexsort((first, -counts))
        kept = order[counts[order] >= k][:MOST_LABELS]
        n_missing = int((indices < 0).sum())
        missing = n_missing >= k or not len(kept)
        codes_of = np.full(len(counts) + 1, len(kept) + missing, np.int64)  # the shared code of rare labels
        codes_of[kept] = np.arange(len(kept))
        if missing:
            codes_of[-1] = len(kept)
        codes = codes_of[indices]
        usable = codes < len(kept) + missing
        exact = usable
        if not len(kept):  # no label is in enough rows: all come out missing
            codes, usable, exact = np.zeros_like(codes), np.ones_like(usable), indices < 0
        n_codes = len(kept) + missing + int(not usable.all())
        coded = Coded(codes.astype(np.uint16), n_codes, usable, exact)
        return cls(type_of(column.type), encoded.dictionary.take(pa.array(kept)), bool(missing)), coded

    @property
    def n_codes(self) -> int:
        """Codes that may be drawn: the labels, and missing."""
        return len(self.labels) + self.missing

    def levels(self, n_codes: int) -> tuple[np.ndarray, ...]:
        return (np.arange(n_codes),)

    def decode(self, codes: np.ndarray) -> pa.Array:
        """The column, of its own type, for codes (uint16, (n,))."""
        absent = codes >= len(self.labels) if self.missing else None
        if pa.types.is_dictionary(self.type):
            kind: Any = self.type.index_type
            indices = pa.array(codes.astype(kind.to_pandas_dtype()), mask=absent)
            return pa.DictionaryArray.from_arrays(indices, self.labels, ordered=self.type.ordered)
        if not len(self.labels):
            return pa.nulls(len(codes), self.type)
        return self.labels.take(pa.array(codes.astype(np.int32), mask=absent))

    def weights(self, wanted: Sequence[Any]) -> np.ndarray:
        """1.0 for each drawable code whose label is in ``wanted`` (None: missing), else 0.0."""
        known = {label: i for i, label in enumerate(self.labels.to_pylist())}
        weights = np.zeros(self.n_codes)
        for value in wanted:
            if value is None and self.missing:
                weights[-1] = 1.0
            elif value in known:
                weights[known[value]] = 1.0
        return weights

    def stored(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        texts = self.labels
        if pa.types.is_temporal(texts.type):
            texts = texts.cast(pa.int64() if texts.type.bit_width == 64 else pa.int32())
        return {
            "codec": "labels",
            "labels": texts.cast(pa.string()).to_pylist(),
            "missing": self.missing,
        }, {}

    @classmethod
    def of_stored(cls, meta: Mapping[str, Any], column: Column) -> Self:
        kind = type_of(column.type)
        plain: Any = kind.value_type if pa.types.is_dictionary(kind) else kind
        texts = pa.array(meta["labels"], pa.string())
        if pa.types.is_temporal(plain):
            texts = texts.cast(pa.int64() if plain.bit_width == 64 else pa.int32())
        labels = texts.cast(plain)
        made = cls(kind, labels, bool(meta["missing"]))
        if labels.null_count or not 0 < made.n_codes <= MOST_CODES:
            raise BadModelFile("A column of the model has no labels, or too many.", column=column.name)
        return made


@dataclass(frozen=True, slots=True)
class Numbers:
    """A numerical, datetime or timedelta column. knots: (n_bins, 5), int64 ticks of its grid, or float64."""

    grid: Grid
    knots: np.ndarray
    missing: bool
    groups: tuple[np.ndarray, ...]

    nominal = False

    @classmethod
    def learn(
        cls, values: pa.ChunkedArray, column: Column, k: int, *, every_value: bool = False
    ) -> tuple[Self, Coded]:
        """The bins of a column, and its rows as codes.

        every_value: each value in at least k rows is a bin of its own and other values go with the nearest
        one, as columns need whose very values take part in a rule.
        """
        on_grid = Grid.of(column)
        ticks, present = on_grid.ticks(values)
        there = present
        if present.sum() < k:  # fewer values than a label needs: they would be those of single rows
            present = np.zeros_like(present)
        seen = ticks[present]
        n_missing = len(ticks) - len(seen)
        missing = n_missing >= k or not len(seen)
        usable = present | missing
        codes = np.zeros(len(ticks), np.int64)
        exact = usable & (present | ~there)
        knots = np.zeros((0, PIECES + 1), on_grid.dtype)
        if len(seen):
            seen = _clamped(seen, k, on_grid.bounds(column))
            distinct, inverse, counts = np.unique(seen, return_inverse=True, return_counts=True)
            bin_of, stands = _every(counts, distinct, k) if every_value else _runs(counts, distinct, k)
            knots = _knots(distinct[stands], counts[stands], bin_of[stands])
            codes[present] = bin_of[inverse] + missing
            exact[present] = (stands & (np.bincount(bin_of[stands])[bin_of] == 1))[inverse]
        # rows that miss a value, but are fewer than k, look like the lowest bin to later columns
        groups = nested(np.bincount(codes[usable], minlength=len(knots) + missing), bool(missing))
        made = cls(on_grid, knots, bool(missing), groups)
        return made, Coded(codes.astype(np.uint16), made.n_codes, usable, exact)

    @property
    def n_codes(self) -> int:
        return len(self.knots) + self.missing

    def levels(self, n_codes: int) -> tuple[np.ndarray, ...]:  # noqa: ARG002  (as Labels has it)
        return self.groups

    def bins_of(self, ticks: np.ndarray, *, upper: bool = False) -> np.ndarray:
        """Codes of the first bins that reach up to ``ticks``; ``upper``: of the last that reach down."""
        if upper:
            found = np.searchsorted(self.knots[:, 0], ticks, side="right") - 1
        else:
            found = np.searchsorted(self.knots[:, -1], ticks, side="left")
        return np.clip(found, 0, max(0, len(self.knots) - 1)) + self.missing

    def weights(self, intervals: Sequence[tuple[Any, Any]], *, missing: bool) -> np.ndarray:
        """The part of each code that lies in disjoint closed ``intervals`` of ticks, 0.0 to 1.0."""
        weights = np.zeros(self.n_codes)
        if missing and self.missing:
            weights[0] = 1.0
        unit = 0 if self.knots.dtype.kind == "f" else 1
        low, high = self.knots[:, :-1].astype(float), self.knots[:, 1:].astype(float)
        for a, b in intervals:
            inside = np.minimum(high, float(b)) - np.maximum(low, float(a)) + unit
            width = high - low + unit
            part = np.where(width > 0, np.clip(inside, 0, None) / np.where(width > 0, width, 1), 0.0)
            point = (width == 0) & (low >= float(a)) & (low <= float(b))
            weights[int(self.missing) :] += np.where(point, 1.0, part).mean(axis=1)
        return np.minimum(weights, 1.0)

    def stored(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        return {"codec": "numbers", "missing": self.missing, "levels": len(self.groups)}, {
            "knots": self.knots,
            "groups": np.array(self.groups, np.uint16).reshape(len(self.groups), self.n_codes),
        }

    @classmethod
    def of_stored(cls, meta: Mapping[str, Any], column: Column, arrays: Mapping[str, np.ndarray]) -> Self:
        on_grid = Grid.of(column)
        knots, groups = arrays["knots"], arrays["groups"].astype(np.int64)
        made = cls(on_grid, knots, bool(meta["missing"]), tuple(groups))
        sound = (
            knots.dtype == on_grid.dtype
            and knots.ndim == 2
            and knots.shape[1] == PIECES + 1
            and 0 < made.n_codes <= MOST_CODES
            and groups.ndim == 2
            and groups.shape == (int(meta["levels"]), made.n_codes)
            and bool((np.diff(knots, axis=1) >= 0).all())
            and bool((knots[1:, 0] >= knots[:-1, -1]).all())
            and bool(np.isfinite(knots).all())
            and on_grid.fits(knots)
            and _refine(groups)
        )
        if not sound:
            raise BadModelFile("The bins of a column of the model do not fit together.", column=column.name)
        return made


Codec = Labels | Numbers


def nested(counts: np.ndarray, missing: bool) -> tuple[np.ndarray, ...]:
    """Groups of codes for a column drawn in steps; missing is a group of its own at every level.

    Each group of a level is cut into about `RADICES` parts of equal count; codes with a part's share or more
    stand alone. The last level tells all codes apart.
    """
    levels: list[np.ndarray] = []
    outer = np.zeros(len(counts), np.int64)
    if missing:
        outer[1:] = 1
    first = True
    for radix in RADICES:
        inner = np.zeros(len(counts), np.int64)
        base = 0
        for group in np.unique(outer):
            members = np.flatnonzero(outer == group)
            parts = (
                np.arange(len(members))
                if len(members) <= radix
                else _cut(counts[members], counts[members].sum() / radix)
            )
            inner[members] = base + parts
            base += int(parts[-1]) + 1
        if first or base > int(outer.max()) + 1:
            levels.append(inner)
            outer, first = inner, False
    if len(levels) == 0 or int(outer.max(initial=0)) + 1 < len(counts):
        levels.append(np.arange(len(counts)))
    return tuple(levels)


def _refine(groups: np.ndarray) -> bool:
    """Whether the levels are each numbered 0 … without gaps, ascending, and the last tells codes apart."""
    if not len(groups) or not (groups[-1] == np.arange(groups.shape[1])).all():
        return False
    steps = np.diff(groups, axis=1)
    ordered = bool((groups[:, 0] == 0).all() and ((steps == 0) | (steps == 1)).all())
    return ordered and all(bool((fine[coarse == 1] == 1).all()) for coarse, fine in pairwise(steps))


def _cut(counts: np.ndarray, target: float) -> np.ndarray:
    """Ascending group numbers: codes with ``target`` rows or more stand alone, others fill up to about it."""
    groups = np.zeros(len(counts), np.int64)
    group, filled = -1, np.inf
    for i, count in enumerate(counts.tolist()):
        if count >= target:
            group, filled = group + 1, np.inf
        else:
            if filled + count / 2 >= target:
                group, filled = group + 1, 0.0
            filled += count
        groups[i] = group
    return groups


def _runs(counts: np.ndarray, distinct: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """(ascending bin of each distinct value, whether it stands for itself).

    Values with enough rows are bins of their own, runs of others fill up to as many. A run that an atom cuts
    short of k rows does not stand: a bin of its own would name its rows, so they go with the nearest value.
    """
    target = max(k, counts.sum() / FINE)
    bins = np.zeros(len(counts), np.int64)
    current, filled = -1, np.inf
    for i, count in enumerate(counts.tolist()):
        if count >= target:
            current, filled = current + 1, np.inf
        else:
            if filled >= target:
                current, filled = current + 1, 0.0
            filled += count
        bins[i] = current
    stands = np.bincount(bins, weights=counts)[bins] >= k
    if stands.all() or not stands.any():
        return (bins, stands) if stands.any() else (np.zeros_like(bins), ~stands)
    renumbered = np.unique(bins[stands], return_inverse=True)[1]
    return renumbered[_nearest(distinct, distinct[stands])], stands


def _every(counts: np.ndarray, distinct: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """`_runs` where each value in at least k rows is a bin of its own."""
    stands = counts >= k
    if not stands.any() or stands.sum() >= MOST_CODES - 1:
        return _runs(counts, distinct, k)
    return _nearest(distinct, distinct[stands]), stands


def _nearest(distinct: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The number in ``kept`` (ascending) that is nearest to each distinct value."""
    above = np.clip(np.searchsorted(kept, distinct), 0, len(kept) - 1)
    below = np.clip(above - 1, 0, None)
    at, under, over = (ticks.astype(np.float64) for ticks in (distinct, kept[below], kept[above]))
    with np.errstate(over="ignore"):  # two ends of the doubles are infinitely far apart
        nearer_below = np.abs(at - under) <= np.abs(over - at)
    return np.where(nearer_below & (kept[above] != distinct), below, above)


def _clamped(values: np.ndarray, k: int, bounds: tuple[Any, Any]) -> np.ndarray:
    """Values beyond the k-th from each end clamped to it (to the median below 2k rows), and to ``bounds``."""
    ordered = np.sort(values)
    n = len(ordered)
    low, high = (ordered[k - 1], ordered[n - k]) if n >= 2 * k else (ordered[(n - 1) // 2], ordered[n // 2])
    if bounds[0] is not None:
        low, high = max(low, bounds[0]), max(high, bounds[0])
    if bounds[1] is not None:
        low, high = min(low, bounds[1]), min(high, bounds[1])
    return np.clip(values, low, high)


def _knots(distinct: np.ndarray, counts: np.ndarray, bin_of: np.ndarray) -> np.ndarray:
    """(n_bins, PIECES + 1): where the pieces of equal mass of each bin begin and end.

    Neighbouring bins meet half-way between their values when the gap is no wider than the bin itself, so that
    an edge is not the value of a row; atoms stay what they are.
    """
    n_bins = int(bin_of[-1]) + 1
    first = np.searchsorted(bin_of, np.arange(n_bins), side="left")
    last = np.searchsorted(bin_of, np.arange(n_bins), side="right") - 1
    reach = np.cumsum(counts)
    begin = reach[first] - counts[first]
    knots = np.empty((n_bins, PIECES + 1), distinct.dtype)
    knots[:, 0], knots[:, -1] = distinct[first], distinct[last]
    for piece in range(1, PIECES):
        at = begin + (reach[last] - begin) * piece / PIECES
        knots[:, piece] = distinct[np.clip(np.searchsorted(reach, at, side="right"), first, last)]
    wide = first < last
    gap = knots[1:, 0] - knots[:-1, -1]
    width = knots[:, -1] - knots[:, 0]
    meet = wide[1:] & wide[:-1] & (gap <= np.minimum(width[1:], width[:-1]))
    lower, upper = halves(knots[:-1, -1], knots[1:, 0])
    knots[:-1, -1] = np.where(meet, lower, knots[:-1, -1])
    knots[1:, 0] = np.where(meet, upper, knots[1:, 0])
    return knots
