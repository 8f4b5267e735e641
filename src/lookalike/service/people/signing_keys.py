"""The keys that sign access tokens: Ed25519, each under an id (``kid``); the newest signs, older ones verify.

A key's seed is the 32 random bytes that `lookalike.stores.keys.Keys` keeps for its id, so it is wrapped by
the master key, like everything else that must stay secret, and rotating master keys re-wraps it too.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lookalike import ids
from lookalike.clock import Clock
from lookalike.errors import Damaged, NotFound
from lookalike.stores.documents import Documents
from lookalike.stores.keys import Keys

if TYPE_CHECKING:
    from joserfc.jwk import OKPKey

PREFIX = "sign"
REMEMBER_S = 1.0
"""How long a process goes on with a key that another one has dropped."""
ROTATE_US = 30 * 24 * 3600 * 1_000_000
"""A key that is older signs nothing more; by then a new one is made."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """``key`` signs and verifies under ``id``."""

    id: str
    key: OKPKey


class SigningKeys:
    """The signing keys in ``documents``, their seeds in ``keys``. Safe to use from many threads."""

    def __init__(self, documents: Documents, keys: Keys, clock: Clock) -> None:
        self._documents = documents
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, SigningKey]] = {}

    def current(self) -> SigningKey:
        """The key to sign with: the newest, made now when there is none or it is a month old."""
        newest = self._documents.find("signing_key", {}, order="-id", limit=1)
        if not newest or self._clock.now_us() - newest[0]["created_us"] > ROTATE_US:
            return self.rotate()
        found = self.find(newest[0]["id"])
        return self.rotate() if found is None else found

    def find(self, kid: object) -> SigningKey | None:
        """The key under an id that a stranger may have made up; None when there is none."""
        if not isinstance(kid, str) or not ids.is_id(kid, PREFIX):
            return None
        now = self._clock.monotonic()
        with self._lock:
            at, known = self._known.get(kid, (0.0, None))
            if known is not None and now - at < REMEMBER_S:
                return known
            self._known.pop(kid, None)
        if self._documents.get("signing_key", kid) is None:
            return None
        try:
            made = SigningKey(kid, _key_of(self._keys.key(kid)))
        except NotFound:
            return None
        with self._lock:
            self._known[kid] = (now, made)
        return made

    def rotate(self, *, drop: bool = False) -> SigningKey:
        """A new key, by which all sign from now on. ``drop``: what older ones signed is refused in 1 s."""
        kid = ids.new(PREFIX, self._clock)
        self._keys.create(kid)
        self._documents.create("signing_key", [{"id": kid, "created_us": self._clock.now_us()}])
        if drop:
            older = [
                doc["id"] for doc in self._documents.find("signing_key", {}, limit=1000) if doc["id"] != kid
            ]
            for old in older:
                self._documents.delete("signing_key", {"id": old})
            self._keys.destroy(older)
        made = self.find(kid)
        if made is None:
            raise Damaged("The signing key that was made just now is not there.")
        return made


def _key_of(seed: bytes) -> OKPKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from joserfc.jwk import OKPKey

    return OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))
