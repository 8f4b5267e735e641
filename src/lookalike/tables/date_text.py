"""Dates and times written by a pattern of `lookalike.tables.dates`, a whole column at a time.

A text is put together from runs of the pattern that depend on one number: the day, the second of the day,
the fraction. The texts of all days of two centuries, and of all seconds of a day, are made once per pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import numpy as np
import pyarrow as pa

from lookalike.tables.cells import Ints, join, pc
from lookalike.tables.dates import DATE_CODES, MONTHS, PER_SECOND, WEEKDAYS, WIDTHS, Token, civil_of, tokens

_TABLE_START, _TABLE_STOP = -25_567, 47_482  # 1900-01-01 … 2099-12-31, in days since 1970


def spell(
    numbers: Ints, pattern: str, *, duration: bool = False, unit: str = "us", offsets_s: Ints | None = None
) -> pa.Array:
    """Strings of shape (n_rows,): the inverse of `lookalike.tables.dates.parse`.

    ``offsets_s``, seconds east of UTC per row, are added first and written where the pattern has ``%z``.
    """
    per_second = PER_SECOND[unit]
    negative = numbers < 0 if duration else None
    if negative is not None:
        numbers = np.abs(numbers)
    seconds = numbers // per_second
    nanoseconds = (numbers - seconds * per_second) * (1_000_000_000 // per_second)
    if offsets_s is None:
        offsets_s = np.zeros(1, np.int64)
    else:
        seconds = seconds + offsets_s
    days = seconds // 86_400
    of_day = seconds - days * 86_400
    in_days = any(t.code == "-d" for t in tokens(pattern))
    pieces: list[pa.Array | str] = []
    for kind, run in _runs(tokens(pattern), duration):
        if kind == "date":
            pieces.append(_from_table(days, run, _TABLE_START, _TABLE_STOP))
        elif kind == "time":
            pieces.append(_from_table(of_day, run, 0, 86_400))
        elif kind == "span":
            pieces.append(_span(run, days, of_day if in_days else seconds))
        elif kind == "fraction":
            width = int(run[0].code[0])
            pieces.append(_padded(nanoseconds // 10 ** (9 - width), width))
        elif kind == "offset":
            shown = np.broadcast_to(offsets_s, numbers.shape)
            pieces.append(_offset_texts(shown, colon=run[0].code == ":z"))
        else:
            pieces.append(run[0].text)
    texts = join(pieces, len(numbers))
    if negative is not None and negative.any():
        texts = pc.if_else(pa.array(negative), join(["-", texts], len(numbers)), texts)
    return texts


def _runs(parts: Sequence[Token], duration: bool) -> list[tuple[str, list[Token]]]:
    """Neighbours that depend on the same number, together with the text between them."""
    runs: list[tuple[str, list[Token]]] = []
    for part in parts:
        if not part.code:
            kind = runs[-1][0] if runs and runs[-1][0] in ("date", "time", "span") else "text"
        elif part.code.endswith("f"):
            kind = "fraction"
        elif part.code[-1] == "z":
            kind = "offset"
        elif duration:
            kind = "span"
        else:
            kind = "date" if part.code in DATE_CODES else "time"
        if runs and runs[-1][0] == kind and kind in ("date", "time", "span"):
            runs[-1][1].append(part)
        else:
            runs.append((kind, [part]))
    return runs


def _from_table(keys: Ints, run: list[Token], start: int, stop: int) -> pa.Array:
    """The texts of ``keys`` (days, or seconds of a day), from a table made once where they lie inside it."""
    if len(keys) == 0:
        return pa.array([], pa.string())
    if start <= keys.min() and keys.max() < stop:
        table = _table(tuple(run), start, stop)
        return table.take(pa.array(keys - start))
    unique, inverse = np.unique(keys, return_inverse=True)
    return _texts(run, unique, dates=start != 0).take(pa.array(inverse))


@lru_cache(maxsize=32)
def _table(run: tuple[Token, ...], start: int, stop: int) -> pa.Array:
    return _texts(list(run), np.arange(start, stop), dates=start != 0)


def _texts(run: Sequence[Token], keys: Ints, *, dates: bool) -> pa.Array:
    """The texts of one run for days since 1970 (``dates``) or seconds of the day."""
    fields: dict[str, Ints] = {}
    if dates:
        fields["Y"], fields["m"], fields["d"] = civil_of(keys)
        fields["a"] = (keys + 4) % 7
    else:
        fields |= {"H": keys // 3600, "M": keys // 60 % 60, "S": keys % 60}
        fields["I"] = (fields["H"] + 11) % 12 + 1
    return join([_piece(part, fields) for part in run], len(keys))


def _piece(part: Token, fields: dict[str, Ints]) -> pa.Array | str:
    code = part.code
    if not code:
        return part.text
    if code[-1] in "bB":
        names = [n if code[-1] == "B" else n[:3] for n in MONTHS]
        return pa.array([n.upper() if code[0] == "^" else n for n in names]).take(pa.array(fields["m"] - 1))
    if code in "aA":
        return pa.array([n if code == "A" else n[:3] for n in WEEKDAYS]).take(pa.array(fields["a"]))
    if code in "pP":
        halves = pa.array(["AM", "PM"] if code == "p" else ["am", "pm"])
        return halves.take(pa.array(fields["H"] // 12))
    if code == "y":
        return _padded(fields["Y"] % 100, 2)
    return _padded(fields[code[-1]], 1 if code[0] == "-" else WIDTHS[code])


def _span(run: Sequence[Token], days: Ints, seconds: Ints) -> pa.Array:
    fields = {"d": days, "H": seconds // 3600, "M": seconds // 60 % 60, "S": seconds % 60}
    if any(part.code[-1:] == "I" for part in run):  # a time of day
        fields["H"] %= 24
        fields["I"] = (fields["H"] + 11) % 12 + 1
    return join([_piece(part, fields) for part in run], len(days))


def _offset_texts(offsets_s: Ints, *, colon: bool) -> pa.Array:
    unique, inverse = np.unique(offsets_s, return_inverse=True)
    texts: list[str] = []
    for offset in cast("list[int]", unique.tolist()):
        hours, rest = divmod(abs(offset), 3600)
        texts.append(f"{'-' if offset < 0 else '+'}{hours:02}{':' if colon else ''}{rest // 60:02}")
    return pa.array(texts, pa.string()).take(pa.array(inverse))


def _padded(numbers: Ints, width: int) -> pa.Array:
    """Non-negative integers as text of at least ``width`` digits."""
    texts = pc.cast(pa.array(numbers), pa.string())
    return texts if width == 1 else pc.utf8_lpad(texts, width, "0")
