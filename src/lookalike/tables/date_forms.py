"""Finding out how a column of text spells its dates and times: the pattern, and which of 3/4 is the month."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from lookalike.tables import dates
from lookalike.tables.cells import Bytes, Ints, pc
from lookalike.tables.finding import Finding, Sample
from lookalike.tables.misfit import Misfit
from lookalike.tables.moments import from_numbers, read

_WORD = r"[A-Z][A-Za-z]{2,8}"
_DAY = (
    r"(?P<weekday>(?:Sun|Mon|Tue|Wed|Thu|Fri|Sat)[a-z]*,? )?"
    r"(?:(?P<y1>\d{4})(?P<s1>[-/. ]?)(?P<m1>\d{1,2})(?:(?P=s1)(?P<d1>\d{1,2}))?"
    rf"|(?P<a>\d{{1,2}})(?P<s2>[-/. ])(?P<b>\d{{1,2}})(?P=s2)(?P<y2>\d{{4}}|\d{{2}})"
    rf"|(?P<d3>\d{{1,2}})(?P<s3>[-/. ]?)(?P<m3>{_WORD})(?P<t3>,? ?[-/.]?)(?P<y3>\d{{4}}|\d{{2}})"
    rf"|(?P<m4>{_WORD})(?P<s4>[-/. ])(?P<d4>\d{{1,2}})(?P<t4>, ?|[-/. ])(?P<y4>\d{{4}}|\d{{2}}))"
)
_CLOCK = (
    r"(?P<H>\d{1,2})(?P<c>:?)(?P<M>\d{2})(?:(?P=c)(?P<S>\d{2})(?:(?P<mark>[.,])(?P<f>\d{1,9}))?)?"
    r"(?P<half> ?[AaPp][Mm])?"
)
_ZONE = r"(?P<zone> ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_MOMENT = re.compile(rf"{_DAY}(?:(?P<sep>T|, | {{1,2}}|_){_CLOCK}{_ZONE})?", re.ASCII)
_SPAN = re.compile(
    r"-?(?:(?P<days>\d+)(?P<word> days? ))?"
    r"(?P<H>\d{1,5}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:(?P<mark>[.,])(?P<f>\d{1,9}))?)?(?P<half> ?[AaPp][Mm])?",
    re.ASCII,
)
_NAMED = re.compile(r"date|day|dt|time|when|period|month", re.IGNORECASE)
_ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/Athens",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "America/Halifax",
    "Asia/Jerusalem",
    "Europe/Lisbon",
)
_TRIES = 4


@dataclass(frozen=True, slots=True)
class _Reading:
    pattern: str
    numbers: Ints
    exact: bool


def find_moment(values: pa.Array, sample: Sample, name: str) -> Finding | None:
    """How ``values`` (strings; nulls are missing) are spelled as dates, and the dates; None if they are not.

    ``name``, the column's, is evidence where eight digits could be a date or a number. `Misfit` when the
    sample looks like dates but some cell is none.
    """
    cells = list(sample.cells)
    first = _MOMENT.fullmatch(cells[0])
    if first is None or not _plausible(first, cells, name):
        return None
    for _ in range(_TRIES):
        patterns = list(_patterns(cells))
        if not patterns:
            return None
        unit = "ns" if dates.fraction_digits(patterns[0]) > 6 else "us"
        readings, failed = _readings(values, patterns, unit)
        if readings:
            return _chosen(values, readings, unit)
        if failed is None or failed in cells:
            break
        cells.append(failed)  # a later cell shows another side of the form: one digit, no fraction
    raise Misfit


def _plausible(first: re.Match[str], cells: Sequence[str], name: str) -> bool:
    """False for bare digits, which are dates only when the name or many different cells say so."""
    if first["y1"] is None or first["s1"] or first["sep"] is not None:
        return True
    if first["d1"] is None or not all(len(c) == 8 and "1900" <= c[:4] <= "2100" for c in cells):
        return False
    return bool(_NAMED.search(name)) or len(cells) >= 30


def _readings(values: pa.Array, patterns: Sequence[str], unit: str) -> tuple[list[_Reading], str | None]:
    """The patterns that fit every cell, exactly or else leniently; and a cell that did not fit the first."""
    failed: str | None = None
    for lenient in (False, True):
        fitting: list[_Reading] = []
        for pattern in patterns:
            numbers, ok = read(values, pattern, unit=unit, lenient=lenient)
            if ok.all():
                fitting.append(_Reading(pattern, numbers, exact=not lenient))
            elif failed is None:
                failed = values[int(np.argmin(ok))].as_py()
        if fitting:
            return fitting, None
        if not lenient and failed is not None and not _seen_enough(values, patterns):
            return [], failed
    return [], failed


def _seen_enough(values: pa.Array, patterns: Sequence[str]) -> bool:
    """True when leniency finds a home for all cells: no other pattern will do better."""
    return any(dates.parse(values, p, lenient=True)[1].all() for p in patterns)


def _chosen(values: pa.Array, readings: list[_Reading], unit: str) -> Finding:
    notes: list[str] = []
    best = readings[0]
    if len(readings) > 1:
        best = min(readings, key=lambda r: _strangeness(r, values))
        shown = " or ".join(r.pattern for r in readings)
        notes.append(f"its dates can be read as {shown}; {best.pattern} was taken.")
    if not best.exact:
        notes.append(f"its dates are spelled in varied ways; they are written alike, as {best.pattern}.")
    fields: dict[str, Any] = {"format": best.pattern}
    missing = np.asarray(values.is_null())
    if dates.has_offset(best.pattern):
        zone, exact = _zone_of(values, best, missing, unit)
        if not exact:
            notes.append(
                "its offsets from UTC follow no zone that is known here; its times are written in UTC."
            )
        return _finding(best, fields | {"zone": zone}, missing, unit, notes, exact=exact)
    if re.search(r" ?(Z|UTC|GMT)$", best.pattern):
        fields["zone"] = "UTC"
    return _finding(best, fields, missing, unit, notes, exact=True)


def _finding(
    best: _Reading, fields: dict[str, Any], missing: Bytes, unit: str, notes: list[str], *, exact: bool
) -> Finding:
    kind = pa.timestamp(unit, tz=fields.get("zone")) if dates.has_time(best.pattern) else pa.date32()
    numbers = best.numbers
    if unit == "us" and not pa.types.is_date(kind):
        fields = fields | {"step_us": step_us(numbers[~missing])}
    typed = from_numbers(numbers, missing, kind)
    return Finding("datetime", typed, fields, exact=best.exact and exact, notes=tuple(notes))


def _strangeness(reading: _Reading, values: pa.Array) -> tuple[bool, bool, bool]:
    """Less is likelier: dates in order, in a much shorter span, then the month first between slashes."""
    numbers = reading.numbers[np.asarray(values.is_valid())]
    steps = np.diff(numbers)
    ordered = len(numbers) > 2 and ((steps >= 0).all() or (steps <= 0).all())
    short = np.ptp(numbers) < 45 * 86_400 * 1_000_000 if len(numbers) > 2 else False
    month_first = bool(re.match(r"%-?m", reading.pattern))
    return not ordered, not short, month_first != ("/" in reading.pattern)


_STEPS_S = (86_400, 3600, 1800, 900, 600, 300, 60, 30, 15, 10, 5, 1)
_ALWAYS_S = {86_400, 3600, 60, 1}


def step_us(numbers: Ints) -> int:
    """The largest of a day, an hour, half an hour, … a microsecond that divides all of ``numbers`` (µs)."""
    if len(numbers) == 0:
        return 1
    few = len(numbers) < 30
    head = numbers[:: max(1, len(numbers) // 2000)]
    steps = [s * 1_000_000 for s in _STEPS_S if s in _ALWAYS_S or not few]
    for step in (*steps, 1000):
        if not (head % step).any() and not (numbers % step).any():
            return step
    return 1


# Patterns from cells


def _patterns(cells: Sequence[str]) -> Iterator[str]:
    """The patterns that the cells' shapes allow, the likelier first."""
    matches = [_MOMENT.fullmatch(cell) for cell in cells]
    found = [match for match in matches if match is not None]
    if len(found) < len(cells) or not found:
        return
    head = found[0]
    for day in _day_patterns(found):
        if head["sep"] is None:
            yield day
        else:
            yield day + head["sep"].replace("%", "%%") + _clock_pattern(found) + _zone_pattern(head)


def _day_patterns(found: Sequence[re.Match[str]]) -> Iterator[str]:
    head = found[0]
    weekday = ""
    if head["weekday"] is not None:
        word = head["weekday"].rstrip(", ")
        weekday = ("%a" if len(word) == 3 else "%A") + head["weekday"][len(word) :]
    if head["y1"] is not None:
        day = head["s1"] + _digits("d", found, "d1") if head["d1"] is not None else ""
        yield weekday + "%Y" + head["s1"] + _digits("m", found, "m1") + day
    elif head["a"] is not None:
        yield from (weekday + p for p in _orders(found))
    elif head["d3"] is not None:
        year = "%Y" if len(head["y3"]) == 4 else "%y"
        yield f"{weekday}{_digits('d', found, 'd3')}{head['s3']}{_month(found, 'm3')}{head['t3']}{year}"
    else:
        year = "%Y" if len(head["y4"]) == 4 else "%y"
        yield f"{weekday}{_month(found, 'm4')}{head['s4']}{_digits('d', found, 'd4')}{head['t4']}{year}"


def _orders(found: Sequence[re.Match[str]]) -> Iterator[str]:
    """The orders of day, month and year that no cell of the sample rules out."""
    head = found[0]
    mark, long = head["s2"], len(head["y2"]) == 4
    a, b, c = ([int(m[g]) for m in found if m[g] is not None] for g in ("a", "b", "y2"))
    year = "%Y" if long else "%y"
    day_first = f"{_digits('d', found, 'a')}{mark}{_digits('m', found, 'b')}{mark}{year}"
    month_first = f"{_digits('m', found, 'a')}{mark}{_digits('d', found, 'b')}{mark}{year}"
    if max(a) <= 31 and max(b) <= 12:
        yield day_first
    if max(a) <= 12 and max(b) <= 31:
        yield month_first
    if not long and mark == "-" and max(b) <= 12 and max(c) <= 31 and max(a) > 31:
        yield f"%y{mark}%m{mark}%d"


def _digits(code: str, found: Sequence[re.Match[str]], group: str) -> str:
    """``%d`` or ``%-d``, by whether one digit stands alone somewhere."""
    bare = any(m[group] is not None and len(m[group]) == 1 for m in found)
    return f"%-{code}" if bare else f"%{code}"


def _month(found: Sequence[re.Match[str]], group: str) -> str:
    words = [m[group] for m in found if m[group] is not None]
    code = "b" if all(len(word) == 3 for word in words) else "B"
    return f"%^{code}" if all(word.isupper() for word in words) else f"%{code}"


def _clock_pattern(found: Sequence[re.Match[str]]) -> str:
    head = found[0]
    half = head["half"]
    hour = _digits("I" if half else "H", found, "H")
    parts = [hour, head["c"], "%M"]
    if head["S"] is not None:
        parts += [head["c"], "%S"]
    fractions = [m for m in found if m["f"] is not None]
    if fractions:
        parts += [fractions[0]["mark"], f"%{max(len(m['f']) for m in fractions)}f"]
    if half:
        parts.append(half[:-2] + ("%p" if half[-1] == "M" else "%P"))
    return "".join(parts)


def _zone_pattern(head: re.Match[str]) -> str:
    zone = head["zone"]
    if zone is None:
        return ""
    bare = zone.lstrip()
    space = zone[: len(zone) - len(bare)]
    if bare[0] not in "+-":
        return zone
    return space + ("%:z" if ":" in bare else "%z")


# Zones


def _zone_of(values: pa.Array, reading: _Reading, missing: Bytes, unit: str) -> tuple[str, bool]:
    """The zone whose offsets are those of the column, and whether it explains all of them."""
    offsets = offsets_of(values, reading.pattern)
    seen = np.unique(offsets[~missing])
    if len(seen) == 1:
        return _fixed_zone(int(seen[0])), True
    seconds = reading.numbers // dates.PER_SECOND[unit]
    for zone in _ZONES:
        if _explains(zone, seconds[~missing], offsets[~missing]):
            return zone, True
    return "UTC", False


def offsets_of(values: pa.Array, pattern: str) -> Ints:
    """Seconds east of UTC in cells whose pattern ends in an offset; 0 for a missing one."""
    width = 6 if pattern.endswith("%:z") else 5
    texts = (
        pc.utf8_slice_codeunits(values, -width)
        .fill_null("+00:00" if width == 6 else "+0000")
        .dictionary_encode()
    )
    known: list[int] = []
    for text in texts.dictionary.to_pylist():
        size = int(text[1:3]) * 3600 + int(text[-2:]) * 60
        known.append(-size if text[0] == "-" else size)
    return np.array(known, np.int64)[texts.indices.to_numpy()]


def _fixed_zone(offset_s: int) -> str:
    if offset_s == 0:
        return "UTC"
    hours, rest = divmod(abs(offset_s), 3600)
    return f"{'-' if offset_s < 0 else '+'}{hours:02}:{rest // 60:02}"


def _explains(zone: str, seconds: Ints, offsets_s: Ints) -> bool:
    """True when the zone had these offsets at these moments; a sample decides first."""
    try:
        known = ZoneInfo(zone)
    except (OSError, ValueError):  # the system has no zone files
        return False
    for i in np.linspace(0, len(seconds) - 1, min(50, len(seconds))).astype(int).tolist():
        offset = datetime.fromtimestamp(int(seconds[i]), UTC).astimezone(known).utcoffset()
        if offset is None or offset.total_seconds() != offsets_s[i]:
            return False
    local = pc.local_timestamp(pa.array(seconds).cast(pa.timestamp("s", tz=zone)))
    return bool(np.array_equal(local.cast(pa.int64()).to_numpy() - seconds, offsets_s))


# Times without a date


def find_span(values: pa.Array, sample: Sample) -> Finding | None:
    """How ``values`` are spelled as durations or times of day, and the durations; None if they are not."""
    matches = [_SPAN.fullmatch(cell) for cell in sample.cells]
    found = [match for match in matches if match is not None]
    if len(found) < len(matches):
        return None
    head = found[0]
    half = next((m["half"] for m in found if m["half"]), "")
    fractions = [m for m in found if m["f"] is not None]
    days = "%-d" + head["word"] if head["word"] is not None else ""
    seconds = ":%S" if head["S"] is not None else ""
    fraction = f"{fractions[0]['mark']}%{max(len(m['f']) for m in fractions)}f" if fractions else ""
    ending = half[:-2] + ("%p" if half[-1] == "M" else "%P") if half else ""
    pattern = f"{days}{_digits('I' if half else 'H', found, 'H')}:%M{seconds}{fraction}{ending}"
    unit = "ns" if dates.fraction_digits(pattern) > 6 else "us"
    for lenient in (False, True):
        for tried in dict.fromkeys((pattern, pattern.replace("%H", "%-H").replace("%I", "%-I"))):
            numbers, ok = dates.parse(values, tried, duration=True, unit=unit, lenient=lenient)
            if ok.all():
                return _span_finding(values, tried, numbers, unit, exact=not lenient)
    raise Misfit


def _span_finding(values: pa.Array, pattern: str, numbers: Ints, unit: str, *, exact: bool) -> Finding:
    missing = np.asarray(values.is_null())
    fields: dict[str, Any] = {"format": pattern}
    if unit == "us":
        fields["step_us"] = step_us(numbers[~missing])
    typed = from_numbers(numbers, missing, pa.duration(unit))
    notes = () if exact else (f"its times are spelled in varied ways; they are written alike, as {pattern}.",)
    return Finding("timedelta", typed, fields, exact=exact, notes=notes)
