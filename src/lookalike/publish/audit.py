"""Whether rows are the model's: random blocks, made again from the model, against manifest and file."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from lookalike.errors import UsageError, VerificationFailed
from lookalike.models.stream import Sample
from lookalike.tables.blocks import BLOCK_ROWS, bounds
from lookalike.tables.canonical import block_hash
from lookalike.tables.csv_out import CsvText
from lookalike.tables.jsonl_out import JsonText
from lookalike.tables.text_out import RowText
from lookalike.watch import Unwatched, Watch, check

_READ_BYTES = 1 << 20


def audit(
    sample: Sample, manifest: Mapping[str, Any], count: int, file: Path | None, watch: Watch | None = None
) -> list[int]:
    """The numbers of ``count`` blocks, drawn at random, that came out as they are stated: all, if there are
    fewer. sample: the rows that the manifest describes, from its model. file: the plain file, where it is
    here; then the blocks must stand in it, too. `VerificationFailed` names the block that is not so.
    """
    if count < 1:
        raise UsageError("An audit looks at 1 block at least.")
    columns = [[field.name, str(field.type)] for field in sample.arrow_schema]
    if (manifest["columns"], manifest["schema_sha256"]) != (columns, sample.schema.sha256()):
        raise VerificationFailed(
            "The manifest states other columns than the model makes.", hint="The manifest was forged."
        )
    total = len(manifest["blocks"])
    # nobody who made the file may know which blocks will be looked at
    chosen = sorted(random.SystemRandom().sample(range(total), min(count, total)))
    pieces = list(bounds(sample.start, sample.start + sample.rows))
    blocks: list[pa.RecordBatch] = []
    for done, number in enumerate(chosen):
        check(watch or Unwatched())
        first, last = pieces[number]
        block = _made(sample, first, last)
        if block_hash(block).hex() != manifest["blocks"][number]:
            raise VerificationFailed(
                f"Block {number} (rows {first:,} to {last - 1:,}) is not what the model makes.",
                hint="The file was not made by this model with this seed, or the manifest was forged.",
            )
        blocks.append(block)
        (watch or Unwatched()).progress(done + 1, len(chosen))
    if file is not None:
        spans = [pieces[number] for number in chosen]
        missing = _missing(file, manifest, sample, list(zip(spans, blocks, strict=True)))
        if missing is not None:
            raise VerificationFailed(
                f"Rows {missing[0]:,} to {missing[1] - 1:,} of the model do not stand in {file}.",
                hint="The file holds other rows than its manifest says.",
                file=str(file),
            )
    return [first // BLOCK_ROWS for first, _ in (pieces[number] for number in chosen)]


_Spans = Sequence[tuple[tuple[int, int], pa.RecordBatch]]


def _made(sample: Sample, first: int, last: int) -> pa.RecordBatch:
    part = replace(sample, start=first, rows=last - first, rows_per_chunk=BLOCK_ROWS, workers=1)
    return next(iter(part.batches()))


def _missing(
    file: Path, manifest: Mapping[str, Any], sample: Sample, blocks: _Spans
) -> tuple[int, int] | None:
    """The first span whose rows do not stand in the file, in their order; None when all do."""
    try:
        if manifest["format"] == "parquet":
            return _missing_parquet(file, sample, blocks)
        return _missing_text(file, manifest, sample, blocks)
    except (OSError, ValueError, IndexError, pa.ArrowException) as problem:  # no rows, or other columns
        raise VerificationFailed(
            f"{file} cannot be read as {manifest['format']}.", file=str(file)
        ) from problem


def _missing_parquet(file: Path, sample: Sample, blocks: _Spans) -> tuple[int, int] | None:
    with pq.ParquetFile(file) as opened:
        for span, block in blocks:
            first, last = span[0] - sample.start, span[1] - sample.start
            group, at = 0, 0
            while at + opened.metadata.row_group(group).num_rows <= first:
                at += opened.metadata.row_group(group).num_rows
                group += 1
            # a block never lies across two row groups: their borders are borders of blocks
            rows = opened.read_row_group(group).slice(first - at, last - first).combine_chunks()
            if block_hash(rows.cast(sample.arrow_schema).to_batches()[0]) != block_hash(block):
                return span
    return None


def _missing_text(
    file: Path, manifest: Mapping[str, Any], sample: Sample, blocks: _Spans
) -> tuple[int, int] | None:
    text: RowText
    if manifest["format"] == "jsonl":
        text = JsonText(sample.schema)
    else:
        delimiter = "\t" if manifest["format"] == "tsv" else ","
        text = CsvText(sample.schema, delimiter, manifest["spreadsheet_safe"])
    packed = {"gzip": "gzip", "zstd": "zstd"}.get(manifest["compression"])
    with pa.input_stream(str(file), compression=packed) as stream:
        held = bytearray()
        for span, block in blocks:
            wanted = bytes(text.rows(block))
            while (at := held.find(wanted)) < 0:
                del held[: max(0, len(held) - len(wanted) + 1)]
                piece = stream.read(max(_READ_BYTES, len(wanted)))
                if not piece:
                    return span
                held += piece
            del held[: at + len(wanted)]
    return None
