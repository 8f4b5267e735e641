"""The room that a table's own values leave in the domain of a pattern, known without keeping those values.

New ids and new personal data must not be old ones. A list of the old values inside the model would be the
upload itself, and hashes of them let anyone who holds the model test a guess. So neither is kept:

- the domain 0 … size-1 is shuffled by a keyed permutation and cut into equal buckets, about twice as many
  as there are old values (more only where the room would be too small);
- a bucket into which an old value falls is never used. One bit per bucket is kept, and only for as many
  buckets as the capacity asked for needs.

It is exact: nothing made here can equal an old value. And it says little: at two buckets per value some
39 % of the values that were never in the table fall into a closed bucket too, so a closed bucket proves
nothing; a wide domain (UUIDs, long codes) keeps one open bucket, which one value in n falls into at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lookalike import randomness
from lookalike.errors import BadModelFile
from lookalike.models import counting
from lookalike.tables.template import WORD


@dataclass(frozen=True, slots=True)
class Room:
    """Numbers 0 … capacity-1, each standing for one number of a domain of ``size`` that no old value has.

    open: ascending numbers of the buckets in use (uint64). width: numbers per bucket. salt: of the shuffle.
    """

    size: int
    width: int
    salt: int
    open: np.ndarray

    @property
    def capacity(self) -> int:
        return len(self.open) * self.width

    def place(self, numbers: np.ndarray) -> np.ndarray:
        """The members of the domain that ``numbers`` (uint64, below `capacity`) stand for; one to one."""
        if self.width == self.size:
            return numbers
        width = np.uint64(self.width)
        bucket = numbers // width
        inside = numbers - bucket * width
        return counting.permute(self.salt, self.open[bucket.astype(np.intp)] * width + inside, self.size)

    def stored(self) -> tuple[dict[str, Any], np.ndarray]:
        """A JSON object, and one bit per bucket up to the last one in use (uint8)."""
        bits = np.zeros(int(self.open[-1]) + 1 if len(self.open) else 0, np.bool_)
        bits[self.open.astype(np.intp)] = True
        return {"size": self.size, "width": self.width, "salt": self.salt}, np.packbits(bits)

    @classmethod
    def of_stored(cls, meta: Mapping[str, Any], bits: np.ndarray) -> Room:
        """The inverse of `stored`; `BadModelFile` when the parts do not fit."""
        size: Any = meta.get("size")
        width: Any = meta.get("width")
        salt: Any = meta.get("salt")
        whole = type(size) is int and type(width) is int and type(salt) is int
        if not whole or bits.dtype != np.uint8 or bits.ndim != 1:
            raise BadModelFile("The model file holds a set of ids that cannot be read.")
        opened = np.flatnonzero(np.unpackbits(bits)).astype(np.uint64)
        last = int(opened[-1]) if len(opened) else 0
        if not (1 <= width <= size <= WORD and 0 <= salt < 1 << 64 and (last + 1) * width <= size):
            raise BadModelFile("The model file holds a set of ids outside of its own domain.")
        return cls(size, width, salt, opened)


def around(size: int, old: np.ndarray, *, least: int, most: int, salt: int) -> Room:
    """The room in 0 … size-1 (size ≤ 2**62) beside the numbers ``old`` (uint64, any order, repeats allowed).

    Buckets become narrower until at least ``least`` numbers are open, or each number is its own bucket;
    no more are opened than ``most`` numbers need.
    """
    old = np.unique(old)
    if not len(old):
        return Room(size, size, salt, np.zeros(1, np.uint64))
    places = counting.unpermute(salt, old, size)
    buckets = min(size, max(16, 2 * len(old)))
    while True:
        width = size // buckets
        closed = np.zeros(buckets, np.bool_)
        taken = places // np.uint64(width)
        closed[taken[taken < buckets].astype(np.intp)] = True
        opened = np.flatnonzero(~closed)
        if len(opened) * width >= least or buckets == size:
            break
        buckets = min(size, 4 * buckets) if width >= 4 else size
    if width == 1 and 3 * len(opened) >= 4 * least:
        # every number is its own bucket: close a quarter more, so that a closed one still proves nothing
        chance = counting.draw(~salt & randomness.MASK, opened.astype(np.uint64))
        opened = opened[chance >= np.uint64(1 << 62)]
    needed = -(-most // width)
    return Room(size, width, salt, opened[:needed].astype(np.uint64))
