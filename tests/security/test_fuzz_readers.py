"""Mutated and random bytes for every format: a table or a clear error, never a crash, hang or traceback."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import time
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.errors import LookalikeError
from lookalike.tables.read import read_raw

QUICK, THOROUGH = 300, 6000
SLOWEST_S = 10

TYPED = pa.table(
    {
        "i": [1, 2, None] * 20,
        "s": ["x", "yy", None] * 20,
        "c": pa.array(["p", "q", "p"] * 20).dictionary_encode(),
        "f": np.arange(60) / 7,
        "b": [True, None, False] * 20,
        "t": pa.array([1, 2, 3] * 20, pa.timestamp("us", "UTC")),
        "m": pa.array([1, 2, 3] * 20, pa.decimal128(10, 2)),
    }
)
CSV = b'id,name,"note, x",v\r\n' + b"".join(
    b'%d,"n%d","a ""q"" \n z",%d.5\r\n' % (i, i, i) for i in range(30)
)
JSONL = b"".join(b'{"a":%d,"b":"x%d","c":[1,{"z":2}],"d":null,"e":1.5}\n' % (i, i) for i in range(20))


def parquet(**options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(TYPED, sink, **options)
    return sink.getvalue()


def ipc(compression: str | None, *, stream: bool = False) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with (pa.ipc.new_stream if stream else pa.ipc.new_file)(sink, TYPED.schema, options=options) as writer:
        writer.write_table(TYPED, max_chunksize=40)
    return sink.getvalue().to_pybytes()


def zipped(members: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def workbook_parts() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for row in (["i", "f", "s", "d"], [1, 1.5, "x", dt.date(2020, 1, 2)], [2, None, "y", None]):
        book.active.append(row)
    sink = io.BytesIO()
    book.save(sink)
    with zipfile.ZipFile(sink) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/sharedStrings.xml"] = b"<sst><si><t>one</t></si><si><t>two</t></si></sst>"
    return parts


PARTS = workbook_parts()
VALID: dict[str, list[bytes]] = {
    "csv": [CSV, CSV.decode().encode("utf-16"), b"a;b\r1,5;'x'\r2;", "é;ü\n1;2\n".encode("latin-1")],
    "parquet": [
        parquet(),
        parquet(compression="zstd", data_page_version="2.0", row_group_size=20),
        parquet(use_dictionary=False, compression="gzip"),
    ],
    "arrow": [ipc(None), ipc("zstd"), ipc("lz4", stream=True), ipc(None, stream=True)],
    "jsonl": [JSONL],
    "xlsx": [zipped(PARTS)],
    "gz": [gzip.compress(CSV, mtime=0)],
    "zst": [pa.compress(CSV, "zstd", asbytes=True)],
    "zip": [zipped({"t.csv": CSV}), zipped({"t.parquet": parquet()})],
}

TOKENS = (
    *(
        b'"',
        b"'",
        b",",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b"\0",
        b"\\",
        b"\xff",
        b"\xef\xbb\xbf",
        b"{",
        b"[",
        b"}",
    ),
    *(b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\xff" * 8, b"9" * 20, b"1e999"),
    *(
        b'<c r="XFD1048576"><v>1</v></c>',
        b'<c t="s"><v>99</v></c>',
        b"</row>",
        b"PAR1",
        b"ARROW1",
        b"PK\x03\x04",
    ),
)
EDIT = st.tuples(
    st.sampled_from(["set", "flip", "cut", "token", "over", "copy"]),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 255),
    st.sampled_from(TOKENS),
)


def edited(data: bytes, edits: list[tuple[str, float, int, bytes]]) -> bytes:
    changed = bytearray(data)
    for kind, where, number, token in edits:
        at = int(where * len(changed))
        if kind == "set":
            changed[at : at + 1] = bytes([number])
        elif kind == "flip" and changed:
            changed[at] ^= 1 << number % 8
        elif kind == "cut":
            del changed[at : at + 1 + number]
        elif kind == "token":
            changed[at:at] = token
        elif kind == "over":
            changed[at : at + len(token)] = token
        else:
            changed[at:at] = changed[number : number + 40]
    return bytes(changed)


def survives(data: bytes, **options: Any) -> None:
    begun = time.monotonic()
    try:
        raw = read_raw(io.BytesIO(data), **options)
    except LookalikeError:
        raw = None
    assert time.monotonic() - begun < SLOWEST_S
    if raw is not None:
        assert raw.table.num_rows > 0
        raw.table.validate(full=True)
        raw.table.to_pylist()


def fuzz(
    examples: int, **drawn: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    quick = examples == QUICK
    rules = settings(
        max_examples=examples,
        deadline=None,
        derandomize=quick,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: rules(given(**drawn)(test))


EDITS = st.lists(EDIT, min_size=1, max_size=4)


@pytest.mark.parametrize("kind", VALID)
@fuzz(QUICK, which=st.integers(0, 9), edits=EDITS)
def test_damaged_files(kind: str, which: int, edits: list[Any]):
    survives(edited(VALID[kind][which % len(VALID[kind])], edits))


@fuzz(QUICK, part=st.sampled_from(sorted(PARTS)), edits=EDITS)
def test_damaged_parts_of_a_workbook(part: str, edits: list[Any]):
    survives(zipped(PARTS | {part: edited(PARTS[part], edits)}))


@fuzz(QUICK, edits=EDITS)
def test_damaged_parquet_footers(edits: list[Any]):
    survives(with_footer(VALID["parquet"][0], edits))


@pytest.mark.parametrize("kind", [None, "csv", "tsv", "jsonl", "parquet", "arrow", "xlsx"])
@fuzz(QUICK // 3, data=st.binary(max_size=200), head=st.sampled_from([b"", *TOKENS]))
def test_random_bytes(kind: str | None, data: bytes, head: bytes):
    survives(head + data, format=kind)


@fuzz(QUICK, text=st.text(st.sampled_from("ab1,;\"'\n\r\t| é\0{}[]:"), max_size=120))
def test_random_text(text: str):
    survives(text.encode())
    survives(text.encode(), format="csv", header=True)
    survives(text.encode(), format="jsonl")


def with_footer(data: bytes, edits: list[Any]) -> bytes:
    """The Parquet file with its footer edited, and the footer's length made right again."""
    length = int.from_bytes(data[-8:-4], "little")
    footer = edited(data[-8 - length : -8], edits)
    return data[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1"


@pytest.mark.faults
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", VALID)
@fuzz(THOROUGH, which=st.integers(0, 9), edits=EDITS)
def test_damaged_files_by_the_thousand(kind: str, which: int, edits: list[Any]):
    survives(edited(VALID[kind][which % len(VALID[kind])], edits))


@pytest.mark.faults
@pytest.mark.timeout(1800)
@fuzz(THOROUGH, edits=EDITS)
def test_damaged_parquet_footers_by_the_thousand(edits: list[Any]):
    survives(with_footer(VALID["parquet"][0], edits))


@pytest.mark.faults
@pytest.mark.timeout(1800)
@fuzz(THOROUGH, part=st.sampled_from(sorted(PARTS)), edits=EDITS)
def test_damaged_parts_of_a_workbook_by_the_thousand(part: str, edits: list[Any]):
    survives(zipped(PARTS | {part: edited(PARTS[part], edits)}))


@pytest.mark.faults
@pytest.mark.timeout(1800)
@fuzz(THOROUGH, text=st.text(st.sampled_from("ab1,;\"'\n\r\t| é\0{}[]:"), max_size=200))
def test_random_text_by_the_thousand(text: str):
    survives(text.encode())
    survives(text.encode(), format="csv", header=True)
    survives(text.encode(), format="jsonl")
