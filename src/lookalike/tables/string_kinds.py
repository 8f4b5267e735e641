"""What a column of strings is: booleans, personal data, ids, categories, or free text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.tables.arrow_types import is_category
from lookalike.tables.cells import pc
from lookalike.tables.finding import Finding, Sample
from lookalike.tables.misfit import Misfit

BOOLEANS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("on", "off"))
_WORDS = {word for pair in BOOLEANS for word in pair}

FREQUENT_ROWS = 5
"""A category in fewer rows is not drawn by any model."""
FEW_IDS = 1_000
"""A pattern that so few values fit is one of ids only when the header says so."""


def find_boolean(values: pa.Array, sample: Sample) -> Finding | None:
    """Booleans spelled in two ways: true/false in any case as bool, other pairs as a dictionary."""
    if len(sample.cells) > 2 or not all(cell.lower() in _WORDS for cell in sample.cells):
        return None
    encoded = values.dictionary_encode()
    spellings: list[str] = encoded.dictionary.to_pylist()
    lowered = [spelling.lower() for spelling in spellings]
    pair = next((p for p in BOOLEANS if set(lowered) == set(p) and len(lowered) == 2), None)
    if pair is None:
        if not set(lowered) <= _WORDS:
            raise Misfit
        return None
    true_at = lowered.index(pair[0])
    fields = {"true_text": spellings[true_at], "false_text": spellings[1 - true_at]}
    if pair != ("true", "false"):
        return Finding("boolean", encoded, fields)
    return Finding("boolean", pc.equal(encoded.indices, true_at), fields)


def find_string(name: str, values: pa.Array, *, plain: pa.DataType | None = None) -> Finding:
    """What strings (or a dictionary of them) are, when they are not numbers, dates or booleans.

    ``plain``: the type that categories keep; None makes them a dictionary. Everything else becomes the plain
    type of its strings.
    """
    from lookalike.tables.personal import recognise

    encoded = values if is_category(values.type) else values.dictionary_encode()
    flat = encoded.dictionary_decode() if is_category(values.type) else values
    counts = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(encoded.dictionary))
    rows, different = int(counts.sum()), int((counts > 0).sum())
    complete = rows == len(values)
    if different == 0:
        return Finding("null", values)
    content = recognise(name, encoded)
    if content not in (None, "words"):
        return Finding("text", flat, {"action": "fake", "content": content}, notes=(_said(content),))
    if different == 1 and complete:
        return Finding("constant", flat, {"value": flat[0].as_py()})
    if is_category(values.type) and different < rows:
        return Finding("categorical", values)
    if different == rows and complete and rows > 1 and (pattern := _id_pattern(name, flat)):
        return Finding("id", flat, {"pattern": pattern})
    if content is None and is_categorical(counts[counts > 0]):
        return Finding("categorical", encoded if plain is None else flat)
    fields: dict[str, Any] = {"action": "fake"}
    pattern = None if content else _pattern(encoded.dictionary)
    if pattern is not None and _is_roomy(pattern, different + FEW_IDS // 4):
        fields["pattern"] = pattern
        note = "nearly every row has its own value, of one pattern; new ones are made by that pattern."
    else:
        fields["content"] = _named(name)
        note = _said(fields["content"])
    return Finding("text", flat, fields, notes=(note,))


def _named(name: str) -> str:
    """The content that the header speaks of, for text of which the values alone say nothing."""
    from lookalike.tables.headers import content_of

    content = content_of(name)
    return content if content in ("city", "postal_code", "company") else "words"


def _id_pattern(name: str, values: pa.Array) -> str | None:
    """The pattern of ids, unless so few fit it that they are labels, each seen once: A, B, C.

    A sample has at most as many rows as there are ids.
    """
    from lookalike.tables.integer_kinds import named_like_an_id

    pattern = _pattern(values)
    return (
        pattern if pattern is not None and (named_like_an_id(name) or _is_roomy(pattern, FEW_IDS)) else None
    )


def _is_roomy(pattern: str, least: int) -> bool:
    """Whether at least so many values follow a pattern."""
    from lookalike.tables.template import parse

    parsed = parse(pattern)
    return parsed.open_part is not None or parsed.size >= least


def _pattern(values: pa.Array) -> str | None:
    from lookalike.tables.patterns import learn

    return learn(values)


def _said(content: str) -> str:
    if content == "words":
        return "nearly every row has its own text; it is replaced by made-up words."
    if content in ("city", "company", "url"):
        return f"it holds a {content} in nearly every row; all its values are made up."
    return f"it holds personal data ({content}); all its values are made up."


def is_categorical(counts: np.ndarray) -> bool:
    """Whether strings in ``counts`` rows each are categories rather than names or texts.

    Most rows hold a value that is in five rows or more; or, in tables too small for that, values repeat.
    """
    rows, different = int(counts.sum()), len(counts)
    if counts[counts >= FREQUENT_ROWS].sum() >= rows / 2:
        return True
    return different <= 50 and rows >= 1.6 * different
