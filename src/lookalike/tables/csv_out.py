"""A block of rows as CSV or TSV: RFC 4180 with ``\\n`` line ends and no quote that is not needed.

A cell is quoted when it holds the delimiter, a quote, a CR or an LF, when it is an empty string (a missing
value is nothing at all), or when it is spelled like the column's missing value. In a table of one column a
missing value that is spelled as nothing is written ``""``, because most readers skip an empty line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.schema import Column, Schema
from lookalike.tables.row_text import TEXT, Cells, rows_text, text_bytes, texts_of, with_missing, wrapped
from lookalike.tables.spell import spell

pc: Any = pyarrow.compute  # its functions are made at run time, so no checker knows them

# A plain number, perhaps with its sign, currency, grouping or percent: no spreadsheet reads it as a formula.
_NUMBER = r"^[-+]?[$€£¥]?[0-9][0-9., '\x{a0}\x{202f}]*(?:[eE][-+]?[0-9]+)?\s?[%$€£¥]?$"
_FORMULA = r"^[=+\-@\t\r]"


@dataclass(frozen=True, slots=True)
class CsvText:
    """How rows of a schema are spelled in CSV.

    delimiter: one character. guard: text cells that a spreadsheet would run (``= + - @``, tab, CR first) get
    a leading apostrophe; numbers keep theirs.
    """

    schema: Schema
    delimiter: str = ","
    guard: bool = False

    def header(self) -> bytes:
        """The line of column names."""
        names = self._escaped(pa.array(self.schema.names, TEXT), missing=None)
        return (self.delimiter.join(names.to_pylist()) + "\n").encode()

    def rows(self, block: pa.RecordBatch) -> memoryview:
        """The lines of a block, UTF-8."""
        cells = [self._cells(block.column(i), column) for i, column in enumerate(self.schema)]
        glue = ["", *[self.delimiter] * (len(cells) - 1), "\n"]
        return rows_text(cells, glue, block.num_rows)

    def _cells(self, values: pa.Array, column: Column) -> Cells:
        spelled = spell(values, column)
        pool, codes, absent = texts_of(spelled)
        if not _is_bare(spelled.type):
            pool = self._escaped(pool, column.null_text)
        return with_missing(pool, codes, absent, self._missing(column.null_text))

    def _missing(self, null_text: str) -> str:
        if not null_text:
            return '""' if len(self.schema) == 1 else ""
        text = "'" + null_text if self.guard and re.match(r"[=+@\t\r]", null_text) else null_text
        return '"' + text.replace('"', '""') + '"' if re.search(self._special(), text) else text

    def _escaped(self, texts: pa.Array, missing: str | None) -> pa.Array:
        """``texts`` (large_string, no nulls) guarded and quoted where they need it."""
        if not len(texts):
            return texts
        if self.guard:
            texts = _guarded(texts)
        found = np.frombuffer(text_bytes(texts), np.uint8)
        hit = any(bool((found == ord(byte)).any()) for byte in (self.delimiter, '"', "\r", "\n"))
        needed = pc.equal(pc.binary_length(texts), 0)
        if missing:
            needed = pc.or_(needed, pc.equal(texts, pa.scalar(missing, TEXT)))
        if hit:
            needed = pc.or_(needed, pc.match_substring_regex(texts, self._special()))
        if not pc.any(needed).as_py():
            return texts
        return pc.if_else(needed, wrapped('"', pc.replace_substring(texts, '"', '""'), '"'), texts)

    def _special(self) -> str:
        return f'[{re.escape(self.delimiter)}"\\r\\n]'


def _is_bare(kind: pa.DataType) -> bool:
    """Types whose text never needs a quote or a guard."""
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _guarded(texts: pa.Array) -> pa.Array:
    risky = pc.match_substring_regex(texts, _FORMULA)
    if not pc.any(risky).as_py():
        return texts
    risky = pc.and_not(risky, pc.match_substring_regex(texts, _NUMBER))
    return pc.if_else(risky, wrapped("'", texts, ""), texts)
