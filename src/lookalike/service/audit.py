"""The audit trail, for admins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from lookalike.service.auth import ADMIN, KnownPeople
from lookalike.service.wire import Page, PageAsked, Shown, Time, sealed_cursor
from lookalike.stores.documents import Doc, Test, cursor

router = APIRouter(tags=["audit"], dependencies=[ADMIN])

Id = Annotated[str | None, Field(max_length=100)]


class AuditAsked(PageAsked):
    actor: Id = Field(None, description="The id of a user.")
    action: Id = Field(None, description="The `operationId` of a route.")
    object: Id = Field(None, description="The id of the object that was changed.")


class Entry(Shown):
    """Who did what to which object, when, and how it ended."""

    id: str
    at: Time
    action: str = Field(description="The `operationId` of the route.", examples=["deleteDataset"])
    actor: str | None = Field(description="The id of a user; null when nobody was signed in.")
    object: str | None
    objects: list[str] = Field(description="All objects that it was about, the first included.")
    status: int = Field(description="The HTTP status that it ended in.")
    address: str
    request_id: str | None
    token_id: str | None = Field(description="The personal access token that it was done by, if it was.")


@router.get("/api/audit")
def list_audit(people: KnownPeople, asked: Annotated[AuditAsked, Query()]) -> Page[Entry]:
    """What was done, the newest first: every change by somebody, every try to sign in, every download."""
    wanted = {"actor": asked.actor, "action": asked.action, "object": asked.object}
    where: dict[str, Test] = {name: value for name, value in wanted.items() if value is not None}
    docs = people.trail.find(where, asked.cursor(), asked.limit + 1)
    last = docs[asked.limit - 1] if len(docs) > asked.limit else None
    return Page(
        items=[_entry(doc) for doc in docs[: asked.limit]],
        next=None if last is None else sealed_cursor(cursor(last, "-id")),
        total=people.trail.count(where),
    )


def _entry(doc: Doc) -> Entry:
    same = {name: doc[name] for name in ("id", "action", "actor", "object", "objects", "status", "address")}
    return Entry(**same, at=doc["at_us"], request_id=doc["request"], token_id=doc["token"])
