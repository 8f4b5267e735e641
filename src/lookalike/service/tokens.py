"""Personal access tokens, for scripts."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from lookalike.errors import Forbidden
from lookalike.service.auth import KnownPeople, Signing
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.openapi import errors
from lookalike.service.scope import ROLES
from lookalike.service.wire import Body, Page, PageAsked, Shown, Time, sealed_cursor
from lookalike.stores.documents import Doc, cursor

router = APIRouter(tags=["tokens"])

TokenScope = Literal["read", "write", "admin", "engine"]
LEAST_ROLE = {"read": "viewer", "write": "editor", "engine": "editor", "admin": "admin"}
DAY_S = 24 * 3600


class NewToken(Body):
    name: str = Field(min_length=1, max_length=200, examples=["nightly export"])
    scopes: list[TokenScope] = Field(
        min_length=1,
        max_length=4,
        description="`read`, `write` (also changes), `engine` (POST /api/generate_data), `admin`.",
        examples=[["read", "write"]],
    )
    days: int | None = Field(
        None, ge=1, le=3650, description="How long it is good for; for ever if not said."
    )


class Token(Shown):
    """A token as it is listed: never the token itself."""

    id: str
    name: str
    scopes: list[TokenScope]
    created_at: Time
    expires_at: Time | None
    used_at: Time | None = Field(description="To the hour.")


class MadeToken(Token):
    token: str = Field(
        description="The token. It is shown this once, and to the same request sent again under its "
        "`Idempotency-Key`; only its hash is kept."
    )


@router.post("/api/tokens", status_code=201, responses=errors(409))
def create_token(
    request: Request,
    scope: Signing,
    body: NewToken,
    people: KnownPeople,
    idempotency_key: IdempotencyKey = None,
) -> MadeToken:
    """Make a token for a script. It can do what its scopes and your role allow, until you delete it."""
    user = scope.user
    for wanted in body.scopes:
        if ROLES.index(user.role) < ROLES.index(LEAST_ROLE[wanted]):
            raise Forbidden(f"A {user.role} cannot give the scope {wanted!r}.", hint="Leave it out.")
    life_s = None if body.days is None else body.days * DAY_S
    doc, token = people.tokens.create(user.id, body.name, body.scopes, life_s, idempotency_key)
    request.state.objects = [doc["id"]]
    return MadeToken(**_fields(doc), token=token)


@router.get("/api/tokens")
def list_tokens(scope: Signing, people: KnownPeople, asked: Annotated[PageAsked, Query()]) -> Page[Token]:
    """Your tokens, the newest first."""
    docs = people.tokens.find(scope.user.id, asked.cursor(), asked.limit + 1)
    last = docs[asked.limit - 1] if len(docs) > asked.limit else None
    return Page(
        items=[Token(**_fields(doc)) for doc in docs[: asked.limit]],
        next=None if last is None else sealed_cursor(cursor(last, "-id")),
        total=people.tokens.count(scope.user.id),
    )


@router.delete("/api/tokens/{id}", status_code=204)
def delete_token(id: str, scope: Signing, people: KnownPeople) -> None:  # noqa: A002
    """Revoke a token, at once."""
    people.tokens.revoke(scope.user.id, id)


def _fields(doc: Doc) -> Doc:
    times = {f"{name}_at": doc[f"{name}_us"] for name in ("created", "expires", "used")}
    return {"id": doc["id"], "name": doc["name"], "scopes": doc["scopes"], **times}
