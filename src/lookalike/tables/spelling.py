"""Digits ↔ text, a whole column at a time: how the parts of a pattern are written and read.

Values of one length are built in a matrix of bytes, a column per character; others are joined from Arrow
strings. Reading goes the same two ways.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

pc: Any = pyarrow.compute  # its functions are made at run time, unseen by type checkers

_ZERO = np.uint8(48)
_BATCH = 16_384
"""Rows per matrix: small enough to stay in the cache while its columns are filled."""


@dataclass(frozen=True, slots=True)
class Letters:
    """``digit`` in the radix of ``alphabet``, ``count`` characters long."""

    digit: np.ndarray
    alphabet: str
    count: int


@dataclass(frozen=True, slots=True)
class Decimal:
    """``number`` in decimal; ``width`` characters with zeros in front, or None: as long as it is."""

    number: np.ndarray
    width: int | None


@dataclass(frozen=True, slots=True)
class Pick:
    """Entry ``digit`` of ``options``, all ``width`` bytes long, or None."""

    digit: np.ndarray
    options: tuple[str, ...]
    width: int | None


Piece = bytes | Letters | Decimal | Pick


def _width(piece: Piece) -> int | None:
    match piece:
        case bytes():
            return len(piece)
        case Letters():
            return piece.count
        case Decimal() | Pick():
            return piece.width


def join(pieces: Sequence[Piece], n: int) -> pa.StringArray:
    """The ``n`` texts whose parts, one after the other, are ``pieces``."""
    widths = [_width(piece) for piece in pieces]
    if None not in widths:
        return strings_of(_matrix(pieces, n))
    if len(pieces) == 1:
        return _strings(pieces[0], n)
    columns = [p.decode() if isinstance(p, bytes) else _strings(p, n) for p in pieces]
    return pc.binary_join_element_wise(*columns, "")


def strings_of(matrix: np.ndarray) -> pa.StringArray:
    """The rows of a uint8 matrix (n, length) as UTF-8 strings."""
    n, length = matrix.shape
    offsets = np.arange(n + 1, dtype=np.int32) * np.int32(length)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(matrix)))


def bytes_of(values: pa.StringArray, length: int) -> np.ndarray:
    """The texts as a uint8 matrix (n, length); every text has ``length`` bytes and none is missing."""
    if not len(values):
        return np.empty((0, length), np.uint8)
    offset = int(np.frombuffer(values.buffers()[1], np.int32)[values.offset])
    flat = np.frombuffer(values.buffers()[2] or b"", np.uint8)[offset : offset + len(values) * length]
    return flat.reshape(len(values), length)


def _matrix(pieces: Sequence[Piece], n: int) -> np.ndarray:
    total = sum(_width(piece) or 0 for piece in pieces)
    out = np.empty((n, total), np.uint8)
    for start in range(0, n, _BATCH):
        stop = min(start + _BATCH, n)
        turned = np.empty((total, stop - start), np.uint8)
        column = 0
        for piece in pieces:
            width = _width(piece) or 0
            _fill(turned[column : column + width], piece, start, stop)
            column += width
        out[start:stop] = turned.T
    return out


def _fill(rows: np.ndarray, piece: Piece, start: int, stop: int) -> None:
    """Write rows ``start`` … ``stop`` of the piece; ``rows`` has the shape (width, stop - start)."""
    match piece:
        case bytes():
            rows[:] = np.frombuffer(piece, np.uint8)[:, None]
        case Letters(digit, alphabet, count):
            letters = np.frombuffer(alphabet.encode(), np.uint8)
            _fill_radix(rows, digit[start:stop], len(alphabet), count, letters)
        case Decimal(number, width):
            _fill_radix(rows, number[start:stop], 10, width or 0, None)
        case Pick(digit, options, width):
            table = np.frombuffer("".join(options).encode(), np.uint8).reshape(len(options), width or 0)
            rows[:] = table[digit[start:stop].astype(np.intp)].T


def _fill_radix(
    rows: np.ndarray, digit: np.ndarray, radix: int, count: int, letters: np.ndarray | None
) -> None:
    base, shift = np.uint64(radix), radix.bit_length() - 1
    power_of_two = radix == 1 << shift
    for position in range(count - 1, -1, -1):
        if power_of_two:
            rest = digit >> np.uint64(shift)
            last = (digit & np.uint64(radix - 1)).astype(np.uint8)
        else:
            rest = digit // base
            last = (digit - rest * base).astype(np.uint8)
        rows[position] = last + _ZERO if letters is None else letters[last]
        digit = rest


def _strings(piece: Piece, n: int) -> pa.StringArray:
    match piece:
        case Decimal(number, None):
            return pa.array(number).cast(pa.string())
        case Pick(digit, options, None):
            return pa.array(options, pa.string()).take(pa.array(digit))
        case _:
            return strings_of(_matrix([piece], n))


@dataclass(frozen=True, slots=True)
class Reader:
    """How one part is read: exactly one of literal, alphabet, low and high, options is set.

    width: bytes, or None when texts differ. stop: the character that ends an option of varying length.
    """

    width: int | None
    literal: str | None = None
    alphabet: str | None = None
    low: int = 0
    high: int = -1
    options: tuple[str, ...] | None = None
    stop: str | None = None


def split(values: pa.Array, readers: Sequence[Reader]) -> tuple[list[np.ndarray], np.ndarray]:
    """``(digits, matches)``: per reader a uint64 array (n,), 0 where the value does not match."""
    values = as_strings(values)
    widths = [reader.width for reader in readers]
    if None in widths:
        return _split_by_expression(values, readers)
    total = sum(width or 0 for width in widths)
    matches = pc.fill_null(pc.equal(pc.binary_length(values), total), False).to_numpy(zero_copy_only=False)
    fitting = values if matches.all() else values.filter(pa.array(matches))
    matrix = bytes_of(fitting, total)
    good = np.ones(len(fitting), np.bool_)
    found: list[np.ndarray] = []
    column = 0
    for reader in readers:
        width = reader.width or 0
        digit, valid = _read(matrix[:, column : column + width], reader)
        good &= valid
        found.append(digit)
        column += width
    return _scatter(found, good, matches)


def can_hold_text(kind: pa.DataType) -> bool:
    """Whether this is one of Arrow's types of strings."""
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def as_strings(values: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    """``values`` as one array of strings (numbers spelled in decimal, dictionaries decoded)."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def _scatter(
    found: list[np.ndarray], good: np.ndarray, tried: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Digits of the values that were tried, put back among all values."""
    if tried.all():
        matches = good
        digits = [np.where(good, digit, np.uint64(0)) for digit in found]
    else:
        matches = tried.copy()
        matches[tried] = good
        digits = []
        for digit in found:
            whole = np.zeros(len(tried), np.uint64)
            whole[matches] = digit[good]
            digits.append(whole)
    return digits, matches


def _read(matrix: np.ndarray, reader: Reader) -> tuple[np.ndarray, np.ndarray]:
    """The digits in a matrix of bytes (n, width), and which rows hold one."""
    n = len(matrix)
    if reader.literal is not None:
        expected = np.frombuffer(reader.literal.encode(), np.uint8)
        return np.zeros(n, np.uint64), (matrix == expected).all(axis=1)
    if reader.options is not None:
        return _look_up(strings_of(matrix), reader.options)
    alphabet = reader.alphabet or "0123456789"
    table = np.full(256, 255, np.uint8)
    table[np.frombuffer(alphabet.encode(), np.uint8)] = np.arange(len(alphabet), dtype=np.uint8)
    digit = np.zeros(n, np.uint64)
    valid = np.ones(n, np.bool_)
    for column in range(matrix.shape[1]):
        code = table[matrix[:, column]]
        valid &= code != 255
        digit = digit * np.uint64(len(alphabet)) + code
    if reader.alphabet is None:
        valid &= (digit >= np.uint64(reader.low)) & (digit <= np.uint64(reader.high))
        digit = digit - np.uint64(reader.low)
    return digit, valid


def _look_up(texts: pa.StringArray, options: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    # bytes that are not UTF-8 cannot equal an option, and index_in compares bytes
    place = pc.index_in(texts, value_set=pa.array(options, pa.string()))
    return pc.fill_null(place, 0).to_numpy().astype(np.uint64), place.is_valid().to_numpy(
        zero_copy_only=False
    )


def _split_by_expression(
    values: pa.StringArray, readers: Sequence[Reader]
) -> tuple[list[np.ndarray], np.ndarray]:
    groups = "".join(f"(?P<p{i}>{_expression(reader)})" for i, reader in enumerate(readers))
    fields = pc.extract_regex(values, f"(?s)^{groups}$")
    matches = fields.is_valid().to_numpy(zero_copy_only=False)
    fields = fields.filter(pa.array(matches))
    good = np.ones(len(fields), np.bool_)
    found: list[np.ndarray] = []
    for i, reader in enumerate(readers):
        texts = fields.field(i)
        if reader.literal is not None:
            digit, valid = np.zeros(len(texts), np.uint64), np.ones(len(texts), np.bool_)
        elif reader.options is not None:
            digit, valid = _look_up(texts, reader.options)
        elif reader.width is None:
            number = texts.cast(pa.uint64()).to_numpy()
            valid = (number >= np.uint64(reader.low)) & (number <= np.uint64(reader.high))
            digit = number - np.uint64(reader.low)
        else:
            digit, valid = _read(_rows(texts, reader.width), reader)
        good &= valid
        found.append(digit)
    return _scatter(found, good, matches)


def _rows(texts: pa.StringArray, width: int) -> np.ndarray:
    # a regular-expression group counts characters; only ASCII alphabets get here, so bytes agree
    return bytes_of(texts, width)


def _expression(reader: Reader) -> str:
    if reader.literal is not None:
        return re.escape(reader.literal)
    if reader.options is not None:
        if reader.width is not None:
            return f"[\\x00-\\x7f]{{{reader.width}}}"
        return ".*" if reader.stop is None else f"[^{re.escape(reader.stop)}]*"
    if reader.alphabet is not None:
        inside = "".join(f"\\x{ord(letter):02x}" for letter in reader.alphabet)
        return f"[{inside}]{{{reader.width}}}"
    return "0|[1-9][0-9]{0,17}" if reader.width is None else f"[0-9]{{{reader.width}}}"
