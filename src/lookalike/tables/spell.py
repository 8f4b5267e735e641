"""Typed columns as text in the form that the file had: the inverse of `lookalike.tables.typed`."""

from __future__ import annotations

import pyarrow as pa

from lookalike.schema import Column
from lookalike.tables.arrow_types import is_moment, is_number, is_span
from lookalike.tables.cells import chunks, one, pc
from lookalike.tables.moments import spell_moments
from lookalike.tables.numbers import spell_numbers


def spell(values: pa.Array | pa.ChunkedArray, column: Column) -> pa.Array:
    """The column as a writer should write it: an array whose plain cast to text is the column's own form.

    Where Arrow's cast is that form already (integers, ISO dates, many decimals, strings) the values come back
    untouched; few distinct texts come back as a dictionary. Nulls stay null: writers put ``null_text``.
    """
    pieces = chunks(values)
    if len(pieces) != 1:
        return one(values) if not pieces else _joined([_spell(piece, column) for piece in pieces])
    return _spell(pieces[0], column)


def _joined(pieces: list[pa.Array]) -> pa.Array:
    if any(piece.type != pieces[0].type for piece in pieces):
        pieces = [pc.cast(piece, pa.string()) for piece in pieces]
    return one(pa.chunked_array(pieces).unify_dictionaries())


def _spell(values: pa.Array, column: Column) -> pa.Array:
    kind = values.type
    if pa.types.is_boolean(kind):
        return _booleans(values, column)
    if is_number(kind):
        return values if column.kind == "id" else spell_numbers(values, column)
    if is_moment(kind) or is_span(kind):
        return spell_moments(values, column)
    if pa.types.is_null(kind):
        return pc.cast(values, pa.string())
    return values


def _booleans(values: pa.Array, column: Column) -> pa.Array:
    if (column.true_text, column.false_text) == ("true", "false"):
        return values
    texts = pa.array([column.false_text, column.true_text])
    return pa.DictionaryArray.from_arrays(pc.cast(values, pa.int8()), texts)
