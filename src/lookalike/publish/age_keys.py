"""The keys of age (https://c2sp.org/age): X25519, spelled in Bech32 (BIP 173, of any length).

A recipient (``age1…``) is public, and files are encrypted to it; its identity (``AGE-SECRET-KEY-1…``) opens
them. An identity is in no message and no ``repr``.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from lookalike.errors import BadInput, CannotWrite, UsageError
from lookalike.tables.atomic import create_private

KEY_BYTES = 32

_RECIPIENT = "age"
_IDENTITY = "age-secret-key-"
_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_SUM_LETTERS = 6
_MOST_FILE_BYTES = 1 << 20


class Identity:
    """The secret half: 32 bytes."""

    def __init__(self, secret: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        self.secret = secret
        self.public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"<Identity of {self.recipient}>"

    @property
    def recipient(self) -> str:
        """``age1…``"""
        return _bech32(_RECIPIENT, self.public)

    def text(self) -> str:
        """``AGE-SECRET-KEY-1…``: for its owner alone."""
        return _bech32(_IDENTITY, self.secret).upper()

    @classmethod
    def new(cls) -> Self:
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def of_text(cls, text: str) -> Self:
        """`BadInput` for what is no identity; it is not quoted."""
        secret = _of_bech32(_IDENTITY, text)
        if secret is None or not text.isupper():
            raise BadInput("That is no identity of age.", hint="It begins with AGE-SECRET-KEY-1.")
        return cls(secret)


def recipient_key(text: str) -> bytes:
    """The 32 bytes of a recipient; `BadInput` for what is none."""
    public = _of_bech32(_RECIPIENT, text)
    if public is None or not text.islower():
        raise BadInput("That is no recipient of age.", hint="It begins with age1, and is of 62 characters.")
    return public


def write_identity(identity: Identity, path: str | Path) -> None:
    """A new file, for its owner alone, as ``age -d -i FILE`` takes it; `CannotWrite` over another one."""
    text = f"# public key: {identity.recipient}\n{identity.text()}\n"
    if not create_private(path, text.encode()):
        raise CannotWrite(f"There is a key file {path} already.", file=str(path))


def read_identity(path: str | Path) -> Identity:
    """The first identity in a file; `UsageError` when others may read it, `BadInput` when there is none."""
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
                hint = f"Whoever reads it can open what is encrypted to it. Run: chmod 600 {path}"
                raise UsageError(
                    f"Others on this machine may read the key {path}.", hint=hint, file=str(path)
                )
            lines = file.read(_MOST_FILE_BYTES).decode(errors="replace").splitlines()
    except OSError as problem:
        raise BadInput(f"Cannot read the key {path}: {problem.strerror}.", file=str(path)) from problem
    for line in lines:
        if line and not line.startswith("#"):
            return Identity.of_text(line.strip())
    raise BadInput(f"There is no identity in {path}.", file=str(path))


def _bech32(prefix: str, data: bytes) -> str:
    words = _regrouped(data, 8, 5)
    return prefix + "1" + "".join(_LETTERS[word] for word in [*words, *_checksum(prefix, words)])


def _of_bech32(prefix: str, text: str) -> bytes | None:
    """The 32 bytes; None for any other prefix, spelling or length."""
    lower = text.lower()
    found, one, rest = lower.rpartition("1")
    if not one or found != prefix or not text.isascii() or any(letter not in _LETTERS for letter in rest):
        return None
    words = [_LETTERS.index(letter) for letter in rest]
    words, checksum = words[:-_SUM_LETTERS], words[-_SUM_LETTERS:]
    if checksum != _checksum(prefix, words):
        return None
    data = bytes(_regrouped(words, 5, 8))[:KEY_BYTES]
    # one spelling only: the bits beyond the last byte are zero, and there are no more letters than that takes
    return data if len(data) == KEY_BYTES and _regrouped(data, 8, 5) == words else None


def _regrouped(data: Iterable[int], width: int, wanted: int) -> list[int]:
    """The same bits in groups of another width, the last one filled up with zeros."""
    held, bits, out = 0, 0, list[int]()
    for one in data:
        held, bits = (held << width | one) & 0xFFF, bits + width
        while bits >= wanted:
            bits -= wanted
            out.append(held >> bits & ((1 << wanted) - 1))
    return [*out, held << (wanted - bits) & ((1 << wanted) - 1)] if bits else out


def _checksum(prefix: str, words: list[int]) -> list[int]:
    """The six words that BIP 173 puts behind ``words``."""
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    value = 1
    for word in [*spread, *words, *[0] * _SUM_LETTERS]:
        top = value >> 25
        value = (value & 0x1FFFFFF) << 5 ^ word
        for at, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            value ^= generator if top >> at & 1 else 0
    value ^= 1
    return [value >> 5 * (_SUM_LETTERS - 1 - at) & 31 for at in range(_SUM_LETTERS)]
