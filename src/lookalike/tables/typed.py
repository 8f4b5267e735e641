"""Columns as a schema says they are: text read by its forms, other types cast.

A cell that does not fit is an error that names its row and column and says what stands there, without
quoting it.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from lookalike.errors import BadInput, BadSchema, BadTable
from lookalike.processors import processors
from lookalike.schema import Column, Schema
from lookalike.tables.arrow_types import is_category, is_moment, is_number, is_span, is_text, type_of
from lookalike.tables.cells import ends, one, pc
from lookalike.tables.misfit import Misfit
from lookalike.tables.moments import parse_moments
from lookalike.tables.numbers import INFINITE, MISSING, parse_numbers

__all__ = ["parse_cell", "type_of", "typed"]


def typed(table: pa.Table, schema: Schema, *, textual: bool, source: str | None = None) -> pa.Table:
    """The columns of ``schema`` in its order, each of the type that it says. Dropped columns are left out.

    ``textual``: all columns are strings as they stand in a file, null where there was nothing. `BadTable`
    names row and column of a cell that does not fit; `BadSchema` a column that the schema or the table lacks.
    """
    _same_columns(table, schema, source)

    def column_of(column: Column) -> pa.Array:
        values = one(table.column(column.name))
        kind = _type_of(column, source)
        if textual and is_text(values.type):
            return _of_text(values, column, kind, source)
        return _cast(values, column, kind, source)

    wanted = [column for column in schema if column.action != "drop"]
    threads = min(len(wanted), processors(), 4)
    if threads > 1 and table.nbytes > 1_000_000:
        with ThreadPoolExecutor(threads) as pool:
            arrays = list(pool.map(column_of, wanted))
    else:
        arrays = [column_of(column) for column in wanted]
    return pa.Table.from_arrays(arrays, [column.name for column in wanted])


def _same_columns(table: pa.Table, schema: Schema, source: str | None) -> None:
    names, needed = set(table.column_names), {c.name for c in schema if c.action != "drop"}
    missing = [name for name in schema.names if name in needed - names]
    extra = [name for name in table.column_names if name not in schema.names]
    if missing:
        shown = ", ".join(repr(name) for name in missing[:5])
        raise BadSchema(
            f"The schema has {'columns' if len(missing) > 1 else 'a column'} that the table lacks: {shown}.",
            hint="Take them out of the schema, or give the table that the schema was made for.",
            file=source,
            column=missing[0],
        )
    if extra:
        shown = ", ".join(repr(name) for name in extra[:5])
        raise BadSchema(
            f"The table has {'columns' if len(extra) > 1 else 'a column'} that the schema lacks: {shown}.",
            hint="Add them to the schema; with 'action: drop' they are left out.",
            file=source,
            column=extra[0],
        )


def _type_of(column: Column, source: str | None) -> pa.DataType:
    try:
        return type_of(column.type)
    except BadSchema as error:
        raise BadSchema(error.message, hint=error.hint, file=source, column=column.name) from None


# Text


def _of_text(values: pa.Array, column: Column, kind: pa.DataType, source: str | None) -> pa.Array:
    try:
        return parse(values, column, kind)
    except Misfit:
        pass
    row = _first_misfit(values, column, kind)
    raise BadTable(
        f"The schema says that {column.name!r} holds {_wanted(column, kind)}; row {row + 1:,} holds "
        f"{described(values[row].as_py())}.",
        hint="Correct the cell, or give the column another kind and type in the schema.",
        file=source,
        row=row + 1,
        column=column.name,
    )


def parse(values: pa.Array, column: Column, kind: pa.DataType) -> pa.Array:
    """Strings (null where there was nothing) as ``kind``. `Misfit` when a cell does not fit."""
    if column.null_text:
        values = _without(values, [column.null_text])
    if column.kind != "boolean" and (is_text(kind) or is_category(kind)):
        return _as_text(values, kind)
    try:
        return _parse_plain(values, column, kind)
    except Misfit:
        blanked = _without(values, MISSING | INFINITE)
        if blanked.null_count == values.null_count:
            raise
        return _parse_plain(blanked, column, kind)


def _as_text(values: pa.Array, kind: pa.DataType) -> pa.Array:
    found = values.dictionary_encode() if is_category(kind) else values
    return found if found.type == kind else pc.cast(found, kind)


def _parse_plain(values: pa.Array, column: Column, kind: pa.DataType) -> pa.Array:
    if is_text(kind) or is_category(kind):
        _only(values, (column.true_text, column.false_text))
        return _as_text(values, kind)
    if pa.types.is_boolean(kind):
        return _booleans(values, column)
    if is_number(kind):
        numbers = parse_numbers(values, column, kind)
        if column.kind == "boolean" and numbers.null_count < len(numbers):
            low, high = ends(numbers)
            if low.as_py() < 0 or high.as_py() > 1:
                raise Misfit
        return numbers
    if is_moment(kind) or is_span(kind):
        return parse_moments(values, column, kind)
    if pa.types.is_null(kind) and values.null_count == len(values):
        return pa.nulls(len(values))
    raise Misfit


def _without(values: pa.Array, texts: Any) -> pa.Array:
    known = pa.array(sorted(texts), values.type)
    return pc.if_else(pc.is_in(values, value_set=known), pa.scalar(None, values.type), values)


def _only(values: pa.Array, texts: tuple[str, ...]) -> None:
    if not pc.all(pc.or_kleene(pc.is_in(values, pa.array(texts, values.type)), values.is_null())).as_py():
        raise Misfit


def _booleans(values: pa.Array, column: Column) -> pa.Array:
    encoded = values.dictionary_encode()
    codes: list[bool] = []
    true, false = column.true_text, column.false_text
    for text in encoded.dictionary.to_pylist():
        if text in (true, false):
            codes.append(text == true)
        elif text.lower() in (true.lower(), false.lower()):
            codes.append(text.lower() == true.lower())
        else:
            raise Misfit
    return pa.array(codes, pa.bool_()).take(encoded.indices)


def _first_misfit(values: pa.Array, column: Column, kind: pa.DataType) -> int:
    """The row of the first cell that does not fit, by halves."""
    low, high = 0, len(values)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            parse(values.slice(low, middle - low), column, kind)
            low = middle
        except Misfit:
            high = middle
    return low


def _wanted(column: Column, kind: pa.DataType) -> str:
    if column.kind == "boolean":
        return "one of two spellings of true and false"
    if pa.types.is_integer(kind):
        return f"integers ({kind})"
    if is_number(kind):
        return f"numbers ({kind})"
    if is_moment(kind) or is_span(kind):
        what = "dates" if is_moment(kind) else "times"
        return f"{what} spelled as {column.format or 'in ISO 8601'}"
    return "no values" if pa.types.is_null(kind) else f"values of the type {kind}"


def described(text: str | None) -> str:
    """What kind of thing a cell is, without quoting it."""
    if text is None:
        return "nothing"
    if not text.strip():
        return "an empty string" if not text else "only spaces"
    bare = text.strip().lstrip("+-")
    if bare.isdigit():
        return f"a whole number of {len(bare)} digits"
    if bare.replace(".", "", 1).replace("e", "", 1).replace("-", "", 1).isdigit():
        return "a decimal number"
    marks = {"a" if c.isalpha() else "0" if c.isdigit() else c for c in text}
    if marks <= {"0", "-", "/", ":", ".", "T", "Z", " "} and any(c.isdigit() for c in text):
        return f"digits and separators, {len(text)} characters"
    letters = (
        "letters" if marks <= {"a", " "} else "letters and digits" if marks <= {"a", "0", " "} else "text"
    )
    return f"{letters}, {len(text)} characters"


# Other types


def _cast(values: pa.Array, column: Column, kind: pa.DataType, source: str | None) -> pa.Array:
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, values.type))
    if values.type == kind:
        return values
    text = is_text(values.type) or is_category(values.type)
    try:
        if text and not (is_text(kind) or is_category(kind)):
            return _of_text(pc.cast(values, pa.string()), column, kind, source)
        if is_category(kind) and not text:
            return pc.cast(pc.cast(values, pa.string()).dictionary_encode(), kind)
        if pa.types.is_dictionary(values.type):
            values = values.dictionary_decode()
        return (
            pc.cast(pc.cast(values, kind.value_type).dictionary_encode(), kind)
            if is_category(kind)
            else (pc.cast(values, kind))
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise BadTable(
            f"The schema says {column.name!r} is {kind}; it holds {values.type}, which cannot become that.",
            hint="Change the column's type in the schema.",
            file=source,
            column=column.name,
        ) from None


# One cell


def parse_cell(text: str, column: Column) -> Any:
    """The value that ``text`` stands for in a column, as a Python object; None when it spells a missing one.

    Dates and times may also be in ISO 8601, numbers without their currency or grouping. `BadInput` when it is
    no value of the column.
    """
    kind = type_of(column.type)
    if (text == column.null_text and text) or (not text and not (is_text(kind) or is_category(kind))):
        return None
    cell = pa.array([text], pa.string())
    plain = Column(name=column.name, kind=column.kind, type=column.type)
    for form in (column, plain):
        try:
            return _python(parse(cell, form, kind)[0])
        except Misfit:
            continue
    raise BadInput(
        f"{text!r} is not a value of {column.name!r}: it holds {_wanted(column, kind)}.",
        hint=_such_as(column, kind),
        column=column.name,
    )


def _such_as(column: Column, kind: pa.DataType) -> str | None:
    """A date or time as the column spells them."""
    if column.kind not in ("datetime", "timedelta"):
        return None
    from lookalike.tables.spell import spell

    moment = dt.datetime(2020, 1, 31, 8, 30, tzinfo=dt.UTC)
    if pa.types.is_timestamp(kind):
        example: Any = moment if kind.tz else moment.replace(tzinfo=None)
    elif pa.types.is_duration(kind):
        example = dt.timedelta(hours=8, minutes=30)
    else:
        example = moment.time() if pa.types.is_time(kind) else moment.date()
    text = spell(pa.array([example], kind), column).cast(pa.string())[0].as_py()
    return f"Such as {text}."


def _python(value: pa.Scalar) -> Any:
    if pa.types.is_timestamp(value.type) and value.type.unit == "ns":
        value = value.cast(pa.timestamp("us", tz=value.type.tz), safe=False)
    if pa.types.is_duration(value.type) and value.type.unit == "ns":
        value = value.cast(pa.duration("us"), safe=False)
    found = value.as_py()
    return (
        found.to_pytimedelta()
        if hasattr(found, "to_pytimedelta") and not isinstance(found, dt.timedelta)
        else found
    )
