"""Streams of random numbers over arrays of counters: the compiled side of `lookalike.randomness`."""

from __future__ import annotations

import numpy as np


def draw(stream: int, counters: np.ndarray) -> np.ndarray:
    """`randomness.draw` for every counter: uint64, the shape of ``counters`` (uint64, (n,))."""
    from lookalike.models import _id_kernels as kernels

    out = np.empty(len(counters), np.uint64)
    kernels.draw(np.uint64(stream), np.ascontiguousarray(counters), out)
    return out


def below(bits: np.ndarray, n: int) -> np.ndarray:
    """`randomness.below` for every entry of ``bits`` (uint64, (n,)); ``n`` < 2**64."""
    from lookalike.models import _id_kernels as kernels

    out = np.empty(len(bits), np.uint64)
    kernels.below(np.ascontiguousarray(bits), np.uint64(n), out)
    return out


def draw_below(stream: int, counters: np.ndarray, n: int) -> np.ndarray:
    """Numbers 0 … n-1, one per counter: uint64, (n,)."""
    return below(draw(stream, counters), n)


def permute(stream: int, values: np.ndarray, n: int) -> np.ndarray:
    """`randomness.permute` for every entry of ``values`` (uint64, each below ``n`` ≤ 2**62)."""
    from lookalike.models import _id_kernels as kernels

    out = np.empty(len(values), np.uint64)
    kernels.permute(np.uint64(stream), np.ascontiguousarray(values), np.uint64(n), _half(n), out)
    return out


def unpermute(stream: int, values: np.ndarray, n: int) -> np.ndarray:
    """The inverse of `permute`."""
    from lookalike.models import _id_kernels as kernels

    out = np.empty(len(values), np.uint64)
    kernels.unpermute(np.uint64(stream), np.ascontiguousarray(values), np.uint64(n), _half(n), out)
    return out


def _half(n: int) -> np.uint64:
    return np.uint64(max(1, ((n - 1).bit_length() + 1) // 2))
