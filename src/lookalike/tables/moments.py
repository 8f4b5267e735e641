"""Dates, timestamps, times and durations of Arrow as integers of one unit, and back; and as text."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from lookalike.schema import Column
from lookalike.tables import date_text, dates
from lookalike.tables.arrow_types import is_span
from lookalike.tables.cells import Bytes, Ints, pc
from lookalike.tables.misfit import Misfit

_DAY_US = 86_400_000_000
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def unit_of(kind: pa.DataType) -> str:
    """``ns`` for types of nanoseconds, ``us`` for all others: the unit their numbers have here."""
    return "ns" if getattr(kind, "unit", "us") == "ns" else "us"


def numbers_of(values: pa.Array) -> tuple[Ints, Bytes]:
    """``(numbers, missing)``: integers of `unit_of` since 1970 (in UTC) or since zero; 0 where missing."""
    kind = values.type
    if pa.types.is_date32(kind):
        whole, factor = pc.cast(values, pa.int32()).cast(pa.int64()), _DAY_US
    elif pa.types.is_date64(kind):
        whole, factor = pc.cast(values, pa.int64()), 1_000
    else:
        bits = pa.int32() if pa.types.is_time32(kind) else pa.int64()
        whole = pc.cast(values, bits).cast(pa.int64())
        factor = dates.PER_SECOND[unit_of(kind)] // _PER_SECOND[kind.unit]
    missing = np.asarray(values.is_null())
    filled = whole.fill_null(0) if values.null_count else whole
    numbers = filled.to_numpy(zero_copy_only=False)
    return numbers * factor if factor != 1 else numbers, missing


def from_numbers(numbers: Ints, missing: Bytes, kind: pa.DataType) -> pa.Array:
    """The inverse of `numbers_of`; what ``kind`` cannot hold is cut off towards the past."""
    mask = missing if missing.any() else None
    if pa.types.is_date32(kind):
        return pa.array((numbers // _DAY_US).astype(np.int32), mask=mask).cast(kind)
    if pa.types.is_date64(kind):
        return pa.array(numbers // _DAY_US * 86_400_000, mask=mask).cast(kind)
    factor = dates.PER_SECOND[unit_of(kind)] // _PER_SECOND[kind.unit]
    cut = numbers // factor if factor != 1 else numbers
    if pa.types.is_time32(kind):
        return pa.array(cut.astype(np.int32), mask=mask).cast(kind)
    return pa.array(cut, mask=mask).cast(kind)


def parse_moments(values: pa.Array, column: Column, kind: pa.DataType) -> pa.Array:
    """The dates, timestamps, times or durations in strings, as ``kind``. `Misfit` when a cell is none.

    Without a format they are spelled as in ISO 8601. A format is taken strictly first, then leniently.
    """
    if is_span(kind):
        return _parse_spans(values, column.format, kind)
    pattern, unit = column.format, unit_of(kind)
    if pattern is None:
        try:
            return pc.cast(values, kind)
        except pa.ArrowInvalid:
            raise Misfit from None
    numbers, ok = read(values, pattern, unit=unit)
    if not ok.all():
        numbers, ok = dates.parse(values, pattern, unit=unit, lenient=True)
    if not ok.all():
        raise Misfit
    zone = zone_of(column, kind)
    if zone is not None and not dates.has_offset(pattern) and zone != "UTC":
        numbers = _to_utc(numbers, zone, unit)
    return from_numbers(numbers, np.asarray(values.is_null()), kind)


def _parse_spans(values: pa.Array, pattern: str | None, kind: pa.DataType) -> pa.Array:
    unit = unit_of(kind)
    patterns = ("%H:%M:%S.%9f", "%H:%M") if pattern is None else (pattern,)
    for tried in patterns:
        numbers, ok = dates.parse(values, tried, duration=True, unit=unit)
        if not ok.all():
            numbers, ok = dates.parse(values, tried, duration=True, unit=unit, lenient=True)
        if not ok.all():
            continue
        day = 86_400 * dates.PER_SECOND[unit]
        if pa.types.is_time(kind) and ((numbers < 0) | (numbers >= day)).any():
            break
        return from_numbers(numbers, np.asarray(values.is_null()), kind)
    raise Misfit


def read(values: pa.Array, pattern: str, *, unit: str = "us", lenient: bool = False) -> tuple[Ints, Bytes]:
    """`dates.parse`, by Arrow's own reader where the pattern is ISO 8601: it is four times as fast."""
    kind = {
        "%Y-%m-%d": pa.date32(),
        "%Y-%m-%d %H:%M:%S": pa.timestamp("us"),
        "%Y-%m-%dT%H:%M:%S": pa.timestamp("us"),
    }.get(pattern)
    if kind is not None and not lenient and _all_like(values, pattern):
        try:
            numbers = pc.cast(pc.cast(values, kind), pa.timestamp(unit)).cast(pa.int64())
        except pa.ArrowInvalid:
            return dates.parse(values, pattern, unit=unit)
        return numbers.fill_null(0).to_numpy(), np.ones(len(values), bool)
    return dates.parse(values, pattern, unit=unit, lenient=lenient)


def _all_like(values: pa.Array, pattern: str) -> bool:
    """True when all cells have the pattern's length and its mark between date and time."""
    width = 10 if pattern == "%Y-%m-%d" else 19
    bounds = pc.min_max(pc.binary_length(values)).as_py()
    if bounds["min"] != width or bounds["max"] != width:
        return False
    return (
        width == 10
        or pc.all(pc.equal(pc.utf8_slice_codeunits(values, 10, 11), pattern[8])).as_py() is not False
    )


def zone_of(column: Column, kind: pa.DataType) -> str | None:
    """The zone in which the column is written: its own, else its type's."""
    return column.zone or getattr(kind, "tz", None)


def _to_utc(numbers: Ints, zone: str, unit: str) -> Ints:
    local = pa.array(numbers).cast(pa.timestamp(unit))
    try:
        moved = pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="earliest")
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        raise Misfit from None
    return moved.cast(pa.int64()).to_numpy(zero_copy_only=False)


def spell_moments(values: pa.Array, column: Column) -> pa.Array:
    """What a writer should write for dates, timestamps, times or durations: itself where Arrow's own cast to
    text spells it in the column's form, else strings. Nulls stay null."""
    kind = values.type
    span = is_span(kind)
    pattern = column.format or default_format(kind, column.step_us)
    if pattern == "%Y-%m-%d" and pa.types.is_date32(kind):
        return values
    numbers, missing = numbers_of(values)
    unit = unit_of(kind)
    zone = None if span or pa.types.is_date(kind) else zone_of(column, kind)
    offsets = None if zone in (None, "UTC") else _offsets_s(values, zone)
    if not span and pattern in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        seconds = numbers // dates.PER_SECOND[unit] + (0 if offsets is None else offsets)
        plain = pa.array(seconds, mask=missing if missing.any() else None).cast(pa.timestamp("s"))
        if pattern[8] == " ":
            return plain
        return pc.replace_substring(pc.cast(plain, pa.string()), " ", "T")
    texts = date_text.spell(numbers, pattern, duration=span, unit=unit, offsets_s=offsets)
    if missing.any():
        texts = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), texts)
    return texts


def _offsets_s(values: pa.Array, zone: str) -> Ints:
    """Seconds east of UTC in ``zone`` at each moment; 0 where missing."""
    moments = values.cast(pa.timestamp(values.type.unit, tz=zone))
    local = pc.local_timestamp(moments).cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    instant = moments.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return (local - instant) // _PER_SECOND[values.type.unit]


def default_format(kind: pa.DataType, step_us: int | None) -> str:
    """RFC 3339, with as many digits of a second as ``step_us`` asks for."""
    if pa.types.is_date(kind):
        return "%Y-%m-%d"
    if step_us is not None and step_us % 1_000_000 == 0:
        fraction = ""
    elif step_us is not None and step_us % 1_000 == 0:
        fraction = ".%3f"
    else:
        fraction = {"s": "", "ms": ".%3f", "us": ".%6f", "ns": ".%9f"}[kind.unit]
    if is_span(kind):
        return f"%H:%M:%S{fraction}"
    zone = "%:z" if kind.tz is not None and kind.tz != "UTC" else "Z" if kind.tz else ""
    return f"%Y-%m-%dT%H:%M:%S{fraction}{zone}"
