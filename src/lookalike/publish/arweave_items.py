"""Data items (ANS-104): files that a bundler takes, and puts many of into one transaction.

    signature type 1 (2 bytes) ‖ signature ‖ owner ‖ no target (0) ‖ no anchor (0)
    ‖ how many tags ‖ how many bytes they are (8 bytes each, little-endian) ‖ tags, as Avro ‖ the file

Signed is the deep hash of "dataitem", "1", "1", owner, target, anchor, tags and the file. The salt of these
signatures is empty, so the same file with the same tags from the same wallet is the same item, with the same
id: sent twice, it is one. (https://github.com/ArweaveTeam/arweave-standards/blob/master/ans/ANS-104.md)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lookalike.errors import BadInput
from lookalike.publish.arweave_hash import Streamed, b64, deep_hash
from lookalike.publish.arweave_wallet import Wallet

_TYPE = 1
_MOST_TAGS = 128
_MOST_TAG_BYTES = 4096

Tags = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class DataItem:
    """head: what stands before the file; id: 43 characters; size_bytes: of head and file."""

    head: bytes
    id: str
    size_bytes: int


def data_item(wallet: Wallet, tags: Tags, size_bytes: int, pieces: Iterable[bytes]) -> DataItem:
    """The item of a file that comes in pieces, which are read once; `BadInput` for too many tags."""
    words = avro(tags)
    if len(tags) > _MOST_TAGS or len(words) > _MOST_TAG_BYTES:
        raise BadInput(
            f"The words beside the file are more than {_MOST_TAGS}, or than {_MOST_TAG_BYTES:,} bytes."
        )
    sha384 = hashlib.sha384()
    for piece in pieces:
        sha384.update(piece)
    kind = b"%d" % _TYPE
    file = Streamed(size_bytes, sha384.digest())
    message = deep_hash([b"dataitem", b"1", kind, wallet.owner, b"", b"", words, file])
    signature = wallet.sign(message, salt_bytes=0)
    counts = len(tags).to_bytes(8, "little") + len(words).to_bytes(8, "little")
    head = _TYPE.to_bytes(2, "little") + signature + wallet.owner + b"\0\0" + counts + words
    return DataItem(head, b64(hashlib.sha256(signature).digest()), len(head) + size_bytes)


def avro(tags: Tags) -> bytes:
    """An Avro array of records of two strings; nothing at all for none."""
    if not tags:
        return b""
    parts = [_long(len(tags))]
    for pair in tags:
        parts += [_long(len(word)) + word for word in pair]
    return b"".join([*parts, _long(0)])


def _long(number: int) -> bytes:
    """Zigzag, then seven bits to a byte, the low ones first."""
    rest, out = number << 1, bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)
