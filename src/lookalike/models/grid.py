"""Ordered values as whole ticks of their column's grid (or as float64 without one), and back to Arrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.schema import Column
from lookalike.tables.arrow_types import type_of
from lookalike.tables.typed import parse_cell

pc: Any = pyarrow.compute

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_MOST = 1 << 62


@dataclass(frozen=True, slots=True)
class Grid:
    """How the values of a column of ``type`` count: ``value = tick * step / 10**decimals``.

    decimals None: no grid, ticks are the values themselves as float64. Temporal types tick in ``step`` of
    their own unit.
    """

    type: pa.DataType
    decimals: int | None
    step: int

    @classmethod
    def of(cls, column: Column) -> Self:
        kind = type_of(column.type)
        if pa.types.is_temporal(kind):
            return cls(kind, 0, _temporal_step(kind, column.step_us))
        if pa.types.is_integer(kind):
            return cls(kind, 0, column.step if column.decimals in (None, 0) else 1)
        return cls(kind, column.decimals, column.step)

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(np.float64 if self.decimals is None else np.int64)

    def fits(self, ticks: np.ndarray) -> bool:
        """Whether values of these ticks can be held by the column's type."""
        if not ticks.size or self.decimals is None:
            return True
        low, high = int(ticks.min()) * self.step, int(ticks.max()) * self.step
        if pa.types.is_integer(self.type):
            bits = self.type.bit_width
            signed = pa.types.is_signed_integer(self.type)
            return (-(1 << (bits - 1)) if signed else 0) <= low and high < 1 << (bits - signed)
        if pa.types.is_temporal(self.type) and self.type.bit_width == 32:
            return low >= -(1 << 31) and high < 1 << 31
        if pa.types.is_decimal(self.type):
            most = 10**self.type.precision // 10 ** max(0, self.type.scale - self.decimals)
            return self.decimals <= self.type.scale and -most < low and high < most
        return low >= -_MOST and high <= _MOST

    def ticks(self, values: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """(ticks, which are present); NaN counts as missing, infinities as the largest finite double."""
        array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        present = np.asarray(array.is_valid())
        if self.decimals is None or pa.types.is_floating(self.type):
            numbers = np.asarray(array.cast(pa.float64()).fill_null(0.0))
            present = present & ~np.isnan(numbers)
            if self.decimals is None:
                return np.nan_to_num(numbers), present
            scaled = np.rint(np.nan_to_num(numbers) * 10.0**self.decimals / self.step)
            return np.clip(scaled, -_MOST, _MOST).astype(np.int64), present
        return self._whole(array, present), present

    def _whole(self, array: pa.Array, present: np.ndarray) -> np.ndarray:
        if pa.types.is_decimal(self.type):
            whole = np.where(present, _unscaled(array, self.decimals or 0), 0)
            return np.floor_divide(whole + self.step // 2, self.step) if self.step > 1 else whole
        if pa.types.is_temporal(self.type):
            array = array.cast(pa.int64() if self.type.bit_width == 64 else pa.int32())
        if array.type == pa.uint64():
            array = pc.min_element_wise(array, pa.scalar(_MOST, pa.uint64()))
        whole = np.asarray(array.fill_null(0)).astype(np.int64)
        return np.floor_divide(whole + self.step // 2, self.step) if self.step > 1 else whole

    def arrow(self, ticks: np.ndarray, absent: np.ndarray | None) -> pa.Array:
        """The column for ticks ((n,)), missing where ``absent``."""
        kind = self.type
        if self.decimals is None:
            if pa.types.is_decimal(kind):  # a double's rounding must not carry the largest out of the type
                most = 10.0 ** (kind.precision - kind.scale) * (1 - 2.0**-50)
                ticks = np.clip(ticks, -most, most)
            return pa.array(ticks, pa.float64(), mask=absent).cast(kind)
        scaled = ticks * self.step if self.step > 1 else ticks
        if pa.types.is_floating(kind):
            return pa.array(scaled / 10.0**self.decimals, pa.float64(), mask=absent).cast(kind)
        if pa.types.is_decimal(kind):
            return _decimals(scaled, self.decimals, kind, absent)
        if pa.types.is_temporal(kind):
            stored = pa.int64() if kind.bit_width == 64 else pa.int32()
            return pa.array(scaled.astype(stored.to_pandas_dtype()), mask=absent).cast(kind)
        return pa.array(scaled.astype(kind.to_pandas_dtype()), mask=absent)

    def tick_of(self, value: Any) -> Any:
        """The tick of one Python value, as `parse_cell` gives it; rounded to the grid."""
        ticks, _ = self.ticks(pa.array([value], self.type))
        return ticks[0]

    def bounds(self, column: Column) -> tuple[Any, Any]:
        """``low`` and ``high`` of the schema as ticks, None where open."""

        def tick(bound: float | int | str | None) -> Any:
            if bound is None:
                return None
            return self.tick_of(
                parse_cell(str(bound), column) if isinstance(bound, str) else self._number(bound)
            )

        return tick(column.low), tick(column.high)

    def _number(self, bound: float | int) -> Any:
        return (
            int(bound) if pa.types.is_integer(self.type) or pa.types.is_decimal(self.type) else float(bound)
        )

    def compare(self, other: Grid, ticks: np.ndarray, *, up: bool, strict: bool) -> np.ndarray:
        """The lowest (``up``) or highest ticks of this grid that keep an order to ticks of ``other``."""
        if self == other and self.decimals is not None:
            return ticks + (1 if up else -1) if strict else ticks
        values = other.values(ticks)
        if self.decimals is None:
            return np.nextafter(values, np.inf if up else -np.inf) if strict else values
        exact = values * 10.0**self.decimals / self.step
        # a hair's breadth, so that a value that is on both grids is not pushed one tick on by rounding
        hair = np.abs(exact) * 1e-12
        found = np.ceil(exact - hair) if up else np.floor(exact + hair)
        if strict:
            found = np.where(np.abs(found - exact) <= hair, found + (1 if up else -1), found)
        return np.clip(found, -_MOST, _MOST).astype(np.int64)

    def values(self, ticks: np.ndarray) -> np.ndarray:
        """Ticks as float64, in the column's unit; temporal columns in seconds."""
        if self.decimals is None:
            return ticks
        scaled = ticks * float(self.step)
        if pa.types.is_date(self.type):
            return scaled * (86_400.0 if self.type.bit_width == 32 else 0.001)
        if pa.types.is_temporal(self.type):
            return scaled / _PER_SECOND[self.type.unit]
        return scaled / 10.0**self.decimals


def halves(below: np.ndarray, above: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two neighbouring values that meet half-way: (where the lower range ends, where the upper begins)."""
    if below.dtype.kind == "f":
        middle = below + (above - below) / 2
        return middle, middle
    middle = below + (above - below) // 2
    return middle, np.minimum(middle + 1, above)


def _temporal_step(kind: pa.DataType, step_us: int | None) -> int:
    if step_us is None or step_us < 1:
        return 1
    if pa.types.is_date(kind):
        unit_us = 86_400_000_000 if kind.bit_width == 32 else 1_000
        return max(1, step_us // unit_us)
    per_second = _PER_SECOND[kind.unit]
    return max(1, step_us * per_second // 1_000_000)


def _unscaled(array: pa.Array, decimals: int) -> np.ndarray:
    """Decimals rounded to ``decimals`` places, in units of the last one; saturated where that is too wide."""
    if array.type.scale != decimals:
        array = pc.round(array, decimals).cast(pa.decimal256(76, decimals))
    width = array.type.byte_width // 8
    words = np.frombuffer(array.buffers()[1], np.int64).reshape(-1, width)
    words = words[array.offset : array.offset + len(array)]
    low, rest = words[:, 0], words[:, 1]
    fits = (rest == (low >> 63)) & (np.abs(low) <= _MOST)
    return np.where(fits, low, np.where(words[:, -1] < 0, -_MOST, _MOST))


def _decimals(unscaled: np.ndarray, decimals: int, kind: Any, absent: np.ndarray | None) -> pa.Array:
    """Units of the last of ``decimals`` places as decimals of type ``kind``."""
    counted = kind if kind.scale == decimals else pa.decimal128(38, decimals)
    width = counted.byte_width // 8
    words = np.empty((len(unscaled), width), np.int64)
    words[:, 0] = unscaled
    words[:, 1:] = (unscaled >> 63)[:, None]
    whole = pa.Array.from_buffers(counted, len(unscaled), [None, pa.py_buffer(words.tobytes())]).cast(kind)
    if absent is None:
        return whole
    return pc.if_else(pa.array(absent), pa.scalar(None, kind), whole)
