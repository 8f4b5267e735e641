"""Files that are damaged, forged, bombs, or not what they say: one clear error each, and little memory."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lookalike.errors import BadTable
from lookalike.tables.limits import Limits
from lookalike.tables.parquet_footer import parse_footer
from lookalike.tables.read import read_raw

CSV = b"a,b\n1,x\n2,y\n"


def zipped(*members: tuple[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return sink.getvalue()


def in_parquet(table: pa.Table, **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


def in_ipc(table: pa.Table, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(
        sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)
    ) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


PARQUET = in_parquet(pa.table({"a": [1, 2], "b": ["x", "y"]}))
NOISE = random.Random(1).randbytes(200_000)


def encrypted_zip() -> bytes:
    data = bytearray(zipped(("t.csv", CSV)))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flag] |= 1
    return bytes(data)


@contextmanager
def memory_below(size: float) -> Iterator[None]:
    """What Python allocates inside stays below ``size`` bytes."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < size
    finally:
        tracemalloc.stop()


def refused(path: Path, **options: Any) -> BadTable:
    with pytest.raises(BadTable) as caught:
        read_raw(path, **options)
    error = caught.value
    assert error.exit_status == 4
    assert error.hint
    assert (error.file or "").startswith(str(path))
    return error


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("empty.csv.gz", gzip.compress(b""), "empty"),
        ("empty.parquet", b"", "empty"),
        ("cut.csv.gz", gzip.compress(CSV)[:-6], "cut off"),
        ("cut.csv.gz", gzip.compress(NOISE.hex().encode())[:9000], "cut off"),
        ("cut.csv.zst", pa.compress(NOISE.hex().encode(), "zstd", asbytes=True)[:9000], "cut off"),
        ("cut.zip", zipped(("t.csv", CSV))[:-30], "damaged"),
        ("cut.parquet", PARQUET[:-9], "cut off"),
        ("cut.parquet", PARQUET[:40], "cut off"),
        ("cut.arrow", in_ipc(pa.table({"a": [1, 2]}))[:-9], "cut off"),
        ("flip.csv.gz", gzip.compress(CSV)[:-8] + b"\0" * 8, "damaged"),
        ("junk.csv.gz", gzip.compress(CSV) + b"junk", "damaged"),
        ("junk.csv.zst", pa.compress(CSV, "zstd", asbytes=True) + b"junk", "damaged"),
        ("nested.csv.gz", gzip.compress(gzip.compress(CSV)), "another archive"),
        ("nested.csv.zst", pa.compress(zipped(("t.csv", CSV)), "zstd", asbytes=True), "another archive"),
        ("nested.zip", zipped(("t.csv.gz", gzip.compress(CSV))), "another archive"),
        ("nested.zip", zipped(("t.csv", zipped(("t.csv", CSV)))), "another archive"),
        ("none.zip", zipped(), "no file"),
        ("two.zip", zipped(("a.csv", CSV), ("b.csv", CSV)), "2 files"),
        ("up.zip", zipped(("../t.csv", CSV)), "outside"),
        ("up.zip", zipped(("a/..\\t.csv", CSV)), "outside"),
        ("root.zip", zipped(("/etc/t.csv", CSV)), "outside"),
        ("drive.zip", zipped(("C:\\t.csv", CSV)), "outside"),
        ("locked.zip", encrypted_zip(), "encrypted"),
        ("text.parquet", CSV, "content is text"),
        ("text.arrow", CSV, "content is text"),
        ("text.xlsx", CSV, "content is text"),
        ("text.csv.gz", CSV, "content is text"),
        ("text.zip", CSV, "content is text"),
        ("parquet.csv", PARQUET, "content is a Parquet file"),
        ("parquet.xlsx", PARQUET, "content is a Parquet file"),
        ("gzip.csv", gzip.compress(CSV), "content is a gzip file"),
        ("zip.csv", zipped(("t.csv", CSV)), "content is a zip archive"),
        ("zip.xlsx", zipped(("t.csv", CSV)), "not an Excel workbook"),
        ("png.csv", b"\x89PNG\r\n\x1a\n\0\0", "content is a PNG image"),
        ("pdf.csv", b"%PDF-1.7\n", "content is a PDF document"),
        ("page.csv", b"\n <!DOCTYPE HTML><html>", "content is a web page"),
        ("xml.csv", b"<?xml version='1.0'?><a/>", "content is an XML document"),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "with a password"),
        ("pickle.csv", b"\x80\x04\x95\0", "content is a Python pickle"),
        ("lines.csv", b'{"a": 1}\n', "content is a JSON Lines file"),
        ("csv.jsonl", CSV, "not JSON"),
        ("noise.csv", NOISE, "NUL"),
        ("noise", NOISE, "NUL"),
        ("feather.feather", b"FEA1\0\0\0\0", "version 1"),
        ("locked.parquet", PARQUET[:-4] + b"PARE", "encrypted"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, name: str, data: bytes, words: str):
    path = tmp_path / name
    path.write_bytes(data)
    assert words in refused(path).message


def test_a_folder_a_missing_file_and_an_impossible_name_are_refused(tmp_path: Path):
    assert "folder" in refused(tmp_path).message
    assert "no file" in refused(tmp_path / "none.csv").message
    with pytest.raises(BadTable):
        read_raw("a\0b.csv")


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_file_without_permission_is_refused(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(CSV)
    if os.geteuid() == 0:
        # root may read everything: ask as somebody else
        child = os.fork()
        if child == 0:
            status = 3
            try:
                status = _read_as_nobody(path)
            finally:
                os._exit(status)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    else:
        path.chmod(0)
        assert "may not be read" in refused(path).message


def _read_as_nobody(path: Path) -> int:
    path.chmod(0)
    for folder in path.parents[:3]:
        folder.chmod(0o755)
    os.setuid(65534)
    try:
        read_raw(path)
    except BadTable as error:
        return 0 if "may not be read" in error.message else 2
    return 1


def test_bombs_are_refused_before_they_are_held(tmp_path: Path):
    big = b"a,b\n" + b"1,2\n" * 25_000_000
    for name, data in (
        ("bomb.csv.gz", gzip.compress(big)),
        ("bomb.csv.zst", pa.compress(big, "zstd", asbytes=True)),
        ("bomb.zip", zipped(("t.csv", big))),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        with memory_below(60e6):
            assert "100 times" in refused(path).message


def test_a_small_file_may_expand_as_it_likes_and_the_limit_can_be_raised(tmp_path: Path):
    path = tmp_path / "small.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 250_000))
    assert read_raw(path).table.num_rows == 250_000
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 500_000))
    assert "100 times" in refused(path).message
    assert read_raw(path, limits=Limits(max_expansion=2000)).table.num_rows == 500_000


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path):
    data = bytearray(zipped(("t.csv", CSV * 1000)))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + at, 5)
    path = tmp_path / "t.zip"
    path.write_bytes(data)
    assert "damaged" in refused(path).message


class Endless:
    """A stream of 2 GiB that is made as it is read, and counts what was asked of it."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head, self.body, self.given = head, body, 0

    def read(self, count: int) -> bytes:
        if self.given >= 2 << 30:
            return b""
        part = self.head or (self.body * (count // len(self.body) + 1))[:count]
        self.head = b""
        self.given += len(part)
        return part


@pytest.mark.parametrize(
    ("head", "body", "row", "words"),
    [
        (b"", b"a", None, "larger than the limit"),
        (b"a,b\n", b"a", 1, "larger than the limit"),
        (b'a,b\n1,2\n3,"', b"a", 2, "not closed"),
        (b'a,b\n1,2\n3,"', b"a\n", 2, "not closed"),
        (b'"', b"a,", None, "not closed"),
        (b"", b"a,", None, "more than 100,000 cells"),
        (b"a,b\n", b"1,", 1, "too long"),
        (b'{"a": "', b"x", 1, "too long"),
        (b'{"a": 1}\n', b'"b",', 2, "too long"),
        ("a,b\n".encode("utf-16"), b"a\0", 1, "larger than the limit"),
    ],
)
def test_a_line_of_2_gib_is_refused_early(head: bytes, body: bytes, row: int | None, words: str):
    stream = Endless(head, body)
    with memory_below(200e6), pytest.raises(BadTable) as caught:
        read_raw(stream)
    assert caught.value.row == row
    assert words in caught.value.message
    assert stream.given <= 64 << 20


def _forged_rows(table: pa.Table, claimed: int) -> bytes:
    """A Parquet file whose footer says that it has ``claimed`` rows: the varints of both counts replaced."""

    def varint(value: int) -> bytes:
        value <<= 1
        out = b""
        while value > 127:
            out += bytes([value & 127 | 128])
            value >>= 7
        return out + bytes([value])

    data = in_parquet(table)
    length = int.from_bytes(data[-8:-4], "little")
    footer, rows = data[-8 - length : -8], varint(table.num_rows)
    forged = footer.replace(b"\x16" + rows, b"\x16" + varint(claimed))
    assert parse_footer(forged).rows == claimed
    return data[: -8 - length] + forged + len(forged).to_bytes(4, "little") + b"PAR1"


@pytest.mark.parametrize("claimed", [10**5, 10**9, 10**15, 2**62])
def test_forged_parquet_counts_are_refused(tmp_path: Path, claimed: int):
    path = tmp_path / "t.parquet"
    path.write_bytes(_forged_rows(pa.table({"a": list(range(77_777))}), claimed))
    before = pa.total_allocated_bytes()
    with memory_below(64e6):
        refused(path)
    assert pa.total_allocated_bytes() - before < 64 << 20


def test_a_forged_footer_length_is_refused(tmp_path: Path):
    path = tmp_path / "t.parquet"
    for length in (0, 2**31 - 1, 2**32 - 1, len(PARQUET)):
        path.write_bytes(PARQUET[:-8] + length.to_bytes(4, "little") + b"PAR1")
        refused(path)


def test_run_lengths_that_stand_for_gigabytes_are_refused(tmp_path: Path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": pa.array([0] * 20_000_000)}), path)
    assert "too much for its size" in refused(path).message
    pq.write_table(pa.table({"a": pa.array(["x" * 1_000_000] * 200)}), path)
    assert refused(path).column == "a"
    arrow = tmp_path / "t.arrow"
    arrow.write_bytes(in_ipc(pa.table({"a": pa.array([0] * 20_000_000)}), "zstd"))
    assert "too much for its size" in refused(arrow).message
    arrow.write_bytes(in_ipc(pa.table({"a": pa.nulls(100_000_000)})))
    assert "too much for its size" in refused(arrow).message


def test_a_claimed_arrow_buffer_is_not_allocated(tmp_path: Path):
    table = pa.table({"a": [1, 2, 3] * 1000})
    data = in_ipc(table, "zstd")
    honest = struct.pack("<q", 24_000)
    assert data.count(honest) == 1
    path = tmp_path / "t.arrow"
    path.write_bytes(data.replace(honest, struct.pack("<q", 1 << 40)))
    refused(path)


def test_arrow_offsets_beyond_their_buffer_are_refused(tmp_path: Path):
    data = in_ipc(pa.table({"a": ["x", "yy", "zzz"]}))
    offsets = struct.pack("<4i", 0, 1, 3, 6)
    assert data.count(offsets) == 1
    path = tmp_path / "t.arrow"
    for forged in ((0, 1, 3, 2**30), (0, -5, 3, 6), (0, 6, 3, 6)):
        path.write_bytes(data.replace(offsets, struct.pack("<4i", *forged)))
        assert "damaged" in refused(path).message


def _workbook(sheet: tuple[bytes, bytes], texts: bytes = b"") -> bytes:
    """A workbook with the first of ``sheet`` replaced by the second, and shared ``texts``."""
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append(["one", 2])
    sink = io.BytesIO()
    book.save(sink)
    with zipfile.ZipFile(sink) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert sheet[0] in parts[SHEET]
    parts[SHEET] = parts[SHEET].replace(*sheet)
    if texts:
        parts["xl/sharedStrings.xml"] = b"<sst>" + texts + b"</sst>"
    return zipped(*parts.items())


SHEET = "xl/worksheets/sheet1.xml"


LONG = b"<si><t>x</t></si><si><t>" + b"zz" * 450_000 + b"</t></si>"


@pytest.mark.parametrize(
    ("sheet", "texts", "words"),
    [
        ((b'r="B2"', b'r="XFD1048576"'), b"", "too far apart"),
        ((b'r="B2"', b"r = 'XFD1048576'"), b"", "too far apart"),
        ((b'<row r="2"', b'<row r="999999999"'), b"", "too far apart"),
        ((b"</sheetData>", b" " * 90_000_000 + b"</sheetData>"), b"", "unpacks to more"),
        ((b"</row>", b'<c t="s"><v>1</v></c>' * 900 + b"</row>"), LONG, "texts of the workbook"),
        ((b"</row>", b"<c s='1' t = 's' ><v >1</v></c>" * 900 + b"</row>"), LONG, "texts of the workbook"),
        ((b"</row>", b'<c t="s"><!-- --><v>1</v></c>' * 900 + b"</row>"), LONG, "texts of the workbook"),
        ((b"<sheetData>", b"<sheetData"), b"", "damaged"),
    ],
)
def test_workbooks_that_would_fill_the_memory_are_refused(
    tmp_path: Path, sheet: tuple[bytes, bytes], texts: bytes, words: str
):
    path = tmp_path / "t.xlsx"
    path.write_bytes(_workbook(sheet, texts))
    assert words in refused(path).message


def test_a_workbook_of_many_shared_texts_is_read(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    rows = b"".join(b'<row><c t="s"><v>%d</v></c><c><v>%d</v></c></row>' % (i % 2, i) for i in range(5000))
    path.write_bytes(
        _workbook((b"</sheetData>", rows + b"</sheetData>"), LONG.replace(b"zz" * 450_000, b"zz"))
    )
    assert read_raw(path).table["a"].to_pylist()[-2:] == ["x", "zz"]


def test_a_stream_that_fails_is_a_clear_error():
    class Broken:
        name = "remote.csv"

        def read(self, count: int) -> bytes:
            raise ConnectionResetError(104, "Connection reset by peer")

    with pytest.raises(BadTable) as caught:
        read_raw(Broken())
    assert "Connection reset" in caught.value.message
    assert caught.value.file == "remote.csv"
