"""What a column of integers is: numbers, 0 and 1 for false and true, ids, or personal data in digits."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from lookalike.tables.cells import pc
from lookalike.tables.finding import Finding

_CAMEL = re.compile(r"[a-z](?:Id|ID|Key|No|Nr|Num|Number|Code|Index)$")
_WORD_END = re.compile(
    r"(?:^|[\s_.\-#])(?:id|key|pk|no|nr|num|number|code|uuid|guid|index|idx|row|rowid|rownum|sku)\s*$|^#$",
    re.IGNORECASE,
)
_UNNAMED = re.compile(r"Unnamed: 0|column_1")
_YEAR = re.compile(r"year|jahr|ann[ée]e|año|anno|ano$", re.IGNORECASE)
_LONG = 1_000_000
"""Smaller integers are no phone or card numbers."""
_CONTENTS = frozenset({"phone", "card", "iban", "ssn"})
_LOOKED_AT = 300
_MANY_ROWS = 50


def named_like_an_id(name: str) -> bool:
    """Whether a header ends in id, key, number, code and the like: ``order_id``, ``customerNo``, ``#``."""
    return bool(_WORD_END.search(name) or _CAMEL.search(name) or _UNNAMED.fullmatch(name))


def refine(name: str, found: Finding, raw: pa.Array | None) -> Finding:
    """``found`` (integers) as boolean, id or text where it is one; else as it is.

    ``raw``: the column as text, or None when it has no text form: personal data is then left out.
    """
    numbers = found.values
    if numbers.null_count == len(numbers):
        return found
    plain = not any(found.fields.get(part) for part in ("prefix", "suffix", "thousands"))
    ends = pc.min_max(numbers).as_py()
    low, high = ends["min"], ends["max"]
    if (low, high) == (0, 1) and plain:
        return Finding("boolean", numbers, {"true_text": "1", "false_text": "0"}, notes=found.notes)
    if high >= _LONG and low >= 0 and plain and (content := _content(name, numbers)):
        return _personal(content, numbers, raw)
    if plain and is_id(name, numbers, low, high) and (pattern := _pattern(numbers)):
        return Finding("id", numbers, {"pattern": pattern}, notes=found.notes)
    return found


def _content(name: str, numbers: pa.Array) -> str | None:
    from lookalike.tables.personal import recognise

    spread = np.linspace(0, len(numbers) - 1, min(len(numbers), _LOOKED_AT)).astype(np.int64)
    content = recognise(name, numbers.take(pa.array(spread)))
    return content if content in _CONTENTS else None


def _personal(content: str, numbers: pa.Array, raw: pa.Array | None) -> Finding:
    if raw is None:
        note = f"it holds personal data ({content}) as integers; it is left out. As text it would be made up."
        return Finding("text", numbers, {"action": "drop", "content": content}, notes=(note,))
    note = f"it holds personal data ({content}); all its values are made up."
    return Finding("text", raw, {"action": "fake", "content": content}, notes=(note,))


def _pattern(numbers: pa.Array) -> str | None:
    from lookalike.tables.patterns import learn

    return learn(numbers)


def is_id(name: str, numbers: pa.Array, low: int, high: int) -> bool:
    """Whether integers are ids: all different, and named like one, in unbroken order, or densely packed."""
    rows = len(numbers)
    if numbers.null_count or rows < 2 or high - low < rows - 1:
        return False
    if _YEAR.search(name) and low >= 1000 and high < 3000:
        return False
    if not named_like_an_id(name) and not _in_order(numbers, low, high):
        dense = rows >= _MANY_ROWS and high - low < 2 * rows
        if not dense:
            return False
    return _all_different(numbers)


def _in_order(numbers: pa.Array, low: int, high: int) -> bool:
    rows = len(numbers)
    if rows < 3 or high - low != rows - 1:
        return False
    steps = np.diff(numbers.to_numpy().astype(np.int64))
    return bool((steps == 1).all() or (steps == -1).all())


def _all_different(numbers: pa.Array) -> bool:
    head = numbers.slice(0, 10_000)
    if pc.count_distinct(head).as_py() < len(head):
        return False
    return len(head) == len(numbers) or pc.count_distinct(numbers).as_py() == len(numbers)
