"""A sample: rows that are not drawn until someone asks, and are the same however often, and by whom."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa

from lookalike.errors import UsageError
from lookalike.models.base import Sampler, SampleSpec
from lookalike.models.in_order import in_order
from lookalike.processors import processors
from lookalike.randomness import STREAM_VERSION
from lookalike.schema import Schema
from lookalike.tables.blocks import BLOCK_ROWS, bounds
from lookalike.tables.manifest import manifest_of, manifest_path, write_manifest
from lookalike.tables.parquet_out import row_group_rows
from lookalike.tables.write import Written, write
from lookalike.watch import Unwatched, Watch, check

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")

MOST_WORKERS = 8
MOST_ROWS = 1 << 53


def default_workers() -> int:
    """As many threads as this process has processors, at most 8."""
    return min(processors(), MOST_WORKERS)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows ``start`` … ``start + rows - 1`` of a sampler, lazy and re-iterable: a stream of record batches.

    sampler: draws any rows; pure. schema: its columns, and how they are spelled in text. spec, model_sha256:
    what the rows depend on, for the manifest and the file's metadata. rows_per_chunk: rows in one batch, and
    (in whole blocks) how many a thread draws before it hands them on; it changes no row and no byte of a
    file. workers: threads; None: `default_workers`. watch: where a method is not given its own.
    """

    sampler: Sampler
    schema: Schema
    rows: int
    start: int = 0
    spec: SampleSpec = field(default_factory=SampleSpec)
    model_sha256: str = ""
    rows_per_chunk: int = BLOCK_ROWS
    workers: int | None = None
    watch: Watch = field(default_factory=Unwatched)

    def __post_init__(self) -> None:
        if self.rows < 1:
            raise UsageError(f"{self.rows} rows cannot be drawn.", hint="Ask for at least 1 row.")
        if self.start < 0 or self.start + self.rows > MOST_ROWS:
            raise UsageError(
                f"Rows {self.start} to {self.start + self.rows} cannot be drawn.",
                hint=f"The rows of a model are numbered 0 to {MOST_ROWS - 1:,}.",
            )
        if self.rows_per_chunk < 1:
            raise UsageError("A chunk needs at least 1 row.")
        if self.workers is not None and self.workers < 1:
            raise UsageError("Drawing needs at least 1 worker.")

    def __len__(self) -> int:
        return self.rows

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches()

    @property
    def arrow_schema(self) -> pa.Schema:
        """Names and Arrow types of the batches. Draws one row."""
        return self.sampler.rows(self.start, self.start + 1).schema

    @property
    def metadata(self) -> dict[str, str]:
        """What a Parquet file of these rows says of itself."""
        return {
            "lookalike.model_sha256": self.model_sha256,
            "lookalike.seed": str(self.spec.seed),
            "lookalike.start": str(self.start),
        }

    def batches(self, rows_per_chunk: int | None = None) -> Generator[pa.RecordBatch, None, None]:
        """Record batches of ``rows_per_chunk`` rows (the last one has what is left), drawn ahead."""
        size = rows_per_chunk or self.rows_per_chunk
        stop = self.start + self.rows
        pieces = ((first, min(first + size, stop)) for first in range(self.start, stop, size))
        return in_order(self._batch, pieces, workers=self._threads(self.rows // size + 1), watch=self.watch)

    def map(
        self, work: Callable[[pa.RecordBatch], T], watch: Watch | None = None
    ) -> Generator[T, None, None]:
        """``work(block)`` of every block (see `tables.blocks`), in order; ``work`` runs in the threads."""
        watch = watch or self.watch
        chunk = -(-self.rows_per_chunk // BLOCK_ROWS) * BLOCK_ROWS
        chunks = bounds(self.start, self.start + self.rows, chunk)
        made = in_order(
            lambda piece: [work(block) for block in self._blocks(piece, watch)],
            chunks,
            workers=self._threads(self.rows // chunk + 1),
            watch=watch,
            # while a row group is encoded, the next one is drawn
            ahead=-(-row_group_rows(len(self.schema)) // chunk),
        )
        try:
            for blocks in made:
                yield from blocks
        finally:
            made.close()

    def _blocks(self, piece: tuple[int, int], watch: Watch) -> Iterator[pa.RecordBatch]:
        """The rows of a piece, block by block; what the sampler draws at once, no stopping can cut short."""
        at_once = getattr(self.sampler, "rows_at_once", BLOCK_ROWS)
        for first, last in bounds(*piece):
            drawn: list[pa.RecordBatch] = []
            for start in range(first, last, at_once):
                check(watch)
                drawn.append(self.sampler.rows(start, min(start + at_once, last)))
            yield drawn[0] if len(drawn) == 1 else pa.concat_batches(drawn)

    def _batch(self, piece: tuple[int, int]) -> pa.RecordBatch:
        blocks = list(self._blocks(piece, self.watch))
        return blocks[0] if len(blocks) == 1 else pa.concat_batches(blocks)

    def _threads(self, pieces: int) -> int:
        return min(self.workers or default_workers(), pieces)

    def to_arrow(self) -> pa.Table:
        """All rows as one table in memory."""
        return pa.Table.from_batches(self.batches())

    def to_pandas(self) -> pd.DataFrame:
        """All rows as a pandas frame; categories become ``category`` columns. `UsageError` without pandas."""
        try:
            return self.to_arrow().to_pandas()
        except ImportError as problem:
            raise UsageError("pandas is not installed.", hint="pip install pandas") from problem

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        reader = pa.RecordBatchReader.from_batches(self.arrow_schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def to_parquet(
        self, path: str | Path, *, compression: str | None = None, watch: Watch | None = None
    ) -> Written:
        """Write Parquet (``snappy``, ``zstd``, ``gzip`` or ``none``) and its manifest; see `write`."""
        return self.write(path, format="parquet", compression=compression, watch=watch)

    def to_csv(
        self,
        path: str | Path,
        *,
        compression: str | None = None,
        spreadsheet_safe: bool = False,
        watch: Watch | None = None,
    ) -> Written:
        """Write CSV (``.gz`` and ``.zst`` names are compressed) and its manifest; see `write`."""
        return self.write(
            path, format="csv", compression=compression, spreadsheet_safe=spreadsheet_safe, watch=watch
        )

    def to_jsonl(
        self, path: str | Path, *, compression: str | None = None, watch: Watch | None = None
    ) -> Written:
        """Write JSON Lines (``.gz`` and ``.zst`` names are compressed) and its manifest; see `write`."""
        return self.write(path, format="jsonl", compression=compression, watch=watch)

    def write(
        self,
        path: str | Path,
        *,
        format: str | None = None,  # noqa: A002
        compression: str | None = None,
        spreadsheet_safe: bool = False,
        manifest: bool = True,
        watch: Watch | None = None,
    ) -> Written:
        """Write the rows to ``path``, in the format of its ending, and ``PATH.manifest.json`` beside it.

        Returns `Written`. ``-`` and devices get no manifest. Raises `CannotWrite` and `Cancelled`, and then
        nothing new stands under the name.
        """
        written = write(
            self,
            path,
            schema=self.schema,
            format=format,
            compression=compression,
            spreadsheet_safe=spreadsheet_safe,
            metadata=self.metadata,
            watch=watch or self.watch,
        )
        if manifest and Path(path).is_file():
            write_manifest(self.manifest(written), manifest_path(path))
        return written

    def manifest(self, written: Written) -> dict[str, object]:
        """The manifest of a file of these rows."""
        return manifest_of(
            written,
            model_sha256=self.model_sha256,
            schema_sha256=self.schema.sha256(),
            spec=self.spec.to_dict(),
            stream_version=STREAM_VERSION,
        )
