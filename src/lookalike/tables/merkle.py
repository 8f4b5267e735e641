"""A Merkle tree over block hashes, as in RFC 6962 section 2.1 (Certificate Transparency), with SHA-256.

    leaf = H(0x00 ‖ block hash)      node = H(0x01 ‖ left ‖ right)

A tree of n leaves splits at the largest power of two below n. So one block can be shown to belong to a file
by about log2(n) hashes, without the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def root(leaves: Sequence[bytes]) -> bytes:
    """The 32-byte root over ``leaves`` (block hashes, in order); SHA-256 of nothing when there are none."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    return _root([_leaf(leaf) for leaf in leaves])


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf ``index`` to the root, the deepest first (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(leaves):
        raise IndexError(f"There is no block {index} among {len(leaves)}.")
    nodes = [_leaf(leaf) for leaf in leaves]
    path: list[bytes] = []
    while len(nodes) > 1:
        split = _split(len(nodes))
        if index < split:
            path.append(_root(nodes[split:]))
            nodes = nodes[:split]
        else:
            path.append(_root(nodes[:split]))
            nodes, index = nodes[split:], index - split
    return path[::-1]


def verify(leaf: bytes, index: int, count: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether ``leaf`` is block ``index`` of ``count`` under the root ``expected`` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < count:
        return False
    node, position, last = _leaf(leaf), index, count - 1
    for sibling in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = _node(sibling, node)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            node = _node(node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and node == expected


def _root(nodes: Sequence[bytes]) -> bytes:
    """Level by level: pairing neighbours and passing an odd last one up gives the RFC's recursive tree."""
    level = list(nodes)
    while len(level) > 1:
        odd = level[-1:] if len(level) & 1 else []
        level = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)] + odd
    return level[0]


def _split(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


def _leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
