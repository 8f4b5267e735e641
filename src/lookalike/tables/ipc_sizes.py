"""How much an Arrow IPC file or stream says it will decode to, read from its headers alone.

The Arrow library allocates what a compressed buffer claims before it looks at the bytes; this adds the claims
up first. It reads just enough of the flatbuffers of the format (arrow/format/Message.fbs and File.fbs) for
that, and leaves every other check to the library.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

_DICTIONARY, _RECORDS = 2, 3
_CONTINUATION = 0xFFFFFFFF


def declared_sizes(data: Any) -> tuple[int, int]:
    """``(bytes, rows)`` that the batches in ``data`` claim, compressed buffers at their full size.

    `ValueError` when the headers point outside of the data.
    """
    view = memoryview(data)
    is_file = bytes(view[:6]) == b"ARROW1"
    size = rows = 0
    try:
        for meta, body in _file_messages(view) if is_file else _stream_messages(view):
            claimed, length = _batch_sizes(view, meta, body)
            size += claimed
            rows += length
    except struct.error as error:
        raise ValueError("its headers point outside of it") from error
    return size, rows


def _stream_messages(view: memoryview) -> Iterator[tuple[int, int]]:
    at = 0
    while at + 4 <= len(view):
        length = _u32(view, at)
        at += 4
        if length == _CONTINUATION:
            length = _u32(view, at)
            at += 4
        if length == 0:
            return
        message = _table(view, at)
        body = at + length
        yield message, body
        stored = _i64(view, field) if (field := _field(view, message, 3)) else 0
        if stored < 0:
            raise ValueError("a message claims a negative size")
        at = body + stored


def _file_messages(view: memoryview) -> Iterator[tuple[int, int]]:
    if len(view) < 18 or bytes(view[-6:]) != b"ARROW1":
        raise ValueError("it has no valid end: it was cut off")
    footer = len(view) - 10 - _u32(view, len(view) - 10)
    if footer < 8:
        raise ValueError("its footer is longer than the file")
    root = _table(view, footer)
    for number in (2, 3):  # the blocks of dictionaries, and of record batches
        field = _field(view, root, number)
        if not field:
            continue
        start, count = _vector(view, field)
        if count > len(view) // 24:
            raise ValueError("its footer lists more batches than fit")
        for block in range(start, start + 24 * count, 24):
            offset, length = _i64(view, block), _u32(view, block + 8)
            if offset < 0:
                raise ValueError("a batch lies outside of it")
            prefix = 8 if _u32(view, offset) == _CONTINUATION else 4
            yield _table(view, offset + prefix), offset + length


def _batch_sizes(view: memoryview, message: int, body: int) -> tuple[int, int]:
    kind = _field(view, message, 1)
    header = _field(view, message, 2)
    if not kind or not header or view[kind] not in (_DICTIONARY, _RECORDS):
        return 0, 0
    batch = header + _u32(view, header)
    if view[kind] == _DICTIONARY:
        inner = _field(view, batch, 1)
        if not inner:
            return 0, 0
        batch = inner + _u32(view, inner)
    length = _i64(view, field) if (field := _field(view, batch, 0)) else 0
    buffers = _field(view, batch, 2)
    if not buffers or not _field(view, batch, 3):
        return 0, length  # not compressed: the bytes are those of the file
    start, count = _vector(view, buffers)
    if count > len(view) // 16:
        raise ValueError("a batch lists more buffers than fit")
    size = 0
    for at in range(start, start + 16 * count, 16):
        offset, stored = _i64(view, at), _i64(view, at + 8)
        if stored >= 8 and offset >= 0:
            size += max(_i64(view, body + offset), 0)
    return size, length


def _table(view: memoryview, start: int) -> int:
    return start + _u32(view, start)


def _field(view: memoryview, table: int, number: int) -> int:
    """Where field ``number`` of the table lies; 0 when it is absent."""
    described = table - struct.unpack_from("<i", view, table)[0]
    if described < 0 or 4 + 2 * number >= _u16(view, described):
        return 0
    offset = _u16(view, described + 4 + 2 * number)
    found = table + offset if offset else 0
    if found >= len(view):
        raise ValueError("its headers point outside of it")
    return found


def _vector(view: memoryview, field: int) -> tuple[int, int]:
    start = field + _u32(view, field)
    return start + 4, _u32(view, start)


def _u16(view: memoryview, at: int) -> int:
    return struct.unpack_from("<H", view, at)[0]


def _u32(view: memoryview, at: int) -> int:
    return struct.unpack_from("<I", view, at)[0]


def _i64(view: memoryview, at: int) -> int:
    return struct.unpack_from("<q", view, at)[0]
