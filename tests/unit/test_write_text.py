"""CSV, TSV and JSON Lines, cell by cell."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import counted
from lookalike.schema import Column, Schema
from lookalike.tables.csv_out import CsvText
from lookalike.tables.jsonl_out import JsonText

TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.sampled_from(
            ["", "NA", '"', '""', ",", "\n", "\r", "\r\n", "\t", "\\", "a b", "'", " x ", "\0", "\x7f"]
        ),
        st.text(st.characters(codec="utf-8"), max_size=6),
    ),
    min_size=1,
    max_size=40,
)


def schema_of(batch: pa.RecordBatch, **changes: object) -> Schema:
    kinds = [
        "numerical" if pa.types.is_integer(f.type) or pa.types.is_floating(f.type) else "categorical"
        for f in batch.schema
    ]
    return Schema(
        tuple(
            Column(name=f.name, kind=kind, type=str(f.type), **changes)  # type: ignore[arg-type]
            for f, kind in zip(batch.schema, kinds, strict=True)
        )
    )


def as_csv(batch: pa.RecordBatch, schema: Schema | None = None, **options: object) -> str:
    text = CsvText(schema or schema_of(batch), **options)  # type: ignore[arg-type]
    return (text.header() + bytes(text.rows(batch))).decode()


def as_json(batch: pa.RecordBatch, schema: Schema | None = None) -> str:
    return bytes(JsonText(schema or schema_of(batch)).rows(batch)).decode()


def texts(values: list[str | None], *, dictionary: bool) -> pa.Array:
    array = pa.array(values, pa.string())
    return array.dictionary_encode() if dictionary else array


def reference(value: str | None, null_text: str, delimiter: str) -> str:
    """RFC 4180 by hand: the shortest text that a reader takes for this very value."""
    if value is None:
        return null_text
    if value in ("", null_text) or re.search(f'[{delimiter}"\r\n]', value):
        return '"' + value.replace('"', '""') + '"'
    return value


@given(TEXTS, TEXTS, st.booleans(), st.sampled_from(["", "NA"]), st.sampled_from([",", "\t"]))
def test_csv_is_minimal_and_exact(
    a: list[str | None], b: list[str | None], dictionary: bool, null_text: str, delimiter: str
) -> None:
    rows = min(len(a), len(b))
    batch = pa.record_batch(
        {"a": texts(a[:rows], dictionary=dictionary), "b": texts(b[:rows], dictionary=False)}
    )
    found = as_csv(batch, schema_of(batch, null_text=null_text), delimiter=delimiter)
    lines = [
        delimiter.join(reference(v, null_text, delimiter) for v in row) for row in zip(a, b, strict=False)
    ]
    assert found == "\n".join([delimiter.join("ab"), *lines, ""])


@settings(max_examples=50)
@given(TEXTS)
def test_readers_tell_a_missing_text_from_an_empty_one(values: list[str | None]) -> None:
    values = [v.replace("\0", "0") if v else v for v in values]  # pyarrow's reader takes NUL for the end
    batch = pa.record_batch({"n": pa.array(range(len(values))), "s": texts(values, dictionary=True)})
    table = pa.csv.read_csv(
        io.BytesIO(as_csv(batch).encode()),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types={"s": pa.string()},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        ),
    )
    assert table["s"].to_pylist() == values


@given(TEXTS, st.booleans())
def test_python_reads_every_text_back(values: list[str | None], dictionary: bool) -> None:
    batch = pa.record_batch({"n": pa.array(range(len(values))), "s": texts(values, dictionary=dictionary)})
    rows = list(csv.reader(io.StringIO(as_csv(batch), newline=""), strict=True))
    assert rows == [["n", "s"], *([str(i), v or ""] for i, v in enumerate(values))]


def test_a_single_column_has_no_empty_line() -> None:
    batch = pa.record_batch({"s": ["x", None, ""]})
    assert as_csv(batch) == 's\nx\n""\n""\n'
    assert as_csv(batch, schema_of(batch, null_text="NA")) == 's\nx\nNA\n""\n'


def test_headers_are_quoted_when_they_need_it() -> None:
    names = ["a,b", 'say "x"', "two\nlines", "plain", " space"]
    batch = pa.record_batch({name: [1] for name in names})
    assert as_csv(batch).startswith('"a,b","say ""x""","two\nlines",plain, space\n')
    assert next(csv.reader(io.StringIO(as_csv(batch)))) == names


def test_a_null_text_with_a_delimiter_is_quoted() -> None:
    batch = pa.record_batch({"a": ["x", None], "b": [1, 2]})
    assert as_csv(batch, schema_of(batch, null_text="n,a")) == 'a,b\nx,1\n"n,a",2\n'


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_floats_come_back_to_the_bit(values: list[float | None]) -> None:
    batch = pa.record_batch({"f": pa.array(values, pa.float64()), "g": pa.array(values, pa.float64())})
    rows = list(csv.reader(io.StringIO(as_csv(batch))))[1:]
    assert [None if r[0] == "" else float(r[0]) for r in rows] == values
    assert [json.loads(line)["f"] for line in as_json(batch).splitlines()] == values


@given(st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(-3, 3)), min_size=1))
def test_integers_come_back(values: list[int | None]) -> None:
    batch = pa.record_batch({"i": pa.array(values, pa.int64()), "j": pa.array(values, pa.int64())})
    rows = list(csv.reader(io.StringIO(as_csv(batch))))[1:]
    assert [[None if v == "" else int(v) for v in row] for row in rows] == [[v, v] for v in values]
    assert [json.loads(line)["j"] for line in as_json(batch).splitlines()] == values


def test_narrow_and_wide_integers_are_spelled_alike() -> None:
    narrow = [*range(-50, 50)] * 20
    wide = [v * 10**12 for v in narrow]
    for kind in (pa.int16(), pa.int64()):
        batch = pa.record_batch({"n": pa.array(narrow, kind), "w": pa.array(wide, pa.int64())})
        assert as_csv(batch) == "n,w\n" + "".join(f"{n},{w}\n" for n, w in zip(narrow, wide, strict=True))
    unsigned = pa.record_batch({"u": pa.array([2**64 - 1, 0, 2**64 - 2] * 10, pa.uint64())})
    assert as_csv(unsigned).split() == ["u", *[str(2**64 - 1), "0", str(2**64 - 2)] * 10]


GUARDED = [
    "=1+1",
    "+49 170 x",
    "-x",
    "@cmd",
    "\tx",
    "\rx",
    "=",
    "-",
    "+1-2",
    "=SUM(A1)",
    "-1+cmd|' /C calc'!A0",
]
LEFT = ["x=1", "", "-5", "-5.25", "+49 170 1234", "-1,200.50", "-3 %", "+$5", "-1e-5", "a", "'=x", " =x"]


def test_cells_that_a_spreadsheet_would_run_get_an_apostrophe() -> None:
    values = GUARDED + LEFT
    for array in (pa.array(values), pa.array(values).dictionary_encode()):
        batch = pa.record_batch({"=h": array, "n": pa.array(range(-5, len(values) - 5))})
        rows = list(csv.reader(io.StringIO(as_csv(batch, guard=True), newline="")))
        assert rows[0] == ["'=h", "n"]
        assert [row[0] for row in rows[1:]] == ["'" + v for v in GUARDED] + LEFT
        assert [row[1] for row in rows[1:]] == [str(i - 5) for i in range(len(values))]
        unguarded = list(csv.reader(io.StringIO(as_csv(batch), newline="")))
        assert [row[0] for row in unguarded[1:]] == values


def test_a_null_text_that_a_spreadsheet_would_run_is_guarded_too() -> None:
    batch = pa.record_batch({"s": ["x", None], "n": [1, 2]})
    assert as_csv(batch, schema_of(batch, null_text="=1"), guard=True) == "s,n\nx,1\n'=1,2\n"
    assert as_csv(batch, schema_of(batch, null_text="-"), guard=True) == "s,n\nx,1\n-,2\n"


@given(TEXTS, st.booleans())
def test_json_strings_are_exact(values: list[str | None], dictionary: bool) -> None:
    batch = pa.record_batch(
        {'k"ey\\': texts(values, dictionary=dictionary), "n": pa.array(range(len(values)))}
    )
    lines = as_json(batch).split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [{'k"ey\\': v, "n": i} for i, v in enumerate(values)]


def test_every_control_character_is_escaped() -> None:
    values = [chr(i) for i in range(0x20)] + ["".join(map(chr, range(0x20))) + '"\\/']
    lines = as_json(pa.record_batch({"s": values})).splitlines()
    assert [json.loads(line)["s"] for line in lines] == values
    assert lines[10] == '{"s":"\\n"}'


def test_json_has_null_for_what_it_has_no_number_for() -> None:
    batch = pa.record_batch({"f": [1.5, None, float("nan"), float("inf"), -float("inf"), -0.0]})
    found = [json.loads(line)["f"] for line in as_json(batch).splitlines()]
    assert found == [1.5, None, None, None, None, 0.0]


def test_json_types_follow_the_column() -> None:
    when = dt.datetime(2020, 2, 29, 12, 30)
    batch = pa.record_batch(
        {
            "plain": pa.array([True, None]),
            "yes": pa.array([True, False]),
            "digit": pa.array([True, False]),
            "money": pa.array([1234.5, None]),
            "fixed": pa.array([1.5, 2.0]),
            "exact": pa.array([decimal.Decimal("1.50"), None]),
            "day": pa.array([when, None], pa.timestamp("us")),
            "nothing": pa.nulls(2),
            "code": pa.array([7, 8]).dictionary_encode(),
        }
    )
    schema = Schema(
        (
            Column(name="plain", kind="boolean", type="bool"),
            Column(name="yes", kind="boolean", type="bool", true_text="Yes", false_text="No"),
            Column(name="digit", kind="boolean", type="bool", true_text="1", false_text="0"),
            Column(
                name="money",
                kind="numerical",
                type="double",
                prefix="$",
                thousands=",",
                decimals=2,
                fixed=True,
            ),
            Column(name="fixed", kind="numerical", type="double", decimals=2, fixed=True),
            Column(name="exact", kind="numerical", type="decimal128(3, 2)"),
            Column(name="day", kind="datetime", type="timestamp[us]", format="%d.%m.%Y"),
            Column(name="nothing", kind="null", type="null"),
            Column(
                name="code", kind="categorical", type="dictionary<values=int64, indices=int32, ordered=0>"
            ),
        )
    )
    assert as_json(batch, schema).splitlines() == [
        '{"plain":true,"yes":"Yes","digit":1,"money":"$1,234.50","fixed":1.50,"exact":1.50,'
        '"day":"29.02.2020","nothing":null,"code":7}',
        '{"plain":null,"yes":"No","digit":0,"money":null,"fixed":2.00,"exact":null,'
        '"day":null,"nothing":null,"code":8}',
    ]
    assert as_csv(batch, schema).splitlines()[1:] == [
        'true,Yes,1,"$1,234.50",1.50,1.50,29.02.2020,,7',
        ",No,0,,2.00,,,,8",
    ]


def test_dates_and_spans_without_a_form_are_strings() -> None:
    batch = pa.record_batch({"d": pa.array([dt.date(2020, 2, 29), None]), "n": [1, 2]})
    schema = Schema(
        (
            Column(name="d", kind="datetime", type="date32[day]"),
            Column(name="n", kind="numerical", type="int64"),
        )
    )
    assert as_json(batch, schema) == '{"d":"2020-02-29","n":1}\n{"d":null,"n":2}\n'
    assert as_csv(batch, schema) == "d,n\n2020-02-29,1\n,2\n"


def test_a_dictionary_larger_than_its_block_and_one_with_nulls() -> None:
    large = pa.array([f"v{i}" for i in range(1000)])
    dictionary = pa.DictionaryArray.from_arrays(pa.array([999, None, 0], pa.int32()), large)
    holed = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1], pa.int32()), pa.array(["x", None]))
    empty = pa.DictionaryArray.from_arrays(pa.nulls(3, pa.int32()), pa.array([], pa.string()))
    batch = pa.record_batch({"a": dictionary, "b": holed, "c": empty})
    assert as_csv(batch) == "a,b,c\nv999,x,\n,,\nv0,,\n"


def test_a_slice_of_a_batch_is_spelled_as_the_slice() -> None:
    batch = counted.sample(500).to_arrow().to_batches()[0]
    whole = as_csv(batch.slice(100, 50), counted.SCHEMA)
    copied = pa.RecordBatch.from_pylist(batch.slice(100, 50).to_pylist(), schema=batch.schema)
    assert whole == as_csv(copied, counted.SCHEMA)


def test_a_thousand_columns_of_a_whole_block() -> None:
    columns = {f"c{i}": pa.array(np.arange(i, i + 10_000)) for i in range(1000)}
    lines = as_csv(pa.record_batch(columns)).splitlines()
    assert lines[10_000] == ",".join(str(9_999 + i) for i in range(1000))
    assert len(lines) == 10_001


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_other_readers_agree(name: str) -> None:
    sample = counted.sample(3_000, plain=True)
    batch = sample.to_arrow().to_batches()[0]
    data = as_csv(batch, counted.SCHEMA).encode()
    if name == "pandas":
        frame = pd.read_csv(io.BytesIO(data), float_precision="round_trip")
        found = (
            frame["ratio"].tolist(),
            frame["city"].astype(object).where(frame["city"].notna(), None).tolist(),
        )
    elif name == "polars":
        polars = pl.read_csv(io.BytesIO(data))
        found = polars["ratio"].to_list(), polars["city"].to_list()
    else:
        options = pa.csv.ConvertOptions(strings_can_be_null=True)
        table = pa.csv.read_csv(io.BytesIO(data), convert_options=options)
        found = table["ratio"].to_pylist(), table["city"].to_pylist()
    assert found == (batch["ratio"].to_pylist(), batch["city"].to_pylist())
