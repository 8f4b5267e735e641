"""Files that people really have, and that break readers: each is learned and drawn, or clearly refused."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

import lookalike as la
from lookalike.errors import BadTable

N = 60


def lines(header: str, row: Callable[[int], str], end: str = "\n") -> str:
    return header + end + "".join(row(i) + end for i in range(N))


def zipped(name: str, data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr(name, data)
    return held.getvalue()


Kinds = dict[str, str]
TEXTS: dict[str, tuple[str | bytes, Kinds]] = {
    "line ends of all three kinds": (
        "a,b\n1,x\r\n2,y\r3,z\n" + lines("9,q", lambda i: f"{i % 9},q", "\r\n"),
        {"a": "numerical", "b": "categorical"},
    ),
    "a mark of byte order inside": (
        lines("a,b", lambda i: f"{chr(0xFEFF) if i == 30 else ''}{i % 7},{i % 3}"),
        {"a": "categorical", "b": "numerical"},
    ),
    "nothing but delimiters": (",,\n,,\n,,\n", {"column_1": "null", "column_2": "null", "column_3": "null"}),
    "numbers too large for a double": (
        lines("a,b", lambda i: f"{'1e999' if i % 7 == 0 else i % 9},{i % 4}"),
        {"a": "categorical", "b": "numerical"},
    ),
    "infinities and NaN as text": (
        lines("a,b", lambda i: f"{['NaN', 'inf', '-Infinity', '1.5', '2.5'][i % 5]},{i % 4}"),
        {"a": "numerical", "b": "numerical"},
    ),
    "dates from the first year to the last": (
        lines("a,b", lambda i: f"{i + 1:04d}-01-01,{9999 - i}-12-31"),
        {"a": "datetime", "b": "datetime"},
    ),
    "days that do not exist": (
        lines("a,b", lambda i: f"2020-02-{30 + i % 2},{i % 4}"),
        {"a": "categorical", "b": "numerical"},
    ),
    "years of five digits": (
        lines("a,b", lambda i: f"{9998 + i % 4}-01-01,{i % 4}"),
        {"a": "categorical", "b": "numerical"},
    ),
    "days as a spreadsheet counts them": (
        lines("date,b", lambda i: f"{44_000 + i * i},{i % 4}"),
        {"date": "numerical", "b": "numerical"},
    ),
    "decimals of forty digits": (
        lines("a,b", lambda i: f"{i}.{'1234567890' * 4},{i % 4}"),
        {"a": "numerical", "b": "numerical"},
    ),
    "integers of forty digits": (
        lines("a,b", lambda i: f"{'1234567890' * 4}{i % 4},{i % 4}"),
        {"a": "categorical", "b": "numerical"},
    ),
    "minus nothing": (
        lines("a,b", lambda i: f"{['-0', '0', '-0.0', '0.0'][i % 4]},{['-0', '1'][i % 2]}"),
        {"a": "numerical", "b": "numerical"},
    ),
    "one row over and over": ("a,b\n" + "1,x\n" * N, {"a": "constant", "b": "constant"}),
    "one row": ("a,b,c\n1.50,x,2020-01-01\n", {"a": "constant", "b": "constant", "c": "constant"}),
    "a cell of a million characters": (
        "a,b\n" + "x" * 1_000_000 + ",1\n" + "y,2\n" * N,
        {"a": "categorical", "b": "numerical"},
    ),
    "empty texts alone": ('""\n' * N, {"column_1": "constant"}),
    "headers of any script": (
        lines("naïve ☃,日本,\u202eabc", lambda i: f"{i % 3},{i % 4},{i % 5}"),
        {"naïve ☃": "numerical", "日本": "numerical", "\u202eabc": "numerical"},
    ),
    "thousands parted by hard spaces, decimal commas": (
        lines("a;b", lambda i: f"1\u00a0{200 + i},50;{i % 4}"),
        {"a": "numerical", "b": "numerical"},
    ),
    "spaces around cells": (
        lines("a , b", lambda i: f" {i * i} , x "),
        {"a ": "numerical", " b": "constant"},
    ),
    "missing in five spellings": (
        lines("a,b", lambda i: f"{['NA', 'N/A', 'null', '-', '', '1', '2'][i % 7]},{i % 4}"),
        {"a": "numerical", "b": "numerical"},
    ),
    "JSON inside CSV": (
        lines("a,b", lambda i: f'"{{""k"": [{i % 3},2]}}",{i % 4}'),
        {"a": "categorical", "b": "numerical"},
    ),
    "UTF-16 without its mark": (lines("a,b", lambda i: f"{i % 9},x").encode("utf-16-le"), {"a": "numerical"}),
    "UTF-32": (lines("a,b", lambda i: f"{i % 9},x").encode("utf-32"), {"a": "numerical"}),
    "letters that come once each": (
        "a,b\n" + "".join(f"{chr(97 + i)},{i % 3}\n" for i in range(26)),
        {"a": "text", "b": "numerical"},
    ),
}


def form_of(table: la.Table) -> list[tuple[object, ...]]:
    return [
        (c.name, c.type, c.format, c.prefix, c.suffix, c.thousands, c.decimal_mark, c.fixed)
        for c in table.schema
    ]


@pytest.mark.parametrize("case", TEXTS)
def test_text_of_any_kind_is_read_learned_drawn_and_read_again(tmp_path: Path, case: str) -> None:
    content, kinds = TEXTS[case]
    (tmp_path / "in.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    table = la.read(tmp_path / "in.csv")
    assert {name: table.schema[name].kind for name in kinds} == kinds
    model = la.fit(table)
    drawn = la.load(model.save(tmp_path / "m.lal")).sample(200)
    drawn.to_csv(tmp_path / "out.csv")
    again = la.read(tmp_path / "out.csv", schema=table.schema)
    assert len(again) == 200
    assert form_of(again) == form_of(table)
    assert again.arrow.equals(la.read(tmp_path / "out.csv", schema=model.schema).arrow)


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "a mark of byte order alone": ("a.csv", b"\xef\xbb\xbf", "empty"),
    "a header after such a mark": ("a.csv", b"\xef\xbb\xbfa,b\n", "no rows"),
    "one delimiter": ("a.csv", ",\n", "no rows"),
    "ten thousand columns": ("a.csv", (",".join("1" * 10_000) + "\n") * 3, "10,000 columns"),
    "a cell of two million characters": ("a.csv", "a,b\n" + "x" * 2_000_000 + ",1\n", "cell is larger"),
    "money with a comma that is not quoted": ("a.csv", "a,b\n5%,$5,000.50\n", "3 cells"),
    "a web page": ("a.csv", "<!DOCTYPE html><html><body>404</body></html>\n", "web page"),
    "zeros": ("a.csv", b"\0" * 100, "NUL"),
    "a zip in a gzip": ("a.csv.gz", gzip.compress(zipped("a.csv", b"a,b\n1,2\n")), "another archive"),
    "a gzip in a gzip": ("a.csv.gz", gzip.compress(gzip.compress(b"a,b\n1,2\n")), "another archive"),
    "a gzip in a zip": ("a.zip", zipped("a.csv.gz", gzip.compress(b"a,b\n1,2\n")), "another archive"),
    "a gzip that says it is CSV": ("a.csv", gzip.compress(b"a,b\n1,2\n"), "gzip"),
    "text that says it is Parquet": ("a.parquet", "a,b\n1,2\n", "content is text"),
    "a JSON array": ("a.jsonl", '[{"a":1},{"a":2}]', "list"),
    "a key named twice": ("a.jsonl", '{"a":1,"a":2}\n' * N, "twice"),
    "lines of numbers": ("a.jsonl", "1\n2\n", "number"),
    "empty objects": ("a.jsonl", "{}\n{}\n", "no rows"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_with_what_to_do(tmp_path: Path, case: str) -> None:
    name, content, said = REFUSED[case]
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadTable, match=said) as caught:
        la.read(tmp_path / name)
    assert caught.value.file is not None
    assert name in caught.value.file
    assert caught.value.hint


def column(make: Callable[[int], Any], kind: pa.DataType) -> pa.Array:
    return pa.array([make(i) for i in range(200)], kind)


TYPED: dict[str, pa.Array] = {
    "decimal256(70, 5)": column(lambda i: Decimal(i * i), pa.decimal256(70, 5)),
    "decimal128(38, 18)": column(lambda i: Decimal(i) / 4, pa.decimal128(38, 18)),
    "dictionary": pa.array(["a", "b"] * 100).dictionary_encode(),
    "time64[us]": column(lambda i: i * 1_000_003, pa.time64("us")),
    "duration[ms]": column(lambda i: i * 7, pa.duration("ms")),
    "timestamp with a zone": column(lambda i: i * 10**12, pa.timestamp("us", tz="Europe/Berlin")),
    "timestamp[ns]": column(lambda i: i * 10**15 + 1, pa.timestamp("ns")),
    "date32": column(lambda i: (i - 100) * 500, pa.date32()),
    "float": column(lambda i: i / 7, pa.float32()),
    "uint8": column(lambda i: i * i % 251, pa.uint8()),
    "large_string": column(lambda i: "ab"[i % 2], pa.large_string()),
    "bool": column(lambda i: i % 3 == 0, pa.bool_()),
    "null": pa.nulls(200),
}


def test_columns_of_every_type_come_back_in_their_type(tmp_path: Path) -> None:
    pq.write_table(pa.table(TYPED), tmp_path / "in.parquet")
    table = la.read(tmp_path / "in.parquet")
    la.fit(table).sample(300).to_parquet(tmp_path / "out.parquet")
    made = pq.read_table(tmp_path / "out.parquet")
    for name in TYPED:
        assert made[name].type == table.arrow[name].type, name
    kept = set(TYPED) - {"dictionary", "null"}
    for name in kept:
        assert made[name].type == TYPED[name].type, name


NESTED: Iterable[pa.Array] = (
    pa.array([[1, 2]] * N),
    pa.array([[("k", 1)]] * N, pa.map_(pa.string(), pa.int64())),
    pa.array([{"x": 1}] * N),
    pa.array([(1, 2, 3)] * N, pa.month_day_nano_interval()),
    pa.array([b"\xff\x00"] * N),
)


@pytest.mark.parametrize("values", NESTED, ids=lambda values: str(values.type))
def test_columns_that_hold_no_single_values_are_refused_by_name(tmp_path: Path, values: pa.Array) -> None:
    pyarrow.feather.write_feather(pa.table({"fine": range(N), "odd": values}), str(tmp_path / "a.arrow"))
    with pytest.raises(BadTable) as caught:
        la.read(tmp_path / "a.arrow")
    assert caught.value.column == "odd"
    assert caught.value.hint


def test_extension_types_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    ids = [uuid.UUID(bytes=dice.bytes(16), version=4) for _ in range(N)]
    table = pa.table({"u": pa.array([i.bytes for i in ids], pa.uuid()), "x": dice.integers(0, 9, N)})
    pyarrow.feather.write_feather(table, str(tmp_path / "a.arrow"))
    read = la.read(tmp_path / "a.arrow")
    assert read.schema["u"].kind == "id"
    made = la.fit(read).sample(100).to_arrow()["u"].to_pylist()
    assert all(uuid.UUID(value).version == 4 for value in made)
    assert not set(made) & {str(i) for i in ids}


def test_json_of_many_shapes_is_read(tmp_path: Path) -> None:
    values = [1, "1", None, 1.5, True]
    rows = [
        {"mixed": values[i % 5], "nested": {"c": i % 3, "d": [1, 2]}, "big": 10**30 + i} for i in range(N)
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    table = la.read(tmp_path / "a.jsonl")
    assert len(table.notes) >= 3
    la.fit(table).sample(100).to_jsonl(tmp_path / "b.jsonl")
    for line in (tmp_path / "b.jsonl").read_text().splitlines():
        nested = json.loads(line)["nested"]
        assert nested is None or json.loads(nested)["d"] == [1, 2]


def test_workbooks_with_formulas_merged_cells_errors_and_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.append(["number", "half", "formula", "when", "error", "merged"])
    for i in range(N):
        when = dt.datetime(2020, 1, 1) + dt.timedelta(days=i)
        sheet.append([i % 9, i / 2, f"=A{i + 2}*2", when, "#DIV/0!" if i % 5 == 0 else i % 4, "x"])
    sheet.merge_cells("F2:F4")
    book.create_sheet("second").append(["other"])
    book.save(tmp_path / "a.xlsx")
    table = la.read(tmp_path / "a.xlsx")
    assert any("2 sheets" in note for note in table.notes)
    assert {c.name: c.kind for c in table.schema} == {
        "number": "numerical",
        "half": "numerical",
        "formula": "null",  # no program has worked it out yet
        "when": "datetime",
        "error": "numerical",
        "merged": "categorical",
    }
    assert table.schema["error"].nulls
    assert len(la.fit(table).sample(50).to_arrow()) == 50
