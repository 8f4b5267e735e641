"""Names for columns whose headers are empty or repeated, and the notes that say so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.errors import BadTable
from lookalike.tables.limits import Limits

pc: Any = pyarrow.compute  # its functions are made at run time, so no checker knows them

_SHOWN = 5


def unique_names(headers: Sequence[str]) -> tuple[list[str], list[str]]:
    """``(names, notes)``: every header once; an empty one becomes ``column_3``, a repeated one ``age_2``."""
    names: list[str] = []
    taken = set(headers)
    seen: set[str] = set()
    renamed: list[str] = []
    for number, header in enumerate(headers, 1):
        name = header
        if not header.strip():
            name = _free(f"column_{number}", taken)
            renamed.append(f"the empty header of column {number} became {name!r}")
        elif header in seen:
            name = _free(header, taken, 2)
            renamed.append(f"the repeated {header!r} (column {number}) became {name!r}")
        seen.add(name)
        taken.add(name)
        names.append(name)
    if not renamed:
        return names, []
    more = f"; and {len(renamed) - _SHOWN} more" if len(renamed) > _SHOWN else ""
    return names, [f"Columns were renamed: {'; '.join(renamed[:_SHOWN])}{more}."]


def _free(stem: str, taken: set[str], number: int | None = None) -> str:
    name = stem if number is None else f"{stem}_{number}"
    following = 2 if number is None else number + 1
    while name in taken:
        name = f"{stem}_{following}"
        following += 1
    return name


def refuse_too_many(count: int, file: str, limits: Limits) -> None:
    """`BadTable` when there are more columns than the limit."""
    if count > limits.max_columns:
        raise BadTable(
            f"The table has {count:,} columns; the limit is {limits.max_columns:,}.",
            hint="Leave out columns you do not need, or raise the limit (--limit columns=N).",
            file=file,
        )


def oversized_cell(file: str, limits: Limits, *, row: int | None, column: str | None) -> BadTable:
    """The refusal of a cell that is larger than the limit."""
    return BadTable(
        f"A cell is larger than the limit of {limits.max_cell_bytes:,} bytes.",
        hint="Shorten or drop that column, or raise the limit (--limit cell-bytes=N).",
        file=file,
        row=row,
        column=column,
    )


def refuse_oversized(table: pa.Table, file: str, limits: Limits, *, rows_before: int = 0) -> None:
    """`BadTable` at the first cell of a text or binary column that is larger than the limit."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        kind = column.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            continue
        row = rows_before
        for chunk in column.chunks:
            if _text_bytes(chunk) > limits.max_cell_bytes:
                sizes = pc.binary_length(chunk)
                found = pc.index(pc.greater(sizes, limits.max_cell_bytes), True).as_py()
                if found >= 0:
                    raise oversized_cell(file, limits, row=row + found + 1, column=name)
            row += len(chunk)


def _text_bytes(chunk: pa.Array) -> int:
    """The bytes of all the chunk's text together: no cell is larger, so most chunks need no closer look."""
    width = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
    offsets = np.frombuffer(chunk.buffers()[1] or bytes(8), width)
    return int(offsets[chunk.offset + len(chunk)] - offsets[chunk.offset]) if len(chunk) else 0


def no_rows(file: str, *, header: bool = True) -> BadTable:
    """The refusal of a table without a single row."""
    what = "The table has a header but no rows." if header else "The table has no rows."
    return BadTable(what, hint="Check that the export or query gave any rows.", file=file)


def column_notes(names: Sequence[str], all_null: Sequence[str]) -> list[str]:
    """Notes on a table of one column, and on columns without a single value."""
    notes: list[str] = []
    if len(names) == 1:
        notes.append(f"The table has one column, {names[0]!r}.")
    if all_null:
        shown = ", ".join(repr(name) for name in all_null[:_SHOWN])
        more = f" and {len(all_null) - _SHOWN} more" if len(all_null) > _SHOWN else ""
        plural = "Columns" if len(all_null) > 1 else "The column"
        verb = "hold" if len(all_null) > 1 else "holds"
        notes.append(f"{plural} {shown}{more} {verb} no value at all.")
    return notes
