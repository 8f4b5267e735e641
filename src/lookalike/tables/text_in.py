"""CSV and TSV to a table of strings.

A piece of whole rows at a time is looked over (quotes, NUL bytes, encoding) at the speed of memory, and given
to pyarrow. What pyarrow refuses is walked again, slowly, to say which row, line and column is wrong.

A cell with nothing in it is null, ``""`` is the empty string. Blank lines are skipped, except that in a table
of one column a blank line is a missing value. There are no comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.csv

from lookalike.errors import BadTable
from lookalike.tables.columns import (
    column_notes,
    no_rows,
    oversized_cell,
    refuse_oversized,
    refuse_too_many,
    unique_names,
)
from lookalike.tables.encoding import Decoder, Undecodable, utf8_stream
from lookalike.tables.limits import Limits
from lookalike.tables.pieces import PIECE_BYTES, Piece, whole_rows
from lookalike.tables.sniff import first_rows, has_header, sniff_delimiter, sniff_quote
from lookalike.tables.source import ByteStream
from lookalike.tables.trouble import Place, explain
from lookalike.tables.walk import (
    Dialect,
    Trouble,
    after_line_end,
    cells_of_row,
    line_ends,
    value_of,
    walk,
)
from lookalike.watch import Watch, check

_SAMPLE_BYTES = 1 << 20
_SNIFF_BYTES = 1 << 17
_BLOCK_BYTES = 1 << 20
_EXCEL_LINE = re.compile(rb"\"?sep=([!-~\t])\"?(?:\r\n|\r|\n)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextOptions:
    """What the caller said about the text; None: guess."""

    delimiter: bytes | None = None
    quote: bytes | None = None
    encoding: str | None = None
    header: bool | None = None
    tabs: bool = False


@dataclass(frozen=True, slots=True)
class _Opening:
    """What the first lines told. lines: how many of them came before the data."""

    names: list[str]
    dialect: Dialect
    lines: int
    header: bool
    notes: list[str]


def read_text(
    stream: ByteStream, options: TextOptions, limits: Limits, watch: Watch
) -> tuple[pa.Table, list[str]]:
    """``(table, notes)``: every column ``string``, at least one row. `BadTable` names the first wrong row."""
    text, decoder, notes = utf8_stream(stream, options.encoding)
    opening = _open(text, decoder, options, limits)
    place = Place(stream.name, opening.dialect, opening.names, 0, opening.lines, header=opening.header)
    tables: list[pa.Table] = []
    pieces = whole_rows(text, opening.dialect, len(opening.names), limits)
    try:
        for piece in pieces:
            check(watch)
            tables.append(_read_piece(piece, decoder, place, limits))
            place = place.after(tables[-1].num_rows, line_ends(piece.data, piece.size))
            done, total = text.progress()
            if total:
                watch.progress(min(done, total), total)
    except Trouble as trouble:
        raise explain(trouble, place, limits) from None
    if place.rows == 0:
        raise no_rows(stream.name, header=opening.header)
    table = pa.concat_tables(tables)
    if decoder.latin:
        notes.append(
            "The text is not UTF-8; it was read as Windows-1252 (latin-1). "
            "If letters look wrong, name its encoding."
        )
    empty = [name for name in table.column_names if table[name].null_count == table.num_rows]
    return table, notes + opening.notes + column_notes(table.column_names, empty)


def _open(text: ByteStream, decoder: Decoder, options: TextOptions, limits: Limits) -> _Opening:
    """Read up to the first data row."""
    lines = _skip_blank_lines(text)
    notes: list[str] = []
    sample = text.peek(_SAMPLE_BYTES)
    asked = _EXCEL_LINE.match(sample)
    delimiter = options.delimiter
    if asked is not None:
        lines += line_ends(text.read(asked.end()))
        sample = text.peek(_SAMPLE_BYTES)
        delimiter = delimiter or asked.group(1)
        notes.append(f"The first line names the delimiter, {asked.group(1).decode()!r}, and is not data.")
    whole = len(sample) < _SNIFF_BYTES
    sample = sample[:_SNIFF_BYTES]
    quote = sniff_quote(sample) if options.quote is None else options.quote
    if delimiter is None:
        delimiter = sniff_delimiter(sample, quote, whole=whole, tabs=options.tabs)
    dialect = Dialect(delimiter, quote)
    rows = first_rows(sample, dialect, whole=whole)
    header = options.header
    if header is None:
        header = not rows or has_header(rows)
    cells, end, row = _first_row(text, dialect, decoder, limits, lines)
    refuse_too_many(len(cells), text.name, limits)
    if row[end : end + 1] == b"\r" and row[end : end + 2] != b"\r\n":
        notes.append("Lines end with a lone carriage return; each was read as the end of a row.")
    if not header:
        names = [f"column_{number}" for number in range(1, len(cells) + 1)]
        notes.append(f"The file has no header; its columns are called {_span(names)}.")
        return _Opening(names, dialect, lines, False, notes)
    lines += line_ends(text.read(after_line_end(row, end)))
    names, renamed = unique_names([cell.decode() for cell in cells])
    return _Opening(names, dialect, lines, True, notes + renamed)


def _skip_blank_lines(text: ByteStream) -> int:
    """How many line ends stood before the first row. `BadTable` when there is no row."""
    lines = 0
    if not text.peek(1):
        raise BadTable("The file is empty.", hint="Check that the export has finished.", file=text.name)
    while (head := text.peek(_SAMPLE_BYTES)) and head[:1] in b"\r\n":
        lines += line_ends(text.read(len(head) - len(head.lstrip(b"\r\n"))))
    if not head:
        raise no_rows(text.name, header=False)
    return lines


def _first_row(
    text: ByteStream, dialect: Dialect, decoder: Decoder, limits: Limits, lines: int
) -> tuple[list[bytes], int, bytes]:
    """``(cells, end, data)``: the first row's cells in UTF-8, and where it ends in ``data``, not yet read."""
    try:
        data, end = _whole_first_row(text, dialect)
        row = _utf8(data[:end], decoder)
    except Trouble as trouble:
        place = Place(text.name, dialect, [], 0, lines, header=True)
        raise explain(trouble, place, limits) from None
    cells = [value_of(row[a:b], dialect) for a, b in cells_of_row(row, 0, dialect)[0]]
    if max(map(len, cells)) > limits.max_cell_bytes:
        raise oversized_cell(text.name, limits, row=None, column=None)
    return cells, end, data


def _whole_first_row(text: ByteStream, dialect: Dialect) -> tuple[bytes, int]:
    for size in (_SAMPLE_BYTES, PIECE_BYTES):
        data = text.peek(size)
        whole = len(data) < size
        try:
            _, end = cells_of_row(data, 0, dialect)
        except Trouble as trouble:
            if trouble.kind != "open" or whole:
                raise
            wrong = Trouble("wide", trouble.offset, data)
            continue
        if whole or end + 1 < len(data):
            zero = data.find(0, 0, end)
            if zero >= 0:
                raise Trouble("nul", zero, data)
            return data, end
        wrong = Trouble("cell" if data.find(dialect.delimiter) < 0 else "row", 0, data)
    raise wrong


def _span(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def _utf8(piece: bytes, decoder: Decoder) -> bytes:
    try:
        return decoder.text(piece)
    except Undecodable as error:
        raise Trouble("encoding", error.offset, piece) from None


def _read_piece(piece: Piece, decoder: Decoder, place: Place, limits: Limits) -> pa.Table:
    """The rows of one piece. `Trouble` says which row is wrong."""
    buffer = pa.py_buffer(piece.data).slice(0, piece.size)
    if not piece.data.isascii():
        buffer = pa.py_buffer(_utf8(piece.rows(), decoder))
    try:
        table = _parse(buffer, place, _BLOCK_BYTES, newlines=piece.newlines)
    except pa.ArrowInvalid as error:
        _refuse_ragged(buffer.to_pybytes(), place)
        try:
            table = _parse(buffer, place, buffer.size + 1, newlines=piece.newlines)  # a row beyond a block
        except pa.ArrowInvalid:
            raise BadTable(
                f"The text could not be read: {error}.",
                hint="Look at the file in an editor.",
                file=place.file,
            ) from error
    refuse_oversized(table, place.file, limits, rows_before=place.rows)
    return table


def _parse(data: pa.Buffer, place: Place, block_bytes: int, *, newlines: bool) -> pa.Table:
    one_column = len(place.names) == 1
    if not one_column and data[0] in b"\r\n" and not data.to_pybytes().strip(b"\r\n"):
        return pa.table({name: pa.array([], pa.string()) for name in place.names})  # only blank lines
    dialect = place.dialect
    return pyarrow.csv.read_csv(
        pa.BufferReader(data),
        read_options=pyarrow.csv.ReadOptions(column_names=place.names, block_size=block_bytes),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=dialect.delimiter.decode(),
            quote_char=dialect.quote.decode() if dialect.quote else False,
            double_quote=True,
            newlines_in_values=newlines,
            ignore_empty_lines=not one_column,
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            check_utf8=False,  # the decoder did
            column_types=dict.fromkeys(place.names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _refuse_ragged(data: bytes, place: Place) -> None:
    """`Trouble` at the first row whose number of cells is not the header's."""
    blank_rows = len(place.names) == 1
    for start, end, count in walk(data, place.dialect):
        if count != len(place.names) and (start != end or blank_rows):
            raise Trouble("ragged", start, data, count)
