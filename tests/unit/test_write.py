from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import zstandard

import counted
from lookalike.errors import Cancelled, CannotWrite, UsageError
from lookalike.schema import Column, Schema
from lookalike.tables.blocks import TableBlocks, block_count, bounds
from lookalike.tables.canonical import block_hash
from lookalike.tables.parquet_out import row_group_rows
from lookalike.tables.write import target_of, write

NAMES = ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.jsonl.zst", "a.parquet"]


class Stopping:
    """A `Watch` that asks to stop once ``after`` rows are done."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.done = 0

    def progress(self, done: int, total: int) -> None:
        self.done = done

    def stop(self) -> bool:
        return self.done >= self.after


@pytest.mark.parametrize("name", NAMES)
def test_the_bytes_do_not_depend_on_workers_or_chunks(name: str, tmp_path: Path) -> None:
    results = set()
    for workers, chunk in ((1, 10_000), (2, 1), (8, 25_000), (3, 1_000_000)):
        sample = counted.sample(57_000, start=5_000, workers=workers, rows_per_chunk=chunk)
        written = sample.write(tmp_path / name)
        data = (tmp_path / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == written.sha256
        assert len(data) == written.size_bytes
        assert (written.start, written.rows) == (5_000, 57_000)
        results.add((written.sha256, written.block_hashes))
    assert len(results) == 1


def test_the_hashes_are_of_absolute_blocks(tmp_path: Path) -> None:
    written = counted.sample(30_000, start=15_000).write(tmp_path / "a.parquet")
    sampler = counted.Counted()
    borders = [(15_000, 20_000), (20_000, 30_000), (30_000, 40_000), (40_000, 45_000)]
    assert list(bounds(15_000, 45_000)) == borders
    assert written.block_hashes == tuple(block_hash(sampler.rows(a, b)) for a, b in borders)
    assert len(borders) == block_count(15_000, 30_000)


def test_a_slice_of_the_rows_is_a_slice_of_the_file(tmp_path: Path) -> None:
    counted.sample(40_000).write(tmp_path / "whole.csv")
    counted.sample(100, start=33_333).write(tmp_path / "slice.csv")
    options = pa.csv.ParseOptions(newlines_in_values=True)
    whole = pa.csv.read_csv(tmp_path / "whole.csv", parse_options=options)
    part = pa.csv.read_csv(tmp_path / "slice.csv", parse_options=options)
    assert part.equals(whole.slice(33_333, 100))


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "none"])
def test_parquet_is_read_by_everyone(compression: str, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    sample = counted.sample(12_345)
    sample.to_parquet(path, compression=compression)
    expected = sample.to_arrow()
    table = pq.read_table(path)
    assert table.equals(expected)
    assert table.schema.types == expected.schema.types
    cities = expected["city"].to_pylist()
    frame = pd.read_parquet(path)
    assert frame["city"].dtype == "category"
    assert [None if c != c else c for c in frame["city"]] == cities
    assert pl.read_parquet(path)["city"].to_list() == cities
    assert [row[0] for row in duckdb.sql(f"select city from '{path}'").fetchall()] == cities  # noqa: S608
    codec = pq.read_metadata(path).row_group(0).column(0).compression
    assert codec.lower() == compression.replace("none", "uncompressed")


DISTINCT = pa.array(range(5_000), pa.int64())
KINDS = [
    *(pa.int16(), pa.int32(), pa.int64(), pa.uint16(), pa.uint32(), pa.uint64(), pa.float32(), pa.float64()),
    *(pa.date32(), pa.timestamp("s"), pa.timestamp("ns", "UTC"), pa.time32("ms"), pa.time64("us")),
    *(pa.duration("us"), pa.decimal128(30, 2), pa.string(), pa.large_string()),
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_columns_of_distinct_values_are_read_as_they_were(kind: pa.DataType, tmp_path: Path) -> None:
    width = pa.int32() if pa.types.is_temporal(kind) and kind.bit_width == 32 else pa.int64()
    values = DISTINCT.cast(width if pa.types.is_temporal(kind) else pa.int64()).cast(kind)
    nulls = pa.array([i % 7 == 0 for i in range(5_000)])
    table = pa.table({"x": values, "a, b.c": pa.compute.if_else(nulls, pa.scalar(None, kind), values)})
    schema = Schema(tuple(Column(name=name, kind="numerical", type=str(kind)) for name in table.schema.names))
    write(TableBlocks(table), tmp_path / "a.parquet", schema=schema)
    assert pq.read_table(tmp_path / "a.parquet").to_pydict() == table.to_pydict()
    rows = duckdb.sql(f"select count(distinct x), count(*) from '{tmp_path / 'a.parquet'}'")  # noqa: S608
    assert rows.fetchall() == [(5_000, 5_000)]
    assert pl.read_parquet(tmp_path / "a.parquet")["a, b.c"].null_count() == 715


def test_only_columns_of_distinct_values_go_without_a_dictionary(tmp_path: Path) -> None:
    counted.sample(20_000).to_parquet(tmp_path / "a.parquet")
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    found = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    assert {name for name, chunk in found.items() if chunk.has_dictionary_page} == {"age", "city", "note"}
    assert "DELTA_BINARY_PACKED" in found["big, number"].encodings
    assert "DELTA_BINARY_PACKED" not in found["ratio"].encodings


def test_row_groups_follow_from_the_schema_and_the_row_numbers(tmp_path: Path) -> None:
    assert row_group_rows(15) == 100_000
    assert row_group_rows(80) == 100_000
    assert row_group_rows(81) == 90_000
    assert row_group_rows(1_000) == row_group_rows(5_000) == 10_000
    counted.sample(180_000, start=50_000, plain=True).to_parquet(tmp_path / "a.parquet")
    found = pq.read_metadata(tmp_path / "a.parquet")
    assert [found.row_group(i).num_rows for i in range(found.num_row_groups)] == [50_000, 100_000, 30_000]


def test_parquet_names_the_model_and_the_seed(tmp_path: Path) -> None:
    counted.sample(10, seed=2**63 - 1).to_parquet(tmp_path / "a.parquet")
    found = pq.read_metadata(tmp_path / "a.parquet").metadata
    assert found[b"lookalike.model_sha256"] == b"ab" * 32
    assert found[b"lookalike.seed"] == b"9223372036854775807"


def test_gzip_is_one_member_without_time_or_name(tmp_path: Path) -> None:
    sample = counted.sample(25_000)
    sample.write(tmp_path / "a.csv")
    sample.write(tmp_path / "a.csv.gz")
    packed = (tmp_path / "a.csv.gz").read_bytes()
    assert packed[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    inflate = gzip.zlib.decompressobj(31)
    assert inflate.decompress(packed) == (tmp_path / "a.csv").read_bytes()
    assert inflate.eof
    assert inflate.unused_data == b""
    assert gzip.decompress(packed) == (tmp_path / "a.csv").read_bytes()


def test_zstd_is_one_frame(tmp_path: Path) -> None:
    sample = counted.sample(25_000)
    sample.write(tmp_path / "a.jsonl")
    sample.write(tmp_path / "a.jsonl.zst")
    frame = zstandard.ZstdDecompressor().decompressobj()
    assert frame.decompress((tmp_path / "a.jsonl.zst").read_bytes()) == (tmp_path / "a.jsonl").read_bytes()
    assert frame.unused_data == b""


def test_a_dash_is_standard_output_as_csv(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sample = counted.sample(20)
    sample.write(tmp_path / "a.csv")
    written = sample.write("-")
    assert capfdbinary.readouterr().out == (tmp_path / "a.csv").read_bytes()
    assert written.format == "csv"
    assert not list(Path().glob("-*"))


@pytest.mark.parametrize(
    ("name", "format_", "compression", "expected"),
    [
        ("a.csv", None, None, ("csv", "none")),
        ("A.CSV", None, None, ("csv", "none")),
        ("b.x.tsv.gz", None, None, ("tsv", "gzip")),
        ("a.ndjson.zst", None, None, ("jsonl", "zstd")),
        ("a.parquet", None, None, ("parquet", "snappy")),
        ("a.parquet", None, "none", ("parquet", "none")),
        ("a.csv.gz", None, "gzip", ("csv", "gzip")),
        ("-", None, "zstd", ("csv", "zstd")),
        ("-", "jsonl", None, ("jsonl", "none")),
        ("noending", "csv", None, ("csv", "none")),
        ("noending.gz", "csv", None, ("csv", "gzip")),
    ],
)
def test_the_ending_says_what_to_write(
    name: str, format_: str | None, compression: str | None, expected: tuple[str, str]
) -> None:
    target = target_of(name, format=format_, compression=compression)
    assert (target.format, target.compression) == expected


@pytest.mark.parametrize(
    ("name", "format_", "compression"),
    [
        ("a", None, None),
        ("a.xlsx", None, None),
        ("a.gz", None, None),
        ("a.csv", "xml", None),
        ("a.csv", None, "snappy"),
        ("a.csv", None, "lzma"),
        ("a.csv.gz", None, "zstd"),
        ("a.csv", None, "gzip"),
        ("a.parquet.gz", None, None),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_drawn(
    name: str, format_: str | None, compression: str | None, tmp_path: Path
) -> None:
    with pytest.raises(UsageError):
        counted.sample(5).write(tmp_path / name, format=format_, compression=compression)
    assert list(tmp_path.iterdir()) == []


def test_rows_of_another_schema_are_refused(tmp_path: Path) -> None:
    other = counted.Schema(counted.SCHEMA.columns[1:])
    with pytest.raises(UsageError, match="not those of the schema"):
        counted.Sample(sampler=counted.Counted(), schema=other, rows=5).write(tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_only_text_tables_are_made_safe_for_spreadsheets(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        counted.sample(5).write(tmp_path / "a.parquet", spreadsheet_safe=True)


@pytest.mark.parametrize("name", NAMES)
def test_stopping_leaves_the_old_file_and_nothing_else(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"old")
    with pytest.raises(Cancelled):
        counted.sample(100_000).write(tmp_path / name, watch=Stopping(30_000))
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"old"


@pytest.mark.parametrize("name", NAMES)
def test_an_error_while_drawing_is_raised_as_it_is_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    class Breaking(counted.Counted):
        def rows(self, start: int, stop: int) -> pa.RecordBatch:
            if start >= 40_000:
                raise ZeroDivisionError(start)
            return super().rows(start, stop)

    sample = counted.Sample(sampler=Breaking(), schema=counted.SCHEMA, rows=90_000, workers=2)
    with pytest.raises(ZeroDivisionError, match="40000"):
        sample.write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing(tmp_path: Path) -> None:
    class Pressed:
        def progress(self, done: int, total: int) -> None:
            if done:
                raise KeyboardInterrupt

        def stop(self) -> bool:
            return False

    with pytest.raises(KeyboardInterrupt):
        counted.sample(50_000, workers=2).write(tmp_path / "a.csv", watch=Pressed())
    assert list(tmp_path.iterdir()) == []
    assert not [t for t in threading.enumerate() if t.name.startswith("lookalike-draw")]


def test_a_missing_folder_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="folder does not exist") as caught:
        counted.sample(5).write(tmp_path / "no" / "a.csv")
    assert caught.value.hint == "Create the folder first."
    assert caught.value.file == str(tmp_path / "no" / "a.csv")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(CannotWrite, match="that is a folder"):
        counted.sample(5).write(tmp_path / "a.csv")
    (tmp_path / "f").touch()
    with pytest.raises(CannotWrite, match="is a file"):
        counted.sample(5).write(tmp_path / "f" / "a.csv")


def test_a_name_that_is_too_long_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="too long"):
        counted.sample(5).write(tmp_path / ("a" * 300 + ".csv"))
    name = "☃" * 80 + ".csv"  # 244 bytes: fits, though its temporary name would not
    counted.sample(5).write(tmp_path / name, manifest=False)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        with pytest.raises(CannotWrite, match="permission denied"):
            counted.sample(5).write(tmp_path / "a.csv")
    finally:
        os.seteuid(user)
        tmp_path.chmod(0o755)
    assert list(tmp_path.iterdir()) == []


def test_a_full_device_is_told() -> None:
    with pytest.raises(CannotWrite, match="disk is full"):
        counted.sample(100_000).write("/dev/full", format="csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_may_not_grow_leaves_the_old_one(name: str, tmp_path: Path) -> None:
    """The size limit of a process stands for a disk that fills up half-way."""
    (tmp_path / name).write_bytes(b"old")
    script = (
        "import resource, sys, counted\n"
        "from lookalike.errors import CannotWrite\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: counted.sample(50_000).write(sys.argv[1])\n"
        "except CannotWrite as problem: print(problem)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / name)],
        env=os.environ | {"PYTHONPATH": str(Path(counted.__file__).parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "larger than is allowed" in done.stdout
    assert done.stderr == ""
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"old"


def test_a_closed_pipe_is_an_error_without_noise(tmp_path: Path) -> None:
    script = (
        "import counted\n"
        "from lookalike.errors import CannotWrite\n"
        "try: counted.sample(100_000).write('-')\n"
        "except CannotWrite as problem: raise SystemExit(str(problem))\n"
    )
    command = [sys.executable, "-c", script]
    environment = os.environ | {"PYTHONPATH": str(Path(counted.__file__).parent)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read().decode().splitlines() == [
            "Cannot write standard output: whoever was reading closed the pipe."
        ]
    assert process.returncode == 1


def test_a_link_stays_a_link_and_a_mode_stays_a_mode(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_bytes(b"old")
    (tmp_path / "real.csv").chmod(0o600)
    (tmp_path / "link.csv").symlink_to("real.csv")
    written = counted.sample(5).write(tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert hashlib.sha256((tmp_path / "real.csv").read_bytes()).hexdigest() == written.sha256
    assert stat.S_IMODE((tmp_path / "real.csv").stat().st_mode) == 0o600


def test_a_named_pipe_is_written_directly(tmp_path: Path) -> None:
    pipe = tmp_path / "a.csv"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    written = counted.sample(20_000).write(pipe)
    reader.join()
    assert hashlib.sha256(read[0]).hexdigest() == written.sha256
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_a_table_in_memory_is_written_in_the_same_way(tmp_path: Path) -> None:
    sample = counted.sample(23_000, start=4_000)
    drawn = sample.write(tmp_path / "a.csv")
    table = TableBlocks(sample.to_arrow(), start=4_000)
    again = write(table, tmp_path / "b.csv", schema=counted.SCHEMA)
    assert (again.sha256, again.block_hashes) == (drawn.sha256, drawn.block_hashes)


def test_progress_is_told_in_rows(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    class Telling:
        def progress(self, done: int, total: int) -> None:
            told.append((done, total))

        def stop(self) -> bool:
            return False

    counted.sample(25_000).write(tmp_path / "a.csv", watch=Telling())
    assert told == [(0, 25_000), (10_000, 25_000), (20_000, 25_000), (25_000, 25_000)]


def test_a_table_of_no_rows_is_a_header(tmp_path: Path) -> None:
    schema = Schema((Column(name="x", kind="numerical", type="int64"),))
    empty = TableBlocks(pa.table({"x": pa.array([], pa.int64())}))
    assert write(empty, tmp_path / "a.csv", schema=schema).rows == 0
    assert (tmp_path / "a.csv").read_bytes() == b"x\n"
    write(empty, tmp_path / "a.parquet", schema=schema)
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
    assert pa.csv.read_csv(io.BytesIO(b"x\n")).num_rows == 0
