"""Signing in and out: setup, register, login, refresh, logout.

A browser's refresh token is in a cookie that no script can read and no other site can send; a script asks for
it in the answer instead (``refreshIn: "body"``). A second cookie, which scripts can read, says only that the
first is there: a page need not ask on behalf of somebody who never signed in.
"""

from __future__ import annotations

import contextlib
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import Field

from lookalike.errors import Forbidden, NotFound, NotSignedIn, WrongState
from lookalike.service.auth import Known, KnownPeople
from lookalike.service.openapi import errors
from lookalike.service.people import People, access, sessions
from lookalike.service.people.accounts import LONGEST_LOGIN, login_of
from lookalike.service.people.passwords import LONGEST, SHORTEST
from lookalike.service.people.sessions import Refresh
from lookalike.service.scope import User
from lookalike.service.wire import Body, Shown
from lookalike.settings import Settings
from lookalike.stores.documents import Doc

router = APIRouter(tags=["signing in"])

COOKIE = "lookalike_refresh"
COOKIE_PATH = "/api/auth"
HINT = "lookalike_signed_in"
REGISTERED_ROLE = "editor"
RefreshIn = Annotated[
    Literal["cookie", "body"],
    Field(description="Where the refresh token goes: a cookie, or the answer's body."),
]
Login = Annotated[str, Field(min_length=1, max_length=LONGEST_LOGIN, examples=["ada@example.org"])]
NewLogin = Annotated[Login, Field(pattern=r"^[!-~]+$", description="Printable ASCII, no spaces.")]
Password = Annotated[str, Field(min_length=1, max_length=LONGEST, examples=["correct horse battery staple"])]
FreshPassword = Annotated[Password, Field(min_length=SHORTEST)]
Name = Annotated[str, Field(max_length=200, examples=["Ada"])]


class Credentials(Body):
    login: Login
    password: Password
    refresh_in: RefreshIn = "cookie"


class Newcomer(Body):
    login: NewLogin
    password: FreshPassword
    name: Name = ""
    refresh_in: RefreshIn = "cookie"


class First(Newcomer):
    code: str = Field(min_length=1, max_length=200, description="The code that was printed at start.")


class Code(Body):
    code: str = Field(min_length=1, max_length=200, description="What `lookalike sign-in` printed.")
    refresh_in: RefreshIn = "cookie"


class Refreshing(Body):
    refresh_token: str | None = Field(
        None, max_length=200, description="The refresh token, unless it is in the cookie."
    )
    attempt: str | None = Field(
        None,
        min_length=20,
        max_length=100,
        description="Random letters of your own. The same again within a minute, with the same refresh "
        "token, is the same request again and has the same answer: for when the answer was lost.",
    )


class Leaving(Body):
    everywhere: bool = Field(False, description="End all your sign-ins, on every device.")


class Me(Shown):
    """Who is signed in."""

    id: str
    login: str
    name: str
    role: Literal["viewer", "editor", "admin"]


class SignedIn(Shown):
    """What to send as `Authorization: Bearer`, for how long, and who it is."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105
    expires_in: int = Field(default=access.LIFE_S, description="Seconds.")
    refresh_token: str | None = Field(None, description="Only when it was asked for in the body.")
    user: Me


@router.post("/api/setup", status_code=201, responses=errors(401, 409, 429))
def set_up(request: Request, response: Response, body: First, people: KnownPeople) -> SignedIn:
    """Make the first account, an admin, with the code that was printed when the service was started."""
    people.limits.try_address(request.state.address)
    request.state.tried = True
    if people.accounts.any():
        raise WrongState("This installation is set up already.", hint="Sign in.")
    people.accounts.check(body.login, body.password)
    people.setup.use(body.code)
    account = people.accounts.create(body.login, body.password, "admin", body.name)
    return signed_in(request, response, people, account, body.refresh_in)


@router.post("/api/auth/register", status_code=201, responses=errors(403, 409, 429))
def register(request: Request, response: Response, body: Newcomer, people: KnownPeople) -> SignedIn:
    """Make an account of your own, where the installation allows it."""
    settings: Settings = request.app.state.settings
    if not settings.registration:
        raise Forbidden("Accounts are made by administrators here.", hint="Ask one for an account.")
    people.limits.try_address(request.state.address)
    request.state.tried = True
    account = people.accounts.create(body.login, body.password, REGISTERED_ROLE, body.name)
    return signed_in(request, response, people, account, body.refresh_in)


@router.post("/api/auth/login", responses=errors(401, 429))
def login(request: Request, response: Response, body: Credentials, people: KnownPeople) -> SignedIn:
    """Sign in. Five wrong tries at an account, twenty from an address, and it waits a quarter of an hour."""
    who, address = login_of(body.login), request.state.address
    people.limits.try_address(address)
    people.limits.try_account(who)
    request.state.tried = True
    account = people.accounts.proven(who, body.password)
    people.limits.proven(who, address)
    return signed_in(request, response, people, account, body.refresh_in)


@router.post("/api/auth/code", responses=errors(401, 429))
def use_code(request: Request, response: Response, body: Code, people: KnownPeople) -> SignedIn:
    """Sign in by an address that was made on the machine itself, with `lookalike sign-in`. It works once."""
    people.limits.try_address(request.state.address)
    request.state.tried = True
    account = people.account(people.once.use(body.code))
    return signed_in(request, response, people, account, body.refresh_in)


@router.post("/api/auth/refresh", responses=errors(401))
def refresh(
    request: Request, response: Response, people: KnownPeople, body: Refreshing | None = None
) -> SignedIn:
    """Go on: a new access token, and the next refresh token. Each is good once; used twice, all are over."""
    given = body.refresh_token if body else None
    token = given or _cookie(request)
    refreshed = people.sessions.refresh(token, request.state.arrived_s, body.attempt if body else None)
    account = people.account(refreshed.session["user"])
    made = people.access_for(account, refreshed.session)
    # told to whoever waits at the edge: the answer is on its way from then on
    request.state.on_answer = lambda: people.sessions.answered(token)
    return _shown(request, response, account, refreshed, made, "cookie" if given is None else "body")


@router.post("/api/auth/logout", status_code=204, responses=errors(401, 403))
def logout(
    request: Request, user: Known, response: Response, people: KnownPeople, body: Leaving | None = None
) -> None:
    """End this sign-in, or all of yours, at once. Sent with a personal access token: revoke it."""
    if user.session is None:
        _revoke(request, people, user, everywhere=body is not None and body.everywhere)
        return
    if body and body.everywhere:
        people.end_all(user.id)
    else:
        people.sessions.end(user.session)
    _drop_cookie(response)


def _revoke(request: Request, people: People, user: User, *, everywhere: bool) -> None:
    """Whoever has a token may make it worthless, and nothing more."""
    if everywhere or user.token is None:
        raise Forbidden("A token has no sign-ins to end.", hint="Sign in with your password.")
    request.state.objects = [user.token]
    # one that was revoked a moment ago is what was wanted
    with contextlib.suppress(NotFound):
        people.tokens.revoke(user.id, user.token)


def signed_in(
    request: Request, response: Response, people: KnownPeople, account: Doc, refresh_in: RefreshIn
) -> SignedIn:
    started = people.sessions.start(account["id"], account["epoch"])
    made = people.access_for(account, started.session)
    request.state.objects = [account["id"]]
    return _shown(request, response, account, started, made, refresh_in)


def _shown(
    request: Request, response: Response, account: Doc, refresh: Refresh, made: str, refresh_in: RefreshIn
) -> SignedIn:
    if refresh_in == "cookie":
        response.set_cookie(
            COOKIE,
            refresh.token,
            max_age=sessions.LIFE_S,
            path=COOKIE_PATH,
            secure=request.state.secure,
            httponly=True,
            samesite="strict",
        )
        response.set_cookie(
            HINT, "yes", max_age=sessions.LIFE_S, path="/", secure=request.state.secure, samesite="strict"
        )
    me = Me(id=account["id"], login=account["login"], name=account["name"], role=account["role"])
    token = refresh.token if refresh_in == "body" else None
    return SignedIn(access_token=made, refresh_token=token, user=me)


def _cookie(request: Request) -> str:
    """The refresh token in the cookie; `NotSignedIn` without one, or when another site's page sends it."""
    token = request.cookies.get(COOKIE)
    if token is None:
        raise NotSignedIn("There is no sign-in to go on with.", hint="Sign in.")
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site not in ("same-origin", "none") or (
        origin and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise NotSignedIn("Another site's page may not use this sign-in.", hint="Sign in.")
    return token


def _drop_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, path=COOKIE_PATH, httponly=True, samesite="strict")
    response.delete_cookie(HINT, path="/", samesite="strict")
