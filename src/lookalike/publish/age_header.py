"""The header of an age file: who can open it, and that nobody changed that (https://c2sp.org/age, "Header").

age-encryption.org/v1
-> X25519 EPHEMERAL SHARE          one such stanza for each recipient; other kinds are passed over
WRAPPED FILE KEY
--- HMAC-SHA256 OF ALL BEFORE
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lookalike.errors import BadInput, Damaged
from lookalike.publish.age_keys import KEY_BYTES, Identity, recipient_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

FILE_KEY_BYTES = 16
INTRO = b"age-encryption.org/v1\n"

_KIND = b"X25519"
_ALONE = b"scrypt"  # never together with others: it would say whose they are
_INFO = b"age-encryption.org/v1/X25519"
_WRAPPED_BYTES = FILE_KEY_BYTES + 16
_LINE = 64
_MOST_BYTES = 1 << 20
_ARGUMENTS = re.compile(rb"-> ([\x21-\x7e]+(?: [\x21-\x7e]+)*)\n")
_END = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")


@dataclass(frozen=True, slots=True)
class Stanza:
    arguments: tuple[bytes, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """stanzas; authenticated: the bytes that the MAC is over; size_bytes: of all of it."""

    stanzas: tuple[Stanza, ...]
    authenticated: bytes
    mac: bytes
    size_bytes: int


def header_for(recipient: str, file_key: bytes) -> bytes:
    """A header by which only ``recipient`` finds ``file_key``."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    public, ephemeral = recipient_key(recipient), X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    wrapped = _wrapping(_shared(ephemeral, public), share, public).encrypt(bytes(12), file_key, None)
    head = INTRO + b"-> %s %s\n%s\n---" % (_KIND, _b64(share), _b64(wrapped))
    return head + b" " + _b64(_mac(file_key, head)) + b"\n"


def file_key_of(header: Header, identity: Identity) -> bytes:
    """The file key; `BadInput` when none of it is for this identity, `Damaged` when it was changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    own = X25519PrivateKey.from_private_bytes(identity.secret)
    kinds = [stanza.arguments[0] for stanza in header.stanzas]
    if _ALONE in kinds and len(kinds) > 1:
        raise _bad("it is for a passphrase and for others")
    file_key = None
    for stanza in header.stanzas:
        if stanza.arguments[0] != _KIND:
            continue
        share = _unb64(stanza.arguments[1]) if len(stanza.arguments) == 2 else None
        if share is None or len(share) != KEY_BYTES or len(stanza.body) != _WRAPPED_BYTES:
            raise _bad("a recipient is misspelled")
        cipher = _wrapping(_shared(own, share), share, identity.public)
        with contextlib.suppress(InvalidTag):
            file_key = file_key or cipher.decrypt(bytes(12), stanza.body, None)
    if file_key is None:
        raise BadInput("The file is encrypted to others.", hint="It takes the key that was made with it.")
    if not hmac.compare_digest(_mac(file_key, header.authenticated), header.mac):
        raise Damaged("The header of the age file was changed.", hint="Fetch the file again.")
    return file_key


def parse(data: bytes) -> Header | None:
    """The header at the beginning of ``data``; None while there are too few bytes to tell; `BadInput`."""
    if not data.startswith(INTRO[: len(data)]):
        raise _bad("it does not begin as one")
    at, stanzas = len(INTRO), list[Stanza]()
    while True:
        line_end = data.find(b"\n", at) + 1
        if not line_end:
            if len(data) > _MOST_BYTES:
                raise _bad("its header has no end")
            return None
        line = data[at:line_end]
        if end := _END.fullmatch(line):
            mac = _unb64(end[1])
            if mac is None or not stanzas:
                raise _bad("its header ends wrongly")
            return Header(tuple(stanzas), data[: at + 3], mac, line_end)
        if not (arguments := _ARGUMENTS.fullmatch(line)):
            raise _bad("its header is misspelled")
        body, at = _body(data, line_end)
        if body is None:
            if len(data) > _MOST_BYTES:
                raise _bad("its header has no end")
            return None
        stanzas.append(Stanza(tuple(arguments[1].split(b" ")), body))


def derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    """32 bytes of HKDF-SHA256."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def _body(data: bytes, at: int) -> tuple[bytes | None, int]:
    """(a stanza's body, where the next line begins); None when it is not all there."""
    parts = list[bytes]()
    while line_end := data.find(b"\n", at) + 1:
        line, at = data[at : line_end - 1], line_end
        parts.append(line)
        if len(line) < _LINE:
            body = _unb64(b"".join(parts))
            if body is None:
                raise _bad("a recipient is misspelled")
            return body, at
        if len(line) > _LINE:
            raise _bad("a line is too long")
    return None, at


def _shared(own: X25519PrivateKey, public: bytes) -> bytes:
    """What both sides compute; `BadInput` for a point that gives everybody the same."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    try:
        return own.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as problem:
        raise _bad("a recipient is a point of low order") from problem


def _wrapping(shared: bytes, share: bytes, public: bytes) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(derived(shared, share + public, _INFO))


def _mac(file_key: bytes, authenticated: bytes) -> bytes:
    return hmac.digest(derived(file_key, b"", b"header"), authenticated, "sha256")


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _unb64(text: bytes) -> bytes | None:
    """None for any other spelling than that of `_b64`."""
    with contextlib.suppress(ValueError):
        data = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
        if _b64(data) == text:
            return data
    return None


def _bad(why: str) -> BadInput:
    return BadInput(f"That is no file of age: {why}.", hint="It begins with age-encryption.org/v1.")
