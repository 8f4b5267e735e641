"""Nearest rows by brute force, a block of rows at a time. Imported only inside function bodies.

A row is ``p`` numbers (0 … `ONE`; a missing one lies `ONE` or more from all others) and ``c`` codes, all
int32; the base stands column by column, so that every inner loop runs over memory in order and becomes vector
instructions. The distance is the sum over numbers of min(ONE, |a − b|) and over codes of ONE where they
differ: whole numbers, so sums are exact in any order. Up to 2,000 columns fit.
"""

from __future__ import annotations

import numpy as np
from numba import int32, int64, njit, void

ONE = np.int32(1 << 20)
FAR = np.int32((1 << 31) - 1)
_ZERO = np.int32(0)
_BLOCK = 1024
_TABLE = int32[:, ::1]
_PLACE = int64[:, ::1]


@njit(void(int32[::1], int32[::1], _TABLE, _TABLE, int64, int32[::1]), nogil=True, cache=True)
def _sums(
    numbers: np.ndarray,
    codes: np.ndarray,
    base_numbers: np.ndarray,
    base_codes: np.ndarray,
    start: int,
    total: np.ndarray,
) -> None:
    """The distances of one query to base rows ``start`` …, as many as ``total`` holds."""
    size = len(total)
    for i in range(size):
        total[i] = _ZERO
    for j in range(len(numbers)):
        x, column = numbers[j], base_numbers[j, start : start + size]
        for i in range(size):
            total[i] += min(ONE, abs(np.int32(column[i] - x)))
    for j in range(len(codes)):
        k, column = codes[j], base_codes[j, start : start + size]
        for i in range(size):
            total[i] += ONE if column[i] != k else _ZERO


@njit(int32(int32[::1]), nogil=True, cache=True)
def _least(values: np.ndarray) -> np.int32:
    least = FAR
    for i in range(len(values)):
        least = min(least, values[i])
    return least


@njit(
    void(int32[::1], int32[::1], _TABLE, _TABLE, int64, int64, int32[::1], int32[::1]),
    nogil=True,
    cache=True,
)
def _less(
    numbers: np.ndarray,
    codes: np.ndarray,
    base_numbers: np.ndarray,
    base_codes: np.ndarray,
    start: int,
    j: int,
    total: np.ndarray,
    without: np.ndarray,
) -> None:
    """``total`` less what column j adds to it."""
    size, p = len(total), len(numbers)
    if j < p:
        x, column = numbers[j], base_numbers[j, start : start + size]
        for i in range(size):
            without[i] = total[i] - min(ONE, abs(np.int32(column[i] - x)))
    else:
        k, column = codes[j - p], base_codes[j - p, start : start + size]
        for i in range(size):
            without[i] = total[i] - (ONE if column[i] != k else _ZERO)


@njit(void(_TABLE, _TABLE, _TABLE, _TABLE, _TABLE, _PLACE), nogil=True, cache=True)
def two_nearest(
    numbers: np.ndarray,
    codes: np.ndarray,
    base_numbers: np.ndarray,
    base_codes: np.ndarray,
    distance: np.ndarray,
    place: np.ndarray,
) -> None:
    """For queries (n, p) and (n, c), a base (p, m) and (c, m): the two least distances and rows, (n, 2).

    Of equals the first row wins. A base of one row leaves `FAR` and −1 as the second.
    """
    m = base_numbers.shape[1]
    buffer = np.empty(_BLOCK, np.int32)
    for q in range(numbers.shape[0]):
        first, second, at_first, at_second = FAR, FAR, -1, -1
        for start in range(0, m, _BLOCK):
            total = buffer[: min(_BLOCK, m - start)]
            _sums(numbers[q], codes[q], base_numbers, base_codes, start, total)
            if _least(total) >= second:
                continue
            for i in range(len(total)):
                if total[i] < first:
                    second, at_second = first, at_first
                    first, at_first = total[i], start + i
                elif total[i] < second:
                    second, at_second = total[i], start + i
        distance[q, 0], distance[q, 1] = first, second
        place[q, 0], place[q, 1] = at_first, at_second


@njit(void(_TABLE, _TABLE, _TABLE, _TABLE, _PLACE), nogil=True, cache=True)
def nearest_without(
    numbers: np.ndarray,
    codes: np.ndarray,
    base_numbers: np.ndarray,
    base_codes: np.ndarray,
    place: np.ndarray,
) -> None:
    """place (n, p + c): the base row nearest to a query when one column is left out, numbers first."""
    p, c, m = numbers.shape[1], codes.shape[1], base_numbers.shape[1]
    whole, rest = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.int32)
    best = np.empty(p + c, np.int32)
    for q in range(numbers.shape[0]):
        best[:] = FAR
        for start in range(0, m, _BLOCK):
            total, without = whole[: min(_BLOCK, m - start)], rest[: min(_BLOCK, m - start)]
            _sums(numbers[q], codes[q], base_numbers, base_codes, start, total)
            least = _least(total)
            for j in range(p + c):
                if least - ONE >= best[j]:  # no column takes off more
                    continue
                _less(numbers[q], codes[q], base_numbers, base_codes, start, j, total, without)
                low = _least(without)
                if low < best[j]:
                    best[j] = low
                    i = 0
                    while without[i] != low:
                        i += 1
                    place[q, j] = start + i
