"""A stream of delimited text, cut into pieces of whole rows that are small enough to be looked at twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lookalike.tables.limits import Limits
from lookalike.tables.source import ByteStream
from lookalike.tables.walk import Dialect, Trouble

PIECE_BYTES = 8 << 20
_SPAN = 1 << 17  # of a piece, looked over while it is in the processor's cache


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole rows: the first ``size`` bytes of ``data``. newlines: some quoted cell may hold a line end."""

    data: bytes
    size: int
    newlines: bool

    def rows(self) -> bytes:
        """The rows alone. A copy, unless they are all there is."""
        return self.data if self.size == len(self.data) else self.data[: self.size]


def whole_rows(
    stream: ByteStream, dialect: Dialect, columns: int, limits: Limits, piece_bytes: int = PIECE_BYTES
) -> Iterator[Piece]:
    """Pieces of about ``piece_bytes``, each ending where a row ends. Memory: a piece, or the longest row.

    `Trouble`, at an offset from the end of the last piece: ``nul``, ``open`` (a quote that is never closed),
    ``wide`` (one that is not closed in ``max_cell_bytes``), ``stray``, ``cell``, ``row`` (too long).
    """
    row_bytes = max(2 * piece_bytes, columns * (limits.max_cell_bytes + 3))
    wanted = piece_bytes
    while data := stream.read(wanted):
        zero = data.find(0)
        if zero >= 0:
            raise Trouble("nul", zero, data)
        quotes, newlines = _quotes(data, dialect)
        cut, opener = _last_row_end(data, quotes)
        if len(data) < wanted:
            if opener >= 0:
                raise Trouble("open", opener, data)
            yield Piece(data, len(data), newlines)
            return
        if cut:
            yield Piece(data, cut, newlines)
            wanted = piece_bytes
        else:
            _refuse_too_long(data, opener, dialect, limits, row_bytes)
            wanted = len(data) + piece_bytes
        stream.push_back(data[cut:])


def _refuse_too_long(held: bytes, opener: int, dialect: Dialect, limits: Limits, row_bytes: int) -> None:
    if opener >= 0:
        # a doubled quote counts twice in the file and once in the cell
        if len(held) - opener > 2 * limits.max_cell_bytes + 2:
            raise Trouble("wide", opener, held)
    elif len(held) > limits.max_cell_bytes:
        last = held.rfind(dialect.delimiter)
        if len(held) - last - 1 > 2 * limits.max_cell_bytes + 2:
            raise Trouble("cell", last + 1, held)
    if len(held) > row_bytes:
        raise Trouble("row", 0, held)


def _last_row_end(data: bytes, quotes: np.ndarray) -> tuple[int, int]:
    """``(cut, opener)``: where the last whole row ends (0: none), and the quote that stays open, or -1."""
    opener = int(quotes[-1]) if len(quotes) % 2 else -1
    stop = len(data) if opener < 0 else opener
    cut = _last_outside(b"\n", data, stop, quotes)
    if not cut:
        # a CR that ends the data may be half of CR LF
        cut = _last_outside(b"\r", data, min(stop, len(data) - 1), quotes)
    return cut, opener


def _last_outside(mark: bytes, data: bytes, stop: int, quotes: np.ndarray) -> int:
    """One past the last ``mark`` before ``stop`` that is not inside a quoted cell; 0: there is none."""
    while (found := data.rfind(mark, 0, stop)) >= 0:
        before = int(np.searchsorted(quotes, found))
        if before % 2 == 0:
            return found + 1
        stop = int(quotes[before - 1])
    return 0


def _quotes(data: bytes, dialect: Dialect) -> tuple[np.ndarray, bool]:
    """``(positions, newlines)``: int64 positions of quotes that open and close cells, in turn, and whether
    a line end stands between such a pair. An odd count: the last stays open.

    A doubled quote may appear as a close and an open side by side, which is the same to who counts.
    """
    if not dialect.quote or dialect.quote not in data:
        return np.empty(0, np.int64), False
    view = np.frombuffer(data, np.uint8)
    beside = np.zeros(256, np.bool_)
    beside[[dialect.delimiter[0], dialect.quote[0], 10, 13]] = True
    line_ends = (10,) if b"\r" not in data else (10, 13)
    found: list[np.ndarray] = []
    opened, newlines = 0, False
    for start in range(0, len(view), _SPAN):
        span = view[start : start + _SPAN]
        here = np.flatnonzero(span == dialect.quote[0])
        if not newlines:
            ends = [np.searchsorted(here, np.flatnonzero(span == end)) for end in line_ends]
            newlines = any(bool(np.any((before + opened) & 1)) for before in ends)
        here += start
        if not _well_placed(view, here[opened::2], here[1 - opened :: 2], beside):
            return _quotes_one_by_one(data, dialect), True
        opened ^= len(here) & 1
        found.append(here)
    return np.concatenate(found), newlines


def _well_placed(view: np.ndarray, opening: np.ndarray, closing: np.ndarray, beside: np.ndarray) -> bool:
    """Whether opening quotes follow a cell's start or a quote, and closing ones precede an end or a quote."""
    if len(opening) and opening[0] == 0:
        opening = opening[1:]
    if len(closing) and closing[-1] == len(view) - 1:
        closing = closing[:-1]
    return bool(beside[view[opening - 1]].all() and beside[view[closing + 1]].all())


def _quotes_one_by_one(data: bytes, dialect: Dialect) -> np.ndarray:
    """As `_quotes`, where some quotes are plain characters inside an unquoted cell (5" pipe)."""
    quote, delimiter = re.escape(dialect.quote), re.escape(dialect.delimiter)
    opening = re.compile(rb"(?:\A|(?<=[" + delimiter + rb"\r\n]))" + quote)
    inside = re.compile(rb"[^" + quote + rb"]*+(?:" + quote * 2 + rb"[^" + quote + rb"]*+)*+")
    ends = (b"", b"\n", b"\r", dialect.delimiter)
    found: list[int] = []
    at = 0
    while (opener := opening.search(data, at)) is not None:
        found.append(opener.start())
        filled = inside.match(data, opener.end())
        at = opener.end() if filled is None else filled.end()
        if at >= len(data):
            break
        found.append(at)
        at += 1
        if data[at : at + 1] not in ends:
            raise Trouble("stray", at, data)
    return np.array(found, np.int64)
