"""Files encrypted as age does it (https://c2sp.org/age), so that anybody's ``age -d`` opens them, for years.

    header    who can open it (`lookalike.publish.age_header`)
    nonce     16 random bytes, which with the file key make the payload key (HKDF-SHA256)
    payload   ChaCha20-Poly1305 of 64 KiB each, 16 bytes longer; the last may be shorter

Nonces are those of the STREAM construction: 11 bytes of the segment's number, one that is 1 for the last.
Both ways stream: memory is a segment and a piece.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from itertools import count
from typing import TYPE_CHECKING

from lookalike.errors import BadInput, Damaged
from lookalike.publish.age_header import FILE_KEY_BYTES, INTRO, derived, file_key_of, header_for, parse
from lookalike.publish.age_keys import Identity

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MEDIA_TYPE = "application/age"
SEGMENT_BYTES = 1 << 16

_TAG_BYTES = 16
_NONCE_BYTES = 16
_SEALED_BYTES = SEGMENT_BYTES + _TAG_BYTES
_HEADER_BYTES = len(INTRO) + 54 + 44 + 48


def encrypted_bytes(size_bytes: int) -> int:
    """How long a file of so many bytes is once `encrypted`."""
    segments = max(1, -(-size_bytes // SEGMENT_BYTES))
    return _HEADER_BYTES + _NONCE_BYTES + size_bytes + segments * _TAG_BYTES


def encrypted(recipient: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The age file of what comes in ``pieces``; another one each time. `BadInput`: no recipient."""
    file_key, nonce = secrets.token_bytes(FILE_KEY_BYTES), secrets.token_bytes(_NONCE_BYTES)
    return _sealed(header_for(recipient, file_key) + nonce, derived(file_key, nonce, b"payload"), pieces)


def decrypted(identity: Identity, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What was encrypted, each piece once it is known to be authentic.

    `BadInput`: no age file, or one for others. `Damaged`: changed or cut off, also after pieces have come.
    """
    source, held, header = iter(pieces), bytearray(), None
    while header is None and (piece := next(source, None)) is not None:
        held += piece
        header = parse(bytes(held))
    if header is None:
        raise BadInput("That is no file of age: it ends within its header.")
    file_key = file_key_of(header, identity)
    del held[: header.size_bytes]
    while len(held) < _NONCE_BYTES and (piece := next(source, None)) is not None:
        held += piece
    if len(held) < _NONCE_BYTES:
        raise BadInput("That is no file of age: it ends behind its header.")
    key = derived(file_key, bytes(held[:_NONCE_BYTES]), b"payload")
    del held[:_NONCE_BYTES]
    yield from _opened(key, held, source)


def _sealed(head: bytes, key: bytes, pieces: Iterable[bytes]) -> Iterator[bytes]:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher, numbers, held = ChaCha20Poly1305(key), count(), bytearray()
    yield head
    for piece in pieces:
        held += piece
        while len(held) > SEGMENT_BYTES:  # not >=: the last one is known only by what does not follow
            yield cipher.encrypt(_nonce(next(numbers), False), bytes(held[:SEGMENT_BYTES]), None)
            del held[:SEGMENT_BYTES]
    yield cipher.encrypt(_nonce(next(numbers), True), bytes(held), None)


def _opened(key: bytes, held: bytearray, source: Iterator[bytes]) -> Iterator[bytes]:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher, number, last = ChaCha20Poly1305(key), 0, False
    while not last:
        while len(held) < _SEALED_BYTES and (piece := next(source, None)) is not None:
            held += piece
        segment = bytes(held[:_SEALED_BYTES])
        del held[:_SEALED_BYTES]
        plain = _open(cipher, _nonce(number, False), segment) if len(segment) == _SEALED_BYTES else None
        if plain is None:
            plain, last = _open(cipher, _nonce(number, True), segment), True
        if plain is None or (number and not plain):  # an empty segment stands for an empty file alone
            raise _damaged()
        if plain:
            yield plain
        number += 1
    if held or any(source):
        raise _damaged()


def _open(cipher: ChaCha20Poly1305, nonce: bytes, sealed: bytes) -> bytes | None:
    """None when it is not what was sealed under this nonce."""
    from cryptography.exceptions import InvalidTag

    try:
        return cipher.decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        return None


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _damaged() -> Damaged:
    return Damaged("The age file was changed or cut off.", hint="Fetch it again.")
