"""CSV and TSV: what is guessed, what is handled with a note, and how a wrong row is named."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from lookalike.errors import BadTable, Cancelled, UsageError
from lookalike.tables.limits import Limits
from lookalike.tables.pieces import PIECE_BYTES, whole_rows
from lookalike.tables.read import Raw, read_raw
from lookalike.tables.source import open_object
from lookalike.tables.walk import Dialect, Trouble


def read(data: bytes | str, **options: object) -> Raw:
    return read_raw(io.BytesIO(data if isinstance(data, bytes) else data.encode()), **options)


def cells(data: bytes | str, **options: object) -> list[list[str | None]]:
    raw = read(data, **options)
    assert raw.textual
    assert set(raw.table.schema.types) == {pa.string()}
    return [raw.table.column_names, *(list(row.values()) for row in raw.table.to_pylist())]


def refused(data: bytes | str, **options: object) -> BadTable:
    with pytest.raises(BadTable) as caught:
        read(data, **options)
    assert caught.value.hint
    assert caught.value.file == "<stream>"
    return caught.value


def test_an_empty_cell_is_null_and_a_quoted_empty_one_is_the_empty_string():
    assert cells('a,b\n,""\nNA,null\n') == [["a", "b"], [None, ""], ["NA", "null"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\n1,5;2,5\n", [["a", "b"], ["1,5", "2,5"]]),
        ("a\tb\n1,5\tx y\n", [["a", "b"], ["1,5", "x y"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ("1,5;2,5\n1,6;3,5\n", [["column_1", "column_2"], ["1,5", "2,5"], ["1,6", "3,5"]]),
        ("name;note\nx;one, two\ny;three\n", [["name", "note"], ["x", "one, two"], ["y", "three"]]),
        ("sep=;\na;b\n1;2\n", [["a", "b"], ["1", "2"]]),
        ('a,b\n"x, y","two\nlines"\n', [["a", "b"], ["x, y", "two\nlines"]]),
        ('"a, b","c\nd"\n1,2\n', [["a, b", "c\nd"], ["1", "2"]]),
        ('a,b\n"he said ""no""",\'\n', [["a", "b"], ['he said "no"', "'"]]),
        ("a,b\n'x, y','z'\n'it','q'\n", [["a", "b"], ["x, y", "z"], ["it", "q"]]),
        ("a,b\n'tis,1\nq,2\n", [["a", "b"], ["'tis", "1"], ["q", "2"]]),
        ('size\tn\n5" pipe\t1\n6"\t2\n', [["size", "n"], ['5" pipe', "1"], ['6"', "2"]]),
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
        ("\n\na,b\n\n1,2\n\r\n\n3,4\n\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,b\n  x , 2\n", [["a", "b"], ["  x ", " 2"]]),
        ("a,b\n#1,2\n", [["a", "b"], ["#1", "2"]]),
    ],
)
def test_the_dialect_is_found(text: str, expected: list[list[str]]):
    assert cells(text) == expected


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("1,2\n", False),
        ("city,2019,2020\nUlm,1,2\nBonn,2,3\n", True),
        ("city,2019,2021\nUlm,1,2\nBonn,2,3\n", True),
        ("id,name\n1,x\n2,y\n", True),
        ("x,red\ny,blue\nx,red\ny,red\n", False),
        ("p,x,s\np,x,y\ne,b,s\n", False),
        ("name,town\nAnn,Ulm\nBob,Bonn\n", True),
        (",x\n0,1\n1,2\n", True),
        ("2020-01-01,5\n2020-01-02,6\n", False),
        ("when,5\n2020-01-02,6\n", True),
        ("value\nyes\nno\n", True),
        ("yes\nno\nyes\n", False),
    ],
)
def test_a_header_is_told_from_data(text: str, has: bool):
    raw = read(text)
    assert (raw.table.column_names[-1] != f"column_{raw.table.num_columns}") == has
    assert any("no header" in note for note in raw.notes) != has


def test_every_guess_can_be_overridden():
    assert cells("1,2\n3,4\n", header=True) == [["1", "2"], ["3", "4"]]
    assert cells("a,b\n", header=False) == [["column_1", "column_2"], ["a", "b"]]
    assert cells("a,b;c\n1,2;3\n", delimiter=";") == [["a,b", "c"], ["1,2", "3"]]
    assert cells('a,b\n"x,y"\n', quote="") == [["a", "b"], ['"x', 'y"']]
    assert cells("a,b\n~x,y~,1\n", quote="~") == [["a", "b"], ["x,y", "1"]]
    assert cells("a,b\né,1\n".encode("shift_jisx0213"), encoding="shift_jisx0213")[1] == ["é", "1"]
    assert cells("a,b\nЖ,1\n".encode("cp1251"), encoding="cp1251")[1] == ["Ж", "1"]
    assert cells("a b\n1 2\n", delimiter=" ") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    "options",
    [
        {"delimiter": ",,"},
        {"delimiter": "é"},
        {"delimiter": "\n"},
        {"quote": "ab"},
        {"encoding": "no-such"},
        {"encoding": "rot13"},
        {"delimiter": "'", "quote": "'"},
        {"format": "json5"},
    ],
)
def test_an_option_that_makes_no_sense_is_a_usage_error(options: dict[str, str]):
    with pytest.raises(UsageError):
        read("a,b\n1,2\n", **options)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_read_with_a_note(encoding: str):
    data = "näme,n\r\nJosé,1\r\n".encode(encoding)
    raw = read(data)
    assert raw.table.to_pydict() == {"näme": ["José"], "n": ["1"]}
    assert "UTF-" in raw.notes[0]
    assert read(data, encoding=encoding).table.equals(raw.table)


def test_a_byte_order_mark_is_taken_off():
    assert cells(b"\xef\xbb\xbfa,b\n1,2\n") == [["a", "b"], ["1", "2"]]
    assert cells(b"\xef\xbb\xbf" + b'"a",b\n1,2\n', encoding="utf-8") == [["a", "b"], ["1", "2"]]
    assert read(b"\xef\xbb\xbfa,b\n1,2\n").notes == ()


def test_latin_1_is_read_with_a_note_wherever_it_begins():
    for head in (b"", b"x,1\n" * 400_000):
        raw = read(b"a,b\n" + head + "Zoë – ½,2\n".encode("cp1252") + b"\x81,3\n")
        assert raw.table["a"].to_pylist()[-2:] == ["Zoë – ½", "\x81"]
        assert any("Windows-1252" in note for note in raw.notes)


def test_a_stray_byte_among_utf8_is_refused_with_its_row():
    error = refused("a,b\né,1\nü,2\n".encode() + b"x,\xe9\n" + "ö,ä\n".encode())
    assert (error.row, error.column) == (3, "b")
    assert "0xE9" in error.message
    assert "line 4" in error.message


def test_utf8_that_was_asked_for_is_not_taken_for_latin_1():
    assert refused("a,b\né,1\n".encode("latin-1"), encoding="utf-8").row == 1


def test_utf16_cut_in_a_character_is_refused():
    assert "cut off" in refused("a,b\n1,2\n".encode("utf-16") + b"x").message


def test_lone_carriage_returns_end_rows_with_a_note():
    raw = read("a,b\r1,2\r\r3,4")
    assert raw.table.to_pydict() == {"a": ["1", "3"], "b": ["2", "4"]}
    assert any("carriage return" in note for note in raw.notes)
    assert refused("a,b\r1,2\r3\r").row == 2


def test_empty_and_repeated_headers_are_renamed_with_a_note():
    raw = read("a,,a, ,a_2,a\n1,2,3,4,5,6\n")
    assert raw.table.column_names == ["a", "column_2", "a_3", "column_4", "a_2", "a_4"]
    assert "renamed" in raw.notes[0]


def test_a_trailing_delimiter_gives_a_named_column_without_values():
    raw = read("a,b,\n1,2,\n3,4,\n")
    assert raw.table.column_names == ["a", "b", "column_3"]
    assert any("holds no value" in note for note in raw.notes)


def test_one_column_keeps_its_blank_lines_as_missing_values():
    raw = read('a\n1\n\n""\n3\r\n\n')
    assert raw.table.to_pydict() == {"a": ["1", None, "", "3", None]}
    assert any("one column" in note for note in raw.notes)


@pytest.mark.parametrize(
    ("text", "row", "column", "line", "hint"),
    [
        ("a,b\n1,2\n\n3\n4,5\n", 2, "b", 4, "missing cells"),
        ("a,b\n1,2\n3,4,5\n", 2, None, 3, "quotes around"),
        ('a,b\n"x\ny",1\n2\n', 2, "b", 4, "missing cells"),
        ("a,b\n1,2,\n3,4,\n", 1, None, 2, "header lacks"),
        ("n,v\nr1,1,2\nr2,3,4\n", 1, None, 2, "row name"),
        ("Report\n\na,b\n1,2\n3,4\n5,6\n", 2, None, 3, "title"),
        ("a,b\n   \n", 1, "b", 2, "missing cells"),
    ],
)
def test_a_ragged_row_is_named(text: str, row: int, column: str | None, line: int, hint: str):
    error = refused(text)
    assert (error.row, error.column) == (row, column)
    assert f"line {line} " in error.message
    assert hint in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "row", "column", "words"),
    [
        ('a,b\n1,2\n3,"4\n5,6\n', 2, "b", "never closed"),
        ('a,b\n1,2\n"3,4\n5,"6"\n', 2, "a", "closing quote"),
        ('a,b\n1,"x "y" z"\n', 1, "b", "closing quote"),
        ('a,b\n1,"x \\"y\\" z"\n', 1, "b", "backslash"),
        ('"a,b\n1,2\n', None, None, "never closed"),
    ],
)
def test_quotes_that_do_not_match_are_named(text: str, row: int | None, column: str | None, words: str):
    error = refused(text)
    assert (error.row, error.column) == (row, column)
    assert words in error.message


@pytest.mark.parametrize(
    ("data", "row", "column"), [(b"a,b\n1,2\n3,\0\n", 2, "b"), (b"a,\0b\n1,2\n", None, None)]
)
def test_a_nul_byte_is_named(data: bytes, row: int | None, column: str | None):
    error = refused(data)
    assert (error.row, error.column) == (row, column)
    assert "NUL" in error.message


@pytest.mark.parametrize("data", [b"a,b\n", b"a,b", b"\n\n", b"\r\n", b" \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_table_without_rows_is_refused(data: bytes):
    assert "no rows" in refused(data).message or "empty" in refused(data).message


def test_cells_and_columns_beyond_the_limits_are_refused():
    wide = ",".join("x" * 3) + "\n"
    assert "3 columns" in refused(wide + "1,2,3\n", limits=Limits(max_columns=2)).message
    long = refused("a,b\n1,2\n3," + "x" * 101 + "\n", limits=Limits(max_cell_bytes=100))
    assert (long.row, long.column) == (2, "b")
    assert cells("a,b\n3," + "é" * 50 + "\n", limits=Limits(max_cell_bytes=100))[1] == ["3", "é" * 50]
    assert "larger" in refused("x" * 101 + ",b\n1,2\n", limits=Limits(max_cell_bytes=100)).message
    assert "limit of 10 bytes" in refused("a,b\n1,2\n3,4\n", limits=Limits(max_bytes=10)).message


def test_a_row_longer_than_a_block_is_read():
    value = "x" * 900_000
    assert cells(f"a,b,c\n{value},{value},{value}\n1,2,3\n")[1] == [value] * 3


def test_a_wrong_row_is_named_far_into_a_file(tmp_path: Path):
    path = tmp_path / "far.csv"
    good = b'1,"two\nlines"\n\n' * 700_000  # more than a piece; three line ends per row
    assert len(good) > PIECE_BYTES
    path.write_bytes(b"a,b\n" + good + b"3\n4,5\n")
    with pytest.raises(BadTable) as caught:
        read_raw(path)
    assert (caught.value.row, caught.value.column) == (700_001, "b")
    assert "line 2,100,002 " in caught.value.message
    assert caught.value.file == str(path)
    path.write_bytes(b"a,b\n" + good)
    assert read_raw(path).table.num_rows == 700_000


def test_reading_stops_on_request_and_tells_its_progress(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 5_000_000)

    class Stopping:
        def __init__(self, after: int) -> None:
            self.after, self.seen = after, [0]

        def progress(self, done: int, total: int) -> None:
            assert total == path.stat().st_size
            self.seen.append(done)

        def stop(self) -> bool:
            return len(self.seen) > self.after

    stopping, patient = Stopping(1), Stopping(99)
    with pytest.raises(Cancelled):
        read_raw(path, watch=stopping)
    read_raw(path, watch=patient)
    assert patient.seen == sorted(patient.seen)
    assert patient.seen[-1] == path.stat().st_size


_CELL = st.one_of(st.none(), st.text(st.sampled_from('ab",;\n\r é|\t'), max_size=6))


@given(
    st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(_CELL, min_size=n, max_size=n), min_size=1, max_size=9)
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=300, deadline=None)
def test_what_was_written_by_the_rules_is_read_back(rows: list[list[str | None]], delimiter: str, end: str):
    def spell(cell: str | None) -> str:
        if cell is None:
            return ""
        quoted = not cell or any(mark in cell for mark in (*'"\r\n', delimiter))
        return '"' + cell.replace('"', '""') + '"' if quoted else cell

    header = [f"name{i}" for i in range(len(rows[0]))]
    text = end.join(delimiter.join(map(spell, row)) for row in [header, *rows]) + end
    assert cells(text, delimiter=delimiter, header=True) == [header, *rows]


@given(st.text(st.sampled_from('ab",\n\r'), max_size=60), st.integers(1, 12))
@settings(max_examples=500, deadline=None)
def test_pieces_end_where_rows_end(text: str, piece_bytes: int):
    data = text.encode()
    dialect = Dialect(b",", b'"')
    stream = open_object(io.BytesIO(data), Limits())
    try:
        pieces = [piece.rows() for piece in whole_rows(stream, dialect, 3, Limits(), piece_bytes)]
    except Trouble:
        reject()  # wrong quotes
    assert b"".join(pieces) == data
    rows = [list(csv.reader(io.StringIO(piece.decode(), newline=""), strict=True)) for piece in pieces]
    assert [row for some in rows for row in some] == list(
        csv.reader(io.StringIO(text, newline=""), strict=True)
    )
