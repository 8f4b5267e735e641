"""An Excel workbook unpacked once, part by part, to count what it holds before a reader allocates for it.

The reader (calamine) allocates the rectangle around all used cells and copies a shared text into every cell
that names it. Two cells at opposite corners of a sheet, or one long text named a million times, are a few
hundred bytes of file and many gigabytes of memory.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO

import numpy as np

from lookalike.errors import BadTable
from lookalike.tables.limits import Limits
from lookalike.watch import Watch, check

AGAIN = "Open it in Excel and save it again as .xlsx, or save the sheet as CSV."

_FREE_CELLS = 4_000_000
_PER_CELL = 20  # cells of the rectangle, for each cell that is there
_READ = 1 << 20

# each begins with its letter, which is found fast, and then looks back
_REFERENCE = re.compile(rb"""r(?<=\sr)\s*=\s*["']([A-Za-z]{0,4})([0-9]{1,9})["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
_ITEM = re.compile(rb"<(?:\w+:)?si[\s/>]")
_NAMES_TEXT = re.compile(rb"""t(?<=\st)\s*=\s*["']s["']""")
_NAMED_TEXT = re.compile(rb"""t(?<=\st)\s*=\s*["']s["'][^<>]*>\s*<(?:\w+:)?v[^<>]*>\s*([0-9]{1,9})\s*<""")


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Whether the zip archive is an Excel workbook."""
    inside = {info.filename for info in archive.infolist()}
    return "[Content_Types].xml" in inside and any(name.startswith("xl/") for name in inside)


def refuse_hostile(data: bytes, file: str, limits: Limits, watch: Watch) -> None:
    """`BadTable` when the workbook is damaged, a bomb, or so sparse that its rectangle cannot be held."""
    most = limits.decoded_bytes(len(data))
    texts = _Texts()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_parts(archive, most, file)
            for info in archive.infolist():
                sheet = _Sheet()
                with archive.open(info) as part:
                    for tags in _whole_tags(part):
                        check(watch)
                        sheet.feed(tags)
                        texts.feed(tags)
                sheet.refuse_sparse(file)
                texts.end_part()
    except BadTable:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise BadTable(f"The workbook is damaged: {error}.", hint=AGAIN, file=file) from error
    if texts.named_bytes() > most:
        raise BadTable(
            f"The texts of the workbook grow to more than {most:,} bytes.",
            hint="Save the sheet as CSV, or raise the expansion limit.",
            file=file,
        )


def _refuse_parts(archive: zipfile.ZipFile, most: int, file: str) -> None:
    parts = archive.infolist()
    if not is_workbook(archive):
        raise BadTable("This zip archive is not an Excel workbook.", hint=AGAIN, file=file)
    if len({info.filename.lower() for info in parts}) != len(parts):
        raise BadTable("The workbook holds two parts of one name.", hint=AGAIN, file=file)
    # what a part claims is what it has: zipfile stops there, and its checksum fails when there is more
    if sum(info.file_size for info in parts) > most:
        raise BadTable(
            f"The workbook unpacks to more than {most:,} bytes.",
            hint="Save the sheet as CSV, or raise the expansion limit.",
            file=file,
        )


def _whole_tags(part: IO[bytes]) -> Iterator[bytes]:
    """The part in blocks that do not cut a tag and its text in two."""
    held = b""
    while block := part.read(_READ):
        if b"\0" in block[:64] and b"<\0" in block[:64]:
            raise ValueError("a part is written in UTF-16")
        held += block
        # a cell, with the number of its text, stays whole; where there are no cells, a tag does
        cut = max(held.rfind(b"<c "), held.rfind(b":c "))
        cut = held.rfind(b"<", 0, cut + 1) if cut > 0 else held.rfind(b"<")
        if cut > 0:
            yield held[:cut]
            held = held[cut:]
    yield held


@dataclass(slots=True)
class _Sheet:
    """Where the cells of one part lie. Cells and rows without a reference follow the one before them."""

    cells: int = 0
    rows: int = 0
    last_row: int = 0
    width: int = 0
    in_row: int = 0

    def feed(self, tags: bytes) -> None:
        found = len(_CELL.findall(tags))
        references = _REFERENCE.findall(tags)
        letters = {letters for letters, _ in references if letters}
        self.cells += found
        self.rows += len(_ROW.findall(tags))
        self.last_row = max(self.last_row, max((int(row) for _, row in references), default=0))
        self.width = max([self.width, *map(_column_number, letters)])
        if sum(1 for name, _ in references if name) < found:
            first, *rest = (len(_CELL.findall(row)) for row in _ROW.split(tags))
            self.in_row += first
            self.width = max([self.width, self.in_row, *rest])
            self.in_row = rest[-1] if rest else self.in_row

    def refuse_sparse(self, file: str) -> None:
        rectangle = (self.last_row + self.rows) * self.width
        if self.cells and rectangle > max(_FREE_CELLS, _PER_CELL * self.cells):
            raise BadTable(
                "The used cells of the workbook lie too far apart to be a table.",
                hint="Delete what stands far below or to the right of the table, or save the sheet as CSV.",
                file=file,
            )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


@dataclass(slots=True)
class _Texts:
    """How long the shared texts are (bytes of XML), and how often each is named."""

    lengths: list[int] = field(default_factory=list[int])
    named: list[np.ndarray] = field(default_factory=list[np.ndarray])
    unclear: int = 0
    open_item: int = -1

    def feed(self, tags: bytes) -> None:
        starts = [found.start() for found in _ITEM.finditer(tags)]
        if self.open_item >= 0:
            self.lengths.append(self.open_item + (starts[0] if starts else len(tags)))
            if not starts:
                self.open_item = self.lengths.pop()
        self.lengths += [b - a for a, b in pairwise(starts)]
        if starts:
            self.open_item = len(tags) - starts[-1]
        if b"s" in tags and (names := len(_NAMES_TEXT.findall(tags))):
            indices = np.array(_NAMED_TEXT.findall(tags), dtype="S9").astype(np.int64)
            self.unclear += names - len(indices)
            self.named.append(indices)

    def end_part(self) -> None:
        if self.open_item >= 0:
            self.lengths.append(self.open_item)
        self.open_item = -1

    def named_bytes(self) -> int:
        """What all cells that name a shared text hold together; one that was not understood counts most."""
        if not self.lengths:
            return 0
        lengths = np.array(self.lengths, np.int64)
        total = self.unclear * int(lengths.max())
        for indices in self.named:
            total += int(lengths[indices[indices < len(lengths)]].sum())
        return total
