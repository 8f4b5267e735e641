"""JSON Lines (one object per line) to a typed table.

Python's parser reads it, not Arrow's: that one turns integers beyond 64 bits into floats, dates in text into
timestamps, and does not always say where it failed. Rules:

- columns come in the order they are first seen; a key that a row lacks is a missing value, as null is;
- integers are int64, exactly; with decimals beside them they are floats, unless one of them would be rounded:
  then, and where integers exceed 64 bits or types are mixed, the column is text, and a note says so;
- nested arrays and objects are kept as compact JSON text; NaN, which JSON does not have, is a missing value;
- blank lines are skipped.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from lookalike.errors import BadTable
from lookalike.tables.columns import column_notes, no_rows, refuse_oversized, unique_names
from lookalike.tables.encoding import Decoder, Undecodable, utf8_stream
from lookalike.tables.limits import Limits
from lookalike.tables.pieces import whole_rows
from lookalike.tables.source import ByteStream
from lookalike.tables.trouble import Place, explain
from lookalike.tables.walk import Dialect, Trouble, line_ends
from lookalike.watch import Watch, check

_LINES = Dialect(b"\n", b"")
_EXACT = 1 << 53  # integers up to here are floats without loss
_CONSTANTS = {"NaN": None, "Infinity": float("inf"), "-Infinity": float("-inf")}
_WORDS = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "true or false"}


class _Repeated(ValueError):
    """An object names ``key`` twice."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(slots=True)
class _Column:
    """The cells of one column so far: an array per piece, of rows that begin at 0. why: it became text."""

    arrays: list[Any] = field(default_factory=list[Any])
    why: str | None = None


def read_jsonl(
    stream: ByteStream, encoding: str | None, limits: Limits, watch: Watch
) -> tuple[pa.Table, list[str]]:
    """``(table, notes)``. `BadTable` names the first wrong row."""
    text, decoder, notes = utf8_stream(stream, encoding)
    if not text.peek(1):
        raise BadTable("The file is empty.", hint="Check that the export has finished.", file=stream.name)
    columns: dict[str, _Column] = {}
    place = Place(stream.name, _LINES, ["", ""], 0, 0, header=False)
    try:
        for piece in whole_rows(text, _LINES, limits.max_columns, limits):
            check(watch)
            rows = _parse(_utf8(piece.rows(), decoder), place)
            _append(rows, columns, place, limits)
            place = place.after(len(rows), line_ends(piece.data, piece.size))
            done, total = text.progress()
            if total:
                watch.progress(min(done, total), total)
    except Trouble as trouble:
        kind = "row" if trouble.kind == "cell" else trouble.kind
        error = explain(Trouble(kind, trouble.offset, trouble.text), place, limits)
        error.column = None
        raise error from None
    if place.rows == 0 or not columns:
        raise no_rows(stream.name, header=False)
    names, renamed = unique_names(list(columns))
    built = [_finish(name, column) for name, column in zip(names, columns.values(), strict=True)]
    table = pa.table(dict(zip(names, (made for made, _ in built), strict=True)))
    refuse_oversized(table, stream.name, limits)
    empty = [name for name in names if table[name].null_count == table.num_rows]
    said = [note for _, note in built if note]
    return table, notes + renamed + said + column_notes(names, empty)


def _utf8(piece: bytes, decoder: Decoder) -> bytes:
    try:
        return decoder.text(piece)
    except Undecodable as error:
        raise Trouble("encoding", error.offset, piece) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Repeated(next(key for key in keys if keys.count(key) > 1))
    return made


def _loads(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object, parse_constant=_CONSTANTS.__getitem__)


def _parse(data: bytes, place: Place) -> list[dict[str, Any]]:
    """The objects of a piece, which is UTF-8. All lines at once; one by one when something is wrong."""
    lines = [line for line in data.splitlines() if line.strip()]
    try:
        rows = _loads(f"[{b','.join(lines).decode()}]")
        if len(rows) == len(lines) and set(map(type, rows)) <= {dict}:
            return rows
    except (ValueError, RecursionError):
        pass
    return _parse_each(data, place)


def _parse_each(data: bytes, place: Place) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for line, text in enumerate(data.splitlines(), place.lines + 1):
        if not text.strip():
            continue
        try:
            row = _loads(text.decode())
        except _Repeated as error:
            wrong, column = f"Line {line:,} names the key {error.key!r} twice.", error.key
        except (ValueError, RecursionError) as error:
            said = (
                f"{error.msg.lower()} at character {error.pos + 1}"
                if isinstance(error, json.JSONDecodeError)
                else ""
            )
            wrong, column = (
                f"Line {line:,} is not JSON{': ' + said if said else ', or nests too deep'}.",
                None,
            )
        else:
            if type(row) is dict:
                rows.append(row)
                continue
            wrong, column = f"Line {line:,} holds {_WORDS.get(type(row), 'null')}, not an object.", None
        hint = "Each line must be one JSON object, with each key once."
        if text.lstrip().startswith(b"[") and place.rows + len(rows) == 0:
            hint = "This may be one JSON array: write one object per line (jq -c '.[]' does)."
        raise BadTable(wrong, hint=hint, file=place.file, row=place.rows + len(rows) + 1, column=column)
    return rows


def _append(rows: list[dict[str, Any]], columns: dict[str, _Column], place: Place, limits: Limits) -> None:
    """Add the cells of ``rows`` to ``columns``, which gains the keys that are new."""
    for number, row in enumerate(rows, 1):
        if not row.keys() <= columns.keys():
            for key in row:
                if key not in columns:
                    columns[key] = _Column([pa.nulls(place.rows)])
            if len(columns) > limits.max_columns:
                raise BadTable(
                    f"With this row the table has more than {limits.max_columns:,} columns.",
                    hint="Check that the keys of the objects are names, not values; or raise the limit "
                    "(--limit columns=N).",
                    file=place.file,
                    row=place.rows + number,
                )
    for key, column in columns.items():
        column.arrays.append(_array([row.get(key) for row in rows], key, column, place))


def _array(cells: list[Any], key: str, column: _Column, place: Place) -> Any:
    kinds = set(map(type, cells)) - {type(None)}
    if not kinds:
        return pa.nulls(len(cells))
    if kinds == {bool} or kinds == {float}:
        return pa.array(cells)
    if kinds == {int}:
        try:
            return pa.array(cells, pa.int64())
        except (OverflowError, pa.ArrowInvalid):
            column.why = "integers beyond 64 bits"
    elif kinds == {int, float}:
        if all(type(cell) is not int or abs(cell) <= _EXACT for cell in cells):
            return pa.array(cells, pa.float64())
        column.why = "integers that a float cannot hold beside decimals"
    elif kinds & {dict, list}:
        column.why = "nested values"
    elif kinds != {str}:
        column.why = "values of several types"
    texts = [cell if cell is None or type(cell) is str else _as_text(cell) for cell in cells]
    try:
        return pa.array(texts, pa.string())
    except (ValueError, pa.ArrowException) as error:
        row = next((i for i, text in enumerate(texts, 1) if text is not None and not _is_unicode(text)), 1)
        raise BadTable(
            "A text holds half of a surrogate pair, which is no character.",
            hint="Repair the text where it was cut.",
            file=place.file,
            row=place.rows + row,
            column=key,
        ) from error


def _as_text(cell: Any) -> str:
    return json.dumps(cell, ensure_ascii=False, separators=(",", ":"))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _finish(name: str, column: _Column) -> tuple[Any, str | None]:
    """The whole column in one type, and a note when that is text against its nature."""
    types = {array.type for array in column.arrays} - {pa.null()}
    if types == {pa.int64(), pa.float64()}:
        try:
            return pa.chunked_array([array.cast(pa.float64()) for array in column.arrays]), None
        except pa.ArrowInvalid:
            column.why = "integers that a float cannot hold beside decimals"
    if len(types) > 1:
        column.why = column.why or "values of several types"
    kind = (types.pop() if types else pa.null()) if len(types) <= 1 else pa.string()
    made = pa.chunked_array([array.cast(kind) for array in column.arrays], kind)
    return made, f"The column {name!r} holds {column.why}; it was read as text." if column.why else None
