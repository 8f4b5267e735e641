"""Rules that a table keeps on every row, found once: models enforce them, reports count what breaks them.

Three kinds: a column that fixes another (`Functional`), a column that never exceeds another (`Ordering`), and
two columns of which only some combinations occur. A rule names columns only: the values that go with it
(which education has which number) are always read from a reference table. How sure a rule must be to be
believed stands in `lookalike.tables.mining`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookalike.schema import Column, Schema
from lookalike.tables import mining
from lookalike.tables.mining import Coded

ROWS_PER_VALUE = 5
"""The mean number of rows for a value of a determinant."""
FEW_VALUES = 32
"""Whole numbers with no more distinct values than this take part in combinations, as categories do."""

_NAMED = ("categorical", "boolean")
_COMPARED = ("numerical", "datetime", "timedelta")


@dataclass(frozen=True, slots=True)
class Functional:
    """Every value of ``determinant`` goes with one value of ``dependent``; a missing value counts as one."""

    determinant: str
    dependent: str

    def __str__(self) -> str:
        return f"{self.determinant} → {self.dependent}"


@dataclass(frozen=True, slots=True)
class Ordering:
    """``low`` ≤ ``high`` (``strict``: <) on every row where both are present."""

    low: str
    high: str
    strict: bool = False

    def __str__(self) -> str:
        return f"{self.low} {'<' if self.strict else '≤'} {self.high}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What was found. Functional rules have no cycles and none follows from others; nor do orderings."""

    functional: tuple[Functional, ...] = ()
    orderings: tuple[Ordering, ...] = ()
    combinations: tuple[tuple[str, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.functional) + len(self.orderings) + len(self.combinations)

    def to_dict(self) -> dict[str, Any]:
        """Plain lists of column names; no value of the table is in it."""
        return {
            "functional": [[rule.determinant, rule.dependent] for rule in self.functional],
            "orderings": [[rule.low, rule.high, rule.strict] for rule in self.orderings],
            "combinations": [list(columns) for columns in self.combinations],
        }

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Rules:
        """The inverse of `to_dict`."""
        return cls(
            tuple(Functional(*names) for names in data["functional"]),
            tuple(Ordering(*fields) for fields in data["orderings"]),
            tuple(tuple(names) for names in data["combinations"]),
        )


def mine(table: pa.Table, schema: Schema) -> Rules:
    """The rules of ``table``: the same for the same rows, in whatever chunks.

    Looks at the columns that are modelled. 1,000,000 × 20 rows take a few seconds at most.
    """
    if not table.num_rows:
        return Rules()
    columns = [c for c in schema if c.action == "model" and c.name in table.column_names]
    coded = {c.name: found for c in columns if (found := _coded(c, table[c.name])) is not None}
    # of columns that fix each other the first in this order is the determinant: a name before a number
    ordered = sorted((c for c in columns if c.name in coded), key=lambda c: c.kind not in _NAMED)
    names = [c.name for c in ordered]
    pairs, fixes = mining.functional([coded[name] for name in names])
    grouped = [i for i, c in enumerate(ordered) if _is_grouped(c, coded[c.name])]
    combined = mining.combinations([coded[names[i]] for i in grouped], fixes[np.ix_(grouped, grouped)])
    return Rules(
        tuple(Functional(names[a], names[b]) for a, b in pairs),
        _orderings(table, [c for c in columns if c.kind in _COMPARED]),
        tuple((names[grouped[a]], names[grouped[b]]) for a, b in combined),
    )


def violations(rules: Rules, table: pa.Table, reference: pa.Table) -> dict[str, tuple[int, int]]:
    """Per rule, as text: (rows of ``table`` that break it, rows that it speaks of).

    What a value goes with is read from ``reference``. Rows with values that it lacks are not judged, nor are
    orderings with a missing side, nor rules on columns that either table lacks.
    """
    here = set(table.column_names) & set(reference.column_names)
    found: dict[str, tuple[int, int]] = {}
    for rule in rules.functional:
        if {rule.determinant, rule.dependent} <= here:
            sides = [_matched(table[c], reference[c]) for c in (rule.determinant, rule.dependent)]
            found[str(rule)] = _unfixed(*sides)
    for rule in rules.orderings:
        if {rule.low, rule.high} <= here:
            low, high = _numbers(table[rule.low]), _numbers(table[rule.high])
            broken = low >= high if rule.strict else low > high
            found[str(rule)] = (int(broken.sum()), int((~np.isnan(low) & ~np.isnan(high)).sum()))
    for names in rules.combinations:
        if set(names) <= here:
            found[text_of(names)] = _uncombined([_matched(table[c], reference[c]) for c in names])
    return found


def text_of(combination: tuple[str, ...]) -> str:
    """How a rule on combinations is named."""
    return f"{' × '.join(combination)}: combinations"


Matched = tuple[np.ndarray, np.ndarray]  # codes of the table and of the reference, equal where values are


def _unfixed(determinant: Matched, dependent: Matched) -> tuple[int, int]:
    (new, known), (new_side, known_side) = determinant, dependent
    goes_with = np.full(int(max(new.max(initial=-1), known.max(initial=-1))) + 1, -1)
    goes_with[known[::-1]] = known_side[::-1]  # the first row wins
    judged = goes_with[new] >= 0
    return int((judged & (goes_with[new] != new_side)).sum()), int(judged.sum())


def _uncombined(sides: Sequence[Matched]) -> tuple[int, int]:
    judged = np.logical_and.reduce([np.isin(new, known) for new, known in sides])
    size = int(judged.sum())
    together = np.concatenate([np.stack([s[part] for s in sides], axis=1) for part in (0, 1)])
    rows = np.unique(together, axis=0, return_inverse=True)[1].ravel()
    start = len(sides[0][0])
    return int((judged & ~np.isin(rows[:start], rows[start:])).sum()), size


def _orderings(table: pa.Table, columns: Sequence[Column]) -> tuple[Ordering, ...]:
    """Orderings among columns of one unit: the same kind, sign ($, %) and use of zones; in file order."""
    groups: dict[tuple[object, ...], list[Column]] = {}
    for column in columns:
        zoned = column.kind == "datetime" and "tz=" in column.type
        groups.setdefault((column.kind, column.prefix, column.suffix, zoned), []).append(column)
    found: list[Ordering] = []
    for group in groups.values():
        names = [column.name for column in group]
        pairs = mining.orderings([_numbers(table[name]) for name in names])
        found += [Ordering(names[a], names[b], strict) for a, b, strict in pairs]
    return tuple(found)


def _is_grouped(column: Column, coded: Coded) -> bool:
    return column.kind in _NAMED or (column.decimals == 0 and len(coded.counts) <= FEW_VALUES)


def _coded(column: Column, values: pa.ChunkedArray) -> Coded | None:
    """The column as codes, when it could fix another or be fixed: 2 to n ÷ `ROWS_PER_VALUE` values."""
    if column.kind not in (*_NAMED, *_COMPARED) or _too_many(values):
        return None
    codes = _codes(values)
    counts = np.bincount(codes)
    return Coded(codes, counts) if 2 <= len(counts) <= len(values) / ROWS_PER_VALUE else None


def _too_many(values: pa.ChunkedArray) -> bool:
    """Whether a sample has more distinct values than n ÷ `ROWS_PER_VALUE` could show; saves time."""
    n, size = len(values), mining.SCREEN_ROWS[1]
    if n < 4 * size or pa.types.is_dictionary(values.type):
        return False
    sample = values.take(pa.array(mining.spread(n, size)))
    most = n / ROWS_PER_VALUE * (1 - (1 - size / n) ** ROWS_PER_VALUE)
    return len(sample.unique()) > most + 5 * np.sqrt(most)


def _codes(values: pa.ChunkedArray) -> np.ndarray:
    """Codes without gaps, int32, whatever the chunks and the dictionary; a missing value is one of them."""
    if not len(values):
        return np.zeros(0, dtype=np.int32)
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    array = values.unify_dictionaries().combine_chunks()
    size = len(array.dictionary)
    raw = pc.fill_null(array.indices.cast(pa.int32()), pa.scalar(size, pa.int32())).to_numpy()
    used = np.bincount(raw, minlength=size + 1) > 0
    return (np.cumsum(used) - 1).astype(np.int32)[raw]


def _matched(values: pa.ChunkedArray, reference: pa.ChunkedArray) -> Matched:
    new, known = (
        side.cast(side.type.value_type) if pa.types.is_dictionary(side.type) else side
        for side in (values, reference)
    )
    if new.type != known.type:
        try:
            new = new.cast(known.type)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            new, known = new.cast(pa.string()), known.cast(pa.string())
    codes = _codes(pa.chunked_array([*new.chunks, *known.chunks], type=known.type))
    return codes[: len(values)], codes[len(values) :]


def _numbers(values: pa.ChunkedArray) -> np.ndarray:
    """float64, NaN where missing; times as microseconds (exact within 285 years of 1970)."""
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.timestamp("us", values.type.tz), safe=False).cast(pa.int64())
    elif pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("us")).cast(pa.int64())
    elif pa.types.is_duration(values.type):
        values = values.cast(pa.duration("us"), safe=False).cast(pa.int64())
    elif pa.types.is_time(values.type):
        values = values.cast(pa.time64("us"), safe=False).cast(pa.int64())
    return values.cast(pa.float64(), safe=False).to_numpy()
