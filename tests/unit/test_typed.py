"""Text and tables read by a schema, and the errors for what does not fit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from lookalike.errors import BadInput, BadSchema, BadTable
from lookalike.schema import Column, Schema
from lookalike.tables.arrow_types import CATEGORY, type_of
from lookalike.tables.typed import parse_cell, typed


def schema_of(**fields: Any) -> Schema:
    return Schema((Column(**{"name": "c", "kind": "numerical", "type": "int64", **fields}),))


def read(cells: list[str | None], **fields: Any) -> pa.ChunkedArray:
    table = pa.table({"c": pa.array(cells, pa.string())})
    return typed(table, schema_of(**fields), textual=True, source="t.csv")["c"]


def refusal(cells: list[str | None], **fields: Any) -> BadTable:
    with pytest.raises(BadTable) as caught:
        read(cells, **fields)
    return caught.value


@pytest.mark.parametrize(
    ("fields", "bad", "shown"),
    [
        ({}, "abc", "letters, 3 characters"),
        ({}, "1.5", "a decimal number"),
        ({}, "0x1F", "letters and digits, 4 characters"),
        ({"type": "int8"}, "300", "a whole number of 3 digits"),
        ({"type": "double"}, "1,5", "text, 3 characters"),
        ({"type": "double", "prefix": "$"}, "1.5", "a decimal number"),
        (
            {"kind": "datetime", "type": "date32[day]", "format": "%d.%m.%Y"},
            "2020-01-01",
            "digits and separators",
        ),
        ({"kind": "datetime", "type": "timestamp[us]"}, "tomorrow", "letters, 8 characters"),
        (
            {"kind": "timedelta", "type": "duration[us]", "format": "%H:%M:%S"},
            "1:75:00",
            "digits and separators",
        ),
        ({"kind": "boolean", "type": "bool"}, "maybe", "letters, 5 characters"),
        (
            {"kind": "boolean", "type": "int64", "true_text": "1", "false_text": "0"},
            "2",
            "a whole number of 1",
        ),
        (
            {"kind": "boolean", "type": CATEGORY, "true_text": "y", "false_text": "n"},
            "Y",
            "letters, 1 characters",
        ),
        ({"kind": "null", "type": "null"}, "x", "letters"),
        ({}, " ", "only spaces"),
    ],
)
@pytest.mark.parametrize("row", [0, 1, 6, 998])
def test_a_cell_that_does_not_fit_is_named_by_row_and_column_and_not_quoted(
    fields: dict[str, Any], bad: str, shown: str, row: int
) -> None:
    cells: list[str | None] = [None] * 999
    cells[row] = bad
    error = refusal(cells, **fields)
    assert (error.row, error.column, error.file) == (row + 1, "c", "t.csv")
    assert shown in error.message
    assert f"'{bad}'" not in error.message
    assert error.hint is not None


def test_missing_values_are_read_in_all_spellings_but_stay_in_strings() -> None:
    assert read(["1", "NA", None, "-", ""]).to_pylist() == [1, None, None, None, None]
    assert read(["a", "NA", None], kind="categorical", type=CATEGORY).to_pylist() == ["a", "NA", None]


def test_missing_values_among_booleans_are_read_in_all_spellings() -> None:
    fields = {"kind": "boolean", "type": CATEGORY, "true_text": "yes", "false_text": "no", "null_text": "NA"}
    assert read(["yes", "NA", "-", "no", None], **fields).to_pylist() == ["yes", None, None, "no", None]


def test_null_text_of_an_edited_schema_holds_for_every_kind() -> None:
    assert read(["a", "?", "b"], kind="categorical", type=CATEGORY, null_text="?").to_pylist() == [
        "a",
        None,
        "b",
    ]
    assert read(["1", "unknown"], null_text="unknown").to_pylist() == [1, None]


@pytest.mark.parametrize(
    ("cells", "fields", "expected"),
    [
        (["007", "12"], {"type": "int64"}, [7, 12]),
        (["1", "2"], {"type": "string", "kind": "categorical"}, ["1", "2"]),
        (["1", "2"], {"type": CATEGORY, "kind": "categorical"}, ["1", "2"]),
        (["1", "2"], {"type": "double"}, [1.0, 2.0]),
        (["1", "0"], {"type": "bool", "kind": "boolean", "true_text": "1", "false_text": "0"}, [True, False]),
        (["M", "F"], {"type": "bool", "kind": "boolean", "true_text": "M", "false_text": "F"}, [True, False]),
        (
            ["3/4/2020"],
            {"type": "date32", "kind": "datetime", "format": "%d/%m/%Y"},
            [dt.date(2020, 4, 3)],
        ),
        (
            ["2020-07-01 12:00:00"],
            {"type": "timestamp[us, tz=Europe/Berlin]", "kind": "datetime", "format": "%Y-%m-%d %H:%M:%S"},
            [dt.datetime(2020, 7, 1, 10, tzinfo=dt.UTC)],
        ),
        (["25:00:01"], {"type": "duration[s]", "kind": "timedelta"}, [dt.timedelta(hours=25, seconds=1)]),
        (["12:00:01"], {"type": "time32[s]", "kind": "timedelta", "format": "%H:%M:%S"}, [dt.time(12, 0, 1)]),
        (["1.50"], {"type": "decimal128(10, 2)"}, [__import__("decimal").Decimal("1.50")]),
    ],
)
def test_an_edited_schema_is_followed(cells: list[str], fields: dict[str, Any], expected: list[Any]) -> None:
    found = read([*cells], **fields)
    assert found.type == type_of(fields["type"])
    assert found.to_pylist() == expected


def test_columns_come_in_the_schemas_order_and_dropped_ones_do_not_come() -> None:
    table = pa.table({"a": ["1"], "b": ["x"], "c": ["y"]})
    schema = Schema(
        (
            Column(name="c", kind="categorical", type="string"),
            Column(name="b", kind="text", type="string", action="drop"),
            Column(name="a", kind="numerical", type="int64"),
        )
    )
    assert typed(table, schema, textual=True).column_names == ["c", "a"]


def test_columns_that_are_missing_or_extra_are_named() -> None:
    schema = schema_of(name="a")
    with pytest.raises(BadSchema, match="lacks: 'a'") as caught:
        typed(pa.table({"b": ["1"]}), schema, textual=True, source="t.csv")
    assert caught.value.column == "a"
    with pytest.raises(BadSchema, match="lacks: 'b', 'z'"):
        typed(pa.table({"a": ["1"], "b": ["1"], "z": ["1"]}), schema, textual=True)


def test_an_unknown_type_names_its_column() -> None:
    with pytest.raises(BadSchema, match="integer") as caught:
        read(["1"], type="integer")
    assert caught.value.column == "c"


def test_typed_tables_are_cast_to_an_edited_schema() -> None:
    table = pa.table({"c": pa.array([1, 2, None], pa.int32())})
    assert typed(table, schema_of(type="int64"), textual=False)["c"].type == pa.int64()
    as_text = typed(table, schema_of(type=CATEGORY, kind="categorical"), textual=False)["c"]
    assert as_text.to_pylist() == ["1", "2", None]


def test_typed_tables_that_cannot_be_cast_are_refused() -> None:
    table = pa.table({"c": pa.array([1.5, 2.0])})
    with pytest.raises(BadTable, match="int64") as caught:
        typed(table, schema_of(type="int64"), textual=False, source="t.parquet")
    assert (caught.value.column, caught.value.file) == ("c", "t.parquet")


def test_strings_of_a_typed_table_are_read_by_their_format() -> None:
    table = pa.table({"c": ["03.04.2020", None]})
    schema = schema_of(kind="datetime", type="date32[day]", format="%d.%m.%Y")
    assert typed(table, schema, textual=False)["c"].to_pylist() == [dt.date(2020, 4, 3), None]


def test_nan_in_a_typed_table_is_missing() -> None:
    table = pa.table({"c": pa.array([float("nan"), 1.0, float("inf")])})
    assert typed(table, schema_of(type="double"), textual=False)["c"].to_pylist() == [None, 1.0, None]


@pytest.mark.parametrize(
    ("text", "fields", "value"),
    [
        ("30", {}, 30),
        ("", {}, None),
        ("NA", {}, None),
        ("$1,200.50", {"type": "double", "prefix": "$", "thousands": ","}, 1200.5),
        ("1200.50", {"type": "double", "prefix": "$", "thousands": ","}, 1200.5),
        ("yes", {"kind": "boolean", "type": "bool", "true_text": "yes", "false_text": "no"}, True),
        ("", {"kind": "categorical", "type": CATEGORY}, ""),
        ("?", {"kind": "categorical", "type": CATEGORY, "null_text": "?"}, None),
        (">50K", {"kind": "categorical", "type": CATEGORY}, ">50K"),
        (
            "31.12.2020",
            {"kind": "datetime", "type": "date32[day]", "format": "%d.%m.%Y"},
            dt.date(2020, 12, 31),
        ),
        (
            "2020-12-31",
            {"kind": "datetime", "type": "date32[day]", "format": "%d.%m.%Y"},
            dt.date(2020, 12, 31),
        ),
        ("2020-12-31", {"kind": "datetime", "type": "timestamp[us]"}, dt.datetime(2020, 12, 31)),
        ("08:30", {"kind": "timedelta", "type": "duration[us]", "format": "%H:%M"}, dt.timedelta(hours=8.5)),
    ],
)
def test_one_cell_is_read_as_conditions_write_it(text: str, fields: dict[str, Any], value: Any) -> None:
    assert parse_cell(text, schema_of(**fields)["c"]) == value


def test_one_cell_that_is_no_value_is_refused() -> None:
    with pytest.raises(BadInput, match="integers") as caught:
        parse_cell("old", schema_of()["c"])
    assert caught.value.column == "c"


@pytest.mark.parametrize(
    "kind",
    [
        *(
            pa.null(),
            pa.bool_(),
            pa.int8(),
            pa.uint64(),
            pa.float16(),
            pa.float32(),
            pa.float64(),
            pa.string(),
        ),
        *(pa.large_string(), pa.date32(), pa.date64(), pa.timestamp("s"), pa.timestamp("ns", tz="+02:00")),
        *(pa.timestamp("us", tz="Europe/Berlin"), pa.duration("ms"), pa.time32("ms"), pa.time64("ns")),
        *(pa.decimal128(38, 10), pa.decimal256(60, 2), pa.dictionary(pa.int8(), pa.string(), ordered=True)),
    ],
)
def test_types_are_read_from_their_names(kind: pa.DataType) -> None:
    assert type_of(str(kind)) == kind


@pytest.mark.parametrize(
    "name", ["", "int", "list<item: int8>", "timestamp[h]", "time32[us]", "decimal128(99, 2)"]
)
def test_names_of_no_type_are_refused(name: str) -> None:
    with pytest.raises(BadSchema):
        type_of(name)


@pytest.mark.parametrize(
    ("kind", "type_name", "pattern", "said"),
    [
        ("datetime", "date32[day]", "%d.%m.%Y", "31.01.2020"),
        ("datetime", "timestamp[us]", None, "2020-01-31"),
        ("datetime", "timestamp[ns, tz=UTC]", None, "2020-01-31"),
        ("datetime", "date64[ms]", None, "2020-01-31"),
        ("timedelta", "duration[us]", None, "08:30:00"),
        ("timedelta", "time64[us]", "%H:%M", "08:30"),
    ],
)
def test_a_date_that_is_none_is_answered_with_one(
    kind: Any, type_name: str, pattern: str | None, said: str
) -> None:
    column = Column(name="when", kind=kind, type=type_name, format=pattern)
    with pytest.raises(BadInput) as caught:
        parse_cell("soon", column)
    assert caught.value.hint is not None
    assert said in caught.value.hint
    assert parse_cell(caught.value.hint.removeprefix("Such as ").removesuffix("."), column) is not None
