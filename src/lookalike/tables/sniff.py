"""The dialect of delimited text, guessed from its first rows: delimiter, quote, header or none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from lookalike.tables.walk import Dialect, Trouble, cells_of_row, value_of, walk

_DELIMITERS = (b",", b";", b"\t", b"|")
_ROWS = 200
_TYPED = re.compile(
    rb"\s*(?:[-+($\xa3\x80]|\xe2\x82\xac|\xc2\xa3)*\s*"  # sign and currency
    rb"\d[\d.,'\s/:_-]*(?:e[+-]?\d+)?"  # a number, a date, a time
    rb"(?:\s*(?:%|[ap]m|z|utc|\)|\xe2\x82\xac|\xa3))?\s*",
    re.IGNORECASE,
)
_STAMP = re.compile(rb"\s*\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?\s*")
_NULLS = frozenset((b"", b"na", b"n/a", b"nan", b"null", b"none", b"?", b"-", b".", b"nil", b"\\n", b"#n/a"))
_YEAR = re.compile(rb"(?:19|20)\d\d")
_SINGLE = re.compile(rb"(?:^|[,;\t|])[ ]*'(?:[^'\r\n]*'(?=[,;\t|\r\n]|\Z))?", re.MULTILINE)


def is_typed(cell: bytes) -> bool:
    """Whether the cell spells a number, a date or a time."""
    return _TYPED.fullmatch(cell) is not None or _STAMP.fullmatch(cell) is not None


def sniff_quote(sample: bytes) -> bytes:
    """The double quote, unless only single quotes, always in pairs, stand around cells."""
    if b'"' in sample or b"'" not in sample:
        return b'"'
    found = _SINGLE.findall(sample)
    closed = sum(1 for text in found if text.count(b"'") == 2)
    return b"'" if closed >= 2 and closed == len(found) else b'"'


def sniff_delimiter(sample: bytes, quote: bytes, *, whole: bool, tabs: bool) -> bytes:
    """The delimiter under which the rows of ``sample`` agree best on a number of cells above one.

    ``whole``: the sample is the whole text. ``tabs``: the file's name promises tabs. No delimiter fits: the
    table has one column, and the promised one (else the comma) is as good as any.
    """
    promised = b"\t" if tabs else b","
    best, best_score = promised, (0.0, False, 0.0, 0)
    for delimiter in sorted(_DELIMITERS, key=lambda d: d != promised):
        dialect = Dialect(delimiter, quote)
        counts = _cell_counts(sample, dialect, whole=whole)
        if not counts:
            continue
        usual, often = Counter(counts).most_common(1)[0]
        if counts[0] > 1 and counts.count(counts[0]) * 2 >= len(counts):
            usual, often = counts[0], counts.count(counts[0])
        if usual == 1 or (counts[0] == 1 and often * 2 < len(counts)):
            continue
        typed = _typed_share(sample, dialect, whole=whole)
        score = (often / len(counts), counts[0] == usual, typed, usual)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _cell_counts(sample: bytes, dialect: Dialect, *, whole: bool) -> list[int]:
    counts: list[int] = []
    try:
        for start, end, count in walk(sample, dialect):
            if end == len(sample) and not whole and counts:
                break
            if start != end:
                counts.append(count)
            if len(counts) == _ROWS:
                break
    except Trouble:
        pass
    return counts


def first_rows(sample: bytes, dialect: Dialect, *, whole: bool, count: int = _ROWS) -> list[list[bytes]]:
    """The cells, without quotes, of the first rows that are not blank; stops where the text goes wrong."""
    rows: list[list[bytes]] = []
    try:
        for start, end, _ in walk(sample, dialect):
            if len(rows) == count or (end == len(sample) and not whole and rows):
                break
            if start != end:
                spans, _ = cells_of_row(sample, start, dialect)
                rows.append([value_of(sample[a:b], dialect) for a, b in spans])
    except Trouble:
        pass
    return rows


def _typed_share(sample: bytes, dialect: Dialect, *, whole: bool) -> float:
    cells = [cell for row in first_rows(sample, dialect, whole=whole, count=20) for cell in row]
    return sum(map(is_typed, cells)) / max(len(cells), 1)


def has_header(rows: Sequence[Sequence[bytes]]) -> bool:
    """Whether the first of ``rows`` names the columns.

    It does when it is text above a column of numbers or dates. It does not when it is a number above numbers
    (unless these are years, 2019, 2020, ...), or when half of its cells come back among the rows below it.
    In doubt it does.
    """
    first, rest = rows[0], rows[1:]
    if not rest:
        return not any(is_typed(cell) for cell in first)
    if len(first) > 1:
        # files that were joined repeat the header
        rest = [row for row in rest if list(row) != list(first)] or rest
    like_data = repeated = 0
    years = _run_of_years(first)
    for index, head in enumerate(first):
        below = [row[index] for row in rest if index < len(row)]
        below = [cell for cell in below if cell.strip().lower() not in _NULLS]
        if not below:
            continue
        typed = sum(map(is_typed, below))
        if typed == len(below) and head.strip().lower() not in _NULLS:
            if not is_typed(head):
                return True
            like_data += not years
        elif typed < len(below) and head in below:
            repeated += 1
    if like_data:
        return False
    return repeated == 0 or repeated * 2 < len(first)


def _run_of_years(first: Sequence[bytes]) -> bool:
    years = [int(cell) for cell in first if is_typed(cell) and _YEAR.fullmatch(cell.strip())]
    numbers = [cell for cell in first if is_typed(cell)]
    steps = {b - a for a, b in pairwise(years)}
    return len(years) == len(numbers) > 1 and len(steps) == 1 and len(numbers) < len(first)
