"""A block of rows as JSON Lines: one object per row, keys in column order, every key always there.

A missing value, and a number that JSON does not know (NaN, an infinity), is ``null``. Numbers and true/false
are bare; dates, spans, numbers with a currency or grouping, and any other spelling are strings in the form
that the column has in CSV.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.schema import Column, Schema
from lookalike.tables.numbers import is_decorated
from lookalike.tables.row_text import TEXT, Cells, rows_text, text_bytes, texts_of, with_missing, wrapped
from lookalike.tables.spell import spell

pc: Any = pyarrow.compute  # its functions are made at run time, so no checker knows them

_BARE_BOOLEANS = frozenset({"true", "false", "0", "1"})
_NUMBER = r"^(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)?$"  # or nothing: a null's slot
_BEYOND = "^[-+]?(?:nan|inf)"


@dataclass(frozen=True, slots=True)
class JsonText:
    """How rows of a schema are spelled as JSON Lines."""

    schema: Schema

    def header(self) -> bytes:
        """Nothing: the keys stand in every line."""
        return b""

    def rows(self, block: pa.RecordBatch) -> memoryview:
        """The lines of a block, UTF-8."""
        cells = [_cells(block.column(i), column) for i, column in enumerate(self.schema)]
        keys = [json.dumps(name, ensure_ascii=False) + ":" for name in self.schema.names]
        glue = ["{" + keys[0], *("," + key for key in keys[1:]), "}\n"]
        return rows_text(cells, glue, block.num_rows)


def _cells(values: pa.Array, column: Column) -> Cells:
    spelled = spell(values, column)
    pool, codes, absent = texts_of(spelled)
    kind = spelled.type.value_type if pa.types.is_dictionary(spelled.type) else spelled.type
    if not _is_json_already(kind) and not _spells_json(column):
        plain = pa.types.is_floating(kind) or (column.kind == "numerical" and not is_decorated(column))
        pool = _numbers(pool) if plain else _strings(pool)
    return with_missing(pool, codes, absent, "null")


def _is_json_already(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind)


def _spells_json(column: Column) -> bool:
    return column.kind == "boolean" and {column.true_text, column.false_text} <= _BARE_BOOLEANS


def _numbers(texts: pa.Array) -> pa.Array:
    """JSON numbers as they are, NaN and infinities as null, any other form of a number as a string."""
    bare = pc.match_substring_regex(texts, _NUMBER)
    if pc.all(bare).as_py() is not False:
        return texts
    beyond = pc.match_substring_regex(texts, _BEYOND, ignore_case=True)
    return pc.if_else(bare, texts, pc.if_else(beyond, pa.scalar("null", TEXT), _strings(texts)))


def _strings(texts: pa.Array) -> pa.Array:
    """JSON strings of a large_string array without nulls (RFC 8259, section 7)."""
    found = np.frombuffer(text_bytes(texts), np.uint8)
    if (found == 0x5C).any():
        texts = pc.replace_substring(texts, "\\", "\\\\")
    if (found == 0x22).any():
        texts = pc.replace_substring(texts, '"', '\\"')
    controls = found[found < 0x20]
    for byte in np.unique(controls).tolist():
        texts = pc.replace_substring(texts, chr(byte), json.dumps(chr(byte))[1:-1])
    return wrapped('"', texts, '"')
