"""Reading a dag-pb node that a stranger made: its links, and the bytes of the file that are in it."""

from __future__ import annotations

from collections.abc import Iterator

from lookalike.errors import BadInput
from lookalike.publish.cid import Cid

_RAW, _FILE = 0, 2
_NUMBER, _BYTES = 0, 2


def links_and_data(block: bytes) -> tuple[list[Cid], bytes]:
    """(links, bytes) of a node of a file; `BadInput` for any other node, or none."""
    links: list[Cid] = []
    unixfs = b""
    for field, value in _fields(block):
        if field == 2 and isinstance(value, bytes):
            names = [one for number, one in _fields(value) if number == 1]
            if len(names) != 1 or not isinstance(names[0], bytes):
                raise _bad("a link of it has no CID")
            links.append(Cid.of_bytes(names[0]))
        elif field == 1 and isinstance(value, bytes):
            unixfs = value
    found = dict(_fields(unixfs))
    data = found.get(2, b"")
    if found.get(1) not in (_RAW, _FILE) or not isinstance(data, bytes):
        raise _bad("it is no part of a file")
    return links, data


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a protobuf message: numbers, and bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == _NUMBER:
            number, at = _varint(message, at)
            yield key >> 3, number
        elif key & 7 == _BYTES:
            size, at = _varint(message, at)
            if at + size > len(message):
                raise _bad("it is cut off")
            yield key >> 3, message[at : at + size]
            at += size
        else:
            raise _bad("it is not spelled as one")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """(the number that begins at ``at``, where it ends)."""
    found = shift = 0
    while at < len(message) and shift <= 63:
        byte = message[at]
        found |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return found, at
    raise _bad("it is cut off")


def _bad(why: str) -> BadInput:
    return BadInput(f"A node of the tree cannot be read: {why}.")
