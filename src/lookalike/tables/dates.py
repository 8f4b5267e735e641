"""Dates and times as a file spells them: the pattern language, and whole columns read by a pattern.

Patterns are strptime's, kept strict so that what was read is written back byte for byte:

    %Y %y      year, four or two digits (69 … 99 are 19xx)       %H %I   hour of 24, of 12: two digits
    %m %d      month, day: two digits                            %M %S   minute, second: two digits
    %b %B      Jan, January   (%^b %^B: in capitals)             %3f     digits of a second, 1 to 9 (%f: 6)
    %a %A      Mon, Monday                                       %p %P   AM, am
    %z %:z     offset from UTC, +0200 or +02:00                  %%      a per cent sign

A minus (``%-d %-m %-H %-I``) leaves out the leading zero. In a duration ``%H`` counts all hours, ``%-d``
days, and a minus sign may come first. Everything else stands for itself.

Values are integers of ``unit`` (``us`` or ``ns``): since 1970-01-01 without a zone, in UTC when the pattern
has an offset; durations since zero.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from lookalike.tables.cells import Bytes, Ints, bytes_of, pc, slabs

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
PER_SECOND = {"us": 1_000_000, "ns": 1_000_000_000}

_TOKEN = re.compile(r"%([-^:]|\d)?([A-Za-z%])|([^%]+)")
DATE_CODES = frozenset(("Y", "y", "m", "d", "-m", "-d", "b", "B", "^b", "^B", "a", "A"))
_TIME_CODES = frozenset(("H", "I", "-H", "-I", "M", "S", "p", "P", "z", ":z", "f"))
_CODES = DATE_CODES | _TIME_CODES | {f"{n}f" for n in range(1, 10)}


@dataclass(frozen=True, slots=True)
class Token:
    """A code such as ``Y`` or ``-d`` with no text, or text that stands for itself with no code."""

    code: str
    text: str = ""


@lru_cache(maxsize=256)
def tokens(pattern: str) -> tuple[Token, ...]:
    """The parts of a pattern; `ValueError` names the one that is unknown."""
    found: list[Token] = []
    at = 0
    while at < len(pattern):
        match = _TOKEN.match(pattern, at)
        code = "" if match is None else (match[1] or "") + (match[2] or "")
        if match is None or (code and code != "%" and code not in _CODES):
            raise ValueError(
                f"{pattern[at : at + 3]!r} in the format {pattern!r} is not a known part of a date"
            )
        literal = match[3] or ("%" if code == "%" else "")
        found.append(Token("", literal) if literal else Token("6f" if code == "f" else code))
        at = match.end()
    return tuple(found)


def fraction_digits(pattern: str) -> int:
    """How many digits of a second the pattern has, 0 to 9."""
    return max((int(t.code[0]) for t in tokens(pattern) if t.code.endswith("f")), default=0)


def has_date(pattern: str) -> bool:
    return any(t.code in DATE_CODES for t in tokens(pattern))


def has_time(pattern: str) -> bool:
    return any(t.code[-1:] in ("H", "I") for t in tokens(pattern))


def has_offset(pattern: str) -> bool:
    return any(t.code in ("z", ":z") for t in tokens(pattern))


# Reading


def parse(
    values: pa.Array, pattern: str, *, duration: bool = False, unit: str = "us", lenient: bool = False
) -> tuple[Ints, Bytes]:
    """``(numbers, ok)``, both of shape (n_rows,): the values in ``unit``, and whether each fits the pattern.

    A missing value is 0 and ok. ``lenient`` takes a leading zero too many or too few, and a fraction of any
    length or none.
    """
    numbers = np.zeros(len(values), np.int64)
    ok = np.ones(len(values), bool)
    parts = tokens(pattern)
    at = 0
    for slab in slabs(values):
        present = np.asarray(pc.is_valid(slab))
        whole = bool(present.all())
        result, fits = _parse_slab(slab if whole else slab.drop_null(), parts, duration, unit, lenient)
        stop = at + len(slab)
        if whole:
            numbers[at:stop], ok[at:stop] = result, fits
        else:
            numbers[at:stop][present], ok[at:stop][present] = result, fits
        at = stop
    return numbers, ok


class _Reader:
    """The bytes of a slab of strings, with a reading position and a verdict for each."""

    def __init__(self, values: pa.Array) -> None:
        offsets, data = bytes_of(values)
        # readers of strings that fail run past their end by less than a pattern's length
        self.data = np.concatenate([data, np.zeros(256, np.uint8)])
        self.at = offsets[:-1].astype(np.int64)
        self.end = offsets[1:].astype(np.int64)
        self.ok = np.ones(len(values), bool)

    def peek(self, ahead: int = 0) -> Bytes:
        return self.data[np.minimum(self.at + ahead, len(self.data) - 1)]

    def literal(self, text: str) -> None:
        for byte in text.encode():
            self.ok &= self.peek() == byte
            self.at += 1

    def skip(self, text: str) -> Bytes:
        """Where the text stood; only there the position moves on."""
        here = (self.peek() == ord(text)) & (self.at < self.end)
        self.at += here
        return here

    def number(self, least: int, most: int, *, bare: bool = False) -> tuple[Ints, Ints]:
        """Digits as integers, and how many there were; ``bare``: a leading zero is a fault."""
        value = np.zeros(len(self.at), np.int64)
        if least == most:
            for _ in range(most):
                digit = self.peek() - np.uint8(48)
                self.ok &= digit < 10
                value *= 10
                value += digit
                self.at += 1
            return value, np.full(len(value), most)
        alive = np.ones(len(value), bool)
        count = np.zeros(len(value), np.int64)
        leading_zero = self.peek() == 48
        for _ in range(most):
            digit = self.peek() - np.uint8(48)
            alive &= (digit < 10) & (self.at < self.end)
            value = np.where(alive, value * 10 + digit, value)
            self.at += alive
            count += alive
        self.ok &= count >= least
        if bare:
            self.ok &= ~(leading_zero & (count > 1))
        return value, count

    def name(self, names: Sequence[str], *, full: bool, upper: bool) -> Ints:
        """The index in ``names`` of the word at the position, by its first three letters or all of them."""
        words = [(n.upper() if upper else n) if full else (n.upper() if upper else n)[:3] for n in names]
        keys = np.array([int.from_bytes(w[:3].encode()) for w in words])
        order = np.argsort(keys)
        b0, b1, b2 = (self.peek(j).astype(np.int64) for j in range(3))
        found = order[np.minimum(np.searchsorted(keys[order], (b0 << 16) | (b1 << 8) | b2), len(keys) - 1)]
        self.ok &= keys[found] == (b0 << 16) | (b1 << 8) | b2
        lengths = np.array([len(w) for w in words])[found]
        letters = np.zeros((len(words), max(map(len, words))), np.uint8)
        for i, word in enumerate(words):
            letters[i, : len(word)] = np.frombuffer(word.encode(), np.uint8)
        for j in range(3, letters.shape[1]):
            self.ok &= (j >= lengths) | (self.peek(j) == letters[found, j])
        self.at += lengths
        return found


WIDTHS = {"Y": 4, "y": 2, "m": 2, "d": 2, "H": 2, "I": 2, "M": 2, "S": 2}


def _parse_slab(
    values: pa.Array, parts: tuple[Token, ...], duration: bool, unit: str, lenient: bool
) -> tuple[Ints, Bytes]:
    reader = _Reader(values)
    fields: dict[str, Ints] = {}
    negative = reader.skip("-") if duration else np.zeros(len(values), bool)
    present = np.ones(len(values), bool)
    for i, part in enumerate(parts):
        code = part.code
        fraction_next = i + 1 < len(parts) and parts[i + 1].code.endswith("f")
        if not code and lenient and fraction_next and len(part.text) == 1:
            present = reader.skip(part.text)
        elif not code:
            reader.literal(part.text)
        elif code.endswith("f"):
            fields["f"] = _read_fraction(reader, int(code[0]), present, lenient)
        elif code[-1] in "bB":
            fields["m"] = reader.name(MONTHS, full=code[-1] == "B", upper=code[0] == "^") + 1
        elif code in "aA":
            fields["a"] = reader.name(WEEKDAYS, full=code == "A", upper=False)
        elif code in "pP":
            letters = reader.peek()
            late = letters == (80 if code == "p" else 112)
            reader.ok &= late | (letters == (65 if code == "p" else 97))
            reader.at += 1
            reader.literal("M" if code == "p" else "m")
            fields["p"] = late.astype(np.int64)
        elif code[-1] == "z":
            fields["z"] = _read_offset(reader, colon=code == ":z")
        else:
            width = WIDTHS[code[-1]]
            long = duration and code[-1] in "Hd"
            bare = code[0] == "-" and not lenient
            least = 1 if code[0] == "-" or (lenient and width == 2) else width
            value, count = reader.number(least, 9 if long else width, bare=bare)
            if long and code == "H" and not lenient:  # 008:00:00 has a zero too many
                reader.ok &= (count == 2) | (value >= 10 ** np.maximum(count - 1, 0))
            fields[code[-1]] = value
    reader.ok &= reader.at == reader.end
    total = _assemble(fields, reader, duration, unit)
    return np.where(negative, -total, total), reader.ok


def _read_fraction(reader: _Reader, width: int, present: Bytes, lenient: bool) -> Ints:
    """Nanoseconds."""
    if not lenient:
        value, _ = reader.number(width, width)
        return value * 10 ** (9 - width)
    value, count = reader.number(0, 9)
    reader.ok &= (count > 0) == present
    return value * 10 ** (9 - count)


def _read_offset(reader: _Reader, *, colon: bool) -> Ints:
    """Seconds east of UTC."""
    sign = reader.peek()
    reader.ok &= (sign == 43) | (sign == 45)
    reader.at += 1
    hours, _ = reader.number(2, 2)
    if colon:
        reader.literal(":")
    minutes, _ = reader.number(2, 2)
    reader.ok &= (hours <= 15) & (minutes <= 59)
    return np.where(sign == 45, -1, 1) * (hours * 3600 + minutes * 60)


def _assemble(fields: dict[str, Ints], reader: _Reader, duration: bool, unit: str) -> Ints:
    zero = np.zeros(len(reader.ok), np.int64)
    ok = reader.ok
    hour = fields.get("H", zero)
    if "I" in fields:
        ok &= (fields["I"] >= 1) & (fields["I"] <= 12)
        hour = fields["I"] % 12 + 12 * fields.get("p", zero)
    minute, second = fields.get("M", zero), fields.get("S", zero)
    ok &= (minute <= 59) & (second <= 59)
    if duration:
        days = fields.get("d", zero)
        if "d" in fields:
            ok &= hour <= 23
    else:
        ok &= hour <= 23
        year = fields.get("Y", zero + 1970)
        if "y" in fields:
            year = fields["y"] + np.where(fields["y"] >= 69, 1900, 2000)
        month, day = fields.get("m", zero + 1), fields.get("d", zero + 1)
        days, valid = days_of(year, month, day)
        ok &= valid
        if unit == "ns":
            ok &= (year > 1677) & (year < 2262)
        if "a" in fields:
            ok &= (days + 4) % 7 == fields["a"]
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second - fields.get("z", zero)
    per_second = PER_SECOND[unit]
    return seconds * per_second + fields.get("f", zero) // (1_000_000_000 // per_second)


def days_of(year: Ints, month: Ints, day: Ints) -> tuple[Ints, Bytes]:
    """Days since 1970-01-01 of proleptic Gregorian dates, and whether each date exists (years 1 to 9999).

    Hinnant, "chrono-compatible low-level date algorithms": days_from_civil.
    """
    valid = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    lengths = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    safe_month = np.where(valid, month, 1)
    valid &= day <= lengths[safe_month] + (leap & (safe_month == 2))
    y = year - (safe_month <= 2)
    era = y // 400
    year_of_era = y - era * 400
    day_of_year = (153 * ((safe_month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468, valid


def civil_of(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Year, month and day of days since 1970-01-01: the inverse of `days_of` (Hinnant: civil_from_days)."""
    shifted = days + 719_468
    era = shifted // 146_097
    day_of_era = shifted - era * 146_097
    leap_days = day_of_era // 1460 - day_of_era // 36_524 + day_of_era // 146_096
    year_of_era = (day_of_era - leap_days) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * march_month + 2) // 5 + 1
    month = np.where(march_month < 10, march_month + 3, march_month - 9)
    return year_of_era + era * 400 + (month <= 2), month, day
