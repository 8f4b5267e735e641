"""A create that is sent twice under one word, the ``Idempotency-Key``, is done once, and answered the same.

That holds for tokens, too, whose secret is kept nowhere: under a key of their sender's it is not drawn by lot
but is a pure function of that key, of the token's id, and of a secret of this installation. Neither who reads
the database (only hashes of the key and of the token are in it) nor who knows the key alone can work it out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from lookalike.errors import WrongState
from lookalike.stores.keys import Keys

OWNER = "repeats"
"""Under this id `Keys` has the installation's secret, wrapped by the master key."""


class Repeats:
    """What tells a repetition from another request. A word is its sender's own: others' never meet it."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def mark(self, user_id: str, key: str) -> str:
        """What a document is found by that was made under this word; the word is not to be had from it."""
        return f"{user_id} {hashlib.sha256(key.encode()).hexdigest()}"

    def secret(self, key: str, token_id: str) -> str:
        """The secret of a token that is made under this word: 43 characters, 256 bits."""
        return base64.urlsafe_b64encode(self._keyed("secret", token_id, key)).decode().rstrip("=")

    def fingerprint(self, key: str, asked: Any) -> str:
        """Of what was asked for: another request under this word has another one. It tells nothing else."""
        return self._keyed("body", key, json.dumps(asked, sort_keys=True)).hex()

    def _keyed(self, *parts: str) -> bytes:
        self._keys.create(OWNER)
        # as JSON, so that no two lists of parts are the same bytes
        return hmac.digest(self._keys.key(OWNER), json.dumps(parts).encode(), "sha256")


def another_request() -> WrongState:
    """What is said of a word that came with something else before."""
    return WrongState(
        "This idempotency key was used for another request.",
        hint="Use a new key for every new request, and the same one only to send it again.",
    )
