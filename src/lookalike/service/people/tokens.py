"""Personal access tokens: for scripts, named, limited to scopes, revocable; only their hashes are kept.

A token is ``lkp_`` and its id, a dot, 32 random bytes: a scanner for secrets can find it in a repository.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from lookalike import ids
from lookalike.clock import Clock
from lookalike.errors import NotFound, NotSignedIn, WrongState
from lookalike.stores.documents import Doc, Documents

PREFIX = "tok"
MARK = "lkp_"
MOST = 100
"""Tokens of one user."""
USED_EVERY_US = 3600 * 1_000_000
"""So exactly it is known when a token was used last."""


class Tokens:
    """The personal access tokens in ``documents``."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def create(self, user_id: str, name: str, scopes: Sequence[str], life_s: int | None) -> tuple[Doc, str]:
        """The new token's document, and the token itself, which is known to nobody from then on."""
        if self._documents.count("token", {"user": user_id}) >= MOST:
            raise WrongState(f"You have {MOST} tokens.", hint="Delete those that are not used any more.")
        secret, now_us = secrets.token_urlsafe(32), self._clock.now_us()
        doc: Doc = {
            "id": ids.new(PREFIX, self._clock),
            "user": user_id,
            "name": name,
            "scopes": sorted(set(scopes)),
            "hash": _hash(secret),
            "created_us": now_us,
            "expires_us": None if life_s is None else now_us + life_s * 1_000_000,
            "used_us": None,
        }
        self._documents.create("token", [doc])
        return doc, f"{MARK}{doc['id'].partition('_')[2]}.{secret}"

    def open(self, token: str) -> Doc:
        """The document of a token; `NotSignedIn` when it was revoked, is over, or was made up."""
        name, _, secret = token[len(MARK) :].partition(".")
        id_ = f"{PREFIX}_{name}"
        doc = self._documents.get("token", id_) if ids.is_id(id_, PREFIX) else None
        if doc is None or not hmac.compare_digest(doc["hash"], _hash(secret)):
            raise NotSignedIn("This token is not one that is valid.", hint="Make a new one.")
        now_us = self._clock.now_us()
        if doc["expires_us"] is not None and doc["expires_us"] <= now_us:
            raise NotSignedIn("This token is over.", hint="Make a new one.")
        if doc["used_us"] is None or now_us - doc["used_us"] > USED_EVERY_US:
            self._documents.update_one("token", {"id": id_}, {"used_us": now_us})
        return doc

    def find(self, user_id: str, after: str | None, limit: int) -> list[Doc]:
        return self._documents.find("token", {"user": user_id}, order="-id", after=after, limit=limit)

    def count(self, user_id: str) -> int:
        return self._documents.count("token", {"user": user_id})

    def revoke(self, user_id: str, id: str) -> None:  # noqa: A002
        """Revoke a user's token, at once; `NotFound` when they have no such one."""
        if not self._documents.delete("token", {"id": id, "user": user_id}):
            raise NotFound("There is no such token.")

    def revoke_all(self, user_id: str) -> None:
        self._documents.delete("token", {"user": user_id})


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
