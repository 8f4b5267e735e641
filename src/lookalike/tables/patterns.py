"""Learning the template of an id column from its values: `C-{00000}`, `{AAA}-{2023|2024}-{#}`, `{uuid4}`.

A part is fixed text only when it is the same in every value. What varies is described by the smallest
alphabet that people use for ids, so that a template says what kind of thing an id is, and quotes no value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike.tables.spelling import as_strings, bytes_of, can_hold_text
from lookalike.tables.template import ALPHABETS, Literal, Pattern, parse, text_of

pc: Any = pyarrow.compute  # its functions are made at run time, unseen by type checkers

__all__ = ["Pattern", "learn", "parse"]

MAX_BYTES = 128
"""Longer values are no ids."""
CHOICE_OPTIONS = 12
CHOICE_ROWS = 5
"""A short part becomes a choice of words when there are few of them, each in at least this many rows."""
SURE_ROWS = 20
"""From so many values on, a character that never changes inside a random code is taken to be fixed."""

_PIECES = re.compile(rb"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]+")
_URL_SAFE = ALPHABETS["w"] + "-_"


def learn(values: pa.Array) -> str | None:
    """The template of these ids (distinct, none missing), or None when there is none that fits them all.

    Whole numbers ≥ 0 give ``{#}``. Text is looked at position by position when all values have one
    length, else piece by piece between separators.
    """
    if not len(values):
        return None
    if pa.types.is_integer(values.type):
        return "{#}" if pc.min(values).as_py() >= 0 else None
    if not can_hold_text(values.type.value_type if pa.types.is_dictionary(values.type) else values.type):
        return None
    texts = as_strings(values)
    lengths = pc.binary_length(texts).to_numpy()
    shortest, longest = int(lengths.min()), int(lengths.max())
    if shortest == 0 or longest > MAX_BYTES:
        return None
    template = _of_one_length(bytes_of(texts, longest)) if shortest == longest else _of_pieces(texts)
    if template is None or template == "":
        return None
    matches = parse(template).digits(texts)[1]
    return template if bool(matches.all()) else None


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring columns of the matrix of bytes that are described together: ``cells`` is (n, width)."""

    kind: str  # "fixed", "digits", "upper", "lower", "code"
    cells: np.ndarray


def _of_one_length(matrix: np.ndarray) -> str | None:
    """The template of values of one length, as a uint8 matrix (n, length)."""
    fixed = (matrix == matrix[0]).all(axis=0)
    uuid = _uuid(matrix, fixed)
    if uuid is not None:
        return uuid
    sets = [frozenset(np.flatnonzero(np.bincount(column, minlength=256)).tolist()) for column in matrix.T]
    runs: list[_Run] = []
    start = 0
    while start < len(sets):
        stop = start + 1
        if fixed[start] and not _is_alnum(int(matrix[0, start])):
            while stop < len(sets) and fixed[stop] and not _is_alnum(int(matrix[0, stop])):
                stop += 1
            runs.append(_Run("fixed", matrix[:, start:stop]))
        else:
            while stop < len(sets) and not (fixed[stop] and not _is_alnum(int(matrix[0, stop]))):
                stop += 1
            token = _token_runs(matrix[:, start:stop], sets[start:stop], fixed[start:stop])
            if token is None:
                return _of_any_characters(sets)
            runs.extend(token)
        start = stop
    return _template_of(runs)


def _is_alnum(byte: int) -> bool:
    return byte < 128 and chr(byte).isalnum()


def _uuid(matrix: np.ndarray, fixed: np.ndarray) -> str | None:
    dashes = (8, 13, 18, 23)
    if matrix.shape[1] != 36 or not all(fixed[i] and matrix[0, i] == ord("-") for i in dashes):
        return None
    seen = set(np.flatnonzero(np.bincount(matrix.ravel(), minlength=256)).tolist()) - {ord("-")}
    for alphabet, name in ((b"0123456789abcdef", "uuid"), (b"0123456789ABCDEF", "UUID")):
        if seen <= set(alphabet):
            version = chr(matrix[0, 14])
            variants = set(matrix[:, 19].tolist())
            known = fixed[14] and version in "12345678" and variants <= set(b"89abAB")
            return f"{{{name}{version}}}" if known else f"{{{name}}}"
    return None


def _of_any_characters(sets: list[frozenset[int]]) -> str | None:
    """Codes over letters, digits, - and _ (base64 of URLs), when they vary in every position."""
    seen = frozenset[int]().union(*sets)
    if seen <= set(_URL_SAFE.encode()) and all(len(s) > 2 for s in sets):
        return f"{{[{_URL_SAFE}]*{len(sets)}}}"
    return None


def _kind(seen: frozenset[int]) -> str:
    """What a column of the matrix holds."""
    kinds = {
        "digits" if chr(b).isdigit() else "upper" if chr(b).isupper() else "lower"
        for b in seen
        if _is_alnum(b)
    }
    if not all(map(_is_alnum, seen)):
        return "other"
    return kinds.pop() if len(kinds) == 1 else "code"


def _token_runs(matrix: np.ndarray, sets: list[frozenset[int]], fixed: np.ndarray) -> list[_Run] | None:
    """The runs of a stretch without separators; None when it holds characters that no part has."""
    kinds = [_kind(seen) for seen in sets]
    if "other" in kinds:
        if not all(fixed[i] for i, kind in enumerate(kinds) if kind == "other"):
            return None
        kinds = ["fixed" if kind == "other" else kind for kind in kinds]
    changes = sum(a != b for a, b in pairwise(kinds))
    if "code" in kinds or changes > 2:
        sure = len(matrix) >= SURE_ROWS
        kinds = ["fixed" if fixed[i] and sure else "code" for i in range(len(kinds))]
    elif len(matrix) > 1:
        # letters that never change are text; digits stay together, because 00042 is one number
        kinds = ["fixed" if fixed[i] and kind in ("upper", "lower") else kind for i, kind in enumerate(kinds)]
    runs: list[_Run] = []
    start = 0
    for i in range(1, len(kinds) + 1):
        if i == len(kinds) or kinds[i] != kinds[start]:
            runs.append(_Run(kinds[start], matrix[:, start:i]))
            start = i
    return runs


def _template_of(runs: list[_Run]) -> str | None:
    """The runs as a template. Of numbers without zeros in front, the one that tells rows apart is open."""
    numbers = {
        i: _numbers(run.cells)
        for i, run in enumerate(runs)
        if run.kind == "digits" and run.cells.shape[1] <= 18
    }
    spread = {i: len(np.unique(numbers[i])) for i in numbers}
    leading = max(spread, key=lambda i: spread[i], default=None)
    texts: list[str] = []
    for i, run in enumerate(runs):
        main = i == leading and 2 * spread[i] >= len(run.cells)
        texts.append(_text_of_run(run, main=main))
    return "".join(texts)


def _numbers(cells: np.ndarray) -> np.ndarray:
    number = np.zeros(len(cells), np.uint64)
    for column in cells.T:
        number = number * np.uint64(10) + (column - np.uint8(48))
    return number


def _text_of_run(run: _Run, *, main: bool) -> str:
    cells = run.cells
    width = cells.shape[1]
    if run.kind == "fixed" or (len(cells) > 1 and bool((cells == cells[0]).all())):
        return text_of(Literal(cells[0].tobytes().decode("utf-8", "replace")))
    if run.kind == "code":
        seen = {chr(b) for b in np.unique(cells)}
        letter = next(letter for letter in "xXnNw" if seen <= set(ALPHABETS[letter]))
        return f"{{{letter}*{width}}}"
    choice = None if main else _choice(cells)
    if choice is not None:
        return choice
    if run.kind == "digits":
        return _text_of_digits(cells, main=main)
    return (
        f"{{{('A' if run.kind == 'upper' else 'a')}*{width}}}"
        if width > 8
        else f"{{{('A' if run.kind == 'upper' else 'a') * width}}}"
    )


def _choice(cells: np.ndarray) -> str | None:
    if len(cells) < CHOICE_ROWS or cells.shape[1] > 16:
        return None
    texts = np.ascontiguousarray(cells).view(f"S{cells.shape[1]}").ravel()
    options, counts = np.unique(texts, return_counts=True)
    if len(options) > CHOICE_OPTIONS or counts.min() < CHOICE_ROWS:
        return None
    return f"{{{'|'.join(option.decode() for option in options)}}}"


def _text_of_digits(cells: np.ndarray, *, main: bool) -> str:
    width = cells.shape[1]
    if (cells[:, 0] == 48).any() or width > 18 or len(cells) == 1:
        frozen = _fixed_digits(cells)
        rest = width - frozen
        return cells[0, :frozen].tobytes().decode() + (f"{{0*{rest}}}" if rest > 18 else f"{{{'0' * rest}}}")
    frozen = _fixed_digits(cells)
    if frozen:
        return cells[0, :frozen].tobytes().decode() + f"{{{'0' * (width - frozen)}}}"
    return "{#}" if main else f"{{{10 ** (width - 1)}..{10**width - 1}}}"


def _fixed_digits(cells: np.ndarray) -> int:
    """How many leading digits are a prefix such as a bank's number, and not the head of a count.

    They are when the numbers behind them are spread thinly over the whole range: a count that starts at
    10,248 fills its range from one end.
    """
    varying = int(np.argmin((cells == cells[0]).all(axis=0)))
    rest = cells.shape[1] - varying
    if varying == 0 or (cells[0, :varying] == 48).all() or len(cells) < SURE_ROWS:
        return 0
    thin = 100 * len(cells) < 10**rest
    return varying if thin and len(np.unique(cells[:, varying])) >= 8 else 0


def _of_pieces(texts: pa.StringArray) -> str | None:
    """The template of values of different lengths: pieces of digits or letters between fixed separators."""
    pieces = _PIECES.findall(texts[0].as_py().encode())
    if len(pieces) > 16:
        return None
    groups: list[str] = []
    for i, piece in enumerate(pieces):
        inside = (
            "[0-9]+"
            if piece[:1].isdigit()
            else "[A-Za-z]+"
            if _is_alnum(piece[0])
            else re.escape(piece.decode())
        )
        groups.append(f"(?P<p{i}>{inside})")
    expression = f"(?s)^{''.join(groups)}$"
    if pc.extract_regex(texts.slice(0, 1000), expression).null_count:
        return None
    fields = pc.extract_regex(texts, expression)
    if fields.null_count:
        return None
    columns = [fields.field(i) for i in range(len(pieces))]
    spread = [
        pc.count_distinct(c).as_py() if p[:1].isdigit() else 0 for c, p in zip(columns, pieces, strict=True)
    ]
    leading = int(np.argmax(spread))
    parts: list[str] = []
    for i, column in enumerate(columns):
        part = _piece(column, main=i == leading and 2 * spread[i] >= len(texts))
        if part is None:
            return None
        parts.append(part)
    return "".join(parts)


def _piece(column: pa.StringArray, *, main: bool) -> str | None:
    lengths = pc.binary_length(column).to_numpy()
    if lengths.min() == lengths.max():
        matrix = bytes_of(column, int(lengths[0]))
        fixed = (matrix == matrix[0]).all(axis=0)
        if fixed.all():
            return text_of(Literal(column[0].as_py()))
        sets = [frozenset(np.unique(c).tolist()) for c in matrix.T]
        runs = _token_runs(matrix, sets, fixed)
        return None if runs is None else "".join(_text_of_run(run, main=main) for run in runs)
    counts = pc.value_counts(column)
    options = sorted(counts.field(0).to_pylist())
    if not main and len(options) <= CHOICE_OPTIONS and pc.min(counts.field(1)).as_py() >= CHOICE_ROWS:
        return f"{{{'|'.join(options)}}}"
    if not options[0][:1].isdigit() or lengths.max() > 18:
        return None
    padded = pc.any(pc.and_(pc.starts_with(column, "0"), pc.greater(pc.binary_length(column), 1))).as_py()
    if padded:
        return None
    return "{#}" if main else f"{{0..{10 ** int(lengths.max()) - 1}}}"
