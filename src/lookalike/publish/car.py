"""CAR version 1 (https://ipld.io/specs/transport/car/carv1): a file's blocks in a row, and their root.

    header    varint length ‖ DAG-CBOR {"roots": [ROOT], "version": 1}
    section   varint length ‖ CID ‖ block

Written while the file streams by; read from a file on the disk, each block hashed before it is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from lookalike.errors import BadInput, VerificationFailed
from lookalike.publish.cid import DAG_PB, RAW, Cid
from lookalike.publish.dag import Layout, blocks_of, varint
from lookalike.publish.dag_node import links_and_data
from lookalike.publish.digests import LAYOUTS, Digester, Digests

MEDIA_TYPE = "application/vnd.ipld.car"
MOST_BLOCK_BYTES = 2 << 20
"""As Bitswap and Kubo have it: no node takes a larger block."""
_MOST_HEADER_BYTES = 128
_MOST_DEPTH = 8
_SMALL_BYTES = 1 << 10
_MOST_SMALL = 50_000  # one block may hang in many places of a tree, and so one of a few kB may never end
_CID_LENGTHS = (36, 34)


def header(root: Cid) -> bytes:
    """The header of an archive of one root; of every root of one version, as long as of any other."""
    cid = b"\x00" + bytes(root)  # in DAG-CBOR a CID is tag 42 around bytes that begin with a zero
    assert len(cid) < 256  # noqa: S101
    body = b"\xa2\x65roots\x81\xd8\x2a\x58" + bytes([len(cid)]) + cid + b"\x67version\x01"
    return varint(len(body)) + body


def section(cid: Cid, block: bytes) -> bytes:
    name = bytes(cid)
    return varint(len(name) + len(block)) + name + block


def car_of(pieces: Iterable[bytes], root: Cid, layout: Layout | None = None) -> Iterator[bytes]:
    """The archive of a file whose root is known; `VerificationFailed`, at its end, when it has another."""
    yield header(root)
    last = None
    for cid, block in blocks_of(pieces, layout):
        yield section(cid, block)
        last = cid
    if last != root:
        raise VerificationFailed(f"The file is not the one of {root}: its CID is {last}.")


def write_car(pieces: Iterable[bytes], out: BinaryIO) -> Digests:
    """The digests of a file, and its archive in ``out``, which can be sought in, in one pass over ``pieces``.

    The root is known last and stands first: its place is kept free, and filled in at the end.
    """
    layout = LAYOUTS[0]
    out.write(header(Cid(DAG_PB, bytes(32))))
    last: list[Cid] = []
    with Digester(LAYOUTS[1:]) as digester:
        for cid, block in blocks_of(digester.passing(pieces), layout):
            out.write(section(cid, block))
            last[:] = [cid]
        found = digester.digests()
    end = out.tell()
    out.seek(0)
    out.write(header(last[0]))
    out.seek(end)
    return Digests(found.size_bytes, found.sha256, ((layout, last[0]), *found.cids))


class Car:
    """An archive on the disk: its root, and where each block begins. Nothing of it is believed.

    most_bytes: of the file that is read out of it. Raises `BadInput` for what is no such archive.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._places: dict[bytes, tuple[int, int]] = {}
        self._small = 0
        try:
            with self._path.open("rb") as file:
                self.root = self._read_header(file)
                self._index(file)
        except OSError as problem:
            raise self._bad(problem.strerror or "it cannot be read") from problem

    def file(self, *, most_bytes: int) -> Generator[bytes, None, None]:
        """The bytes of the file that the root is, each block hashed; `VerificationFailed` for one that is not
        what its name says, `BadInput` for one that is missing or no file's."""
        self._small = 0
        with self._path.open("rb") as file:
            left = most_bytes
            for piece in self._walk(file, self.root, 0):
                left -= len(piece)
                if left < 0:
                    raise self._bad(f"the file in it is larger than {most_bytes:,} bytes")
                yield piece

    def _walk(self, file: BinaryIO, cid: Cid, depth: int) -> Iterator[bytes]:
        block = self._block(file, cid)
        self._small += cid.codec != RAW or len(block) < _SMALL_BYTES
        if depth > _MOST_DEPTH or self._small > _MOST_SMALL:
            raise self._bad("its tree is too large")
        if cid.codec == RAW:
            yield block
            return
        links, data = links_and_data(block)
        if data and links:
            raise self._bad("a node holds both links and bytes")
        if data:
            yield data
        for link in links:
            yield from self._walk(file, link, depth + 1)

    def _block(self, file: BinaryIO, cid: Cid) -> bytes:
        place = self._places.get(cid.digest)
        if place is None:
            raise self._bad(f"the block {cid} is missing")
        file.seek(place[0])
        block = file.read(place[1])
        if hashlib.sha256(block).digest() != cid.digest:
            raise VerificationFailed(
                f"The block {cid} in {self._path} is not what its name says.", file=str(self._path)
            )
        return block

    def _read_header(self, file: BinaryIO) -> Cid:
        size = self._varint(file)
        if size is None or size > _MOST_HEADER_BYTES:
            raise self._bad("it has no header of version 1 with one root")
        body = file.read(size)
        for length in _CID_LENGTHS:
            at = body.find(b"\xd8\x2a\x58" + bytes([length + 1]) + b"\x00")
            if at >= 0:
                root = Cid.of_bytes(body[at + 5 : at + 5 + length])
                if varint(len(body)) + body == header(root):
                    return root
        raise self._bad("it has no header of version 1 with one root")

    def _index(self, file: BinaryIO) -> None:
        end = self._path.stat().st_size
        while (size := self._varint(file)) is not None:
            at = file.tell()
            start = file.read(4)
            length = 34 if start[:2] == b"\x12\x20" else 36
            if size > MOST_BLOCK_BYTES + length or at + size > end or size < length:
                raise self._bad("a section of it is cut off, or too large")
            name = Cid.of_bytes(start + file.read(length - 4))
            self._places[name.digest] = (at + length, size - length)
            file.seek(at + size)

    def _varint(self, file: BinaryIO) -> int | None:
        """The next number; None at the end."""
        number = shift = 0
        while True:
            byte = file.read(1)
            if not byte and not shift:
                return None
            if not byte or shift > 35:
                raise self._bad("a length in it is cut off, or too large")
            number |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                return number

    def _bad(self, what: str) -> BadInput:
        return BadInput(f"{self._path} is no archive that can be read: {what}.", file=str(self._path))
