"""A file as IPFS cuts it up, while its bytes stream by: UnixFS, balanced, of width 174, as Kubo does it.

    leaf     ``chunk_bytes`` of the file; in version 1 the bare bytes, in version 0 inside a dag-pb node
    node     dag-pb with up to 174 links, each a CID and how many bytes hang on it, and UnixFS data that says
             how many bytes of the file are below each link

Leaves all hang at the same depth, and nodes are filled from the left. Sources: the UnixFS specification
(https://specs.ipfs.tech/unixfs), the DAG-PB codec (https://ipld.io/specs/codecs/dag-pb/spec).
Memory: one chunk, and for each level of the tree the links of one node.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from lookalike.publish.cid import DAG_PB, RAW, Cid

WIDTH = 174
MIB = 1 << 20
CHUNK_BYTES = MIB
"""What we publish with; 256 KiB is what Kubo cuts by when nobody says otherwise."""
SMALL_CHUNK_BYTES = 256 << 10

Emit = Callable[[Cid, bytes], None]
"""Takes each block as soon as it is known: children before their parents, the root last."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is cut up: on this, and on its bytes alone, its CID depends."""

    chunk_bytes: int = CHUNK_BYTES
    version: Literal[0, 1] = 1


@dataclass(frozen=True, slots=True)
class _Link:
    """cid; tree_bytes: of all blocks from here down; file_bytes: how much of the file that is."""

    cid: Cid
    tree_bytes: int
    file_bytes: int


LAYOUT_V0 = Layout(SMALL_CHUNK_BYTES, 0)
"""That of CIDs of version 0, ``Qm…``, as Kubo makes them when nobody says otherwise."""


class Dag:
    """The tree over the bytes given to `update`, in order; `finish` says its root."""

    def __init__(self, layout: Layout | None = None, emit: Emit | None = None) -> None:
        self.layout = layout or Layout()
        self.size_bytes = 0
        self._emit = emit
        self._held = bytearray()
        self._levels: list[list[_Link]] = [[]]

    def update(self, data: bytes | bytearray | memoryview) -> None:
        view = memoryview(data).cast("B")
        self.size_bytes += len(view)
        size, at = self.layout.chunk_bytes, 0
        if self._held:
            at = min(size - len(self._held), len(view))
            self._held += view[:at]
            if len(self._held) < size:
                return
            self._leaf(self._held)
            self._held = bytearray()
        while len(view) - at >= size:
            self._leaf(view[at : at + size])
            at += size
        self._held += view[at:]

    def finish(self) -> Cid:
        """The root. Nothing may be added afterwards."""
        if self._held or not self.size_bytes:
            self._leaf(self._held)
        height = 0
        while height < len(self._levels) - 1 or len(self._levels[height]) > 1:
            self._close(height)
            height += 1
        return self._levels[height][0].cid

    def _leaf(self, chunk: bytearray | memoryview) -> None:
        if self.layout.version:
            cid = Cid(RAW, hashlib.sha256(chunk).digest())
            link = _Link(cid, len(chunk), len(chunk))
            if self._emit:
                self._emit(cid, bytes(chunk))
        else:
            link = self._node([], _file_data([len(chunk)], chunk), len(chunk))
        self._add(0, link)

    def _add(self, height: int, link: _Link) -> None:
        # a full node is closed when it is known that more comes, so that the root is the last one
        if len(self._levels[height]) == WIDTH:
            self._close(height)
        self._levels[height].append(link)

    def _close(self, height: int) -> None:
        links = self._levels[height]
        sizes = [link.file_bytes for link in links]
        node = self._node(links, _file_data(sizes), sum(sizes))
        self._levels[height] = []
        if height + 1 == len(self._levels):
            self._levels.append([])
        self._add(height + 1, node)

    def _node(self, links: Sequence[_Link], data: bytes, file_bytes: int) -> _Link:
        block = b"".join([_pb_link(link) for link in links] + [b"\x0a", varint(len(data)), data])
        cid = Cid(DAG_PB, hashlib.sha256(block).digest(), self.layout.version)
        if self._emit:
            self._emit(cid, block)
        return _Link(cid, len(block) + sum(link.tree_bytes for link in links), file_bytes)


def cid_of(pieces: Iterable[bytes], layout: Layout | None = None) -> Cid:
    """The CID of a file whose bytes come in ``pieces``."""
    dag = Dag(layout)
    for piece in pieces:
        dag.update(piece)
    return dag.finish()


def blocks_of(pieces: Iterable[bytes], layout: Layout | None = None) -> Iterator[tuple[Cid, bytes]]:
    """All blocks of a file, children before parents, the root last; the same block may come again."""
    made: list[tuple[Cid, bytes]] = []
    dag = Dag(layout, lambda cid, block: made.append((cid, block)))
    for piece in pieces:
        dag.update(piece)
        yield from made
        made.clear()
    dag.finish()
    yield from made


def varint(number: int) -> bytes:
    """Unsigned, seven bits to a byte, the low ones first (LEB128)."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _pb_link(link: _Link) -> bytes:
    """Field 2 of a PBNode: hash, an empty name, the size of what hangs on it."""
    cid = bytes(link.cid)
    body = b"\x0a" + varint(len(cid)) + cid + b"\x12\x00\x18" + varint(link.tree_bytes)
    return b"\x12" + varint(len(body)) + body


def _file_data(sizes: Sequence[int], chunk: bytearray | memoryview | None = None) -> bytes:
    """UnixFS data of type file: of a leaf its bytes, of a node how many bytes are below each link."""
    parts = [b"\x08\x02"]
    if chunk:
        parts += [b"\x12", varint(len(chunk)), bytes(chunk)]
    parts += [b"\x18", varint(sum(sizes))]
    if chunk is None:
        parts += [b"\x20" + varint(size) for size in sizes]
    return b"".join(parts)
