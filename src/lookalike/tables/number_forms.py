"""Finding out how a column of text spells its numbers: integers, decimals, exponents, currency, grouping."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookalike.schema import Column
from lookalike.tables.cells import Ints, bytes_of, pc
from lookalike.tables.finding import Finding, Sample
from lookalike.tables.misfit import Misfit
from lookalike.tables.numbers import (
    Floats,
    all_finite,
    is_decorated,
    spell_numbers,
    undecorated,
)

_INTEGER = re.compile(r"-?(?:0|[1-9]\d*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_CURRENCY = r"[$€£¥₹₽₩₺]|R\$|US\$|CHF|USD|EUR|GBP|JPY|SEK|NOK|DKK|PLN|kr"
_UNIT = r"%|‰|°C|°F|°|kg|mg|g|km|cm|mm|m|lbs?|oz|ms|s|min|hrs?|h|kWh|KB|MB|GB"
_DECORATED = re.compile(
    rf"-?((?:{_CURRENCY})\s?|\s+|)-?(\d[\d.,'’\u00a0\u202f ]*)(\s?(?:{_CURRENCY}|{_UNIT})|\s+|)"
)
_EXPONENT = re.compile(r"-?\d(?:\.(\d+))?([eE])[-+]\d\d\d?", re.ASCII)

ON_GRID = 0.999  # the share of cells that a grid must hold
_SURE = 10  # different values that must agree before a step is believed
_LONGEST = 18
_LOOKED_AT = 20_000  # cells whose spelling is tried, of those that are hard to foresee
_WIDEST = 1e15  # 15 digits are exact as float64


def find_number(values: pa.Array, sample: Sample) -> Finding | None:
    """The numbers in ``values`` (strings; nulls are missing) and how they are spelled; None if none.

    `Misfit` when the sample looks like numbers but some cell is none.
    """
    cells = sample.cells
    if all(_INTEGER.fullmatch(cell) for cell in cells):
        try:
            return _integers(values)
        except Misfit:
            return _plain(values)
    if all(_DECIMAL.fullmatch(cell) for cell in cells):
        return _plain(values)
    form = _decorated_form(cells)
    return None if form is None else _decorated(values, form)


def _integers(values: pa.Array) -> Finding:
    if not canonical_integers(values):
        raise Misfit
    for kind in (pa.int64(), pa.uint64()):
        try:
            numbers = pc.cast(values, kind)
        except pa.ArrowInvalid:
            continue
        return Finding("numerical", numbers, grid_of_integers(numbers))
    raise Misfit


def canonical_integers(values: pa.Array) -> bool:
    """True when no cell starts with a zero it does not need, so that integers write every cell as it was."""
    texts = values.drop_null() if values.null_count else values
    offsets, data = bytes_of(texts)
    if not len(data):
        return True
    first = data[np.minimum(offsets[:-1], len(data) - 1)]
    zero = np.flatnonzero(first == ord("0"))
    if (offsets[zero + 1] - offsets[zero] > 1).any():
        return False
    minus = offsets[np.flatnonzero(first == ord("-"))]
    return not (data[np.minimum(minus + 1, len(data) - 1)] == ord("0")).any()


def grid_of_integers(numbers: pa.Array) -> dict[str, Any]:
    """``decimals`` (0) and ``step`` of an integer column."""
    points = numbers.drop_null() if numbers.null_count else numbers
    return {"decimals": 0, "step": step_of(points.to_numpy())}


def step_of(points: npt.NDArray[Any]) -> int:
    """The greatest common divisor of integers: 1 unless ten different values (zero aside) agree on it.

    In a thousand cells or more, one in a thousand may lie off the grid that it makes.
    """
    some = np.unique(points[:: max(1, len(points) // 2000)])
    some = some[some != 0]
    if len(some) < _SURE:
        return 1
    shares = ON_GRID if len(points) >= 1000 else 1.0
    groups = [some, *(some[i : i + _SURE] for i in range(0, len(some) - _SURE + 1, _SURE))]
    steps = {int(np.gcd.reduce(group)) for group in groups[:50]}
    for step in sorted(steps - {1}, reverse=True):
        divisor = points.dtype.type(step)
        if np.count_nonzero(some % divisor) <= (0 if shares == 1.0 else 0.02 * len(some)):
            on_grid = len(points) - np.count_nonzero(points % divisor)
            if on_grid >= shares * len(points):
                return step
    return 1


def _plain(values: pa.Array) -> Finding:
    try:
        numbers = pc.cast(values, pa.float64())
    except pa.ArrowInvalid:
        raise Misfit from None
    if not all_finite(numbers):
        raise Misfit
    texts = values.drop_null()
    fields, exact = _decimal_fields(texts, numbers.drop_null().to_numpy())
    return Finding("numerical", numbers, fields, exact=exact)


def _decimal_fields(texts: pa.Array, numbers: Floats) -> tuple[dict[str, Any], bool]:
    """The fields of a column of plain decimals, and whether every cell would be written as it was."""
    look = _Look.at(texts)
    if look.padded.any():  # 00.5: codes, not numbers
        raise Misfit
    decimals = look.decimals
    if (decimals == -1).all() and not look.exponent.any() and (look.lengths > _LONGEST).any():
        raise Misfit  # whole numbers of so many digits are codes, and would lose the last of them
    low, high = int(decimals.min()), int(decimals.max())
    top = float(np.abs(numbers).max())
    exact = not look.bent.any()
    if look.exponent.all():
        return _exponent_fields(texts, numbers, exact=exact)
    if low == high >= 1 and high <= 15 and not look.exponent.any():
        fields: dict[str, Any] = {"decimals": high, "fixed": True}
        if top * 10.0**high >= _WIDEST:
            exact &= _same(texts, numbers, fields)
        else:
            fields["step"] = step_of(np.rint(numbers * 10.0**high).astype(np.int64))
        return fields, bool(exact)
    return _varied_fields(texts, numbers, look, top, exact=bool(exact))


def _exponent_fields(texts: pa.Array, numbers: Floats, *, exact: bool) -> tuple[dict[str, Any], bool]:
    match = _EXPONENT.fullmatch(texts[0].as_py())
    if match is not None:
        fields = {"format": f"%.{len(match[1] or '')}{match[2]}"}
        if _same(texts, numbers, fields):
            return fields, exact
    return {}, exact and _same(texts, numbers, {})


def _varied_fields(
    texts: pa.Array, numbers: Floats, look: _Look, top: float, *, exact: bool
) -> tuple[dict[str, Any], bool]:
    pointed = (look.decimals == 1) & (look.last == 48)
    bare = (look.decimals == -1) & ~look.exponent
    fields: dict[str, Any] = {}
    if bare.sum() > pointed.sum():
        fields["whole_text"] = ""
    exact &= not (bare.any() and pointed.any())
    exact &= not ((look.decimals >= 2) & (look.last == 48) & ~look.exponent).any()
    size = np.abs(numbers)
    odd = look.exponent | ((size > 0) & (size < 1e-4)) | (size >= 1e15) | (look.lengths > 16)
    odd |= look.negative & (numbers == 0)
    if odd.any():
        some = np.flatnonzero(odd)
        some = some[:: max(1, len(some) // _LOOKED_AT)]
        cells, few = texts.take(pa.array(some)), numbers[some]
        if not _same(cells, few, fields):
            positional = {**fields, "format": "%f"}
            if not look.exponent.any() and _same(cells, few, positional):
                fields = positional
            else:
                exact = False
    places = np.where(pointed | bare, 0, look.decimals)
    if look.exponent.any():
        places[look.exponent] = _exponent_places(texts.filter(pa.array(look.exponent)))
    return {**fields, **grid_of_floats(numbers, places, top)}, exact


def _exponent_places(texts: pa.Array) -> Ints:
    """Decimals of ``2.73e-05``: 7. Only the first ten thousand are looked at."""
    places = np.zeros(len(texts), np.int64)
    for i, text in enumerate(texts.slice(0, 10_000).to_pylist()):
        mantissa, _, power = text.lower().partition("e")
        places[i] = min(400, max(0, len(mantissa.partition(".")[2].rstrip("0")) - int(power)))
    return places


def grid_of_floats(numbers: Floats, places: Ints, top: float) -> dict[str, Any]:
    """``decimals`` and ``step`` of numbers with ``places`` decimals each; nothing when they fit no grid.

    In a thousand cells or more, one in a thousand may have more decimals than the grid.
    """
    if len(numbers) == 0:
        return {}
    counts = np.bincount(places)
    held = np.cumsum(counts) >= (ON_GRID if len(numbers) >= 1000 else 1.0) * len(numbers)
    decimals = int(np.argmax(held))
    if decimals > 15 or top * 10.0**decimals >= _WIDEST:
        return {}
    on_grid = numbers[places <= decimals]
    return {"decimals": decimals, "step": step_of(np.rint(on_grid * 10.0**decimals).astype(np.int64))}


def _trial(fields: dict[str, Any]) -> Column:
    """A column with these fields, to see how it would be written."""
    return Column(name="", kind="numerical", type="double", **fields)


def _same(texts: pa.Array, numbers: Floats, fields: dict[str, Any]) -> bool:
    """True when a column with these fields writes the numbers as these texts."""
    column = _trial(fields)
    spelled = spell_numbers(pa.array(numbers), column)
    return pc.cast(spelled, pa.string()).equals(pc.cast(texts, pa.string()))


@dataclasses.dataclass(frozen=True, slots=True)
class _Look:
    """What the bytes of plain numbers show, each of shape (n_rows,)."""

    lengths: Ints
    decimals: Ints  # digits after the point; -1: no point
    last: npt.NDArray[np.uint8]
    negative: npt.NDArray[np.bool_]
    exponent: npt.NDArray[np.bool_]
    padded: npt.NDArray[np.bool_]  # an idle zero in front: 007.5
    bent: npt.NDArray[np.bool_]  # a form that is never written: +5, .5, 5.

    @classmethod
    def at(cls, texts: pa.Array) -> _Look:
        offsets, data = bytes_of(texts)
        data = np.concatenate([data, np.zeros(4, np.uint8)])
        start, lengths = offsets[:-1], np.diff(offsets)
        first = data[start]
        negative = first == 45
        signed = negative | (first == 43)
        lead, after = data[start + signed], data[start + signed + 1]
        last = data[np.maximum(offsets[1:] - 1, 0)]
        point = pc.find_substring(texts, ".").to_numpy().astype(np.int64)
        exponent = np.zeros(len(texts), bool)
        if ((data | 0x20) == ord("e")).any():
            exponent = np.asarray(pc.match_substring_regex(texts, "[eE]"))
        decimals = np.where(exponent, 0, np.where(point < 0, -1, lengths - point - 1))
        return cls(
            lengths=lengths,
            decimals=decimals,
            last=last,
            negative=negative,
            exponent=exponent,
            padded=(lead == 48) & (after >= 48) & (after <= 57) & (lengths > signed + 1),
            bent=(first == 43) | (lead == 46) | (last == 46),
        )


# Currency, grouping, units


def _decorated_form(cells: Sequence[str]) -> dict[str, Any] | None:
    """Prefix, suffix and marks that all cells share; None when they share none."""
    matches = [_DECORATED.fullmatch(cell) for cell in cells]
    found = [match for match in matches if match is not None]
    if len(found) < len(cells) or not found:
        return None
    shared = {(match[1], match[3]) for match in found}
    bodies = [match[2] for match in found]
    trailing = {body[len(body.rstrip()) :] for body in bodies}  # the space before a unit
    if len(shared) > 1 or len(trailing) > 1:
        return None
    prefix, suffix = shared.pop()
    suffix = trailing.pop() + suffix
    marks = _marks([body.rstrip() for body in bodies])
    if marks is None:
        return None
    thousands, decimal_mark = marks
    form: dict[str, Any] = {
        "prefix": prefix,
        "suffix": suffix,
        "thousands": thousands,
        "decimal_mark": decimal_mark,
    }
    return form if is_decorated(_trial(form)) else None


def _marks(bodies: Sequence[str]) -> tuple[str, str] | None:
    """``(thousands, decimal_mark)`` of digits with marks between; None when they contradict each other."""
    seen: Counter[str] = Counter()
    last: set[str] = set()
    repeated: set[str] = set()
    for body in bodies:
        marks = [c for c in body if not c.isdigit()]
        seen.update(set(marks))
        if len(set(marks)) > 1:
            last.add(marks[-1])
        repeated.update(c for c, n in Counter(marks).items() if n > 1)
    kinds = set(seen)
    groups = (kinds - {".", ","}) | repeated
    if len(kinds) > 2 or len(groups) > 1 or len(last) > 1:
        return None
    if len(kinds) == 2:
        mark = next(iter(kinds - groups if groups else last), "")
        return (next(iter(kinds - {mark})), mark) if mark in (".", ",") else None
    if groups:
        return groups.pop(), "."
    if kinds != {","}:
        return "", "."
    thrice = all(re.fullmatch(r"\d{1,3}(,\d{3})?", body) for body in bodies)
    return (",", ".") if thrice else ("", ",")


def _decorated(values: pa.Array, form: dict[str, Any]) -> Finding:
    column = _trial(form)
    plain = undecorated(values, column)
    try:
        found = _integers(plain)
    except Misfit:
        found = _plain(plain)
    fields = form | found.fields
    spelled = spell_numbers(found.values, _trial(fields))
    if pa.types.is_dictionary(spelled.type):
        spelled = spelled.dictionary_decode()
    exact = pc.all(pc.equal(spelled, values)).as_py() is not False
    notes = ()
    if form["thousands"] and not any(fields.get(name) for name in ("fixed", "prefix", "suffix")):
        mark = form["thousands"]
        notes = (f"{mark!r} was read as grouping thousands.",) if mark in ".," else ()
    return Finding("numerical", found.values, fields, exact=exact, notes=notes)
