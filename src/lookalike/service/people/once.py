"""Addresses that sign somebody in once, without a password: made on the machine itself, good for minutes.

Whoever can make one can read the data folder, and so could do anything anyway. It is how an admin who forgot
their password comes in again, and how a demonstration hands over its address.
"""

from __future__ import annotations

import hashlib
import secrets

from lookalike.clock import Clock
from lookalike.errors import NotSignedIn
from lookalike.stores.documents import Documents, Lt

LIFE_S = 10 * 60


class Once:
    """The codes in ``documents``, by their hashes."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def new_code(self, user_id: str) -> str:
        """A code that signs this user in, once, within `LIFE_S` seconds."""
        code = secrets.token_urlsafe(24)
        expires_us = self._clock.now_us() + LIFE_S * 1_000_000
        doc = {"id": _id(code), "state": "open", "user": user_id, "expires_us": expires_us}
        self._documents.create("instance", [doc])
        return code

    def use(self, code: str) -> str:
        """The id of the user whose code it is; `NotSignedIn` when it was used, is over, or was made up."""
        doc = self._documents.get("instance", _id(code))
        # of two at once, one deletes it
        if doc is None or not self._documents.delete("instance", {"id": doc["id"]}):
            raise NotSignedIn("This code is not valid.", hint="Each is good once; make a new one.")
        if doc["expires_us"] <= self._clock.now_us():
            raise NotSignedIn("This code is over.", hint="Make a new one.")
        return doc["user"]

    def tidy(self) -> int:
        """How many codes were forgotten that nobody used in time."""
        return self._documents.delete("instance", {"expires_us": Lt(self._clock.now_us())})


def _id(code: str) -> str:
    return f"once:{hashlib.sha256(code.encode('utf-8', 'surrogatepass')).hexdigest()}"
