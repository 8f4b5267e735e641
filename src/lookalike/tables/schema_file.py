"""The schema as a YAML file that people read and edit: a comment beside each guess, and plain errors.

Scalars are read by the field they stand in, not by YAML's own rules: ``true_text: yes`` is the word yes,
``low: 2020-01-01`` a date as text, ``format: 08:30`` no number in base sixty.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO, cast

import pyarrow as pa
import yaml

from lookalike.errors import BadSchema, CannotWrite
from lookalike.schema import SCHEMA_VERSION, Column, Schema
from lookalike.tables import dates
from lookalike.tables.arrow_types import is_category, is_moment, is_number, is_span, is_text, type_of
from lookalike.tables.cells import ends, pc
from lookalike.tables.personal import CONTENTS
from lookalike.tables.spell import spell

MAX_BYTES = 16 * 1024 * 1024
_EXAMPLES = 4
_LONGEST = 24
_HEAD = """\
# What the columns are. Edit what was guessed wrong, and give this file to --schema.
# kind:   numerical, categorical, boolean, datetime, timedelta, id, text, constant, null
# action: model (learn and draw), fake (made up: no value is ever a real one), drop (leave out)
# A column to predict has "role: target". Bounds are set by "low" and "high".
"""

# Writing


def schema_text(schema: Schema, table: pa.Table | None = None) -> str:
    """The YAML of a schema; with its typed ``table``, a comment beside each column on what was seen.

    Comments name the range and a few frequent values of columns that are modelled, never those of ids, text
    and personal data.
    """
    lines = [f"{_HEAD}version: {SCHEMA_VERSION}", "columns:" if len(schema) else "columns: []"]
    for column in schema:
        fields = column.to_dict()
        seen = None if table is None else _seen(column, table)
        for i, (name, value) in enumerate(fields.items()):
            comment = f"  # {seen}" if i == 0 and seen else ""
            lines.append(f"{'  - ' if i == 0 else '    '}{name}: {_scalar(value)}{comment}")
    return "\n".join(lines) + "\n"


def write_schema(schema: Schema, table: pa.Table | None, out: str | os.PathLike[str] | TextIO) -> None:
    """Write `schema_text` to a path or a text stream. `CannotWrite` when the path cannot be written."""
    text = schema_text(schema, table)
    if not isinstance(out, (str, os.PathLike)):
        out.write(text)
        return
    try:
        Path(out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotWrite(
            f"The schema cannot be written: {error.strerror}.",
            hint="Choose another folder, or make this one.",
            file=str(out),
        ) from error


def _scalar(value: object) -> str:
    """One line of YAML."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if value is None:
        return "null"
    plain = str(value).isprintable()
    text = yaml.safe_dump(value, allow_unicode=plain, width=2**30, default_style=None if plain else '"')
    return text.strip().removesuffix("...").strip()


def _seen(column: Column, table: pa.Table) -> str | None:
    """What the column holds, on one line."""
    if column.name not in table.column_names:
        return None
    values = table.column(column.name)
    rows = len(values)
    if not rows or values.null_count == rows:
        return "no values"
    parts: list[str] = []
    if column.kind not in ("constant", "text", "id") and column.action == "model":
        parts.append(_values_seen(column, values))
    elif column.kind == "id":
        parts.append("different in every row")
    elif column.kind == "constant":
        parts.append("the same in every row")
    else:
        parts.append(f"{pc.count_distinct(values).as_py():,} different")
    share = values.null_count / rows
    if share:
        parts.append(f"{share:.0%} missing" if share >= 0.01 else f"{values.null_count:,} missing")
    return re.sub(r"[\x00-\x1f\x7f\x85\u2028\u2029]", " ", ", ".join(parts))


def _values_seen(column: Column, values: pa.ChunkedArray) -> str:
    kind = values.type
    if is_number(kind) or is_moment(kind) or is_span(kind):
        low, high = (_spelled(end, column) for end in ends(values))
        return f"{low} … {high}, {pc.count_distinct(values).as_py():,} different"
    counts = pc.value_counts(values.drop_null())
    order = pc.sort_indices(counts.field("counts"), sort_keys=[("", "descending")]).slice(0, _EXAMPLES)
    common = counts.field("values").take(order)
    common = common.dictionary_decode() if is_category(common.type) else common
    shown = ", ".join(_short(_spelled(value, column)) for value in common)
    return f"{len(counts):,} different: {shown}{', …' if len(counts) > _EXAMPLES else ''}"


def _spelled(value: pa.Scalar, column: Column) -> str:
    return spell(pa.array([value.as_py()], value.type), column).cast(pa.string())[0].as_py()


def _short(text: str) -> str:
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return text if text.strip() == text and text and "," not in text else repr(text)


# Reading


class _Loader(yaml.SafeLoader):
    """YAML in which every plain scalar is text, but an empty one or ``null``, which is nothing."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag == "tag:yaml.org,2002:null"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False}
_INTEGER = re.compile(r"[-+]?\d+", re.ASCII)


def read_schema(path: str | os.PathLike[str]) -> Schema:
    """The schema in a YAML (or JSON) file. `BadSchema` names file, column and field, and says what to do."""
    file = str(path)
    try:
        data = Path(path).read_bytes()[: MAX_BYTES + 1]
    except OSError as error:
        raise BadSchema(
            f"The schema cannot be read: {error.strerror}.", hint="Check the path.", file=file
        ) from None
    if len(data) > MAX_BYTES:
        raise BadSchema(f"The schema is larger than {MAX_BYTES:,} bytes.", file=file)
    return schema_of_text(data, file=file)


def schema_of_text(text: str | bytes, *, file: str | None = None) -> Schema:
    """The schema in YAML; errors as `read_schema`."""
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = "" if mark is None else f" in line {mark.line + 1}"
        raise BadSchema(
            f"This is not YAML{line}: {error.problem or error.context}.",
            hint="Mind the indentation, and quote texts that hold ': ' or ' #'.",
            file=file,
        ) from None
    except (yaml.YAMLError, RecursionError, UnicodeDecodeError, ValueError):
        raise BadSchema("This is not YAML.", file=file) from None
    schema = Schema.of_dict(_converted(document), file=file)
    for column in schema:
        check_column(column, file=file)
    return schema


def _converted(document: object) -> object:
    """The document with its scalars as the fields of `Column` want them; what cannot be stays text."""
    if not isinstance(document, dict):
        return document
    top = cast("dict[object, object]", document)
    columns = top.get("columns")
    if isinstance(columns, list):
        entries = cast("list[object]", columns)
        top = {**top, "columns": [_entry(entry) for entry in entries]}
    version = top.get("version")
    if isinstance(version, str) and _INTEGER.fullmatch(version):
        top = {**top, "version": int(version)}
    return top


def _entry(entry: object) -> object:
    if not isinstance(entry, dict):
        return entry
    types = {field.name: str(field.type) for field in dataclasses.fields(Column)}
    fields = cast("Mapping[str, object]", entry)
    return {name: _value(value, types.get(name, "str")) for name, value in fields.items()}


def _value(value: object, wanted: str) -> object:
    if not isinstance(value, str):
        return value
    if "bool" in wanted:
        return _BOOLEANS.get(value.lower(), value)
    if "int" in wanted and _INTEGER.fullmatch(value):
        return int(value)
    if "float" in wanted:
        try:
            return float(value)
        except ValueError:
            return value
    return value


_OF_KIND = {
    "numerical": (is_number, "a number, such as int64 or double"),
    "datetime": (is_moment, "a date, such as date32[day] or timestamp[us]"),
    "timedelta": (is_span, "a time, such as duration[us] or time64[us]"),
}


def check_column(column: Column, *, file: str | None = None) -> None:
    """`BadSchema` when the fields of a column contradict each other."""

    def wrong(field: str, message: str, hint: str | None = None) -> BadSchema:
        return BadSchema(f"The field {field!r}: {message}", hint=hint, file=file, column=column.name)

    if column.action == "drop":
        return
    try:
        kind = type_of(column.type)
    except BadSchema as error:
        raise wrong("type", error.message, error.hint) from None
    if column.kind in _OF_KIND:
        fits, wanted = _OF_KIND[column.kind]
        if not fits(kind):
            raise wrong("type", f"a {column.kind} column cannot be {column.type}.", f"It must be {wanted}.")
    if column.format is not None and (is_moment(kind) or is_span(kind)):
        try:
            codes = {part.code for part in dates.tokens(column.format)}
        except ValueError as error:
            raise wrong("format", f"{error}.", "A date is spelled like %Y-%m-%d %H:%M:%S.") from None
        if is_span(kind) and codes & (dates.DATE_CODES - {"-d"}):
            raise wrong("format", "a time has no year, month or weekday.", "A time is spelled like %H:%M:%S.")
    if column.content is not None and column.content not in CONTENTS:
        raise wrong("content", f"nothing is known of {column.content!r}.", f"Known: {', '.join(CONTENTS)}.")
    if column.kind == "boolean" and column.true_text == column.false_text:
        raise wrong("true_text", "it is the same as false_text.")
    if (
        isinstance(column.low, (int, float))
        and isinstance(column.high, (int, float))
        and column.low > column.high
    ):
        raise wrong("low", "it is above 'high'.")
    if column.kind == "id" and not (is_text(kind) or pa.types.is_integer(kind) or is_category(kind)):
        raise wrong("type", "an id column holds text or integers.")
    if column.kind == "id" and column.pattern is not None:
        _check_pattern(column, file)


def _check_pattern(column: Column, file: str | None) -> None:
    from lookalike.tables.template import parse

    try:
        parse(column.pattern or "")
    except BadSchema as error:
        raise BadSchema(
            f"The field 'pattern': {error.message}", hint=error.hint, file=file, column=column.name
        ) from None
