"""Tables side by side: each column that they share as numbers or as codes over the same categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from lookalike import randomness
from lookalike.schema import Column, Schema
from lookalike.tables.cells import one
from lookalike.tables.spell import spell

pc: Any = pyarrow.compute

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Values = npt.NDArray[Any]

NUMERIC = ("numerical", "datetime", "timedelta")
NAMED = ("categorical", "boolean")
NOT_COMPARED = {
    "id": "ids are made new, so their values are not compared",
    "text": "free text and personal data are made new, so their values are not compared",
    "constant": "it has one value",
    "null": "it has no values",
}
_CAST_ERRORS = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError)


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """The stream of random numbers called ``names`` under ``seed``."""
    return np.random.default_rng(randomness.key(seed, "quality", *names))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One column of every table, by the table's name (``real``, ``synth``, ``holdout``, ``canaries``).

    numeric: float64, NaN where missing; times in microseconds. Else int64 codes into ``labels``, the
    categories of all tables in alphabetical order; ``len(labels)`` is the code of a missing value.
    """

    column: Column
    numeric: bool
    labels: tuple[str, ...]
    parts: Mapping[str, Values]

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def codes(self) -> int:
        """How many codes there are, the missing value's among them."""
        return len(self.labels) + 1

    def __getitem__(self, part: str) -> Values:
        return self.parts[part]

    def missing(self, part: str) -> npt.NDArray[np.bool_]:
        """(n_rows,) True where the value is missing."""
        values = self.parts[part]
        return np.isnan(values) if self.numeric else values == len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The columns that are compared, in the order of the schema, and the number of rows of each table."""

    sides: tuple[Side, ...]
    rows: Mapping[str, int]

    def __iter__(self) -> Iterator[Side]:
        return iter(self.sides)

    def __len__(self) -> int:
        return len(self.sides)

    def __contains__(self, part: str) -> bool:
        return part in self.rows

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(side.name for side in self.sides)

    def take(self, part: str, rows: Ints, called: str) -> Frames:
        """These frames with a further table ``called`` so: ``rows`` of the table ``part``."""
        sides = [
            Side(side.column, side.numeric, side.labels, {**side.parts, called: side.parts[part][rows]})
            for side in self.sides
        ]
        return Frames(tuple(sides), {**self.rows, called: len(rows)})

    def only(self, names: Sequence[str]) -> Frames:
        return Frames(tuple(side for side in self.sides if side.name in names), self.rows)


@dataclass(frozen=True, slots=True)
class Unlike:
    """A column that can't be compared because one table holds something else there."""

    column: str
    table: str
    expected: str
    found: str


def aligned(tables: Mapping[str, pa.Table], schema: Schema) -> tuple[Frames, list[Unlike]]:
    """The columns that all ``tables`` share, beside what could not be read as the schema says.

    Columns that a model makes new (ids, text, personal data) and those without two values are left out.
    """
    sides: list[Side] = []
    unlike: list[Unlike] = []
    for column in schema:
        if why_not(column) or not all(column.name in table.column_names for table in tables.values()):
            continue
        parts: dict[str, pa.Array] = {}
        for part, table in tables.items():
            values = one(table[column.name])
            try:
                parts[part] = _as(values, column, tables["real"].schema.field(column.name).type)
            except _CAST_ERRORS:
                unlike.append(Unlike(column.name, part, column.kind, str(values.type)))
        if len(parts) == len(tables):
            sides.append(_numbers(column, parts) if column.kind in NUMERIC else _codes(column, parts))
    return Frames(tuple(sides), {part: table.num_rows for part, table in tables.items()}), unlike


def why_not(column: Column) -> str:
    """Why a column is not compared; empty when it is."""
    if column.kind in NOT_COMPARED:
        return NOT_COMPARED[column.kind]
    if column.action == "fake":
        return NOT_COMPARED["text"]
    return "the schema drops it" if column.action == "drop" else ""


def sampled(rows: int, most: int, rng: np.random.Generator) -> Ints:
    """``most`` of the numbers 0 … rows − 1 without repeats, in order; all of them when there are no more."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(rng.choice(rows, most, replace=False))


def _as(values: pa.Array, column: Column, like: pa.DataType) -> pa.Array:
    """``values`` in the form that the real table has, whose type is ``like``."""
    if column.kind in NUMERIC:
        return _microseconds(values).cast(pa.float64(), safe=False)
    if not pa.types.is_dictionary(values.type) and values.type != like:
        values = _loosely(values, like)
    if not pa.types.is_dictionary(values.type):
        values = spell(values, column)
    return values if pa.types.is_dictionary(values.type) else values.dictionary_encode()


def _loosely(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """In the type of the real table's values where that is possible, so that 1.0 and 1 are the same label."""
    try:
        return values.cast(kind.value_type if pa.types.is_dictionary(kind) else kind)
    except _CAST_ERRORS:
        return values


def _microseconds(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_timestamp(kind):
        return values.cast(pa.timestamp("us", kind.tz), safe=False).cast(pa.int64())
    if pa.types.is_date(kind):
        return values.cast(pa.timestamp("us")).cast(pa.int64())
    if pa.types.is_duration(kind):
        return values.cast(pa.duration("us"), safe=False).cast(pa.int64())
    if pa.types.is_time(kind):
        return values.cast(pa.time64("us"), safe=False).cast(pa.int64())
    return values.cast(kind.value_type) if pa.types.is_dictionary(kind) else values


def _numbers(column: Column, parts: Mapping[str, pa.Array]) -> Side:
    values = {part: np.asarray(array.to_numpy(zero_copy_only=False)) for part, array in parts.items()}
    return Side(column, True, (), {part: np.where(np.isfinite(x), x, np.nan) for part, x in values.items()})


def _codes(column: Column, parts: Mapping[str, pa.Array]) -> Side:
    texts = {part: array.dictionary.cast(pa.string()).to_pylist() for part, array in parts.items()}
    labels = sorted({text for known in texts.values() for text in known if text is not None})
    at = {label: code for code, label in enumerate(labels)} | {None: len(labels)}
    codes: dict[str, Values] = {}
    for part, array in parts.items():
        place = np.array([at[text] for text in texts[part]] + [len(labels)], dtype=np.int64)
        indices = pc.fill_null(array.indices.cast(pa.int64()), len(texts[part]))
        codes[part] = place[indices.to_numpy(zero_copy_only=False)]
    return Side(column, False, tuple(labels), codes)
