"""The canonical bytes of a block of rows, and their SHA-256.

The same rows have the same bytes whatever the Arrow encoding: dictionary or plain, large or small offsets,
sliced or whole, with or without a validity buffer. All integers are little-endian. A block is

    "LKB1"  u32 columns  u32 rows  column*

and a column is

    tag       u8 length, then ASCII: the logical type, see `type_tag`
    validity  u8 0 when nothing is missing; else u8 1 and ceil(rows / 8) bytes, row 0 in the lowest bit,
              1 = present
    values    by type:
      fixed width   rows values of the type's width; missing ones are zero, every NaN is the quiet NaN 7ff8…
      bool          ceil(rows / 8) bytes, row 0 in the lowest bit; missing ones are zero
      utf8, binary  the distinct values in order of first appearance: u32 count, count × u32 byte lengths,
                    the bytes one after another; then per row the number of its value, in u8 when
                    count ≤ 256, in u16 when count ≤ 65,536, else in u32; missing ones are zero
      null          nothing

Times are integers in the unit that the tag names. Decimals are two's complement integers of 16 or 32 bytes.
Column names, and where the block stands in the file, are the manifest's business.
``contracts/canonical_bytes.json`` holds golden vectors.
"""

from __future__ import annotations

import hashlib
import struct
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from lookalike.errors import BadTable

Bytes: TypeAlias = bytes | memoryview | pa.Buffer

MAGIC = b"LKB1"
_BYTES = 1 << 8

_INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
_SIMPLE: dict[pa.DataType, str] = {
    pa.null(): "null",
    pa.bool_(): "bool",
    pa.float16(): "float16",
    pa.float32(): "float32",
    pa.float64(): "float64",
    pa.date32(): "date32",
    pa.date64(): "date64",
    **{kind: str(kind) for kind in _INTEGERS},
}


def type_tag(kind: pa.DataType) -> str:
    """The name of a logical type: ``int64``, ``utf8``, ``timestamp[us, tz=UTC]``, ``decimal128(12, 2)``, …

    A dictionary has the tag of its values; all string types are ``utf8``, all binary ones ``binary``.
    `BadTable` for nested types, which no table of ours holds.
    """
    if pa.types.is_dictionary(kind):
        return type_tag(kind.value_type)
    if kind in _SIMPLE:
        return _SIMPLE[kind]
    if _is_text(kind):
        return "utf8"
    if _is_bytes(kind):
        return "binary"
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        return str(kind)
    raise BadTable(
        f"A column of type {kind} has no canonical bytes.", hint="Flatten nested columns before you sample."
    )


def block_hash(batch: pa.RecordBatch) -> bytes:
    """SHA-256 (32 bytes) of the `canonical_parts` of a block of any number of rows."""
    digest = hashlib.sha256()
    for part in canonical_parts(batch):
        digest.update(part)
    return digest.digest()


def canonical_parts(batch: pa.RecordBatch) -> list[Bytes]:
    """The canonical bytes, in pieces to be read one after another."""
    parts: list[Bytes] = [MAGIC + struct.pack("<II", batch.num_columns, batch.num_rows)]
    for column in batch.columns:
        tag = type_tag(column.type).encode()
        present = _present(column)
        parts.append(struct.pack("<B", len(tag)) + tag + (b"\0" if present is None else b"\1"))
        if present is not None:
            parts.append(_bits(present))
        parts.extend(_values(column, present))
    return parts


def _present(column: pa.Array) -> np.ndarray | None:
    """Which slots hold a value, (rows,) bool; None when all do. A dictionary's own nulls count as missing."""
    if pa.types.is_dictionary(column.type) and column.dictionary.null_count:
        column = column.cast(column.type.value_type)
    if not column.null_count:
        return None
    return column.is_valid().to_numpy(zero_copy_only=False)


def _values(column: pa.Array, present: np.ndarray | None) -> list[Bytes]:
    kind = column.type
    if pa.types.is_null(kind):
        return []
    if pa.types.is_dictionary(kind):
        if not (_is_text(kind.value_type) or _is_bytes(kind.value_type)):
            return _values(column.cast(kind.value_type), present)
        return _distinct(*_of_dictionary(column, present), present)
    if _is_text(kind) or _is_bytes(kind):
        encoded = column.cast(pa.large_binary()).dictionary_encode()
        return _distinct(encoded.dictionary, _whole_codes(encoded.indices), present)
    if pa.types.is_boolean(kind):
        return [_bits(column.fill_null(False).to_numpy(zero_copy_only=False))]
    return [_fixed_width(column, present)]


def _of_dictionary(column: pa.DictionaryArray, present: np.ndarray | None) -> tuple[pa.Array, np.ndarray]:
    """The values a dictionary column uses, in order of first appearance, and each row's number among them."""
    count = len(column.dictionary)
    codes = _whole_codes(column.indices)
    if count <= _BYTES:
        codes = codes.astype(np.uint8)  # bytes are looked up in tables, by Arrow and by Python
    used = pa.array(codes if present is None else codes[present]).unique()
    values = column.dictionary.take(used).cast(pa.large_binary())
    numbers = np.arange(len(used), dtype=np.int32)
    again = values.dictionary_encode()
    if len(again.dictionary) < len(values):  # the dictionary names a value twice
        values, numbers = again.dictionary, _whole_codes(again.indices)
    number_of = np.zeros(max(count, _BYTES), np.uint8 if count <= _BYTES else np.int32)
    number_of[used.to_numpy()] = numbers
    if count <= _BYTES:
        return values, np.frombuffer(codes.tobytes().translate(number_of.tobytes()), np.uint8)
    return values, number_of[codes]


def _whole_codes(indices: pa.Array) -> np.ndarray:
    """(rows,) integers, zero where nothing is."""
    if indices.null_count:
        indices = indices.fill_null(0)
    return indices.to_numpy(zero_copy_only=False)


def _distinct(values: pa.Array, codes: np.ndarray, present: np.ndarray | None) -> list[Bytes]:
    count = len(values)
    lengths = b""
    content: Bytes = b""
    if count:
        _, offsets, data = values.buffers()
        ends = np.frombuffer(offsets, np.int64)[values.offset : values.offset + count + 1]
        lengths = np.diff(ends).astype("<u4").tobytes()
        content = b"" if data is None else data.slice(int(ends[0]), int(ends[-1] - ends[0]))
    codes = codes.astype("<u1" if count <= _BYTES else "<u2" if count <= 1 << 16 else "<u4")
    if present is not None:
        codes[~present] = 0
    return [struct.pack("<I", count) + lengths, content, codes.tobytes()]


def _fixed_width(column: pa.Array, present: np.ndarray | None) -> memoryview:
    width = column.type.bit_width // 8
    data = column.buffers()[1]
    if pa.types.is_floating(column.type):
        values = np.frombuffer(data, f"<f{width}")[column.offset : column.offset + len(column)]
        missing = np.isnan(values)
        if missing.any():
            values = values.copy()
            values[missing] = np.nan
    else:
        start = column.offset * width
        kind = f"<u{width}" if width <= 8 else f"V{width}"
        values = np.frombuffer(data, kind, count=len(column), offset=start)
    if present is not None:
        values = values.copy()
        values[~present] = np.zeros(1, values.dtype)[0]
    return np.ascontiguousarray(values).view(np.uint8).data


def _bits(flags: np.ndarray) -> bytes:
    return np.packbits(flags, bitorder="little").tobytes()


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _is_bytes(kind: pa.DataType) -> bool:
    return (
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or pa.types.is_binary_view(kind)
    )
