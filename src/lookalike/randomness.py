"""Counter-based randomness: every number is a pure function of (seed, column, row, draw).

Nothing here holds state, so any row can be made anywhere, in any order, twice, and gives the same bits.
The scalar functions are plain Python integers, the oracle for the compiled ones in ``models/_kernels.py``.

`mix` is the finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators",
OOPSLA 2014, with Stafford's variant 13). Keys come from BLAKE2b: streams of different names share nothing.
"""

from __future__ import annotations

import hashlib

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STREAM_VERSION = 1


def mix(z: int) -> int:
    """A bijection of 64-bit integers in which every input bit flips every output bit half of the time."""
    z &= MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def key(seed: int, *names: str | int) -> int:
    """The 64-bit key of the stream called ``names`` under ``seed`` (any integer)."""
    text = "\x1f".join([str(STREAM_VERSION), str(seed), *map(str, names)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def draw(stream: int, counter: int) -> int:
    """Number ``counter`` of a stream: uniform over the 64-bit integers."""
    return mix(stream + counter * GOLDEN)


def below(bits: int, n: int) -> int:
    """``bits`` (64 of them) scaled to 0 … n-1 by a widening multiply; the bias is below n / 2**64."""
    return (bits * n) >> 64


def permute(stream: int, i: int, n: int) -> int:
    """Where a keyed permutation of 0 … n-1 sends ``i``: a balanced Feistel network with cycle walking.

    Four rounds of `mix` on the two halves of the smallest even number of bits that holds n
    (Black, Rogaway: "Ciphers with arbitrary finite domains", CT-RSA 2002). n ≤ 2**62.
    """
    if not 0 <= i < n:
        raise ValueError(f"{i} is not in 0 … {n - 1}")
    half = max(1, ((n - 1).bit_length() + 1) // 2)
    low = (1 << half) - 1
    while True:
        left, right = i >> half, i & low
        for round_number in range(4):
            left, right = right, left ^ (mix(stream + round_number * GOLDEN + right) & low)
        i = (left << half) | right
        if i < n:
            return i
