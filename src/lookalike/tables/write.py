"""A stream of blocks → one file, hashed while it is written, and there only when it is whole."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import pyarrow as pa

from lookalike import faults
from lookalike.errors import UsageError
from lookalike.schema import Schema
from lookalike.tables.atomic import Sink, open_sink, told_as_cannot_write
from lookalike.tables.blocks import BlockStream
from lookalike.tables.canonical import block_hash
from lookalike.tables.csv_out import CsvText
from lookalike.tables.jsonl_out import JsonText
from lookalike.tables.parquet_out import ParquetOut
from lookalike.tables.text_out import GzipOut, PlainOut, RowText, ZstdOut
from lookalike.watch import Unwatched, Watch

Format = Literal["csv", "tsv", "jsonl", "parquet"]
Compression = Literal["none", "snappy", "gzip", "zstd"]
FORMATS: tuple[Format, ...] = get_args(Format)
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)

_FORMATS: dict[str, Format] = {known: known for known in FORMATS}
_COMPRESSIONS: dict[str, Compression] = {known: known for known in COMPRESSIONS}

_ENDINGS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_PACKED: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd"}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, as far as it can be said without opening the file again.

    block_hashes: the `block_hash` (32 bytes) of each block that rows ``start`` … ``start + rows - 1`` touch.
    sha256: hex, of the file's bytes. columns: names and Arrow types. path: as asked for.
    """

    path: str
    format: Format
    compression: Compression
    spreadsheet_safe: bool
    start: int
    rows: int
    columns: tuple[tuple[str, str], ...]
    size_bytes: int
    sha256: str
    block_hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A file to be: its name, and what is to be in it."""

    path: str
    format: Format
    compression: Compression


class Encoder(Protocol):
    """Turns blocks into the bytes of one file. `prepare` is pure and may run in any thread."""

    def prepare(self, block: pa.RecordBatch) -> Any: ...
    def add(self, piece: Any) -> None: ...
    def finish(self) -> None: ...


def target_of(
    path: str | Path,
    *,
    format: str | None = None,  # noqa: A002
    compression: str | None = None,
) -> Target:
    """The format and compression of a file, by its ending where they are not given; ``-`` is CSV.

    ``.csv`` ``.tsv`` ``.jsonl`` ``.ndjson`` (each also with ``.gz`` or ``.zst``), ``.parquet`` ``.pq``.
    `UsageError` for an unknown ending, and for a compression that the format does not have or the ending
    contradicts.
    """
    name = str(path)
    endings = [ending.lower() for ending in Path(name).suffixes]
    packed = _PACKED.get(endings[-1]) if endings else None
    ending = (endings[-2] if len(endings) > 1 else "") if packed else (endings[-1] if endings else "")
    by_name: Format | None = "csv" if name == "-" else _ENDINGS.get(ending)
    chosen = _FORMATS.get(format) if format else by_name
    if chosen is None:
        raise UsageError(
            f"{format!r} is not a format that can be written."
            if format
            else f"The ending of {name} says no format that can be written.",
            hint=f"Endings: {', '.join(_ENDINGS)}; the text ones also with .gz or .zst.",
            file=name,
        )
    return Target(name, chosen, _compression(name, chosen, packed, compression))


def _compression(name: str, chosen: Format, packed: Compression | None, asked: str | None) -> Compression:
    known = [c for c in COMPRESSIONS if chosen == "parquet" or c != "snappy"]
    wanted = _COMPRESSIONS.get(asked) if asked else None
    if asked and wanted not in known:
        raise UsageError(
            f"{chosen} files have no compression {asked!r}.",
            hint=f"Choose one of {', '.join(known)}.",
            file=name,
        )
    if chosen == "parquet":
        if packed:
            raise UsageError(
                f"A Parquet file is compressed inside: {name} would be a name that readers do not open.",
                hint="Leave out the second ending, and say compression='zstd' if you want it.",
                file=name,
            )
        return wanted or "snappy"
    if packed and wanted and packed != wanted:
        raise UsageError(f"The ending of {name} says {packed}, but {asked} was asked for.", file=name)
    if wanted not in (None, "none") and packed is None and name != "-":
        raise UsageError(
            f"{name} would be {wanted}-compressed without saying so in its name.",
            hint=f"Call it {name}{'.gz' if wanted == 'gzip' else '.zst'}.",
            file=name,
        )
    return packed or wanted or "none"


def write(
    stream: BlockStream,
    path: str | Path,
    *,
    schema: Schema,
    format: str | None = None,  # noqa: A002
    compression: str | None = None,
    metadata: Mapping[str, str] | None = None,
    spreadsheet_safe: bool = False,
    watch: Watch | None = None,
) -> Written:
    """`Written`: what now stands at ``path``, whole, and nothing if anything went wrong.

    The bytes depend on the rows, ``stream.start``, the options, and the versions of pyarrow and zlib; never
    on how many threads drew the rows. schema: the form that every column has in text; its columns are the
    stream's, in order. metadata: goes into a Parquet file's key-value metadata. spreadsheet_safe: for CSV and
    TSV, see `CsvText`. watch: progress in rows. Raises `UsageError`, `CannotWrite`, `Cancelled`, and whatever
    the stream raises.
    """
    target = target_of(path, format=format, compression=compression)
    work = _Work(stream, target, schema, metadata or {}, spreadsheet_safe, watch or Unwatched())
    with open_sink(path) as sink:
        return work.written(sink, list(work.encoded(sink)))


def write_pieces(
    stream: BlockStream,
    name: str,
    *,
    schema: Schema,
    format: str | None = None,  # noqa: A002
    compression: str | None = None,
    metadata: Mapping[str, str] | None = None,
    spreadsheet_safe: bool = False,
    watch: Watch | None = None,
) -> Generator[bytes, None, Written]:
    """The bytes that `write` would put into a file called ``name``, as they come; returns what `write` does.

    For stores that are no folders. Nothing is held but what one block or row group comes to.
    """
    target = target_of(name, format=format, compression=compression)
    work = _Work(stream, target, schema, metadata or {}, spreadsheet_safe, watch or Unwatched())
    held = io.BytesIO()
    sink = Sink(held, name)
    hashes: list[bytes] = []
    for digest in work.encoded(sink):
        hashes.append(digest)
        if held.tell():
            yield held.getvalue()
            held.seek(0)
            held.truncate()
    yield held.getvalue()
    return work.written(sink, hashes)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be written, and how."""

    stream: BlockStream
    target: Target
    schema: Schema
    metadata: Mapping[str, str]
    spreadsheet_safe: bool
    watch: Watch

    def __post_init__(self) -> None:
        if self.spreadsheet_safe and self.target.format not in ("csv", "tsv"):
            raise UsageError("Only CSV and TSV can be made safe for spreadsheets.", file=self.target.path)
        if tuple(self.stream.arrow_schema.names) != self.schema.names:
            raise UsageError("The columns of the rows are not those of the schema.", file=self.target.path)

    def encoded(self, sink: Sink) -> Iterator[bytes]:
        """Every block's hash, once the sink has what can be written so far; it has all of it at the end."""
        out = self._encoder(sink)

        def work(block: pa.RecordBatch) -> tuple[bytes, int, Any]:
            return block_hash(block), block.num_rows, out.prepare(block)

        done = 0
        self.watch.progress(0, self.stream.rows)
        with contextlib.closing(self.stream.map(work, self.watch)) as pieces:
            for digest, rows, piece in pieces:
                out.add(piece)
                done += rows
                self.watch.progress(done, self.stream.rows)
                yield digest
        with told_as_cannot_write(self.target.path):
            faults.hit("before-finish")
            out.finish()

    def written(self, sink: Sink, hashes: Sequence[bytes]) -> Written:
        return Written(
            path=self.target.path,
            format=self.target.format,
            compression=self.target.compression,
            spreadsheet_safe=self.spreadsheet_safe,
            start=self.stream.start,
            rows=self.stream.rows,
            columns=tuple((field.name, str(field.type)) for field in self.stream.arrow_schema),
            size_bytes=sink.size_bytes,
            sha256=sink.sha256.hexdigest(),
            block_hashes=tuple(hashes),
        )

    def _encoder(self, sink: Sink) -> Encoder:
        if self.target.format != "parquet":
            return _text_out(sink, self.target, self.schema, self.spreadsheet_safe)
        arrow_schema, start = self.stream.arrow_schema, self.stream.start
        return ParquetOut(sink, arrow_schema, start, self.target.compression, self.metadata)


def _text_out(sink: Sink, target: Target, schema: Schema, spreadsheet_safe: bool) -> Encoder:
    text: RowText
    if target.format == "jsonl":
        text = JsonText(schema)
    else:
        text = CsvText(schema, "\t" if target.format == "tsv" else ",", spreadsheet_safe)
    outs = {"none": PlainOut, "gzip": GzipOut, "zstd": ZstdOut}
    return outs[target.compression](sink, text)
