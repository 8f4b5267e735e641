"""Delimited text walked row by row, exactly and slowly: for its first rows, and to say where it is wrong.

pyarrow reads the data; this reads what pyarrow complained about. Both follow RFC 4180: a cell is quoted when
its first byte is the quote, and a quote inside it is doubled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

MOST_CELLS = 100_000
"""Cells of a row, when it is walked: more are not a table, and not worth their memory."""

_SPAN = 1 << 17  # of the text, counted while it is in the processor's cache

TroubleKind = Literal["open", "wide", "stray", "nul", "cell", "row", "columns", "encoding", "ragged"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """delimiter: one byte. quote: one byte, or empty when nothing is quoted."""

    delimiter: bytes
    quote: bytes


class Trouble(Exception):
    """Something wrong at byte ``offset`` of ``text``, which starts where a row does. cells: of that row."""

    def __init__(self, kind: TroubleKind, offset: int, text: bytes, cells: int = 0) -> None:
        super().__init__(kind, offset)
        self.cells = cells
        self.kind: TroubleKind = kind
        self.offset = offset
        self.text = text


@lru_cache(maxsize=16)
def _patterns(dialect: Dialect) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes]]:
    delimiter, quote = re.escape(dialect.delimiter), re.escape(dialect.quote or b"\xff")
    line = re.compile(rb"[^\r\n]*+")
    plain = re.compile(rb"[^" + delimiter + rb"\r\n]*+")
    quoted = re.compile(quote + rb"[^" + quote + rb"]*+(?:" + quote * 2 + rb"[^" + quote + rb"]*+)*+" + quote)
    return line, plain, quoted


def cells_of_row(data: bytes, start: int, dialect: Dialect) -> tuple[list[tuple[int, int]], int]:
    """``(spans, end)``: where each cell of the row at ``start`` lies, quotes included; where the row ends.

    `Trouble`: ``open`` at a quote that is never closed, ``stray`` where text follows a closing quote,
    ``columns`` when there are more than `MOST_CELLS`.
    """
    _, plain, quoted = _patterns(dialect)
    spans: list[tuple[int, int]] = []
    at = start
    while True:
        if dialect.quote and data[at : at + 1] == dialect.quote:
            found = quoted.match(data, at)
            if found is None:
                raise Trouble("open", at, data)
            following = data[found.end() : found.end() + 1]
            if following not in (b"", b"\n", b"\r", dialect.delimiter):
                raise Trouble("stray", found.end(), data)
        else:
            found = plain.match(data, at)
            assert found is not None  # noqa: S101  # the pattern matches nothing, too
        spans.append((at, found.end()))
        at = found.end()
        if data[at : at + 1] != dialect.delimiter:
            return spans, at
        at += 1
        if len(spans) > MOST_CELLS:
            raise Trouble("columns", start, data)


def after_line_end(data: bytes, end: int) -> int:
    """Where the next row starts, when a row ends at ``end``."""
    return end + 2 if data[end : end + 2] == b"\r\n" else min(end + 1, len(data))


def walk(data: bytes, dialect: Dialect) -> Iterator[tuple[int, int, int]]:
    """``(start, end, cells)`` of each row; a blank line has one cell, and ``start == end``."""
    line, _, _ = _patterns(dialect)
    at = 0
    while at < len(data):
        found = line.match(data, at)
        assert found is not None  # noqa: S101  # the pattern matches nothing, too
        text = found.group()
        if dialect.quote and dialect.quote in text:
            spans, end = cells_of_row(data, at, dialect)
            count = len(spans)
        else:
            end, count = found.end(), text.count(dialect.delimiter) + 1
        yield at, end, count
        at = after_line_end(data, end)


def value_of(cell: bytes, dialect: Dialect) -> bytes:
    """The cell without its quotes."""
    if dialect.quote and cell[:1] == dialect.quote:
        return cell[1:-1].replace(dialect.quote * 2, dialect.quote)
    return cell


def line_ends(data: bytes, size: int | None = None) -> int:
    """How many line ends are in the first ``size`` bytes: each of CR LF, LF, and CR alone."""
    size = len(data) if size is None else size
    view = np.frombuffer(data, np.uint8, size)
    count = sum(int(np.count_nonzero(view[at : at + _SPAN] == 10)) for at in range(0, size, _SPAN))
    if b"\r" in data:
        count += data.count(b"\r", 0, size) - data.count(b"\r\n", 0, size)
    return count


def locate(data: bytes, offset: int, dialect: Dialect, *, blank_rows: bool) -> tuple[int, int, int]:
    """``(row, line, cell)`` of ``offset``, counted from 0. ``blank_rows``: a blank line is a row."""
    row, start = 0, 0
    try:
        for start, end, _ in walk(data, dialect):
            if offset <= end:
                break
            row += start != end or blank_rows
            start = after_line_end(data, end)  # stays when the next row is the broken one
    except Trouble:
        pass
    return row, line_ends(data, offset), _cell_at(data, start, offset, dialect)


def _cell_at(data: bytes, start: int, offset: int, dialect: Dialect) -> int:
    """Which cell of the row at ``start`` holds ``offset``."""
    _, plain, quoted = _patterns(dialect)
    at, cell = start, 0
    while at < offset:
        found = quoted.match(data, at) if dialect.quote and data[at : at + 1] == dialect.quote else None
        if found is None:
            found = plain.match(data, at)
        assert found is not None  # noqa: S101  # the pattern matches nothing, too
        at = found.end()
        if at >= offset or data[at : at + 1] != dialect.delimiter:
            break
        at += 1
        cell += 1
    return cell
