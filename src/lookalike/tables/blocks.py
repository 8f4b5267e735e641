"""Blocks: 10,000 rows, counted from row 0 of the model's endless table, the unit of hashing and progress.

A file of rows ``start`` … ``start + rows - 1`` holds the blocks it touches, the first and last perhaps
clipped. The borders are absolute, so whoever makes any slice of the same rows cuts it at the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeVar

import pyarrow as pa

from lookalike.watch import Unwatched, Watch, check

BLOCK_ROWS = 10_000
"""Rows in a block. Fixed for ever: every hash that was ever published depends on it."""

T = TypeVar("T")


def bounds(start: int, stop: int, size: int = BLOCK_ROWS) -> Iterator[tuple[int, int]]:
    """The pieces of rows ``start`` … ``stop - 1``, cut wherever a row number is a multiple of ``size``."""
    while start < stop:
        end = min((start // size + 1) * size, stop)
        yield start, end
        start = end


def block_count(start: int, rows: int) -> int:
    """How many blocks rows ``start`` … ``start + rows - 1`` touch."""
    return -(-(start + rows) // BLOCK_ROWS) - start // BLOCK_ROWS


class BlockStream(Protocol):
    """Rows ``start`` … ``start + rows - 1`` of something, block by block, as often as asked."""

    @property
    def start(self) -> int: ...

    @property
    def rows(self) -> int: ...

    @property
    def arrow_schema(self) -> pa.Schema: ...

    def map(self, work: Callable[[pa.RecordBatch], T], watch: Watch) -> Generator[T, None, None]:
        """``work(block)`` for every block, in order; ``work`` is pure and may run in any thread.

        Every batch of one stream carries the same dictionaries. `Cancelled` when ``watch`` says stop.
        """
        ...


@dataclass(frozen=True, slots=True)
class TableBlocks:
    """A table in memory as a `BlockStream`: its row 0 is row ``start``."""

    table: pa.Table
    start: int = 0

    @property
    def rows(self) -> int:
        return self.table.num_rows

    @property
    def arrow_schema(self) -> pa.Schema:
        return self.table.schema

    def map(
        self, work: Callable[[pa.RecordBatch], T], watch: Watch | None = None
    ) -> Generator[T, None, None]:
        table = self.table.unify_dictionaries()
        for first, last in bounds(self.start, self.start + self.rows):
            check(watch or Unwatched())
            piece = table.slice(first - self.start, last - first).combine_chunks()
            yield work(piece.to_batches()[0])
