"""Columns of every Arrow type: inferred, kept, written as text and read back."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from lookalike.tables.infer import infer_typed
from lookalike.tables.schema_file import schema_of_text, schema_text
from lookalike.tables.spell import spell
from lookalike.tables.typed import typed

LEARNED = [
    *(pa.int8(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.null()),
    *(pa.string(), pa.large_string(), pa.string_view(), pa.date32(), pa.date64(), pa.timestamp("s")),
    *(
        pa.timestamp("ms", tz="UTC"),
        pa.timestamp("us", tz="America/New_York"),
        pa.timestamp("us", tz="+02:00"),
    ),
    *(pa.timestamp("ns"), pa.time32("s"), pa.time32("ms"), pa.time64("us"), pa.time64("ns")),
    *(pa.duration("s"), pa.duration("ns"), pa.decimal128(9, 2), pa.decimal128(38, 12), pa.decimal256(50, 3)),
    *(pa.dictionary(pa.int8(), pa.string()), pa.dictionary(pa.int32(), pa.int64())),
]
LEFT_OUT = [pa.binary(), pa.binary(16), pa.list_(pa.int64()), pa.map_(pa.string(), pa.int8())]


def values_of(kind: pa.DataType, rows: int, chance: random.Random) -> pa.Array:
    most = chance.choice([1, 3, 100])
    numbers = [None if chance.random() < 0.1 else chance.randrange(most) for _ in range(rows)]

    def of(make: Any) -> pa.Array:
        return pa.array([None if number is None else make(number) for number in numbers], kind)

    if pa.types.is_decimal(kind):
        return of(lambda k: Decimal(k) / 4)
    if pa.types.is_floating(kind):
        wide = [None if k is None else chance.choice([k / 7, k / 4, float(k), float("nan")]) for k in numbers]
        return pa.array(wide, pa.float64()).cast(kind)
    if pa.types.is_boolean(kind):
        return of(lambda k: k % 2 == 0)
    if pa.types.is_list(kind):
        return of(lambda k: [k])
    if pa.types.is_map(kind):
        return of(lambda k: [("a", k)])
    if pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return of(lambda k: b"x" * 16)
    if pa.types.is_null(kind):
        return pa.nulls(rows)
    whole = pa.array(numbers, pa.int64())
    if pa.types.is_dictionary(kind):
        return whole.cast(kind.value_type).dictionary_encode().cast(kind)
    if pa.types.is_string_view(kind):
        return whole.cast(pa.string()).cast(kind)
    if pa.types.is_time32(kind) or pa.types.is_date(kind):
        small = whole.cast(pa.int32())
        return small.cast(pa.date32()).cast(kind) if pa.types.is_date(kind) else small.cast(kind)
    return whole.cast(kind)


@pytest.mark.parametrize("kind", LEARNED, ids=str)
def test_every_type_is_kept_and_comes_back_from_its_text(kind: pa.DataType) -> None:
    chance = random.Random(str(kind))
    for rows in (0, 1, 2, 50, 50, 50, 50, 1200):
        values = values_of(kind, rows, chance)
        column = pa.chunked_array([values.slice(0, 7), values.slice(7)]) if rows > 7 else values
        table = pa.table({"x": column})
        schema, found, _ = infer_typed(table, textual=False)
        assert typed(table, schema, textual=False).equals(found)
        assert str(found["x"].type) == schema["x"].type
        assert schema_of_text(schema_text(schema, found)) == schema
        if schema["x"].kind != "null":
            texts = pa.table({"x": spell(found["x"], schema["x"]).cast(pa.string())})
            assert typed(texts, schema, textual=True)["x"].to_pylist() == found["x"].to_pylist()


@pytest.mark.parametrize("kind", LEFT_OUT, ids=str)
def test_types_that_cannot_be_learned_are_left_out_with_a_note(kind: pa.DataType) -> None:
    table = pa.table({"x": values_of(kind, 9, random.Random(1)), "y": range(9)})
    schema, found, notes = infer_typed(table, textual=False)
    assert schema["x"].action == "drop"
    assert found.column_names == ["y"]
    assert notes
    assert typed(table, schema, textual=False).equals(found)
    assert schema_of_text(schema_text(schema, found)) == schema
