"""Arrow types by name: the inverse of ``str(pa.DataType)``."""

from __future__ import annotations

import re
from functools import lru_cache

import pyarrow as pa

from lookalike.errors import BadSchema

CATEGORY = "dictionary<values=string, indices=int32, ordered=0>"
"""The type of a categorical column of text."""

_PLAIN: dict[str, pa.DataType] = {
    "null": pa.null(),
    "bool": pa.bool_(),
    "int8": pa.int8(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.uint8(),
    "uint16": pa.uint16(),
    "uint32": pa.uint32(),
    "uint64": pa.uint64(),
    "halffloat": pa.float16(),
    "float16": pa.float16(),
    "float": pa.float32(),
    "float32": pa.float32(),
    "double": pa.float64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "large_string": pa.large_string(),
    "binary": pa.binary(),
    "large_binary": pa.large_binary(),
    "date32": pa.date32(),
    "date32[day]": pa.date32(),
    "date64": pa.date64(),
    "date64[ms]": pa.date64(),
}
_TIMED = re.compile(r"(timestamp|duration|time32|time64)\[(s|ms|us|ns)(?:, tz=([^\]]+))?\]")
_DECIMAL = re.compile(r"decimal(128|256)?\((\d+), ?(-?\d+)\)")
_DICTIONARY = re.compile(r"dictionary<values=(.+), indices=(u?int(?:8|16|32|64)), ordered=([01])>")


@lru_cache(maxsize=1024)
def type_of(name: str) -> pa.DataType:
    """The type whose ``str`` is ``name``; ``float64``, ``float32`` and ``date32`` are known too.

    `BadSchema` for a name that is unknown, or a type that columns cannot have (lists, structs, maps).
    """
    found = _parse(name.strip())
    if found is None:
        raise BadSchema(
            f"{name!r} is not a type that a column can have.",
            hint="Known types are string, int64, float64, bool, date32, timestamp[us], duration[us], "
            f"decimal128(10, 2) and {CATEGORY}, among others of Arrow.",
        )
    return found


def _parse(name: str) -> pa.DataType | None:
    if name in _PLAIN:
        return _PLAIN[name]
    if match := _TIMED.fullmatch(name):
        make, unit, zone = match[1], match[2], match[3]
        if zone is not None:
            return pa.timestamp(unit, tz=zone) if make == "timestamp" else None
        if make == "time32":
            return pa.time32(unit) if unit in ("s", "ms") else None
        if make == "time64":
            return pa.time64(unit) if unit in ("us", "ns") else None
        return pa.timestamp(unit) if make == "timestamp" else pa.duration(unit)
    if match := _DECIMAL.fullmatch(name):
        make = pa.decimal256 if match[1] == "256" else pa.decimal128
        try:
            return make(int(match[2]), int(match[3]))
        except ValueError:
            return None
    if match := _DICTIONARY.fullmatch(name):
        values = _parse(match[1])
        if values is None or pa.types.is_dictionary(values):
            return None
        return pa.dictionary(_PLAIN[match[2]], values, ordered=match[3] == "1")
    return None


def is_text(kind: pa.DataType) -> bool:
    """True for strings of any width."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def is_category(kind: pa.DataType) -> bool:
    """True for a dictionary of strings."""
    return pa.types.is_dictionary(kind) and is_text(kind.value_type)


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def is_span(kind: pa.DataType) -> bool:
    """True for durations and times of day, which are both the kind ``timedelta``."""
    return pa.types.is_duration(kind) or pa.types.is_time(kind)


def is_moment(kind: pa.DataType) -> bool:
    """True for dates and timestamps."""
    return pa.types.is_date(kind) or pa.types.is_timestamp(kind)
