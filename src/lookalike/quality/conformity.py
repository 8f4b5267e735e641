"""Which values break a test that the real ones pass: bounds, categories, grid, pattern, missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookalike.errors import LookalikeError
from lookalike.quality.columns import spelled
from lookalike.quality.frame import Frames, Side, Values
from lookalike.schema import Column, Schema
from lookalike.tables.cells import one, pc
from lookalike.tables.patterns import parse

Bools = npt.NDArray[np.bool_]
Test = Literal["bounds", "categories", "grid", "pattern", "missing"]

_PARTS = ("real", "synth", "holdout")
_EXACT = 2.0**52
"""Beyond this, floating point numbers hold no fractions, and a grid says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Masks:
    """One test of one column. broken: per table, (n_rows,) True where a value breaks it; of the real table,
    where a value would had its row been left out. of: values that were tested. text: a cell as text."""

    column: str
    test: Test
    broken: Mapping[str, Bools]
    of: Mapping[str, int]
    text: Callable[[str, int], str | None]


def masks(schema: Schema, frames: Frames, tables: Mapping[str, pa.Table]) -> list[Masks]:
    """All tests that the real values of some column pass, in the order of the schema."""
    sides = {side.name: side for side in frames}
    found: list[Masks] = []
    for column in schema:
        if not all(column.name in tables[part].column_names for part in ("real", "synth")):
            continue
        if column.name in sides:
            found += _of_side(sides[column.name], [part for part in _PARTS if part in frames])
        elif column.kind == "id" and column.pattern is not None:
            found += _pattern(column, tables)
        if column.kind != "null":
            found += _missing(column, tables)
    return found


def _of_side(side: Side, parts: list[str]) -> Iterator[Masks]:
    present = {part: ~side.missing(part) for part in parts}
    of = {part: int(there.sum()) for part, there in present.items()}

    def made(test: Test, broken: Mapping[str, Bools]) -> Masks:
        return Masks(side.name, test, broken, of, lambda part, row: spelled(side, [side[part][row]])[0])

    if not of["real"]:
        return
    if not side.numeric:
        yield made("categories", _unknown(side, parts, present))
        return
    yield made("bounds", _beyond(side, parts, present))
    off = {part: _off(side.column, side[part]) for part in parts}
    on_grid = {part: present[part] & mask for part, mask in off.items() if mask is not None}
    if on_grid:
        yield made("grid", on_grid)


def _unknown(side: Side, parts: list[str], present: Mapping[str, Bools]) -> dict[str, Bools]:
    counts = np.bincount(side["real"], minlength=side.codes)
    most = {part: 1 if part == "real" else 0 for part in parts}
    return {part: present[part] & (counts[side[part]] <= most[part]) for part in parts}


def _beyond(side: Side, parts: list[str], present: Mapping[str, Bools]) -> dict[str, Bools]:
    """Outside the real values, or the schema's own bounds where those are wider."""
    real = np.sort(side["real"][present["real"]])
    low, high = real[0], real[-1]
    given = side.column.low, side.column.high
    if isinstance(given[0], int | float):
        low = min(low, given[0])
    if isinstance(given[1], int | float):
        high = max(high, given[1])
    broken = {part: (side[part] < low) | (side[part] > high) for part in parts}
    # a real row that alone holds the least or the greatest value would lie outside the rest
    alone_low = low == real[0] and (len(real) < 2 or real[1] > low)
    alone_high = high == real[-1] and (len(real) < 2 or real[-2] < high)
    values = side["real"]
    broken["real"] = (values == low) & alone_low | (values == high) & alone_high
    return broken


def _off(column: Column, values: Values) -> Bools | None:
    """Where a value lies between the points of its column's grid; None where there is none.

    Times are whole microseconds, so they are held to it exactly; numbers but for what floating point loses.
    """
    if column.kind != "numerical":
        if column.step_us is None:
            return None
        return np.fmod(np.where(np.isnan(values), 0.0, values), column.step_us) != 0
    if column.decimals is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # beyond what doubles can tell there is no grid
        scaled = values * 10.0**column.decimals / column.step
        distance = np.abs(scaled - np.rint(scaled))
    return (distance > 1e-6 + np.abs(scaled) * 1e-12) & (np.abs(scaled) < _EXACT)


def _pattern(column: Column, tables: Mapping[str, pa.Table]) -> Iterator[Masks]:
    """Ids that the schema's template does not fit."""
    try:
        pattern = parse(column.pattern or "")
    except LookalikeError:  # a template that this version does not know: a test less
        return
    broken: dict[str, Bools] = {}
    arrays: dict[str, pa.Array] = {}
    for part in _PARTS:
        if part in tables and column.name in tables[part].column_names:
            arrays[part] = one(tables[part][column.name])
            texts = arrays[part].cast(pa.string())
            present = texts.is_valid().to_numpy(zero_copy_only=False)
            broken[part] = present & ~pattern.digits(pc.fill_null(texts, ""))[1]
    if not broken["real"].any():
        of = {part: len(array) - array.null_count for part, array in arrays.items()}
        yield Masks(column.name, "pattern", broken, of, lambda part, row: str(arrays[part][row].as_py()))


def _missing(column: Column, tables: Mapping[str, pa.Table]) -> Iterator[Masks]:
    """Missing values, where no real value is."""
    arrays = {
        part: one(tables[part][column.name])
        for part in _PARTS
        if part in tables and column.name in tables[part].column_names
    }
    if len(arrays["real"]) and not arrays["real"].null_count:
        broken = {part: array.is_null().to_numpy(zero_copy_only=False) for part, array in arrays.items()}
        yield Masks(
            column.name, "missing", broken, {p: len(a) for p, a in arrays.items()}, lambda _p, _r: None
        )
