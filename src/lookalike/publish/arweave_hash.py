"""How Arweave spells bytes (base64url without padding), and its deep hash, which is what gets signed.

Deep hash, of bytes or of lists of such, in SHA-384 (ar_deep_hash.erl of the Arweave node):

    bytes   H(H("blob" ‖ length in digits) ‖ H(bytes))
    list    folded from H("list" ‖ length in digits): acc = H(acc ‖ deep hash of the item)
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from lookalike.errors import PublishRefused


@dataclass(frozen=True, slots=True)
class Streamed:
    """Bytes that were too many to hold: how many there were, and their SHA-384."""

    size_bytes: int
    sha384: bytes


Deep: TypeAlias = "bytes | Streamed | Sequence[Deep]"


def deep_hash(value: Deep) -> bytes:
    """48 bytes."""
    if isinstance(value, bytes):
        return deep_hash(Streamed(len(value), _sha384(value)))
    if isinstance(value, Streamed):
        return _sha384(_sha384(b"blob%d" % value.size_bytes) + value.sha384)
    found = _sha384(b"list%d" % len(value))
    for item in value:
        found = _sha384(found + deep_hash(item))
    return found


def b64(data: bytes) -> str:
    """As in URLs, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: object) -> bytes:
    """What `b64` was given; `PublishRefused` for anything else: it comes from a node."""
    if isinstance(text, str) and text.isascii():
        with contextlib.suppress(ValueError):
            data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if b64(data) == text:
                return data
    raise PublishRefused("The answer is not base64url, as it should be.")


def _sha384(data: bytes) -> bytes:
    return hashlib.sha384(data).digest()
