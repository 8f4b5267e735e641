"""Blocks of rows as Parquet, in row groups that are a pure function of the schema.

The same rows written in pieces of 10,000, 25,000 or 50,000 would be three different files, so the borders of
row groups are fixed: absolute multiples of `row_group_rows`, like the borders of blocks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.tables.atomic import Sink
from lookalike.tables.blocks import BLOCK_ROWS

MOST_ROWS = 100_000
MOST_CELLS = 8_000_000


def row_group_rows(columns: int) -> int:
    """The largest multiple of 10,000 rows that is ≤ 100,000 rows and ≤ 8 M cells; at least one block."""
    fitting = min(MOST_ROWS, MOST_CELLS // max(1, columns))
    return max(1, fitting // BLOCK_ROWS) * BLOCK_ROWS


class ParquetOut:
    """A Parquet file that is given blocks in order.

    compression: ``snappy``, ``zstd``, ``gzip`` or ``none``. metadata: into the file's key-value metadata.
    """

    def __init__(
        self, sink: Sink, schema: pa.Schema, start: int, compression: str, metadata: Mapping[str, str]
    ) -> None:
        self._schema = schema
        self._metadata = dict(metadata)
        self._group_rows = row_group_rows(len(schema))
        self._row = start
        self._held: list[pa.RecordBatch] = []
        # minima and maxima of categories cost a fifth of the time and help no reader
        measured: Any = [f.name for f in schema if not pa.types.is_dictionary(f.type)] or False
        self._writer = pq.ParquetWriter(
            sink,
            schema.remove_metadata(),
            compression=compression,
            version="2.6",
            write_statistics=measured,
        )

    def prepare(self, block: pa.RecordBatch) -> pa.RecordBatch:
        """The block itself: pyarrow encodes columns, and only in order."""
        return block

    def add(self, piece: pa.RecordBatch) -> None:
        """Take the next block; a row group is written as soon as it is whole."""
        self._held.append(piece)
        self._row += piece.num_rows
        if self._row % self._group_rows == 0:
            self._flush()

    def finish(self) -> None:
        """Write what is left and the footer."""
        self._flush()
        if self._metadata:
            self._writer.add_key_value_metadata(self._metadata)
        self._writer.close()

    def _flush(self) -> None:
        if self._held:
            table = pa.Table.from_batches(self._held, self._schema)
            self._writer.write_table(table, row_group_size=self._group_rows)
            self._held.clear()
