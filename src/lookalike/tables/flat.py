"""Arrow columns of any type to those that a flat table can hold, or the refusal that names the column.

Types stay as they are, with these exceptions: views become strings, run-end encodings are expanded, extension
types give their storage (UUIDs their text), bytes that are UTF-8 become strings, half floats become floats.
Lists, structs, maps, unions and calendar intervals are refused: a flat table has one value per cell.
"""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.errors import BadTable
from lookalike.tables.columns import column_notes, no_rows, refuse_oversized, refuse_too_many, unique_names
from lookalike.tables.limits import Limits

pc: Any = pyarrow.compute  # its functions are made at run time, so no checker knows them

ARROW_ERRORS = (
    pa.ArrowException,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    MemoryError,
    NotImplementedError,
)


def damaged(kind: str, file: str, error: Exception) -> BadTable:
    """What to raise when the Arrow library could not make sense of a file."""
    said = str(error).strip().splitlines()
    reason = f": {said[0][:200].rstrip('.')}" if said else ""
    return BadTable(f"{kind} is damaged{reason}.", hint="Download it, or write it, again.", file=file)


def flat_table(table: pa.Table, file: str, limits: Limits, max_decoded: int) -> tuple[pa.Table, list[str]]:
    """``(table, notes)``: valid buffers, unique names, flat columns of ``max_decoded`` bytes at most."""
    refuse_too_many(table.num_columns, file, limits)
    if table.num_columns == 0 or table.num_rows == 0:
        raise no_rows(file, header=table.num_columns > 0)
    try:
        headers = table.column_names
        table.validate(full=True)
    except ARROW_ERRORS as error:
        raise damaged("The table", file, error) from error
    names, notes = unique_names(headers)
    columns: list[Any] = []
    for name, column in zip(names, table.columns, strict=True):
        try:
            made, note = _flat_column(column, name, file, max_decoded)
            columns.append(made)
        except BadTable:
            raise
        except ARROW_ERRORS as error:
            raise damaged(f"The column {name!r}", file, error) from error
        if note:
            notes.append(note)
    flat = pa.table(dict(zip(names, columns, strict=True)))
    refuse_oversized(flat, file, limits)
    empty = [name for name in names if flat[name].null_count == flat.num_rows]
    return flat, notes + column_notes(names, empty)


def _flat_column(column: Any, name: str, file: str, max_decoded: int) -> tuple[Any, str | None]:
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return _uuid_text(column), f"The column {name!r} holds UUIDs; they were read as text."
        stored = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        return _flat_column(stored, name, file, max_decoded)
    if pa.types.is_run_end_encoded(kind):
        width = kind.value_type.bit_width // 8 if pa.types.is_primitive(kind.value_type) else 16
        _refuse_growth(column.length() * max(width, 1), name, file, max_decoded)
        decoded = [pc.run_end_decode(chunk) for chunk in column.chunks]
        return _flat_column(pa.chunked_array(decoded, kind.value_type), name, file, max_decoded)
    if pa.types.is_dictionary(kind):
        return _flat_dictionary(column, name, file, max_decoded), None
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        held = sum(_view_bytes(chunk) for chunk in column.chunks)
        _refuse_growth(held, name, file, max_decoded)
        plain = pa.large_string() if pa.types.is_string_view(kind) else pa.large_binary()
        column = column.cast(plain)
        if pa.types.is_string_view(kind):
            return (column.cast(pa.string()) if held < 1 << 30 else column), None
        kind = plain
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _text_of_bytes(column, name, file), f"The column {name!r} holds bytes; they were read as text."
    if pa.types.is_float16(kind):
        return column.cast(pa.float32()), None
    if pa.types.is_nested(kind) or not _has_values(kind):
        raise BadTable(
            f"Each cell of this column holds a {_shape(kind)}; Lookalike reads one value per cell.",
            hint="Flatten the column into several, turn it into text, or drop it.",
            file=file,
            column=name,
        )
    return column, None


def _flat_dictionary(column: Any, name: str, file: str, max_decoded: int) -> Any:
    values = column.type.value_type
    if not (pa.types.is_string(values) or pa.types.is_large_string(values)):
        texts = sum(chunk.dictionary.nbytes for chunk in column.chunks)
        _refuse_growth(texts, name, file, max_decoded)
        chunks: list[Any] = []
        for chunk in column.chunks:
            made, _ = _flat_column(pa.chunked_array([chunk.dictionary]), name, file, max_decoded)
            chunks.append(pa.DictionaryArray.from_arrays(chunk.indices, made.combine_chunks()))
        column = pa.chunked_array(chunks)
    if column.num_chunks > 1 and not all(
        chunk.dictionary.equals(column.chunk(0).dictionary) for chunk in column.chunks
    ):
        column = column.unify_dictionaries()
    return column


def _view_bytes(chunk: Any) -> int:
    """What the texts of a view array hold together. Each view is 16 bytes, the first four are a length."""
    lengths = np.frombuffer(chunk.buffers()[1] or b"", np.int32)[::4]
    held = lengths[chunk.offset : chunk.offset + len(chunk)].astype(np.int64)
    if chunk.null_count:
        held = held[chunk.is_valid().to_numpy(zero_copy_only=False)]
    return int(held.sum())


def _refuse_growth(size: int, name: str, file: str, max_decoded: int) -> None:
    if size > max_decoded:
        raise BadTable(
            f"The column grows to {size:,} bytes when it is decoded, far more than the file holds.",
            hint="If you trust the file, raise the expansion limit.",
            file=file,
            column=name,
        )


def decoded_text(column: Any, name: str, file: str, max_decoded: int) -> Any:
    """A dictionary column of texts as plain text, after a look at how large that will be."""
    size = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary)
        size += pc.sum(pc.take(lengths, chunk.indices)).as_py() or 0
        _refuse_growth(size, name, file, max_decoded)
    return column.cast(column.type.value_type)


def _text_of_bytes(column: Any, name: str, file: str) -> Any:
    plain = column.cast(pa.large_binary())
    try:
        text = plain.cast(pa.large_string())
        text.validate(full=True)
    except ARROW_ERRORS as error:
        row = next((i for i, cell in enumerate(plain.to_pylist(), 1) if cell and not _is_utf8(cell)), None)
        raise BadTable(
            "The column holds bytes that are not text.",
            hint="Drop the column, or write it as text (hex, base64).",
            file=file,
            row=row,
            column=name,
        ) from error
    return text if text.nbytes >= 1 << 30 else text.cast(pa.string())


def _is_utf8(cell: bytes) -> bool:
    try:
        cell.decode()
    except UnicodeDecodeError:
        return False
    return True


def _uuid_text(column: Any) -> Any:
    stored = (chunk.storage.to_pylist() for chunk in column.chunks)
    texts = [[None if cell is None else str(uuid.UUID(bytes=cell)) for cell in cells] for cells in stored]
    return pa.chunked_array(texts, pa.string())


def _has_values(kind: pa.DataType) -> bool:
    return (
        pa.types.is_null(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_date(kind)
        or pa.types.is_time(kind)
        or pa.types.is_timestamp(kind)
        or pa.types.is_duration(kind)
    )


def _shape(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        return "struct of several values"
    if pa.types.is_map(kind):
        return "map"
    return "list" if pa.types.is_nested(kind) and not pa.types.is_union(kind) else f"value of type {kind}"
