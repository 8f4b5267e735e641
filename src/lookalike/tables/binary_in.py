"""Parquet and Arrow IPC files to a typed table, their claims checked before anything is allocated."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import BadTable
from lookalike.tables.columns import no_rows, refuse_too_many
from lookalike.tables.flat import ARROW_ERRORS, damaged, decoded_text, flat_table
from lookalike.tables.ipc_sizes import declared_sizes
from lookalike.tables.limits import Limits
from lookalike.tables.parquet_footer import Footer, parse_footer
from lookalike.tables.source import ByteStream
from lookalike.watch import Watch, check

_INDEX = "__index_level_"


def read_parquet(stream: ByteStream, limits: Limits, watch: Watch) -> tuple[pa.Table, list[str]]:
    """``(table, notes)`` of a Parquet file, a row group at a time."""
    try:
        data = _bytes_of(stream)
        size = data.size()
        encoded = _footer_bytes(data, size, stream.name)
        footer = parse_footer(encoded)
        _refuse_forged(footer, size, stream.name, limits)
        tables = _row_groups(data, len(encoded), footer, stream.name, limits, watch)
    except BadTable:
        raise
    except ARROW_ERRORS as error:
        raise damaged("The Parquet file", stream.name, error) from error
    if not tables:
        raise no_rows(stream.name)
    return _finish(tables, stream.name, limits, limits.decoded_bytes(size), "The Parquet file")


def _bytes_of(stream: ByteStream) -> Any:
    if stream.path is not None:
        return pa.OSFile(str(stream.path), "rb")
    return pa.BufferReader(stream.read_all())


def _footer_bytes(data: Any, size: int, name: str) -> bytes:
    """The footer. `BadTable` when the file does not end as a Parquet file does."""
    if size >= 12:
        data.seek(size - 8)
        tail = data.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] == b"PAR1" and 0 < length <= size - 12:
            data.seek(size - 8 - length)
            footer = data.read(length)
            data.seek(0)
            return footer
        if tail[4:] == b"PARE":
            raise BadTable(
                "The Parquet file is encrypted.", hint="Write it again without encryption.", file=name
            )
    raise BadTable(
        "The Parquet file has no valid end: it was cut off, or damaged.",
        hint="Download or copy the file again.",
        file=name,
    )


def _refuse_forged(footer: Footer, size: int, name: str, limits: Limits) -> None:
    """`BadTable` when the footer claims more than a file of ``size`` bytes can hold, or nested columns."""
    refuse_too_many(len(footer.leaves), name, limits)
    most = limits.decoded_bytes(size)
    rows = decoded = 0
    for number, (count, chunks) in enumerate(footer.groups, 1):
        _claim(count >= 0, name, f"row group {number} claims {count} rows")
        rows += count
        for leaf, chunk in zip(footer.leaves, chunks, strict=True):
            inside = chunk.start >= 0 and chunk.packed >= 0 and chunk.plain >= 0
            inside = inside and chunk.start + chunk.packed <= size
            _claim(inside, name, f"the column {leaf.name!r} lies outside of the file")
            _claim(not leaf.flat or chunk.values == count, name, f"the column {leaf.name!r} has other rows")
            decoded += max(chunk.plain, count * leaf.width)
        if decoded > most:
            raise _too_much(name, "Parquet", rows, decoded)
    _claim(rows == footer.rows, name, f"it claims {footer.rows:,} rows, its row groups {rows:,}")
    for leaf in footer.leaves:
        if not leaf.flat:
            raise BadTable(
                "The column holds lists or structs; Lookalike reads one value per cell.",
                hint="Flatten the column into several, turn it into text, or drop it.",
                file=name,
                column=leaf.name,
            )


def _claim(holds: bool, name: str, what: str) -> None:
    if not holds:
        raise BadTable(
            f"The Parquet file's footer cannot be true: {what}.", hint="Write the file again.", file=name
        )


def _row_groups(
    data: Any, footer_bytes: int, footer: Footer, name: str, limits: Limits, watch: Watch
) -> list[pa.Table]:
    longest: dict[str, Any] = dict.fromkeys(
        ("thrift_string_size_limit", "thrift_container_size_limit"), footer_bytes
    )
    size = data.size()
    stored = pq.ParquetFile(data, **longest).schema_arrow
    # texts are read as dictionaries first: a few bytes can stand for a million copies of one long text
    text = [field.name for field in stored if pa.types.is_string(field.type)]
    file = pq.ParquetFile(data, read_dictionary=text, **longest)
    tables: list[pa.Table] = []
    for number, (rows, _) in enumerate(footer.groups):
        check(watch)
        table = file.read_row_group(number)
        if table.num_rows != rows:
            raise ValueError(f"row group {number + 1} has {table.num_rows:,} rows, not {rows:,}")
        table.validate(full=True)
        tables.append(_as_stored(table, stored, name, limits.decoded_bytes(size)))
        watch.progress(size * (number + 1) // len(footer.groups), size)
    return tables


def _as_stored(table: pa.Table, stored: pa.Schema, name: str, max_decoded: int) -> pa.Table:
    """``table`` with its texts as such."""
    for index, column in enumerate(table.columns):
        if pa.types.is_dictionary(column.type) and not pa.types.is_dictionary(stored.field(index).type):
            text = decoded_text(column, table.column_names[index], name, max_decoded)
            table = table.set_column(index, table.field(index).with_type(text.type), text)
    return table


def read_ipc(stream: ByteStream, limits: Limits, watch: Watch) -> tuple[pa.Table, list[str]]:
    """``(table, notes)`` of an Arrow IPC file (Feather version 2) or stream."""
    try:
        data = (
            pa.OSFile(str(stream.path), "rb").read_buffer()
            if stream.path
            else pa.py_buffer(stream.read_all())
        )
        check(watch)
        decoded, rows = declared_sizes(data)
        most = limits.decoded_bytes(data.size)
        _refuse_claims(decoded, rows, most, stream.name)
        with _ipc_reader(data) as reader:
            table = reader.read_all()
            table.validate(full=True)
    except BadTable:
        raise
    except ARROW_ERRORS as error:
        raise damaged("The Arrow file", stream.name, error) from error
    watch.progress(data.size, data.size)
    return _finish([table], stream.name, limits, most, "The Arrow file")


def _refuse_claims(decoded: int, rows: int, most: int, name: str) -> None:
    if decoded > most or rows > most:
        raise _too_much(name, "Arrow", rows, decoded)


def _too_much(name: str, kind: str, rows: int, decoded: int) -> BadTable:
    return BadTable(
        f"The {kind} file claims {rows:,} rows and {decoded:,} bytes or more, too much for its size.",
        hint="If you trust the file, raise the expansion limit.",
        file=name,
    )


def _ipc_reader(data: pa.Buffer) -> Any:
    if data.size >= 6 and data.slice(0, 6).to_pybytes() == b"ARROW1":
        return pa.ipc.open_file(data)
    return pa.ipc.open_stream(data)


def _finish(
    tables: list[pa.Table], name: str, limits: Limits, max_decoded: int, kind: str
) -> tuple[pa.Table, list[str]]:
    try:
        table = pa.concat_tables(tables)
        table, notes = _without_pandas_index(table)
    except ARROW_ERRORS as error:
        raise damaged(kind, name, error) from error
    flat, more = flat_table(table, name, limits, max_decoded)
    return flat, notes + more


def _without_pandas_index(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """pandas stores an index without a name as a column of its own: row numbers, not data."""
    found = [name for name in table.column_names if name.startswith(_INDEX) and name.endswith("__")]
    metadata = table.schema.metadata or {}
    if not found or b"pandas" not in metadata or len(found) == table.num_columns:
        return table, []
    try:
        index = json.loads(metadata[b"pandas"]).get("index_columns", [])
    except (ValueError, AttributeError, RecursionError):
        return table, []
    dropped = [name for name in found if isinstance(index, list) and name in index]
    if not dropped:
        return table, []
    return table.drop_columns(dropped), ["The pandas index has no name and was left out."]
