"""CIDs: names of blocks that are the hash of their bytes (https://github.com/multiformats/cid).

Only what we make and read: SHA-256, the codecs raw and dag-pb, version 1 in base32 and version 0.
"""

from __future__ import annotations

import base64
import contextlib
from dataclasses import dataclass
from typing import Literal, Self

from lookalike.errors import BadInput

RAW = 0x55
DAG_PB = 0x70

_SHA256 = b"\x12\x20"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BYTES_V1 = 4 + 32
_BYTES_V0 = 2 + 32


@dataclass(frozen=True, slots=True)
class Cid:
    """digest: 32 bytes of SHA-256. Version 0 is of dag-pb only."""

    codec: int
    digest: bytes
    version: Literal[0, 1] = 1

    def __bytes__(self) -> bytes:
        """34 bytes in version 0, 36 in version 1."""
        return (b"" if self.version == 0 else bytes([1, self.codec])) + _SHA256 + self.digest

    def __str__(self) -> str:
        """``Qm…`` or ``baf…``."""
        if self.version == 0:
            return _base58(bytes(self))
        return "b" + base64.b32encode(bytes(self)).decode().rstrip("=").lower()

    @classmethod
    def of_bytes(cls, data: bytes) -> Self:
        """`BadInput` for what is no CID, or one of another hash, codec or version."""
        if len(data) == _BYTES_V0 and data[:2] == _SHA256:
            return cls(DAG_PB, data[2:], 0)
        if len(data) == _BYTES_V1 and data[0] == 1 and data[1] in (RAW, DAG_PB) and data[2:4] == _SHA256:
            return cls(data[1], data[4:], 1)
        raise BadInput("That is no CID that Lookalike can read.", hint=_KNOWN)

    @classmethod
    def of_text(cls, text: str) -> Self:
        """As `of_bytes`; a CID has one spelling in each version, and only that is taken."""
        data = b""
        with contextlib.suppress(ValueError, OverflowError):  # binascii.Error is a ValueError
            if text.startswith("Qm") and len(text) == 46:
                data = _of_base58(text)
            elif text.startswith("b") and len(text) == 59:
                data = base64.b32decode(text[1:].upper() + "======")
        found = cls.of_bytes(data)
        if str(found) != text:
            raise BadInput("That is no CID that Lookalike can read.", hint=_KNOWN)
        return found


_KNOWN = "Known: SHA-256, raw and dag-pb, as Qm… or as b… in lower case."


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def _of_base58(text: str) -> bytes:
    number = 0
    for letter in text:
        number = number * 58 + _BASE58.index(letter)
    return number.to_bytes(_BYTES_V0, "big")
