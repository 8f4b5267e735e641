"""How Arweave cuts a file up, and the tree whose root a transaction signs.

Chunks are of 256 KiB; where the last would be of less than 32 KiB, the last two share their bytes evenly.
Behind a file of whole chunks stands an empty one, which is in the tree and is never sent. With note(x), x in
32 bytes:

    leaf     id = H(H(H(chunk)) ‖ H(note(end of the chunk)))
    branch   id = H(H(left id) ‖ H(right id) ‖ H(note(end of the left)))
    proof    from the root down, of each branch: left id ‖ right id ‖ note(end of the left);
             then H(chunk) ‖ note(end)

H is SHA-256. An odd node at the end of a layer is taken into the next as it is. (ar_merkle.erl of the node.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_CHUNK_BYTES = 256 << 10
LEAST_CHUNK_BYTES = 32 << 10

_HASH_BYTES = 32
_BRANCH_BYTES = 3 * _HASH_BYTES


def chunk_sizes(size_bytes: int) -> Iterator[int]:
    """Of each leaf of the tree, in order; the last may be 0."""
    rest = size_bytes
    while rest >= MOST_CHUNK_BYTES:
        over = rest - MOST_CHUNK_BYTES
        chunk = (rest + 1) // 2 if 0 < over < LEAST_CHUNK_BYTES else MOST_CHUNK_BYTES
        yield chunk
        rest -= chunk
    yield rest


@dataclass(frozen=True, slots=True)
class Tree:
    """hashes: of each leaf's bytes; ends: where each leaf ends; layers: ids, from the leaves up."""

    hashes: tuple[bytes, ...]
    ends: tuple[int, ...]
    layers: tuple[tuple[bytes, ...], ...]

    @property
    def root(self) -> bytes:
        return self.layers[-1][0]

    @property
    def chunks(self) -> int:
        """How many chunks there are to send."""
        start, stop = self.place(len(self.ends) - 1)
        return len(self.ends) - (start == stop)

    def place(self, number: int) -> tuple[int, int]:
        """Where a chunk begins and ends in the file."""
        return (self.ends[number - 1] if number else 0), self.ends[number]

    def proof(self, number: int) -> bytes:
        """What shows that a chunk belongs below the root."""
        parts: list[bytes] = []
        for level in range(len(self.layers) - 1, 0, -1):
            left = number >> level << 1
            below = self.layers[level - 1]
            if left + 1 < len(below):
                parts += [below[left], below[left + 1], _note(self._end(level - 1, left))]
        return b"".join([*parts, self.hashes[number], _note(self.ends[number])])

    def _end(self, level: int, index: int) -> int:
        """Where the last leaf below a node ends."""
        return self.ends[min(((index + 1) << level), len(self.ends)) - 1]


def tree_of(size_bytes: int, pieces: Iterable[bytes]) -> Tree:
    """The tree of a file that comes in pieces. Memory: one chunk, and two hashes for each."""
    hashes, ends, ids = list[bytes](), list[int](), list[bytes]()
    for chunk in chunks_of(size_bytes, pieces):
        hashes.append(_hash(chunk))
        ends.append((ends[-1] if ends else 0) + len(chunk))
        ids.append(_hash(_hash(hashes[-1]), _hash(_note(ends[-1]))))
    layers = [tuple(ids)]
    while len(ids) > 1:
        level, above = len(layers) - 1, list[bytes]()
        for left in range(0, len(ids), 2):
            end = ends[min((left + 1) << level, len(ends)) - 1]
            pair = ids[left : left + 2]
            above.append(_branch(pair[0], pair[1], end) if len(pair) == 2 else pair[0])
        ids = above
        layers.append(tuple(ids))
    return Tree(tuple(hashes), tuple(ends), tuple(layers))


def chunks_of(size_bytes: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The leaves' bytes; there are as many as `chunk_sizes` says, also when there are too few bytes."""
    held, source = bytearray(), iter(pieces)
    for size in chunk_sizes(size_bytes):
        while len(held) < size and (piece := next(source, None)) is not None:
            held += piece
        yield bytes(held[:size])
        del held[:size]


def proven(root: bytes, size_bytes: int, offset: int, proof: bytes) -> tuple[int, int, bytes] | None:
    """Where the chunk with the byte ``offset`` begins and ends, and its hash; None when it is no proof."""
    start, stop, expected = 0, size_bytes, root
    while len(proof) >= _BRANCH_BYTES:
        left, right, note = (proof[at : at + _HASH_BYTES] for at in range(0, _BRANCH_BYTES, _HASH_BYTES))
        end = int.from_bytes(note, "big")
        if _branch(left, right, end) != expected:
            return None
        proof = proof[_BRANCH_BYTES:]
        if offset < end:
            expected, stop = left, min(stop, end)
        else:
            expected, start = right, max(start, end)
    digest, note = proof[:_HASH_BYTES], proof[_HASH_BYTES:]
    if len(note) != _HASH_BYTES or _hash(_hash(digest), _hash(note)) != expected:
        return None
    end = int.from_bytes(note, "big")
    return (start, end, digest) if start <= offset < end <= stop else None


def _branch(left: bytes, right: bytes, end: int) -> bytes:
    return _hash(_hash(left), _hash(right), _hash(_note(end)))


def _note(number: int) -> bytes:
    return number.to_bytes(_HASH_BYTES, "big")


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()
