"""Chunks between the worker that draws them and the one that joins them: blocks as an Arrow IPC stream."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa

from lookalike.errors import Damaged
from lookalike.models.in_order import in_order
from lookalike.stores.blobs import BlobStore
from lookalike.tables.blocks import BlockStream
from lookalike.watch import Watch

T = TypeVar("T")


def ipc_pieces(stream: BlockStream, watch: Watch, drawn: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes of the blocks, as they are drawn. ``drawn`` is told how many there are so far."""
    held = io.BytesIO()
    drawing = contextlib.closing(stream.map(lambda block: block, watch))
    with pa.ipc.new_stream(held, stream.arrow_schema) as writer, drawing as blocks:
        for number, block in enumerate(blocks, 1):
            writer.write_batch(block)
            yield _taken(held)
            drawn(number)
    yield _taken(held)


@dataclass(frozen=True, slots=True)
class Chunks:
    """The blobs ``keys``, in order, as one `BlockStream` of ``rows`` rows. workers: threads that encode."""

    store: BlobStore
    keys: Sequence[str]
    rows: int
    arrow_schema: pa.Schema
    read: Callable[[], None]
    workers: int = 1
    start: int = 0

    def map(self, work: Callable[[pa.RecordBatch], T], watch: Watch) -> Generator[T, None, None]:
        return in_order(work, self._blocks(), workers=self.workers, watch=watch)

    def _blocks(self) -> Iterator[pa.RecordBatch]:
        """Every block of every chunk; `Damaged` when they are not as many rows as there should be."""
        found = 0
        for key in self.keys:
            with pa.ipc.open_stream(_Pieces(self.store.read(key))) as reader:
                if not reader.schema.equals(self.arrow_schema):
                    raise Damaged(f"The chunk {key} has other columns than the model.")
                for block in reader:
                    found += block.num_rows
                    yield block
        if found != self.rows:
            raise Damaged(f"The chunks have {found:,} rows; {self.rows:,} were asked for.")
        self.read()


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file that can be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = pieces
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Exactly ``size`` bytes, fewer only at the end."""
        parts: list[memoryview] = []
        missing = size
        while missing:
            if not self._held:
                self._held = memoryview(next(self._pieces, b""))
                if not self._held:
                    break
            part, self._held = (self._held, memoryview(b"")) if size < 0 else self._cut(missing)
            parts.append(part)
            missing -= 0 if size < 0 else len(part)
        return b"".join(parts)

    def _cut(self, count: int) -> tuple[memoryview, memoryview]:
        return self._held[:count], self._held[count:]


def byte_file(pieces: Iterator[bytes], name: str) -> io.RawIOBase:
    """``pieces`` as a binary file object called ``name``, for whoever reads files."""
    file = _Pieces(pieces)
    file.name = name  # type: ignore[attr-defined]
    return file


def _taken(held: io.BytesIO) -> bytes:
    data = held.getvalue()
    held.seek(0)
    held.truncate()
    return data
