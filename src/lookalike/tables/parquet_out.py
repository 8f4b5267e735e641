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
_BUFFER_BYTES = 1 << 16
LEAST_SAMPLE = 1_000  # rows below which every column may be pooled: there is little to be lost


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
        # pyarrow writes page by page; a thread that draws need not wait for that many calls into Python
        self._sink = pa.BufferedOutputStream(pa.PythonFile(sink, mode="w"), _BUFFER_BYTES)
        self._schema = schema
        self._compression = compression
        self._metadata = dict(metadata)
        self._group_rows = row_group_rows(len(schema))
        self._row = start
        self._held: list[pa.RecordBatch] = []
        self._opened: pq.ParquetWriter | None = None

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
        writer = self._writer()
        if self._metadata:
            writer.add_key_value_metadata(self._metadata)
        writer.close()
        self._sink.flush()

    def _flush(self) -> None:
        if self._held:
            table = pa.Table.from_batches(self._held, self._schema)
            self._writer().write_table(table, row_group_size=self._group_rows)
            self._held.clear()

    def _writer(self) -> pq.ParquetWriter:
        """The writer; opened when the first row group is whole, whose first block says how to encode."""
        if self._opened is None:
            schema = self._schema.remove_metadata()
            distinct = {name for name in schema.names if self._held and _mostly_distinct(self._held[0][name])}
            # minima and maxima of categories cost a fifth of the time and help no reader
            measured: Any = [f.name for f in schema if not pa.types.is_dictionary(f.type)] or False
            pooled: Any = [name for name in schema.names if name not in distinct] or False
            packed = [
                name for name in schema.names if name in distinct and _is_whole(schema.field(name).type)
            ]
            self._opened = pq.ParquetWriter(
                self._sink,
                schema,
                compression=self._compression,
                version="2.6",
                write_statistics=measured,
                use_dictionary=pooled,
                column_encoding=dict.fromkeys(packed, "DELTA_BINARY_PACKED") or None,
            )
        return self._opened


def _mostly_distinct(values: pa.Array) -> bool:
    """Whether a dictionary would cost more bytes and time than it saves: more than a quarter differ."""
    kind = values.type
    if not (_is_whole(kind) or pa.types.is_floating(kind) or pa.types.is_string(kind)):
        return False
    return 4 * len(values.unique()) > len(values) >= LEAST_SAMPLE


def _is_whole(kind: pa.DataType) -> bool:
    """Types that Parquet stores as 32-bit or 64-bit integers, which it can store as packed differences."""
    return pa.types.is_integer(kind) or pa.types.is_temporal(kind)
