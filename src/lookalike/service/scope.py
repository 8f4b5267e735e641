"""`Scope`: the only way by which routes read documents, so that nobody is shown what is not theirs.

An object belongs to its ``owner``, who may share it, read-only, with other users. What a user may neither own
nor read does not exist for them: `NotFound`, whether it is there or not, and for admins too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lookalike.errors import Forbidden, NotFound
from lookalike.service.backends import Backends
from lookalike.service.wire import sealed_cursor
from lookalike.stores.documents import Doc, In, Json, Test, cursor

Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "editor", "admin")
"""Each may do what those before it may."""

Reach = Literal["read", "write", "admin", "engine"]
"""What a token is for. A sign-in reaches as far as its user's role."""

MOST_SHARED = 1000


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. reach: what the token allows of what the role allows. token, session: by which they came."""

    id: str
    login: str
    name: str
    role: Role
    reach: frozenset[Reach]
    session: str | None = None
    token: str | None = None

    def need(self, role: Role, reach: Reach) -> None:
        """`Forbidden` without the role, or with a token that was not made for this."""
        if ROLES.index(self.role) < ROLES.index(role):
            raise Forbidden(
                f"This needs the role {role!r}; yours is {self.role!r}.", hint="Ask an administrator."
            )
        if reach not in self.reach:
            hint = "Make a token with that scope, or sign in."
            raise Forbidden(f"This token does not have the scope {reach!r}.", hint=hint)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of a list: its documents, what `Page.next` is, and how many there are in all parts."""

    docs: list[Doc]
    next: str | None
    total: int


class Scope:
    """What ``user`` may see and do. ``trace`` is what jobs that they start carry on."""

    def __init__(self, user: User, backends: Backends, trace: str | None = None) -> None:
        self.user = user
        self.backends = backends
        self.trace = trace
        self.touched: list[str] = []
        self.noted = False

    def note(self, *ids: str) -> None:
        """Put this request into the audit trail, with these objects, though it changes nothing."""
        self.noted = True
        self.touched += ids

    def get(self, kind: str, id: str) -> Doc:  # noqa: A002
        """A document that the user owns, or that is shared with them; else `NotFound`."""
        doc = self.backends.documents.get(kind, id)
        if doc is None or not (doc.get("owner") == self.user.id or self._shared(kind, id)):
            raise _unknown(kind)
        self.touched.append(id)
        return doc

    def own(self, kind: str, id: str) -> Doc:  # noqa: A002
        """A document that the user owns; `Forbidden` when it is only shared with them, else `NotFound`."""
        doc = self.get(kind, id)
        if doc["owner"] != self.user.id:
            raise Forbidden("This is shared with you to read, not to change.", hint="Ask its owner.")
        return doc

    def find(
        self,
        kind: str,
        where: Mapping[str, Test] = {},
        *,
        order: str = "-id",
        after: str | None = None,
        limit: int = 50,
        shared: bool = True,
    ) -> Found:
        """A part of all documents that the user owns, or (``shared``) that are shared with them."""
        documents = self.backends.documents
        sources: list[dict[str, Test]] = [{**where, "owner": self.user.id}]
        if shared and (ids := self.shared_ids(kind)):
            sources.append({**where, "id": In(*ids)})
        docs = [
            doc
            for one in sources
            for doc in documents.find(kind, one, order=order, after=after, limit=limit + 1)
        ]
        name = order.removeprefix("-")
        docs.sort(key=lambda doc: _place(doc, name), reverse=order.startswith("-"))
        following = sealed_cursor(cursor(docs[limit - 1], order)) if len(docs) > limit else None
        return Found(docs[:limit], following, sum(documents.count(kind, one) for one in sources))

    def count(self, kind: str, where: Mapping[str, Test] = {}) -> int:
        """How many the user owns."""
        return self.backends.documents.count(kind, {**where, "owner": self.user.id})

    def create(self, kind: str, doc: Doc) -> bool:
        """False when its id or a unique field is taken. The owner is the user, whatever ``doc`` says."""
        self.touched.append(doc["id"])
        return self.backends.documents.create(kind, [{**doc, "owner": self.user.id}])[0]

    def update(
        self,
        kind: str,
        id: str,  # noqa: A002
        set: Mapping[str, Json],  # noqa: A002
        where: Mapping[str, Test] = {},
    ) -> Doc | None:
        """The new state of a document that the user owns; None when it does not pass ``where``."""
        self.own(kind, id)
        assert "owner" not in set  # noqa: S101
        return self.backends.documents.update_one(kind, {**where, "id": id, "owner": self.user.id}, set)

    def delete(self, kind: str, id: str) -> None:  # noqa: A002
        """Delete a document that the user owns, and what says with whom it was shared."""
        self.own(kind, id)
        self.backends.documents.delete(kind, {"id": id, "owner": self.user.id})
        self.backends.documents.delete("share", {"object": id})

    def share(self, kind: str, id: str, user_id: str) -> None:  # noqa: A002
        """Let ``user_id`` read a document that the user owns. Again is fine."""
        self.own(kind, id)
        share: dict[str, Any] = {"kind": kind, "object": id, "owner": self.user.id, "user": user_id}
        self.backends.documents.create("share", [{"id": f"{id}:{user_id}", **share}])

    def unshare(self, kind: str, id: str, user_id: str) -> None:  # noqa: A002
        self.own(kind, id)
        self.backends.documents.delete("share", {"id": f"{id}:{user_id}"})

    def shared_with(self, kind: str, id: str) -> list[str]:  # noqa: A002
        """The ids of the users that may read a document that the user owns."""
        self.own(kind, id)
        return [
            doc["user"] for doc in self.backends.documents.find("share", {"object": id}, limit=MOST_SHARED)
        ]

    def shared_ids(self, kind: str) -> list[str]:
        """The ids of all documents of a kind that others share with the user."""
        shares = self.backends.documents.find(
            "share", {"user": self.user.id, "kind": kind}, order="-id", limit=MOST_SHARED
        )
        return [doc["object"] for doc in shares]

    def _shared(self, kind: str, id: str) -> bool:  # noqa: A002
        share = self.backends.documents.get("share", f"{id}:{self.user.id}")
        return share is not None and share["kind"] == kind


def _unknown(kind: str) -> NotFound:
    return NotFound(f"There is no such {kind}.", hint="It may have been deleted, or belong to somebody else.")


def _place(doc: Doc, name: str) -> tuple[bool, Any, str]:
    """Where a document stands in an order, as `Documents.find` has it: without the field comes first."""
    value = doc["id"] if name == "id" else doc.get(name)
    return (value is not None, value if value is not None else "", doc["id"])
