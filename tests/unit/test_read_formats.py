"""Parquet, Arrow, JSON Lines, XLSX, archives and tables in memory: types kept, oddities told."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadTable, UsageError
from lookalike.tables.limits import Limits
from lookalike.tables.read import Raw, read_raw

CSV = b"a,b\n1,x\n2,y\n"
TYPED = pa.table(
    {
        "i": pa.array([1, None, -(2**63)], pa.int64()),
        "u": pa.array([1, 2, 2**64 - 1], pa.uint64()),
        "s": ["x", "", None],
        "c": pa.array(["p", None, "p"]).dictionary_encode(),
        "f": [0.5, None, float("inf")],
        "b": [True, None, False],
        "t": pa.array([1, 2, None], pa.timestamp("us", "Europe/Berlin")),
        "d": pa.array([1, 2, None], pa.date32()),
        "e": pa.array([1, 2, None], pa.duration("ms")),
        "m": pa.array([Decimal("1.50"), None, Decimal("2.00")], pa.decimal128(10, 2)),
    }
)


def read(data: bytes, **options: Any) -> Raw:
    return read_raw(io.BytesIO(data), **options)


def refused(source: Any, **options: Any) -> BadTable:
    with pytest.raises(BadTable) as caught:
        read_raw(io.BytesIO(source) if isinstance(source, bytes) else source, **options)
    assert caught.value.hint
    return caught.value


def in_parquet(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def in_ipc(table: pa.Table, compression: str | None = None, *, stream: bool = False) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize(
    "data",
    [
        in_parquet(TYPED),
        in_parquet(TYPED, use_dictionary=False, compression="zstd"),
        in_parquet(TYPED, row_group_size=1, data_page_version="2.0", compression="gzip"),
        in_ipc(TYPED),
        in_ipc(TYPED, "zstd"),
        in_ipc(TYPED, "lz4", stream=True),
    ],
)
def test_typed_files_keep_their_types(data: bytes, tmp_path: Path):
    raw = read(data)
    assert not raw.textual
    assert raw.table.schema.types == TYPED.schema.types
    assert raw.table.equals(TYPED)
    path = tmp_path / ("t.parquet" if data.startswith(b"PAR1") else "t.feather")
    path.write_bytes(data)
    assert read_raw(path).table.equals(TYPED)
    assert read_raw(str(path)).source == str(path)


def test_polars_files_are_read(tmp_path: Path):
    frame = pl.DataFrame({"s": ["x", None], "n": [1, 2]})
    frame.write_ipc(tmp_path / "a.arrow", compression="zstd")
    frame.write_ipc_stream(tmp_path / "b.arrows")
    frame.write_parquet(tmp_path / "c.parquet")
    for name in ("a.arrow", "b.arrows", "c.parquet"):
        table = read_raw(tmp_path / name).table
        assert table.to_pydict() == {"s": ["x", None], "n": [1, 2]}
        assert pa.types.is_string(table["s"].type) or pa.types.is_large_string(table["s"].type)


@pytest.mark.parametrize(
    "nested", [pa.array([[1], None]), pa.array([{"x": 1}, None]), pa.array([[], [{"x": [1]}]])]
)
def test_nested_columns_are_refused_by_name(nested: pa.Array):
    table = pa.table({"ok": [1, 2], "deep": nested})
    for data in (in_parquet(table), in_ipc(table)):
        error = refused(data)
        assert error.column == "deep"
    assert refused(table).column == "deep"


def test_a_pandas_index_without_a_name_is_left_out_of_parquet():
    frame = pd.DataFrame({"a": [1, 2]}, index=[5, 6])
    raw = read(in_parquet(pa.Table.from_pandas(frame)))
    assert raw.table.column_names == ["a"]
    assert any("index" in note for note in raw.notes)


def test_bytes_become_text_when_they_are_text():
    raw = read(in_parquet(pa.table({"a": pa.array([b"x", None, "é".encode()], pa.binary())})))
    assert raw.table.to_pydict() == {"a": ["x", None, "é"]}
    assert any("bytes" in note for note in raw.notes)
    error = refused(in_parquet(pa.table({"a": pa.array([b"x", b"\xff"], pa.binary())})))
    assert (error.row, error.column) == (2, "a")


def test_repeated_and_empty_names_are_renamed():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "a", ""])
    assert read(in_ipc(table)).table.column_names == ["a", "a_2", "column_3"]
    assert read_raw(table).table.column_names == ["a", "a_2", "column_3"]


@pytest.mark.parametrize("table", [pa.table({"a": pa.array([], pa.int64())}), pa.table({})])
def test_typed_tables_without_rows_are_refused(table: pa.Table):
    assert "no rows" in refused(table).message
    assert "no rows" in refused(in_ipc(table)).message


def test_run_end_and_view_arrays_are_made_plain():
    table = pa.table(
        {
            "r": pa.RunEndEncodedArray.from_arrays([2, 3], ["x", "y"]),
            "v": pa.array(["long enough not to be inlined", None, "z"], pa.string_view()),
            "h": pa.array([1.5, None, 2.5], pa.float16()),
        }
    )
    raw = read_raw(table)
    assert raw.table.schema.types == [pa.string(), pa.string(), pa.float32()]
    assert raw.table.to_pydict() == {
        "r": ["x", "x", "y"],
        "v": ["long enough not to be inlined", None, "z"],
        "h": [1.5, None, 2.5],
    }


def jsonl(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_json_lines_keep_integers_and_take_absent_keys_for_missing():
    raw = read(jsonl('{"i": 9007199254740993, "s": "2020-01-01"}', "", '{"s": null, "b": true, "i": -1}'))
    assert not raw.textual
    assert raw.table.schema.types == [pa.int64(), pa.string(), pa.bool_()]
    assert raw.table.to_pydict() == {
        "i": [9007199254740993, -1],
        "s": ["2020-01-01", None],
        "b": [None, True],
    }
    assert raw.notes == ()


@pytest.mark.parametrize(
    ("values", "kind", "read_as"),
    [
        (["1", "2.5"], pa.float64(), [1.0, 2.5]),
        (["9007199254740993", "0.5"], pa.string(), ["9007199254740993", "0.5"]),
        (["18446744073709551616", "1"], pa.string(), ["18446744073709551616", "1"]),
        (["1", '"x"', "true", "null"], pa.string(), ["1", "x", "true", None]),
        (['[1, {"é": 2}]', "null"], pa.string(), ['[1,{"é":2}]', None]),
        (["NaN", "1.5"], pa.float64(), [None, 1.5]),
    ],
)
def test_json_values_of_several_types(values: list[str], kind: pa.DataType, read_as: list[Any]):
    raw = read(jsonl(*(f'{{"a": {value}, "b": 1}}' for value in values)))
    assert raw.table["a"].type == kind
    assert raw.table["a"].to_pylist() == read_as
    assert any("as text" in note for note in raw.notes) == (kind == pa.string())


def test_json_types_are_settled_over_the_whole_file():
    many = ['{"a": 9007199254740993}'] * 500_000
    raw = read(jsonl(*many, '{"a": 0.5, "z": 1}'))
    assert raw.table["a"].type == pa.string()
    assert raw.table["a"].to_pylist()[-2:] == ["9007199254740993", "0.5"]
    assert raw.table["z"].null_count == 500_000
    assert read(jsonl('{"a": 1}', *['{"a": 2}'] * 900_000, '{"a": 0.5}')).table["a"].type == pa.float64()


@pytest.mark.parametrize(
    ("lines", "row", "column", "words"),
    [
        (['{"a": 1}', "", '{"a": }'], 2, None, "Line 3 is not JSON"),
        (['{"a": 1}', "[2]"], 2, None, "holds a list"),
        (['{"a": 1}', "7"], 2, None, "holds a number"),
        (['{"a": 1}{"a": 2}'], 1, None, "not JSON"),
        (['{"a": 1}', '{"a": 1, "a": 2}'], 2, "a", "twice"),
        (['{"a": "\\ud800"}'], 1, "a", "surrogate"),
        (['{"a": 1}', '{"a": "\0"}'], 2, None, "NUL"),
        (["{" + '"a":[' * 100_000], 1, None, "not JSON"),
        (['{"a": ' + "9" * 5000 + "}"], 1, None, "not JSON"),
    ],
)
def test_a_wrong_json_line_is_named(lines: list[str], row: int, column: str | None, words: str):
    error = refused(jsonl(*lines), format="jsonl")
    assert (error.row, error.column) == (row, column)
    assert words in error.message


def test_a_json_array_is_refused_with_the_way_out(tmp_path: Path):
    path = tmp_path / "t.json"
    path.write_bytes(b'[{"a": 1},\n {"a": 2}]\n')
    assert "jq" in (refused(path).hint or "")


def workbook(*rows: list[Any], sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for number in range(1, sheets):
        book.create_sheet(f"Other{number}")
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def test_a_workbook_gives_typed_columns():
    day, stamp, time = dt.date(2020, 1, 2), dt.datetime(2020, 1, 2, 3, 4, 5), dt.time(1, 2)
    data = workbook(
        ["i", "f", "s", "d", "t", "b", "h", "m"],
        [1, 1.5, "x", day, stamp, True, time, 1],
        [None] * 8,
        [2, 2, None, None, None, None, None, "z"],
    )
    raw = read(data)
    assert not raw.textual
    assert raw.table.to_pylist() == [
        {"i": 1, "f": 1.5, "s": "x", "d": day, "t": stamp, "b": True, "h": time, "m": "1"},
        {"i": 2, "f": 2.0, "s": None, "d": None, "t": None, "b": None, "h": None, "m": "z"},
    ]
    assert raw.table.schema.types[0] == pa.int64()
    assert [note for note in raw.notes if "several types" in note]


def test_a_workbook_of_texts_is_textual():
    raw = read(workbook(["a", "b"], ["007", "x"], ["008", None]))
    assert raw.textual
    assert raw.table.schema.types == [pa.string()] * 2
    assert raw.table.to_pydict() == {"a": ["007", "008"], "b": ["x", None]}


def test_a_workbook_with_sheets_or_without_header_says_so():
    raw = read(workbook([1, 2], [3, 4], sheets=3))
    assert raw.table.to_pydict() == {"column_1": [1, 3], "column_2": [2, 4]}
    assert any("3 sheets" in note for note in raw.notes)
    assert read(workbook([1, 2], [3, 4]), header=True).table.column_names == ["1", "2"]
    assert "no rows" in refused(workbook(["a", "b"])).message
    assert "no rows" in refused(workbook()).message


def zipped(*members: tuple[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv.gz", gzip.compress(CSV)),
        ("t.csv.gz", gzip.compress(CSV[:6]) + gzip.compress(CSV[6:])),
        ("t.csv.zst", pa.compress(CSV, "zstd", asbytes=True)),
        ("t.csv.zip", zipped(("in/t.csv", CSV))),
        ("t.zip", zipped(("__MACOSX/._t.csv", b"\0"), ("t.csv", CSV), (".DS_Store", b"\0"))),
        ("T.CSV", CSV),
        ("t", CSV),
        ("t.txt", CSV),
    ],
)
def test_archives_are_opened_by_name_and_by_content(tmp_path: Path, name: str, data: bytes):
    (tmp_path / name).write_bytes(data)
    expected = {"a": ["1", "2"], "b": ["x", "y"]}
    assert read_raw(tmp_path / name).table.to_pydict() == expected
    assert read(data).table.to_pydict() == expected
    with (tmp_path / name).open("rb") as file:
        assert read_raw(file).source == str(tmp_path / name)


def test_typed_files_are_read_from_archives(tmp_path: Path):
    data = in_parquet(TYPED)
    (tmp_path / "t.parquet.gz").write_bytes(gzip.compress(data))
    (tmp_path / "t.zip").write_bytes(zipped(("t.parquet", data)))
    (tmp_path / "t.jsonl.zst").write_bytes(pa.compress(b'{"a": 1}\n', "zstd", asbytes=True))
    assert read_raw(tmp_path / "t.parquet.gz").table.equals(TYPED)
    assert read_raw(tmp_path / "t.zip").table.equals(TYPED)
    assert read_raw(tmp_path / "t.jsonl.zst").table.to_pydict() == {"a": [1]}


def test_tables_in_memory_are_taken_as_they_are():
    expected = {"a": [1, 2], "s": ["x", None]}
    table = pa.table(expected)
    for source in (
        table,
        table.to_batches()[0],
        table.to_reader(),
        pl.DataFrame(expected),
        pd.DataFrame(expected),
    ):
        raw = read_raw(source)
        assert not raw.textual
        assert raw.table.to_pydict() == expected
        assert raw.table["a"].type == pa.int64()


def test_a_pandas_frame_keeps_a_named_index_and_nullable_types():
    frame = pd.DataFrame(
        {"n": pd.array([1, None], "Int64"), "c": pd.Categorical(["x", "y"]), "m": ["x", 1], 4: [1.5, np.nan]},
        index=pd.Index([7, 8], name="key"),
    )
    raw = read_raw(frame)
    assert raw.table.column_names == ["key", "n", "c", "m", "4"]
    assert raw.table["n"].to_pylist() == [1, None]
    assert raw.table["n"].type == pa.int64()
    assert raw.table["4"].null_count == 1
    assert raw.table["m"].to_pylist() == ["x", "1"]
    assert any("index" in note for note in raw.notes)
    assert "no name" in read_raw(pd.DataFrame({"a": [1, 2]}, index=[3, 4])).notes[0]


@pytest.mark.parametrize(
    "source",
    [5, b"a,b\n1,2\n", io.StringIO("a,b\n1,2\n"), pl.Series([1]), pd.Series([1]), pl.LazyFrame({"a": [1]})],
)
def test_what_is_no_table_is_a_usage_error(source: Any):
    with pytest.raises(UsageError) as caught:
        read_raw(source)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "options"),
    [
        (in_parquet(TYPED), {"delimiter": ","}),
        (in_parquet(TYPED), {"header": True}),
        (b'{"a": 1}\n', {"quote": '"'}),
        (workbook(["a"], [1]), {"encoding": "utf-8"}),
    ],
)
def test_an_option_for_another_format_is_a_usage_error(data: bytes, options: dict[str, Any]):
    with pytest.raises(UsageError):
        read(data, **options)


def test_limits_must_make_sense():
    for limits in ({"max_columns": 0}, {"max_bytes": 0}, {"max_cell_bytes": -1}, {"max_expansion": 0}):
        with pytest.raises(UsageError):
            Limits(**limits)


def test_limits_hold_for_typed_tables():
    wide = pa.table({f"c{i}": [1] for i in range(5)})
    long = pa.table({"a": ["x", "y" * 50]})
    for data in (
        in_parquet(wide),
        in_ipc(wide),
        jsonl(str({f"c{i}": 1 for i in range(5)}).replace("'", '"')),
    ):
        assert "columns" in refused(data, limits=Limits(max_columns=4)).message
    for data in (in_parquet(long), in_ipc(long), jsonl('{"a": "x"}', '{"a": "' + "y" * 50 + '"}')):
        error = refused(data, limits=Limits(max_cell_bytes=49))
        assert (error.row, error.column) == (2, "a")
