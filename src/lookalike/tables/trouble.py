"""What is wrong with a text table, in words: where, what, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lookalike.errors import BadTable
from lookalike.tables.columns import oversized_cell
from lookalike.tables.limits import Limits
from lookalike.tables.walk import MOST_CELLS, Dialect, Trouble, locate

_QUOTE_HINT = "Double a quote that belongs to the text ({0}{0}), or say that the file has no quoting."

_TITLE_ROWS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """How far the reader is. rows: data rows before the piece in hand. lines: line ends before it."""

    file: str
    dialect: Dialect
    names: list[str]
    rows: int
    lines: int
    header: bool

    def after(self, rows: int, lines: int) -> Place:
        return replace(self, rows=self.rows + rows, lines=self.lines + lines)


def explain(trouble: Trouble, place: Place, limits: Limits) -> BadTable:
    """The one error for ``trouble`` in the piece at ``place``; without ``names`` it is in the first row."""
    blank_rows = len(place.names) == 1
    row, line, cell = locate(trouble.text, trouble.offset, place.dialect, blank_rows=blank_rows)
    number = place.rows + row + 1 if place.names else None
    column = place.names[cell] if cell < len(place.names) else None
    at = f"line {place.lines + line + 1:,} of the file"
    if trouble.kind == "ragged":
        return _ragged(trouble, place, number, at)
    if trouble.kind == "cell":
        return oversized_cell(place.file, limits, row=number, column=column)
    message, hint = _words(trouble, place, limits, at)
    if trouble.kind == "row":
        column = None
    return BadTable(message, hint=hint, file=place.file, row=number, column=column)


def _words(trouble: Trouble, place: Place, limits: Limits, at: str) -> tuple[str, str]:
    quote = place.dialect.quote.decode("ascii", "replace")
    text, offset = trouble.text, trouble.offset
    if trouble.kind == "nul":
        return (
            f"There is a NUL byte in {at}.",
            "The file is damaged, or is not text. If it is UTF-16, name that encoding.",
        )
    if trouble.kind == "open":
        return f"The quote that opens a cell in {at} is never closed.", "Close it. " + _QUOTE_HINT.format(
            quote
        )
    if trouble.kind == "wide":
        return (
            f"The quote that opens a cell in {at} is not closed within {limits.max_cell_bytes:,} bytes.",
            "Close it. " + _QUOTE_HINT.format(quote),
        )
    if trouble.kind == "stray":
        if text[max(offset - 2, 0) : offset - 1] == b"\\":
            return (
                f"A quote is escaped with a backslash in {at}.",
                f"Inside a quoted cell write a quote twice ({quote * 2}), without a backslash.",
            )
        return (
            f"Text follows the closing quote of a cell in {at}; an earlier quote may be the wrong one.",
            _QUOTE_HINT.format(quote),
        )
    if trouble.kind == "encoding":
        return (
            f"The byte 0x{text[offset]:02X} in {at} is not UTF-8.",
            "Save the whole file as UTF-8, or name the encoding that it has.",
        )
    if trouble.kind == "columns":
        return (
            f"The row that starts in {at} has more than {MOST_CELLS:,} cells.",
            "Check that its line ends and its delimiter are right.",
        )
    return f"The row that starts in {at} is too long to be held.", "Check that its line ends are right."


def _ragged(trouble: Trouble, place: Place, number: int | None, at: str) -> BadTable:
    has, wants = trouble.cells, len(place.names)
    above = "the header" if place.header else "the first row"
    cells = "cell" if has == 1 else "cells"
    message = f"The row has {has:,} {cells} where {above} has {wants:,} ({at})."
    line = re.compile(rb"[^\r\n]*").match(trouble.text, trouble.offset)
    ends_empty = line is not None and line.group().endswith(place.dialect.delimiter)
    # a column is named where the cells run out; where there are too many, no name is right
    column = place.names[has] if has < wants else None
    return BadTable(
        message,
        hint=_ragged_hint(has, wants, place, number=number, ends_empty=ends_empty),
        file=place.file,
        row=number,
        column=column,
    )


def _ragged_hint(has: int, wants: int, place: Place, *, number: int | None, ends_empty: bool) -> str:
    shown = {"\t": "tab"}.get(place.dialect.delimiter.decode(), place.dialect.delimiter.decode())
    if wants == 1 and (number or 0) <= _TITLE_ROWS:
        return "Delete what stands above the header (a title?), or name the delimiter if it is not this one."
    if number == 1 and has == wants + 1 and ends_empty:
        return f"Every row seems to end with a delimiter ({shown}) that the header lacks: add it there too."
    if number == 1 and has == wants + 1 and place.header:
        return "If the first cell of each row is a row name, give that column a header too."
    if has > wants:
        return f"Put quotes around a value that holds the delimiter ({shown}), or remove the extra cells."
    return f"Write the missing cells, even empty ones, so that the row has {wants}; or delete the row."
