"""What was seen in each column of a table: missing, distinct, a small histogram, a few values.

Read by people who decide what a column is, and clicked on to make conditions; so every value is spelled
as the file spells it. All of it is upload data: sealed with the table, and in no document and no log.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.schema import Column, Schema
from lookalike.tables.arrow_types import is_moment, is_number, is_span
from lookalike.tables.cells import one, pc
from lookalike.tables.moments import from_numbers, numbers_of
from lookalike.tables.spell import spell

BINS = 20
TOP = 10
EXAMPLES = 5
LONGEST = 200
"""The most characters of a value that is shown."""
LOOKED_AT = 500_000
"""Of a longer table, distinct values and the histogram are those of this many rows, evenly spread."""

_BINNED = ("numerical", "datetime", "timedelta")
_COUNTED = ("categorical", "boolean", "constant")


def facts_of(table: pa.Table, schema: Schema, *, top: int = TOP) -> list[dict[str, Any]]:
    """One entry per column of ``schema``, in its order, as plain values.

    name, kind; missing: how many rows; distinct: how many values among the ``looked_at`` rows; examples: the
    first few different ones; bins: ``{low, high, count}`` of numbers and times; values: ``{value, count}`` of
    the ``top`` values of categories, the most frequent first. A text longer than `LONGEST` is cut, and is
    then no value to ask for: its entry says ``cut``.
    """
    rows = table.num_rows
    at = None
    if rows > LOOKED_AT:
        at = pa.array(np.arange(LOOKED_AT, dtype=np.int64) * rows // LOOKED_AT)
    return [_column(table.column(column.name), column, at, top) for column in schema]


def _column(whole: pa.ChunkedArray, column: Column, at: pa.Array | None, top: int) -> dict[str, Any]:
    looked_at = len(whole) if at is None else len(at)
    present = one(whole if at is None else whole.take(at)).drop_null()
    spelled = _texts(spell(present, column))
    counted = pc.value_counts(spelled)
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    fact: dict[str, Any] = {
        "name": column.name,
        "kind": column.kind,
        "missing": whole.null_count,
        "looked_at": looked_at,
        "distinct": len(values),
        "examples": [_cut(text) for text in values.slice(0, EXAMPLES).to_pylist()],
        "bins": [],
        "values": [],
    }
    if column.kind in _BINNED and len(present):
        fact["bins"] = _bins(present, column)
    elif column.kind in _COUNTED:
        order = np.argsort(-counts, kind="stable")[:top]
        fact["values"] = [_value(values[int(i)].as_py(), int(counts[i])) for i in order]
    return fact


def _texts(spelled: pa.Array) -> pa.Array:
    """As strings, of which there may be more than 2 GiB."""
    if pa.types.is_dictionary(spelled.type):
        spelled = spelled.dictionary_decode()
    return spelled.cast(pa.large_string())


def _value(text: str, count: int) -> dict[str, Any]:
    shown = _cut(text)
    return {"value": shown, "count": count, "cut": shown != text}


def _bins(present: pa.Array, column: Column) -> list[dict[str, Any]]:
    """At most `BINS` bins of equal width between the least and the greatest value."""
    numbers, back = _numbers(present, column)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return []
    low, high = float(numbers.min()), float(numbers.max())
    whole = column.kind == "numerical" and column.decimals == 0
    if low == high:
        lows, highs, counts = np.array([low]), np.array([high]), np.array([len(numbers)])
    elif whole and high - low < 2**53:
        width = max(1.0, float(np.ceil((high - low + 1) / BINS)))
        edges = np.arange(low, high + width + 0.5, width)
        counts = np.histogram(numbers, edges - 0.5)[0]
        lows, highs = edges[:-1], edges[1:] - 1
    else:
        counts, edges = np.histogram(numbers, np.linspace(low, high, BINS + 1))
        lows, highs = edges[:-1], edges[1:]
    return [
        {"low": a, "high": b, "count": int(count)}
        for a, b, count in zip(back(lows), back(highs), counts, strict=True)
    ]


def _numbers(present: pa.Array, column: Column) -> tuple[Any, Callable[[Any], list[str]]]:
    """The values as floats, and what spells such floats as the column spells its values."""
    kind = present.type

    def spelled(values: pa.Array) -> list[str]:
        return [str(text) for text in _texts(spell(values, column)).to_pylist()]

    if is_moment(kind) or is_span(kind):

        def moments(values: Any) -> list[str]:
            whole = np.rint(values).astype(np.int64)
            return spelled(from_numbers(whole, np.zeros(len(whole), bool), kind))

        return numbers_of(present)[0].astype(np.float64), moments
    assert is_number(kind)  # noqa: S101  (a column of that kind has no other types)

    def numbers(values: Any) -> list[str]:
        digits = column.decimals
        rounded = [float(f"{value:.6g}") if digits is None else round(value, digits) for value in values]
        return spelled(pc.cast(pa.array(rounded, pa.float64()), kind, safe=False))

    return pc.cast(present, pa.float64(), safe=False).to_numpy(zero_copy_only=False), numbers


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
