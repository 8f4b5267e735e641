"""Blocks of text as a plain, gzip or zstd file.

gzip: every block is deflated on its own, in whichever thread made its text, and ends on a byte border; laid
one after another the pieces are a single gzip member (RFC 1952, as ``pigz -i`` does), with no time and no
name in its header. zstd: one frame, fed block by block. Both are the same bytes for any number of threads.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

from lookalike.tables.atomic import Sink

_GZIP_LEVEL = 6
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"  # deflate, no name, time 0, system unknown
_DEFLATE_END = b"\x03\x00"  # an empty final block


class RowText(Protocol):
    """What spells blocks: `CsvText` or `JsonText`."""

    def header(self) -> bytes: ...

    def rows(self, block: pa.RecordBatch) -> memoryview: ...


class PlainOut:
    """Text as it is."""

    def __init__(self, sink: Sink, text: RowText) -> None:
        self._sink = sink
        self._text = text
        sink.write(text.header())

    def prepare(self, block: pa.RecordBatch) -> memoryview:
        """The block's text; runs in any thread."""
        return self._text.rows(block)

    def add(self, piece: memoryview) -> None:
        """Append the next block's text."""
        self._sink.write(piece)

    def finish(self) -> None:
        pass


class ZstdOut:
    """One zstd frame."""

    def __init__(self, sink: Sink, text: RowText) -> None:
        self._text = text
        self._stream = pa.CompressedOutputStream(sink, "zstd")
        self._stream.write(text.header())

    def prepare(self, block: pa.RecordBatch) -> memoryview:
        """The block's text, not yet compressed; runs in any thread."""
        return self._text.rows(block)

    def add(self, piece: memoryview) -> None:
        """Compress and append the next block's text."""
        self._stream.write(pa.py_buffer(piece))

    def finish(self) -> None:
        """End the frame."""
        self._stream.close()


@dataclass(frozen=True, slots=True)
class _Deflated:
    text: bytes | memoryview
    deflated: bytes


class GzipOut:
    """One gzip member."""

    def __init__(self, sink: Sink, text: RowText) -> None:
        self._sink = sink
        self._text = text
        self._crc32 = 0
        self._plain_bytes = 0
        sink.write(_GZIP_HEADER)
        self.add(_deflated(text.header()))

    def prepare(self, block: pa.RecordBatch) -> _Deflated:
        """The block's text and its deflated form; runs in any thread."""
        return _deflated(self._text.rows(block))

    def add(self, piece: _Deflated) -> None:
        """Append the next block."""
        self._crc32 = zlib.crc32(piece.text, self._crc32)
        self._plain_bytes += len(piece.text)
        self._sink.write(piece.deflated)

    def finish(self) -> None:
        """The last deflate block, the checksum and the length (modulo 2**32)."""
        self._sink.write(_DEFLATE_END + struct.pack("<II", self._crc32, self._plain_bytes & 0xFFFFFFFF))


def _deflated(text: bytes | memoryview) -> _Deflated:
    deflate = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return _Deflated(text, deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH))
