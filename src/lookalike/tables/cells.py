"""Columns of text as the bytes they are: what NumPy needs to look at a million cells at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # its functions are made at run time, so no checker knows them

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8] | npt.NDArray[np.bool_]

SLAB_ROWS = 65_536  # keeps the arrays of one step inside the second-level cache


def chunks(values: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    """The pieces of a column; an array is its own only piece."""
    return list(values.chunks) if isinstance(values, pa.ChunkedArray) else [values]


def one(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """The column as one array."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    if values.num_chunks == 1:
        return values.chunk(0)
    if pa.types.is_string(values.type) and values.nbytes > 2**31 - 1:
        values = pc.cast(values, pa.large_string())
    joined = values.combine_chunks()
    return joined if isinstance(joined, pa.Array) else joined.chunk(0)


def slabs(values: pa.Array | pa.ChunkedArray) -> Iterator[pa.Array]:
    """Pieces of at most `SLAB_ROWS` rows, in order."""
    for chunk in chunks(values):
        for start in range(0, len(chunk), SLAB_ROWS):
            yield chunk.slice(start, SLAB_ROWS)


def bytes_of(values: pa.Array) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """``(offsets, data)`` of a string array without nulls: n + 1 offsets into the bytes, from 0.

    The bytes are a view wherever that is possible.
    """
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        values = pc.cast(values, pa.string())
    width = np.int64 if pa.types.is_large_string(values.type) else np.int32
    _, offset_buffer, data_buffer = values.buffers()
    if len(values) == 0 or offset_buffer is None:
        return np.zeros(1, np.int64), np.zeros(0, np.uint8)
    offsets = np.frombuffer(offset_buffer, width)[values.offset : values.offset + len(values) + 1]
    offsets = offsets.astype(np.int64)
    if data_buffer is None:
        return offsets - offsets[0], np.zeros(0, np.uint8)
    data = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
    return offsets - offsets[0], data


def join(pieces: Sequence[pa.Array | str], rows: int) -> pa.Array:
    """Element-wise concatenation of string arrays and fixed texts, of shape (rows,)."""
    if len(pieces) == 1:
        only = pieces[0]
        return only if isinstance(only, pa.Array) else pa.repeat(pa.scalar(only), rows)
    if not any(isinstance(piece, pa.Array) for piece in pieces):
        return pa.repeat(pa.scalar("".join(str(piece) for piece in pieces)), rows)
    return pc.binary_join_element_wise(*pieces, "")


def ends(values: pa.Array | pa.ChunkedArray) -> tuple[pa.Scalar, pa.Scalar]:
    """The least and the greatest value; null when there is none."""
    kind = values.type
    # Arrow has no such function for these two
    stand_in = {pa.float16(): pa.float32()}.get(kind, pa.int64() if pa.types.is_duration(kind) else None)
    found = pc.min_max(values if stand_in is None else pc.cast(values, stand_in))
    low, high = found["min"], found["max"]
    return (low, high) if stand_in is None else (low.cast(kind), high.cast(kind))
