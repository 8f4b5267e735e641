"""The first sheet of an Excel workbook (.xlsx) to a table.

calamine reads it, and allocates the rectangle around all used cells; so the archive is unpacked once before,
to count what it really holds and where its cells lie. A column of one kind of value becomes a typed column;
whole numbers become integers; a mixed one becomes text. A row without any value is skipped.
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pyarrow as pa

from lookalike.errors import BadTable
from lookalike.tables.columns import column_notes, no_rows, refuse_oversized, refuse_too_many, unique_names
from lookalike.tables.limits import Limits
from lookalike.tables.sniff import has_header
from lookalike.tables.source import ByteStream
from lookalike.tables.xlsx_scan import AGAIN, refuse_hostile
from lookalike.watch import Watch, check

_EXACT = 1 << 53  # whole numbers up to here are exact in Excel's floats
_TYPES: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    dt.date: pa.date32(),
    dt.time: pa.time64("us"),
    dt.timedelta: pa.duration("us"),
}


def read_xlsx(
    stream: ByteStream, header: bool | None, limits: Limits, watch: Watch
) -> tuple[pa.Table, bool, list[str]]:
    """``(table, textual, notes)``; textual: every column came out as text."""
    data = stream.path.read_bytes() if stream.path is not None else stream.read_all()
    refuse_hostile(data, stream.name, limits, watch)
    rows, notes = _sheet(data, stream.name)
    if not rows:
        raise no_rows(stream.name, header=False)
    spelled = [[_text(cell).encode() for cell in row] for row in rows[:200]]
    named = has_header(spelled) if header is None else header
    if named and header is None:
        named = all(isinstance(cell, str) for cell in rows[0])
    width = len(rows[0])
    refuse_too_many(width, stream.name, limits)
    if named:
        names, renamed = unique_names([_text(cell) for cell in rows[0]])
        notes += renamed
        rows = rows[1:]
    else:
        names = [f"column_{number}" for number in range(1, width + 1)]
        notes.append("The sheet has no header; its columns are called column_1, column_2, ….")
    if not rows:
        raise no_rows(stream.name)
    columns: dict[str, Any] = {}
    for name, cells in zip(names, zip(*rows, strict=True), strict=True):
        check(watch)
        columns[name], mixed = _column(cells)
        if mixed:
            notes.append(f"The column {name!r} holds values of several types; it was read as text.")
    table = pa.table(columns)
    refuse_oversized(table, stream.name, limits)
    watch.progress(len(data), len(data))
    empty = [name for name in names if table[name].null_count == table.num_rows]
    textual = all(pa.types.is_string(kind) or pa.types.is_null(kind) for kind in table.schema.types)
    if textual:
        table = table.cast(pa.schema([(name, pa.string()) for name in names]))
    return table, textual, notes + column_notes(names, empty)


def _sheet(data: bytes, file: str) -> tuple[list[list[Any]], list[str]]:
    """The rows of the first visible sheet that holds any, of equal length; an empty cell is ``""``."""
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = [
            sheet.name
            for sheet in book.sheets_metadata
            if "WorkSheet" in str(sheet.typ) and "Visible" in str(sheet.visible)
        ]
        for name in visible:
            rows = book.get_sheet_by_name(name).to_python()
            if rows and len(rows[0]) > 1:
                rows = [row for row in rows if any(cell != "" for cell in row)]
            if rows:
                note = f"The workbook has {len(visible)} sheets; {name!r} was read."
                return rows, [note] if len(visible) > 1 else []
    except BaseException as error:
        # a panic of the Rust library is not an Exception; what the user pressed is not for us
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            raise
        raise BadTable(f"The workbook is damaged: {error}.", hint=AGAIN, file=file) from error
    return [], []


def _column(cells: tuple[Any, ...]) -> tuple[Any, bool]:
    """``(array, mixed)``: typed when all cells are of one kind; mixed: they were turned into text."""
    kinds = {type(cell) for cell in cells if cell != ""}
    values = [None if cell == "" else cell for cell in cells]
    if not kinds:
        return pa.nulls(len(cells)), False
    if kinds == {str}:
        return pa.array(values, pa.string()), False
    if kinds <= {int, float}:
        whole = all(value is None or (float(value).is_integer() and abs(value) <= _EXACT) for value in values)
        if whole:
            return pa.array([None if value is None else int(value) for value in values], pa.int64()), False
        return pa.array(values, pa.float64(), from_pandas=False), False
    if kinds <= {dt.date, dt.datetime} and dt.datetime in kinds:
        stamps = [dt.datetime.combine(v, dt.time()) if type(v) is dt.date else v for v in values]
        return pa.array(stamps, pa.timestamp("us")), False
    for kind, arrow in _TYPES.items():
        if kinds == {kind}:
            return pa.array(values, arrow), False
    return pa.array([None if value is None else _text(value) for value in values], pa.string()), True


def _text(cell: Any) -> str:
    """The cell as Excel would write it to a CSV file, dates as in ISO 8601."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= _EXACT:
        return str(int(cell))
    return str(cell)
