"""Ed25519 (RFC 8032) over canonical JSON: who says so, for documents that are checked years later."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookalike.errors import BadInput
from lookalike.tables.atomic import create_private, told_as_cannot_write
from lookalike.tables.canonical_json import dumps

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED_BYTES = 32


class Signer:
    """Signs with the key that the 32 bytes of ``seed`` are."""

    def __init__(self, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw().hex()

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.public_key)

    def sign(self, document: Mapping[str, Any]) -> str:
        """Hex signature over the document's canonical JSON; the same document, the same signature."""
        return self._key.sign(dumps(dict(document))).hex()


_PRIME = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_OF_SMALL_ORDER = frozenset((0, 1, _PRIME - 1, _PRIME - _ORDER_8, _ORDER_8))
"""The y of the eight points of small order: under such a key, a signature can hold for any document."""


def is_signed(document: Mapping[str, Any], public_key: str, signature: str) -> bool:
    """Whether the holder of ``public_key`` (hex) signed this document; never under a key of small order."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    y = int.from_bytes(bytes.fromhex(public_key), "little") % 2**255
    if y % _PRIME in _OF_SMALL_ORDER:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), dumps(dict(document)))
    except (InvalidSignature, ValueError):
        return False
    return True


def fingerprint(public_key: str) -> str:
    """Hex SHA-256 of a public key's 32 bytes: what people compare and ``--key`` takes."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()


def own_signer(path: Path) -> Signer:
    """The signer of the key file at ``path``, made now, for its owner alone, when it is not there.

    `BadInput` when others may read it, or it holds no such key; `CannotWrite` when it cannot be made.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = _read(path) or _made(path) or _read(path)
    try:
        key = load_pem_private_key(text or b"", None)
    except (ValueError, TypeError) as problem:
        raise _bad(path, "it holds no key") from problem
    if not isinstance(key, Ed25519PrivateKey):
        raise _bad(path, "it holds no Ed25519 key")
    return Signer(key.private_bytes_raw())


def _read(path: Path) -> bytes | None:
    """The file's bytes; None when there is none."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
                raise _bad(path, "others may read it", hint=f"chmod 600 {path}")
            return file.read(1 << 16)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise _bad(path, problem.strerror or "it cannot be read") from problem


def _made(path: Path) -> bytes | None:
    """A new key's file, whole and durable; None when another process made one at the same time."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    text = _pem(Ed25519PrivateKey.generate())
    with told_as_cannot_write(str(path)):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return text if create_private(path, text) else None


def _pem(key: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _bad(path: Path, why: str, hint: str | None = None) -> BadInput:
    return BadInput(f"Cannot sign with {path}: {why}.", hint=hint, file=str(path))
