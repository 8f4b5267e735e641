"""Compiled forms of `lookalike.randomness` over arrays of counters. Imported only inside function bodies.

Every function writes into ``out`` (uint64, as long as its input) and gives, entry by entry, the bits of the
scalar function of the same name, which is its oracle in the tests.
"""

from __future__ import annotations

import numpy as np
from numba import njit, uint64, void

_U8 = uint64[::1]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_S27, _S30, _S31, _S32 = np.uint64(27), np.uint64(30), np.uint64(31), np.uint64(32)
_LOW32 = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)


@njit(uint64(uint64), nogil=True, cache=True)
def mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _S30)) * _FIRST
    z = (z ^ (z >> _S27)) * _SECOND
    return z ^ (z >> _S31)


@njit(void(uint64, _U8, _U8), nogil=True, cache=True)
def draw(stream: np.uint64, counters: np.ndarray, out: np.ndarray) -> None:
    for j in range(len(counters)):
        out[j] = mix(stream + counters[j] * _GOLDEN)


@njit(void(_U8, uint64, _U8), nogil=True, cache=True)
def below(bits: np.ndarray, n: np.uint64, out: np.ndarray) -> None:
    n_high, n_low = n >> _S32, n & _LOW32
    for j in range(len(bits)):
        high, low = bits[j] >> _S32, bits[j] & _LOW32
        middle = high * n_low + ((low * n_low) >> _S32)
        other = low * n_high + (middle & _LOW32)
        out[j] = high * n_high + (middle >> _S32) + (other >> _S32)


@njit(void(uint64, _U8, uint64, uint64, _U8), nogil=True, cache=True)
def permute(stream: np.uint64, values: np.ndarray, n: np.uint64, half: np.uint64, out: np.ndarray) -> None:
    low = (_ONE << half) - _ONE
    for j in range(len(values)):
        i = values[j]
        while True:
            left, right = i >> half, i & low
            for round_number in range(4):
                key = stream + np.uint64(round_number) * _GOLDEN
                left, right = right, left ^ (mix(key + right) & low)
            i = (left << half) | right
            if i < n:
                break
        out[j] = i


@njit(void(uint64, _U8, uint64, uint64, _U8), nogil=True, cache=True)
def unpermute(stream: np.uint64, values: np.ndarray, n: np.uint64, half: np.uint64, out: np.ndarray) -> None:
    low = (_ONE << half) - _ONE
    for j in range(len(values)):
        i = values[j]
        while True:
            left, right = i >> half, i & low
            for round_number in range(4):
                key = stream + np.uint64(3 - round_number) * _GOLDEN
                left, right = right ^ (mix(key + left) & low), left
            i = (left << half) | right
            if i < n:
                break
        out[j] = i
