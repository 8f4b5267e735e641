"""The wallet that pays: an RSA key of 4,096 bits in a JWK file, as every Arweave wallet exports it.

The key is in no message, no log and no ``repr``. Signatures are RSA-PSS over SHA-256 with a salt of 32 bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookalike.errors import BadInput, UsageError
from lookalike.publish.arweave_hash import b64
from lookalike.tables.atomic import create_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

KEY_BYTES = 512
EXPONENT = 65537

_SALT_BYTES = 32
_MOST_FILE_BYTES = 1 << 16
_PARTS = ("n", "e", "d", "p", "q", "dp", "dq", "qi")


class Wallet:
    """Signs. owner: the modulus, 512 bytes, which is the public key; address: 43 characters."""

    def __init__(self, key: RSAPrivateKey) -> None:
        numbers = key.public_key().public_numbers()
        if key.key_size != 8 * KEY_BYTES or numbers.e != EXPONENT:
            raise BadInput("An Arweave wallet is an RSA key of 4,096 bits with the exponent 65,537.")
        self._key = key
        self.owner = numbers.n.to_bytes(KEY_BYTES, "big")
        self.address = address_of(self.owner)

    def __repr__(self) -> str:
        return f"<Wallet {self.address}>"

    def sign(self, message: bytes, *, salt_bytes: int = _SALT_BYTES) -> bytes:
        """512 bytes; others each time, unless the salt is of 0 bytes."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding

        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=salt_bytes)
        return self._key.sign(message, pss, hashes.SHA256())


def address_of(owner: bytes) -> str:
    """The address of the wallet with this public key."""
    return b64(hashlib.sha256(owner).digest())


def signed_by(owner: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key ``owner`` signed ``message``, with a salt of any length, as the network takes it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    modulus = int.from_bytes(owner, "big")
    if len(owner) != KEY_BYTES or not owner[0] >> 7 or len(signature) != KEY_BYTES:
        return False
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.AUTO)
    try:
        key = rsa.RSAPublicNumbers(EXPONENT, modulus).public_key()
        key.verify(signature, message, pss, hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def read_wallet(path: str | Path) -> Wallet:
    """The wallet in a JWK file.

    `UsageError` when others may read the file (nothing is read then), `BadInput` when it holds no wallet.
    """
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name != "nt" and stat.S_IMODE(mode) & 0o077:
                raise UsageError(
                    f"Others on this machine may read the wallet {name}.",
                    hint=f"Whoever reads it can spend it. Run: chmod 600 {name}",
                    file=name,
                )
            data = file.read(_MOST_FILE_BYTES + 1)
    except OSError as problem:
        raise BadInput(f"Cannot read the wallet {name}: {problem.strerror}.", file=name) from problem
    try:
        return Wallet(_key(json.loads(data)))
    except BadInput as problem:
        raise BadInput(f"{name} is no wallet: {problem}", file=name) from None
    except (ValueError, TypeError, KeyError, RecursionError):
        # not "from problem": what the parser quotes may be the key
        hint = "It is the JSON file that an Arweave wallet exports: an RSA key as JWK."
        raise BadInput(f"{name} is no wallet.", hint=hint, file=name) from None


def write_wallet(wallet: RSAPrivateKey, path: str | Path) -> None:
    """A new JWK file that only its owner may read; `BadInput` when there is one already."""
    private = wallet.private_numbers()
    public = private.public_numbers
    values = (public.n, public.e, private.d, private.p, private.q, private.dmp1, private.dmq1, private.iqmp)
    text = json.dumps(
        {"kty": "RSA", **{part: _spelt(value) for part, value in zip(_PARTS, values, strict=True)}}
    )
    if not create_private(path, text.encode()):
        raise BadInput(f"There is a wallet {path} already.", file=str(path))


def _key(jwk: Any) -> RSAPrivateKey:
    """A key whose parts belong together: that is checked where it is loaded."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    if jwk["kty"] != "RSA":
        raise ValueError
    n, e, d, p, q, dp, dq, qi = (_number(jwk[part]) for part in _PARTS)
    return rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n)).private_key()


def _number(text: str) -> int:
    return int.from_bytes(
        base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True), "big"
    )


def _spelt(number: int) -> str:
    return b64(number.to_bytes((number.bit_length() + 7) // 8, "big"))
