"""Numbers as a file spells them: whole columns parsed and written, vectorised.

Text goes through two steps: `undecorated` takes off currency, grouping, units and a decimal comma, and Arrow
parses the plain number that is left. Writing goes the other way. Columns of plain integers, and of decimals
that Arrow itself writes in the column's form, pass through `spell_numbers` untouched.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookalike.schema import Column
from lookalike.tables.cells import Ints, bytes_of, join, one, pc
from lookalike.tables.misfit import Misfit

Floats = npt.NDArray[np.float64]

_MISSING = "NA|N/A|n/a|na|#N/A|<NA>|NULL|Null|null|None|none|NaN|nan|NAN|NaT|nil|-|--|?|.|"
MISSING = frozenset(_MISSING.split("|"))
"""Texts that mean a missing value in a column of numbers, dates or booleans; in text they stay."""
INFINITE = frozenset(
    sign + word for sign in ("", "-", "+") for word in ("inf", "Inf", "INF", "infinity", "Infinity")
)
"""Not numbers that can be learned: read as missing, with a note."""

_LOSSLESS = 2**53  # integers below it are exact as float64


def is_decorated(column: Column) -> bool:
    """True when numbers of the column are more than digits, a sign, a point and an exponent."""
    return bool(column.prefix or column.suffix or column.thousands or column.decimal_mark != ".")


# Reading


def parse_numbers(values: pa.Array, column: Column, kind: pa.DataType) -> pa.Array:
    """The numbers in strings, as the Arrow type ``kind``, nulls kept. `Misfit` when a cell is none."""
    plain = undecorated(values, column) if is_decorated(column) else values
    try:
        if pa.types.is_integer(kind):
            if hex_possible(plain):
                raise Misfit
            return pc.cast(plain, kind)
        if pa.types.is_decimal(kind):
            return pc.cast(plain, kind)
        numbers = pc.cast(plain, pa.float64())
        if not all_finite(numbers):
            raise Misfit
        return pc.cast(numbers, kind, safe=False)
    except pa.ArrowInvalid:
        raise Misfit from None


def undecorated(values: pa.Array, column: Column) -> pa.Array:
    """``$-1,200.50`` and ``-$1.200,50`` as ``-1200.50``. `Misfit` when a cell has another form."""
    group, mark = re.escape(column.thousands), re.escape(column.decimal_mark)
    whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})*" if group else "[0-9]+"
    number = rf"{whole}(?:{mark}[0-9]+)?(?:[eE][-+]?[0-9]+)?"
    pattern = rf"^(-?){re.escape(column.prefix)}(-?)({number}){re.escape(column.suffix)}$"
    if pc.all(pc.match_substring_regex(values, pattern)).as_py() is False:
        raise Misfit
    plain = pc.replace_substring_regex(values, pattern, r"\1\2\3")
    if column.thousands:
        plain = pc.replace_substring(plain, column.thousands, "")
    if column.decimal_mark != ".":
        plain = pc.replace_substring(plain, column.decimal_mark, ".")
    return plain


def all_finite(numbers: pa.Array) -> bool:
    """False when a number is NaN or infinite; nulls do not count."""
    return pc.all(pc.is_finite(numbers)).as_py() is not False


def hex_possible(values: pa.Array) -> bool:
    """True when a cell holds an x: Arrow would read 0x10 as 16."""
    _, data = bytes_of(values)
    return bool(((data | 0x20) == ord("x")).any())


# Writing


def spell_numbers(values: pa.Array, column: Column) -> pa.Array:
    """What a writer should write for numbers: an array that Arrow's own cast to text spells right, or text.

    Nulls stay null. Integers and shortest decimals come back as they are where that is enough, fixed decimals
    as decimal128, few distinct ones as a dictionary of texts.
    """
    kind = values.type
    if pa.types.is_decimal(kind):
        return _decorate(_decimal_texts(values), column) if is_decorated(column) else _plain_decimals(values)
    if pa.types.is_integer(kind):
        return _spell_integers(values, column)
    return _spell_floats(values, column)


def _plain_decimals(values: pa.Array) -> pa.Array:
    # Arrow writes 0.0000001 as 1E-7
    return values if values.type.scale <= 6 else _decimal_texts(values)


def _decimal_texts(values: pa.Array) -> pa.Array:
    if values.type.scale <= 6:
        return pc.cast(values, pa.string())
    return pa.array([None if v is None else f"{v:f}" for v in values.to_pylist()], pa.string())


def _spell_integers(values: pa.Array, column: Column) -> pa.Array:
    if not is_decorated(column) and not column.fixed:
        return values
    if column.fixed and column.decimals:  # 15.00 in a column that was edited to integers
        return _spell_floats(pc.cast(values, pa.float64()), column)
    if not is_decorated(column):
        return values
    if not column.thousands:
        return _decorate(pc.cast(values, pa.string()), column)
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    texts = _signed(_grouped(np.abs(numbers.astype(np.int64)), column.thousands), numbers < 0, values, column)
    return _affixed(texts, column)


def _spell_floats(values: pa.Array, column: Column) -> pa.Array:
    texts = _few(values, column) if len(values) >= 1000 else None
    if texts is not None:
        return texts
    if column.format is not None and column.format.endswith(("e", "E")):
        texts = _by_python(values, column.format)
    elif column.fixed and column.decimals is not None:
        texts = _fixed(values, column.decimals)
    else:
        texts = _shortest(values, column.whole_text, exponents=column.format is None)
    return _decorate(texts, column) if is_decorated(column) else texts


def _few(values: pa.Array, column: Column) -> pa.Array | None:
    """A dictionary of texts when the numbers lie on few points of the column's grid; None otherwise."""
    if column.decimals is None or column.decimals > 9:
        return None
    numbers = as_floats(values)
    points = np.rint(numbers * 10.0**column.decimals)
    low, high = points.min(), points.max()
    if not (abs(low) < _LOSSLESS and abs(high) < _LOSSLESS and high - low < len(values) / 8):
        return None
    if not np.array_equal(points / 10.0**column.decimals, numbers):
        return None
    if ((numbers == 0) & np.signbit(numbers)).any():
        return None
    used = np.unique(points)
    pool = one(spell_numbers(pa.array(used / 10.0**column.decimals).cast(values.type), column))
    pool = pool if pa.types.is_string(pool.type) else pc.cast(pool, pa.string())
    codes = np.zeros(int(high - low) + 1, np.int32)
    codes[(used - low).astype(np.int64)] = np.arange(len(used), dtype=np.int32)
    missing = np.asarray(values.is_null()) if values.null_count else None
    indices = pa.array(codes[(points - low).astype(np.int64)], mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pool)


def as_floats(values: pa.Array) -> Floats:
    """float64 of shape (n_rows,); a missing value is 0."""
    filled = pc.cast(values, pa.float64())
    return (filled.fill_null(0.0) if filled.null_count else filled).to_numpy()


def _by_python(values: pa.Array, pattern: str) -> pa.Array:
    return pa.array([None if v is None else pattern % v for v in values.to_pylist()], pa.string())


def _fixed(values: pa.Array, decimals: int) -> pa.Array:
    numbers = as_floats(values)
    points = np.rint(numbers * 10.0**decimals)
    lossless = np.abs(points).max(initial=0) < _LOSSLESS
    if not lossless or decimals > 6:
        return _by_python(values, f"%.{decimals}f")
    plain = decimal_array(points.astype(np.int64), decimals, values)
    lost = (points == 0) & np.signbit(numbers)  # -0.00
    if not lost.any():
        return plain
    return pc.replace_with_mask(
        pc.cast(plain, pa.string()),
        pa.array(lost),
        pa.repeat(pa.scalar(f"{-0.0:.{decimals}f}"), int(lost.sum())),
    )


def decimal_array(points: Ints, decimals: int, like: pa.Array) -> pa.Array:
    """decimal128 of ``points`` / 10**decimals, null where ``like`` is."""
    words = np.empty((len(points), 2), np.int64)
    words[:, 0] = points
    words[:, 1] = points >> 63
    validity = None
    if like.null_count:
        validity = pa.array(np.asarray(like.is_valid())).buffers()[1]
    buffers = [validity, pa.py_buffer(words)]
    return pa.Array.from_buffers(pa.decimal128(19, decimals), len(points), buffers)


def _shortest(values: pa.Array, whole_text: str, *, exponents: bool) -> pa.Array:
    """The fewest digits that read back as the same number, in the way Python writes them."""
    numbers = as_floats(values)
    size = np.abs(numbers)
    # where Arrow's form is not Python's: 0.00001 for 1e-05, 1e+10 for 10000000000.0, -0 for -0.0
    odd = (size < 1e-4) & (np.signbit(numbers) | (size > 0)) | (size >= 1e10)
    whole = ~odd & (numbers == np.trunc(numbers))
    if not whole_text or not whole.any():
        if not odd.any():
            return values
        texts = pc.cast(values, pa.string())
    else:
        texts = pc.cast(values, pa.string())
        longer = join([texts, whole_text], len(values))
        texts = longer if whole.all() else pc.if_else(pa.array(whole), longer, texts)
    if not odd.any():
        return texts
    # a float32 is written with the digits that a float32 needs
    exact = [float(text) for text in texts.filter(pa.array(odd)).fill_null("0").to_pylist()]
    spelled = [_python_form(number, whole_text, exponents=exponents) for number in exact]
    replaced = pc.replace_with_mask(texts, pa.array(odd), pa.array(spelled, pa.string()))
    return (
        pc.if_else(values.is_null(), pa.scalar(None, pa.string()), replaced)
        if values.null_count
        else replaced
    )


def _python_form(number: float, whole_text: str, *, exponents: bool) -> str:
    text = repr(number)
    if "e" in text and not exponents:
        text = np.format_float_positional(number, trim="0")
    return text.removesuffix(".0") + whole_text if text.endswith(".0") else text


# Currency, grouping, units


def _decorate(texts: pa.Array, column: Column) -> pa.Array:
    """Plain numbers in text as the column writes them."""
    if not pa.types.is_string(texts.type):
        texts = pc.cast(texts, pa.string())
    negative = np.asarray(pc.starts_with(texts, "-").fill_null(False))
    bare = pc.replace_substring_regex(texts, "^-", "") if negative.any() else texts
    if column.thousands:
        bare = _group_texts(bare, column)
    elif column.decimal_mark != ".":
        bare = pc.replace_substring(bare, ".", column.decimal_mark)
    return _affixed(_signed(bare, negative, texts, column), column)


def _group_texts(bare: pa.Array, column: Column) -> pa.Array:
    """``1234567.5`` as ``1,234,567.5``."""
    point = pc.find_substring(bare, ".")
    halves: Any = pc.split_pattern(bare.fill_null("0"), ".", max_splits=1)
    whole = pc.list_element(halves, 0)
    try:
        numbers = pc.cast(whole, pa.int64()).to_numpy()
    except pa.ArrowInvalid:  # an exponent: nothing to group
        return pc.replace_substring(bare, ".", column.decimal_mark)
    grouped = _grouped(numbers, column.thousands)
    if pc.all(pc.less(point, 0)).as_py() is not False:
        return grouped
    tail = pc.replace_substring_regex(bare, r"^[0-9]*\.?", "")
    with_tail = join([grouped, column.decimal_mark, tail.fill_null("")], len(bare))
    return pc.if_else(pc.greater_equal(point, 0).fill_null(False), with_tail, grouped)


def _grouped(numbers: Ints, mark: str) -> pa.Array:
    """Non-negative integers in groups of three."""
    last = pc.cast(pa.array(numbers % 1000), pa.string())
    if len(numbers) == 0 or numbers.max() < 1000:
        return last
    head = _grouped(numbers // 1000, mark)
    joined = join([head, mark, pc.utf8_lpad(last, 3, "0")], len(numbers))
    return pc.if_else(pa.array(numbers < 1000), last, joined)


def _signed(bare: pa.Array, negative: Any, like: pa.Array, column: Column) -> pa.Array:
    """``bare`` (no signs, no nulls that matter) with sign and prefix, null where ``like`` is."""
    inner = column.prefix[-1:].isspace()
    plain = join([column.prefix, bare], len(bare)) if column.prefix else bare
    if negative.any():
        minus = [column.prefix, "-", bare] if inner else ["-", column.prefix, bare]
        plain = pc.if_else(pa.array(negative), join(minus, len(bare)), plain)
    return pc.if_else(like.is_null(), pa.scalar(None, pa.string()), plain) if like.null_count else plain


def _affixed(texts: pa.Array, column: Column) -> pa.Array:
    return join([texts, column.suffix], len(texts)) if column.suffix else texts
