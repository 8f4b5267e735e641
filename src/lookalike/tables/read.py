"""Whatever holds a table, in: files and streams of any supported format, and tables in memory."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookalike.errors import BadTable, UsageError
from lookalike.tables import formats
from lookalike.tables.archive import decompress
from lookalike.tables.encoding import asked_encoding
from lookalike.tables.limits import Limits
from lookalike.tables.objects_in import called, is_table, read_object
from lookalike.tables.source import ByteStream, open_object, open_path
from lookalike.tables.text_in import TextOptions, read_text
from lookalike.tables.xlsx_scan import is_workbook
from lookalike.watch import Unwatched, Watch, check

__all__ = ["Limits", "Raw", "read_raw"]

_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Raw:
    """A table as it was found.

    table: ``(n_rows, n_columns)``, at least one of each; names are unique; no column is nested.
    textual: the source spells values as text, so every column is ``string``: null where there was nothing,
        ``""`` where there were quotes around nothing; no other spelling of a missing value is interpreted.
    notes: what was assumed or changed on the way, one plain sentence each.
    source: the path, or words for an object.
    """

    table: pa.Table
    textual: bool
    notes: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """The caller's words, checked."""

    format: str | None
    text: TextOptions
    limits: Limits
    watch: Watch


def read_raw(
    source: Any,
    *,
    format: str | None = None,  # noqa: A002  # the word users know
    delimiter: str | None = None,
    quote: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    limits: Limits | None = None,
    watch: Watch | None = None,
) -> Raw:
    """A `Raw` table from a path, a binary file object, an Arrow table or reader, anything with
    ``__arrow_c_stream__`` (polars, DuckDB), or a pandas frame.

    Files: CSV, TSV, Parquet, Arrow IPC (Feather 2), JSON Lines, XLSX; each also as ``.gz``, ``.zst``, or as
    the one member of a ``.zip``. What is None is found: ``format`` from the name and the first bytes (which
    must agree), delimiter (``, ; tab |``), ``quote`` (``""``: nothing is quoted), ``encoding`` (UTF-8 or
    UTF-16, marked or not, else Windows-1252), and whether the first row is a ``header``.

    `BadTable` says where a table is wrong and what to do; `UsageError`, that an option does not apply;
    `Cancelled`, that ``watch`` said stop. Nothing is written anywhere.
    """
    asked = _Asked(
        formats.asked_format(format),
        TextOptions(_delimiter(delimiter), _quote(quote), asked_encoding(encoding), header),
        limits or Limits(),
        watch or Unwatched(),
    )
    if asked.text.delimiter and asked.text.delimiter == asked.text.quote:
        raise UsageError("The delimiter and the quote are the same character.")
    check(asked.watch)
    if isinstance(source, str | os.PathLike):
        stream, close = open_path(Path(source), asked.limits)
        try:
            return _read_stream(stream, asked)
        finally:
            close()
    if is_table(source):
        _only(asked, "a table in memory", ())
        table, notes = read_object(source, asked.limits)
        return Raw(table, False, tuple(notes), called(source))
    if hasattr(source, "read"):
        return _read_stream(open_object(source, asked.limits), asked)
    raise UsageError(
        f"A {type(source).__name__} is nothing to read a table from.",
        hint="Give a path, a file opened in binary mode, an Arrow table, or a data frame.",
    )


def _delimiter(given: str | None) -> bytes | None:
    if given is None:
        return None
    given = {"tab": "\t", "\\t": "\t"}.get(given, given)
    if len(given) != 1 or not given.isascii() or given in "\r\n\0":
        raise UsageError(
            f"The delimiter {given!r} is not one ASCII character.", hint="Examples: ',' ';' '|' or tab."
        )
    return given.encode()


def _quote(given: str | None) -> bytes | None:
    if given is None:
        return None
    if len(given) > 1 or not given.isascii() or given in ("\r", "\n", "\0"):
        raise UsageError(
            f"The quote {given!r} is not one ASCII character.", hint="Nothing at all ('') means no quoting."
        )
    return given.encode()


def _only(asked: _Asked, what: str, allowed: tuple[str, ...]) -> None:
    """`UsageError` when an option was given that ``what`` does not have."""
    given = {"delimiter": asked.text.delimiter, "quote": asked.text.quote}
    given |= {"encoding": asked.text.encoding, "header": asked.text.header}
    if what == "a table in memory":
        given["format"] = asked.format
    for option, value in given.items():
        if value is not None and option not in allowed:
            raise UsageError(f"The option {option!r} does not apply to {what}.", hint="Leave it out.")


def _read_stream(stream: ByteStream, asked: _Asked) -> Raw:
    source = stream.name
    named, archive = formats.named_format(stream.name)
    if not stream.peek(1):
        raise BadTable("The file is empty.", hint="Check that the export has finished.", file=source)
    real = formats.real_format(stream.peek(_HEAD_BYTES))
    if archive is not None and real != archive:
        raise formats.not_as_named(source, archive, real)
    expected = asked.format or named
    if real in ("gz", "zst", "zip") and not (real == "zip" and _holds_workbook(stream, expected)):
        if archive is None and expected is not None:
            raise formats.not_as_named(source, expected, real)
        stream = decompress(stream, real, asked.limits)
        if real == "zip":
            inside, nested = formats.named_format(stream.name)
            expected = asked.format or inside
            real = "zip" if nested else real
        if not stream.peek(1):
            raise BadTable(
                "The file inside is empty.", hint="Check that the export has finished.", file=stream.name
            )
        real = formats.real_format(stream.peek(_HEAD_BYTES))
        if real in ("gz", "zst") or (real == "zip" and expected != "xlsx"):
            raise BadTable(
                f"Inside is another archive ({formats.called(real)}).",
                hint="Unpack it, and name the table you want.",
                file=stream.name,
            )
    return _read_format(stream, _format(stream, expected, real, asked), source, asked)


def _holds_workbook(stream: ByteStream, expected: str | None) -> bool:
    if expected is not None:
        return expected == "xlsx"
    try:
        if stream.path is not None:
            with zipfile.ZipFile(stream.path) as archive:
                return is_workbook(archive)
        data = stream.read_all()
        stream.push_back(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return is_workbook(archive)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return False  # whoever opens it next says what is wrong


def _format(stream: ByteStream, expected: str | None, real: str, asked: _Asked) -> str:
    """The format to read, when the name or the caller and the first bytes agree."""
    is_now = "xlsx" if real == "zip" else real
    if is_now in formats.FORMATS:
        if expected not in (None, is_now):
            raise formats.not_as_named(stream.name, expected, is_now)
        return is_now
    if real != "text" or expected in ("parquet", "arrow", "xlsx"):
        raise formats.not_as_named(stream.name, expected, real)
    if expected in formats.TEXT_FORMATS and asked.format is None and _is_json(stream):
        raise formats.not_as_named(stream.name, expected, "jsonl")
    if expected is None:
        return "jsonl" if _is_json(stream) else "csv"
    return expected


def _is_json(stream: ByteStream) -> bool:
    """Whether the first line is a JSON object, or begins an array of them."""
    head = stream.peek(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    if head[:1] == b"[" and head[1:].lstrip()[:1] == b"{":
        return True
    line = head.splitlines()[0] if head else b""
    if line[:1] != b"{":
        return False
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return len(line) == len(head) and line[:2] == b'{"'


def _read_format(stream: ByteStream, found: str, source: str, asked: _Asked) -> Raw:
    limits, watch, options = asked.limits, asked.watch, asked.text
    textual = False
    if found in formats.TEXT_FORMATS:
        tabs = TextOptions(
            options.delimiter, options.quote, options.encoding, options.header, tabs=found == "tsv"
        )
        table, notes = read_text(stream, tabs, limits, watch)
        textual = True
    elif found == "jsonl":
        from lookalike.tables.jsonl_in import read_jsonl

        _only(asked, "JSON Lines", ("encoding",))
        table, notes = read_jsonl(stream, options.encoding, limits, watch)
    elif found == "xlsx":
        from lookalike.tables.xlsx_in import read_xlsx

        _only(asked, "Excel workbooks", ("header",))
        table, textual, notes = read_xlsx(stream, options.header, limits, watch)
    else:
        from lookalike.tables.binary_in import read_ipc, read_parquet

        _only(asked, formats.called(found), ())
        table, notes = (read_parquet if found == "parquet" else read_ipc)(stream, limits, watch)
    return Raw(table, textual, tuple(notes), source)
