"""Blobs encrypted at rest: a `BlobStore` around another one, whose bytes nobody can read or change unseen.

    header   "LKS1" ‖ salt (32 random bytes)
    segment  AES-256-GCM(64 KiB of the content), 16 bytes longer; the last may be of less, or of nothing

The key of a blob is HKDF-SHA256 of its owner's key with the salt, so no nonce is used twice under one key.
Nonces are those of the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: "Online
Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015; in the form that `age` gave
it): 11 bytes of the segment's number, one that is 1 for the last. The associated data is the blob's key. So
a segment does not open when it was changed, moved, left out, taken from another blob, or when what came
behind it is missing. A range opens only the segments it touches: it cannot tell that others are damaged, or
that whole ones behind it are missing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from lookalike.errors import Damaged
from lookalike.stores.blobs import PIECE_BYTES, BlobInfo, BlobStore, clipped

SEGMENT_BYTES = 1 << 16
MAGIC = b"LKS1"

_TAG_BYTES = 16
_SALT_BYTES = 32
_HEADER_BYTES = len(MAGIC) + _SALT_BYTES
_SEALED_SEGMENT = SEGMENT_BYTES + _TAG_BYTES
_NONCE_BYTES = 12
_INFO = b"lookalike sealed blob 1"


class OwnerKeys(Protocol):
    def key(self, owner_id: str) -> bytes:
        """The 32 bytes of an owner's key; `NotFound` when it was destroyed."""
        ...


class Sealed:
    """``inner``, with everything in it sealed under the key of ``owner_id``, which must exist already."""

    def __init__(self, inner: BlobStore, keys: OwnerKeys, owner_id: str) -> None:
        self._inner = inner
        self._keys = keys
        self._owner_id = owner_id

    def put(self, key: str, chunks: Iterable[bytes]) -> BlobInfo:
        """As in `BlobStore`; ``size_bytes`` and ``sha256`` are those of the content."""
        sha256, size = hashlib.sha256(), 0

        def passing() -> Iterator[bytes]:
            nonlocal size
            for chunk in chunks:
                sha256.update(chunk)
                size += len(chunk)
                yield chunk

        salt = secrets.token_bytes(_SALT_BYTES)
        cipher = self._cipher(key, salt)
        self._inner.put(key, _sealed(salt, cipher, passing()))
        return BlobInfo(key, size, sha256.hexdigest())

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """As in `BlobStore`; `Damaged` as soon as a segment does not open, `NotFound` without the key."""
        known = self._inner.info(key)
        if known is None:
            return self._inner.read(key)  # which says so
        size = _content_bytes(known)
        start, stop = clipped(size, start, stop)
        header = b"".join(self._inner.read(key, 0, _HEADER_BYTES))
        if not header.startswith(MAGIC):
            raise _damaged(key)
        cipher = self._cipher(key, header[len(MAGIC) :])
        if start == stop < size:
            return iter(())
        return self._opened(cipher, key, size, start, stop)

    def info(self, key: str) -> BlobInfo | None:
        known = self._inner.info(key)
        return None if known is None else BlobInfo(key, _content_bytes(known))

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        for known in self._inner.list(prefix):
            yield BlobInfo(known.key, _content_bytes(known))

    def delete(self, keys: Iterable[str]) -> None:
        self._inner.delete(keys)

    def _cipher(self, key: str, salt: bytes) -> _Segments:
        return _Segments(self._keys.key(self._owner_id), salt, key)

    def _opened(self, cipher: _Segments, key: str, size: int, start: int, stop: int) -> Iterator[bytes]:
        """Bytes ``start`` … ``stop - 1``; also the one segment of an empty blob is opened."""
        last = max(0, size - 1) // SEGMENT_BYTES
        first, end = start // SEGMENT_BYTES, max(0, stop - 1) // SEGMENT_BYTES
        if start == size:  # nothing is asked for, but that the end is the end is
            first = end = last
        begin = _HEADER_BYTES + first * _SEALED_SEGMENT
        pieces = self._inner.read(key, begin, _HEADER_BYTES + (end + 1) * _SEALED_SEGMENT)
        number, held, out = first, bytearray(), bytearray()
        for piece in pieces:
            held += piece
            while len(held) >= _SEALED_SEGMENT:
                out += cipher.open(number, number == last, bytes(held[:_SEALED_SEGMENT]))
                del held[:_SEALED_SEGMENT]
                number += 1
            if len(out) >= PIECE_BYTES + SEGMENT_BYTES:
                yield from _cut(out, number, start, stop)
                out.clear()
        if held:
            out += cipher.open(number, number == last, bytes(held))
            number += 1
        if number != end + 1:
            raise _damaged(key)
        yield from _cut(out, number, start, stop, size)


def seal_json(keys: OwnerKeys, owner_id: str, name: str, value: Any) -> str:
    """``value`` as text that only the owner's key opens, and only as the owner's ``name``: for documents."""
    salt = secrets.token_bytes(_SALT_BYTES)
    cipher = _Segments(keys.key(owner_id), salt, f"{owner_id}#{name}")
    plain = json.dumps(value, separators=(",", ":")).encode()
    return base64.b64encode(salt + cipher.seal(0, True, plain)).decode()


def open_json(keys: OwnerKeys, owner_id: str, name: str, sealed: str) -> Any:
    """What `seal_json` was given; `Damaged` when it is not that, `NotFound` without the key."""
    try:
        data = base64.b64decode(sealed, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _damaged(name) from error
    cipher = _Segments(keys.key(owner_id), data[:_SALT_BYTES], f"{owner_id}#{name}")
    return json.loads(cipher.open(0, True, data[_SALT_BYTES:]))


class _Segments:
    """Seals and opens the segments of one blob."""

    def __init__(self, owner_key: bytes, salt: bytes, name: str) -> None:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=_INFO).derive(owner_key)
        self._aes = AESGCM(derived)
        self._name = name

    def seal(self, number: int, last: bool, plain: bytes | memoryview) -> bytes:
        return self._aes.encrypt(_nonce(number, last), plain, self._name.encode())

    def open(self, number: int, last: bool, sealed: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._aes.decrypt(_nonce(number, last), sealed, self._name.encode())
        except (InvalidTag, ValueError) as error:
            raise _damaged(self._name) from error


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes([last])


def _sealed(salt: bytes, cipher: _Segments, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Header and segments; the last segment is known only when there are no more chunks."""
    yield MAGIC + salt
    number, held = 0, bytearray()
    for chunk in chunks:
        held += chunk
        whole = max(0, len(held) - 1) // SEGMENT_BYTES
        if whole:
            # a copy, since what is being viewed cannot shrink
            view = memoryview(bytes(held[: whole * SEGMENT_BYTES]))
            del held[: whole * SEGMENT_BYTES]
            yield b"".join(
                cipher.seal(number + i, False, view[i * SEGMENT_BYTES : (i + 1) * SEGMENT_BYTES])
                for i in range(whole)
            )
            number += whole
    yield cipher.seal(number, True, bytes(held))


def _cut(out: bytearray, number: int, start: int, stop: int, size: int | None = None) -> Iterator[bytes]:
    """The part of ``out`` that was asked for; it ends where segment ``number`` begins, or at ``size``."""
    end = number * SEGMENT_BYTES if size is None else min(number * SEGMENT_BYTES, size)
    begin = end - len(out)
    wanted = bytes(out[max(0, start - begin) : max(0, stop - begin)])
    if wanted:
        yield wanted


def _content_bytes(known: BlobInfo) -> int:
    """How long the content is, from how long the sealed blob is."""
    body = known.size_bytes - _HEADER_BYTES
    segments = max(1, -(-body // _SEALED_SEGMENT))
    size = body - segments * _TAG_BYTES
    if size < 0 or (segments > 1 and size <= (segments - 1) * SEGMENT_BYTES):
        raise _damaged(known.key)
    return size


def _damaged(key: str) -> Damaged:
    return Damaged(
        f"The stored bytes of {key} were changed, or were sealed under another key.",
        hint="Restore the data folder from a backup, or make the object again.",
    )
