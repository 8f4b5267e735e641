"""Who I am, and my password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.service.auth import KnownPeople, Reading, Signing
from lookalike.service.openapi import errors
from lookalike.service.people.accounts import login_of
from lookalike.service.sign_in import FreshPassword, Me, Password, RefreshIn, SignedIn, signed_in
from lookalike.service.wire import Body

router = APIRouter(tags=["me"])


class NewPassword(Body):
    current: Password
    new: FreshPassword
    refresh_in: RefreshIn = "cookie"


@router.get("/api/me")
def get_me(scope: Reading) -> Me:
    """Who is signed in."""
    user = scope.user
    return Me(id=user.id, login=user.login, name=user.name, role=user.role)


@router.put("/api/me/password", responses=errors(401, 403))
def put_password(
    request: Request, response: Response, scope: Signing, body: NewPassword, people: KnownPeople
) -> SignedIn:
    """Set a new password. All your sign-ins are over, but the one in the answer."""
    who = login_of(scope.user.login)
    people.limits.try_account(who)
    people.accounts.proven(who, body.current)
    account = people.accounts.set_password(scope.user.id, body.new)
    people.sessions.end_all(scope.user.id)
    return signed_in(request, response, people, account, body.refresh_in)
