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
from lookalike.service.people.repeats import Repeats, another_request
from lookalike.stores.documents import Doc, Documents

PREFIX = "tok"
MARK = "lkp_"
MOST = 100
"""Tokens of one user."""
USED_EVERY_US = 3600 * 1_000_000
"""So exactly it is known when a token was used last."""


class Tokens:
    """The personal access tokens in ``documents``."""

    def __init__(self, documents: Documents, clock: Clock, repeats: Repeats) -> None:
        self._documents = documents
        self._clock = clock
        self._repeats = repeats

    def create(
        self, user_id: str, name: str, scopes: Sequence[str], life_s: int | None, key: str | None = None
    ) -> tuple[Doc, str]:
        """The new token's document, and the token itself, which is known to nobody from then on.

        key: the sender's word for this one request. Sent again, both are those of the first time, as long as
        the token is not revoked; `WrongState` for another request under the same word.
        """
        idem = None if key is None else self._repeats.mark(user_id, key)
        if key is not None and (first := self._made_under(idem)) is not None:
            return self._again(first, name, scopes, life_s, key)
        if self._documents.count("token", {"user": user_id}) >= MOST:
            raise WrongState(f"You have {MOST} tokens.", hint="Delete those that are not used any more.")
        id_, now_us = ids.new(PREFIX, self._clock), self._clock.now_us()
        secret = secrets.token_urlsafe(32) if key is None else self._repeats.secret(key, id_)
        doc: Doc = {
            "id": id_,
            "user": user_id,
            "name": name,
            "scopes": sorted(set(scopes)),
            "hash": _hash(secret),
            "created_us": now_us,
            "expires_us": None if life_s is None else now_us + life_s * 1_000_000,
            "used_us": None,
            "idem": idem,
        }
        if not self._documents.create("token", [doc])[0]:
            # sent twice at once: the other one was faster
            first = None if key is None else self._made_under(idem)
            if key is None or first is None:
                raise WrongState("A token with this key has just been deleted.", hint="Try again.")
            return self._again(first, name, scopes, life_s, key)
        return doc, _spelled(id_, secret)

    def _made_under(self, idem: str | None) -> Doc | None:
        return next(iter(self._documents.find("token", {"idem": idem}, limit=1)), None)

    def _again(
        self, first: Doc, name: str, scopes: Sequence[str], life_s: int | None, key: str
    ) -> tuple[Doc, str]:
        over_us = first["expires_us"]
        lived_s = None if over_us is None else (over_us - first["created_us"]) // 1_000_000
        if (first["name"], first["scopes"], lived_s) != (name, sorted(set(scopes)), life_s):
            raise another_request()
        return first, _spelled(first["id"], self._repeats.secret(key, first["id"]))

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


def _spelled(id_: str, secret: str) -> str:
    return f"{MARK}{id_.partition('_')[2]}.{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
