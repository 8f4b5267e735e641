"""Users, for admins: list, make, change, delete."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from lookalike.service.auth import ADMIN, Administering, KnownPeople
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.openapi import errors
from lookalike.service.people import People
from lookalike.service.people.accounts import login_of
from lookalike.service.scope import Role
from lookalike.service.sign_in import FreshPassword, Name, NewLogin
from lookalike.service.wire import Body, Page, PageAsked, Shown, Time, sealed_cursor
from lookalike.stores.documents import Doc, Test, cursor

_BATCH = 500
router = APIRouter(tags=["users"], dependencies=[ADMIN])


class NewUser(Body):
    login: NewLogin
    password: FreshPassword
    role: Role = Field(examples=["editor"])
    name: Name = ""


class ChangedUser(Body):
    role: Role | None = None
    name: Name | None = None
    password: FreshPassword | None = Field(
        None, description="A new password; all sign-ins of the user are over."
    )


class UsersAsked(PageAsked):
    role: Role | None = Field(None, description="Those in this role.")
    login: str | None = Field(None, max_length=200, description="The whole login.")
    search: str | None = Field(
        None, min_length=1, max_length=200, description="A part of the login or of the name."
    )


class Listed(Shown):
    """A user as admins see them."""

    id: str
    login: str
    name: str
    role: Role
    created_at: Time


@router.get("/api/users")
def list_users(people: KnownPeople, asked: Annotated[UsersAsked, Query()]) -> Page[Listed]:
    """All users, in the order in which they came."""
    where: dict[str, Test] = {}
    if asked.role is not None:
        where["role"] = asked.role
    if asked.login is not None:
        where["login"] = login_of(asked.login)
    if asked.search is None:
        docs = people.accounts.find(where, asked.cursor(), asked.limit + 1)
        total = people.accounts.count(where)
    else:
        docs, total = _searched(people, where, asked, asked.search.casefold())
    last = docs[asked.limit - 1] if len(docs) > asked.limit else None
    return Page(
        items=[_listed(doc) for doc in docs[: asked.limit]],
        next=None if last is None else sealed_cursor(cursor(last)),
        total=total,
    )


def _searched(
    people: People, where: dict[str, Test], asked: UsersAsked, letters: str
) -> tuple[list[Doc], int]:
    """A page of the users that have these letters in their login or name, and how many there are in all.

    Every user is looked at: there are as many as people, not as rows.
    """
    after = asked.cursor()
    found: list[Doc] = []
    total, at, page = 0, None, people.accounts.find(where, None, _BATCH)
    while page:
        for doc in page:
            if letters in doc["login"].casefold() or letters in doc["name"].casefold():
                total += 1
                if len(found) <= asked.limit and (after is None or cursor(doc) > after):
                    found.append(doc)
        at = cursor(page[-1])
        page = people.accounts.find(where, at, _BATCH)
    return found, total


@router.post("/api/users", status_code=201, responses=errors(409))
def create_user(
    request: Request,
    scope: Administering,
    people: KnownPeople,
    body: NewUser,
    idempotency_key: IdempotencyKey = None,
) -> Listed:
    """Make an account for somebody. Sent again under its `Idempotency-Key`, the same account is answered."""
    idem = None if idempotency_key is None else people.repeats.mark(scope.user.id, idempotency_key)
    account = people.accounts.create(body.login, body.password, body.role, body.name, idem=idem)
    request.state.objects = [account["id"]]
    return _listed(account)


@router.get("/api/users/{id}")
def get_user(id: str, people: KnownPeople) -> Listed:  # noqa: A002
    """One user."""
    return _listed(people.accounts.get(id))


@router.patch("/api/users/{id}", responses=errors(409))
def patch_user(id: str, people: KnownPeople, body: ChangedUser) -> Listed:  # noqa: A002
    """Change a user's role, name or password. The role holds from their next request on."""
    people.accounts.get(id)
    if body.role is not None:
        people.accounts.set_role(id, body.role)
    if body.name is not None:
        people.accounts.change(id, name=body.name)
    if body.password is not None:
        people.accounts.set_password(id, body.password)
        people.sessions.end_all(id)
    return _listed(people.accounts.get(id))


@router.delete("/api/users/{id}", status_code=204, responses=errors(409))
def delete_user(request: Request, id: str, people: KnownPeople) -> None:  # noqa: A002
    """Delete a user, their sign-ins and tokens, and all that is theirs. The last admin stays."""
    people.accounts.check_may_go(id)
    people.end_all(id)
    for purge in request.app.state.purges:
        purge(id)
    people.delete(id)
    # what a request of theirs made that was on its way when their sign-ins were ended
    for purge in request.app.state.purges:
        purge(id)


def _listed(doc: Doc) -> Listed:
    return Listed(
        id=doc["id"], login=doc["login"], name=doc["name"], role=doc["role"], created_at=doc["created_us"]
    )
