"""What a column is that came with an Arrow type: Parquet, Arrow, a frame. The type is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.schema import Column
from lookalike.tables.arrow_types import is_moment, is_span, is_text
from lookalike.tables.cells import Ints, ends, pc
from lookalike.tables.date_forms import find_moment, step_us
from lookalike.tables.finding import Finding, Sample
from lookalike.tables.integer_kinds import refine
from lookalike.tables.misfit import Misfit
from lookalike.tables.moments import numbers_of, unit_of, zone_of
from lookalike.tables.number_forms import grid_of_floats, grid_of_integers, step_of
from lookalike.tables.numbers import Floats, as_floats
from lookalike.tables.string_kinds import find_boolean, find_string

_MOST_DECIMALS = 9
_MOST_PLACES = 15  # as many as a schema may say
_WIDEST_TICK = float(1 << 62)


def of_typed(name: str, values: pa.Array) -> Finding:
    """What a column of any Arrow type is. Bytes, lists and structs are left out, with a note."""
    values = _simplified(values)
    kind = values.type
    if not _can_be_modelled(kind):
        note = f"it holds {_named(kind)}, which cannot be learned; it is left out."
        return Finding("text", values, {"action": "drop"}, notes=(note,))
    if values.null_count == len(values):
        return Finding("null", values)
    if is_text(kind) or pa.types.is_dictionary(kind):
        return _strings(name, values)
    found = _plain(name, values)
    if found.kind in ("null", "id", "text") or found.values.null_count:
        return found
    low, high = ends(found.values)
    if low == high:
        return Finding(
            "constant", found.values, {**found.fields, "value": _text_of(found)}, notes=found.notes
        )
    return found


def _simplified(values: pa.Array) -> pa.Array:
    """Extension types as what they store, views as strings, dictionaries of anything but strings decoded."""
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_string_view(values.type):
        return pc.cast(values, pa.string())
    if pa.types.is_dictionary(values.type) and not is_text(values.type.value_type):
        return values.dictionary_decode()
    return values


def _can_be_modelled(kind: pa.DataType) -> bool:
    known = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    known = known or pa.types.is_decimal128(kind) or pa.types.is_decimal256(kind) or pa.types.is_null(kind)
    return known or is_text(kind) or pa.types.is_dictionary(kind) or is_moment(kind) or is_span(kind)


def _named(kind: pa.DataType) -> str:
    if pa.types.is_nested(kind):
        return "lists or structs"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return "bytes"
    return f"values of the type {kind}"


def _strings(name: str, values: pa.Array) -> Finding:
    """Strings stay strings, but whole columns of dates become dates that are written in the same form."""
    if is_text(values.type):
        sample = Sample.of(values)
        if sample.cells and not sample.missing:
            for finder in (lambda v: find_boolean(v, sample), lambda v: find_moment(v, sample, name)):
                try:
                    found = finder(values)
                except Misfit:
                    continue
                if found is not None and found.kind == "boolean":
                    return Finding("boolean", values, found.fields)
                if found is not None:
                    note = "its strings are dates, and are read as such."
                    return Finding("datetime", found.values, found.fields, notes=(note, *found.notes))
    return find_string(name, values, plain=values.type if is_text(values.type) else None)


def _plain(name: str, values: pa.Array) -> Finding:
    kind = values.type
    if pa.types.is_boolean(kind):
        return Finding("boolean", values)
    if pa.types.is_integer(kind):
        return refine(name, Finding("numerical", values, grid_of_integers(values)), None)
    if pa.types.is_floating(kind):
        return _floats(values)
    if pa.types.is_decimal(kind):
        return _decimals(values)
    missing = np.asarray(values.is_null())
    fields: dict[str, Any] = {}
    numbers, _ = numbers_of(values)
    if unit_of(kind) == "us":
        fields["step_us"] = step_us(numbers[~missing])
    if not is_moment(kind):
        return Finding("timedelta", values, fields)
    if pa.types.is_date(kind):
        fields = {}
    zone = zone_of(Column(name=name, kind="datetime", type=str(kind)), kind)
    return Finding("datetime", values, fields | ({"zone": zone} if zone else {}))


def _floats(values: pa.Array) -> Finding:
    wrong = pc.invert(pc.is_finite(values)).fill_null(False)
    lost = pc.sum(wrong).as_py() or 0
    notes: tuple[str, ...] = ()
    if lost:
        infinite = pc.sum(pc.is_inf(values)).as_py() or 0
        values = pc.if_else(wrong, pa.scalar(None, values.type), values)
        if infinite:
            notes = (f"{infinite:,} infinite numbers are read as missing.",)
    numbers = as_floats(values.drop_null())
    if not len(numbers):
        return Finding("null", values, notes=notes)
    fields: dict[str, Any] = {}
    if not pa.types.is_float64(values.type):
        numbers = np.array([float(t) for t in pc.cast(values.drop_null(), pa.string()).to_pylist()])
    places = _places(numbers)
    if places is not None:
        fields = grid_of_floats(numbers, places, float(np.abs(numbers).max()))
    return Finding("numerical", values, fields, notes=notes)


def _places(numbers: Floats) -> Ints | None:
    """How many decimals each number has, up to nine, and ten for more; None when most have more."""
    places = np.full(len(numbers), _MOST_DECIMALS + 1)
    left = np.arange(len(numbers))
    head = numbers[:: max(1, len(numbers) // 1000)]
    scale = 10.0**_MOST_DECIMALS
    with np.errstate(over="ignore"):  # a number near the end of the doubles has no such decimals
        if (np.rint(head * scale) / scale != head).mean() > 0.01:
            return None
    for decimals in range(_MOST_DECIMALS + 1):
        scale = 10.0**decimals
        some = numbers[left]
        with np.errstate(over="ignore"):
            fits = np.rint(some * scale) / scale == some
        places[left[fits]] = decimals
        left = left[~fits]
        if not len(left):
            break
    return places


def _decimals(values: pa.Array) -> Finding:
    """Decimals on the grid that their values need: an amount in cents may come as decimal128(38, 18)."""
    fields: dict[str, Any] = {"fixed": True}
    places = _needed_places(values)
    if places is not None:
        fields["decimals"] = places
        numbers = as_floats(values.drop_null())
        if float(np.abs(numbers).max()) * 10.0**places < 1e15:
            fields["step"] = step_of(np.rint(numbers * 10.0**places).astype(np.int64))
    return Finding("numerical", values, fields)


def _needed_places(values: pa.Array) -> int | None:
    """The scale of the type, or the least that holds all values where the type's is too fine to count in.

    None: no such grid has ticks of 62 bits; the numbers are then drawn as doubles.
    """
    scale = values.type.scale
    top = float(np.abs(as_floats(values.drop_null())).max())
    some = [scale] if scale <= _MOST_PLACES else []
    for places in [*some, *range(min(scale, _MOST_PLACES + 1))]:
        if places < 0 or top * 10.0**places >= _WIDEST_TICK:
            continue
        if places == scale or pc.all(pc.equal(pc.round(values, places), values)).as_py():
            return places
    return None


def _text_of(found: Finding) -> str:
    from lookalike.tables.spell import spell

    fields = {name: value for name, value in found.fields.items() if name != "value"}
    column = Column(name="", kind=found.kind, type=str(found.values.type), **fields)
    return spell(found.values.slice(0, 1), column).cast(pa.string())[0].as_py()
