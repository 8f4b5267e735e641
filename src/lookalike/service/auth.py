"""Who asks, and what for: the dependencies that routes take. Each ends in a `Scope`, or in a refusal.

    @router.get("/api/datasets")
    def list_datasets(scope: Reading) -> Page[Dataset]: ...

    @router.post("/api/datasets")
    def create_dataset(scope: Writing, body: NewDataset) -> Dataset: ...

`Reading`: any role, and a token that may read. `Writing`: editors and admins, and a token that may write.
`Administering`: admins. `Signing`: a person who signed in by themselves, no token. `Serving`: a service's
token, with the scope ``engine``. `Opening`: as `Reading`, or a browser with a pass (`nouns.passes`).
Every method but GET and HEAD counts as a write of its user and stands in the audit trail.

What asks the database is a plain function, which FastAPI runs in a thread; what does not is ``async``, since
the way to a thread and back costs more than the rest of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from lookalike.errors import Forbidden, NotSignedIn
from lookalike.service.people import People
from lookalike.service.scope import Reach, Role, Scope, User

PASS_COOKIE = "lookalike_pass"  # noqa: S105  (its name)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="bearer",
    description="An access token (POST /api/auth/login), or a personal access token (POST /api/tokens).",
)


def people_of(request: Request) -> People:
    return request.app.state.people


def known_user(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> User:
    """Whose request it is; `NotSignedIn` for nobody's."""
    if bearer is None:
        raise NotSignedIn("This needs a sign-in.", hint="Send `Authorization: Bearer` and an access token.")
    user = people_of(request).who(bearer.credentials)
    request.state.user = user
    return user


Known = Annotated[User, Depends(known_user)]


def current_user(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> User:
    """Whose request it is; `TooMany` for one of somebody who asked too often."""
    return _counted(request, known_user(request, bearer))


def _counted(request: Request, user: User) -> User:
    people = people_of(request)
    if request.method in SAFE:
        people.limits.read(user.id)
    else:
        people.limits.write(user.id)
    return user


Signed = Annotated[User, Depends(current_user)]


def allowed(role: Role, reach: Reach) -> Callable[..., Awaitable[Scope]]:
    """A dependency: the scope of a user that has at least this role, by a token that reaches so far."""

    async def scope_of(request: Request, user: Signed) -> Scope:
        user.need(role, reach)
        scope = Scope(user, request.app.state.backends, request.state.trace)
        request.state.scope = scope
        return scope

    return scope_of


def _opening(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> Scope:
    given = request.cookies.get(PASS_COOKIE)
    if bearer is not None or given is None:
        user = known_user(request, bearer)
    else:
        user = people_of(request).passing(given, _object_path(request.url.path))
        request.state.user = user
    _counted(request, user).need("viewer", "read")
    scope = Scope(user, request.app.state.backends, request.state.trace)
    request.state.scope = scope
    return scope


def _object_path(path: str) -> str:
    """The path of one object, /api/NOUN/ID or /api/records/jobs/ID: a browser sends its pass to it alone."""
    parts = path.split("/")
    return "/".join(parts[: 5 if parts[2] == "records" else 4])


async def _signing(request: Request, user: Signed) -> Scope:
    if user.token is not None:
        raise Forbidden("A token may not do this.", hint="Sign in with your password.")
    scope = Scope(user, request.app.state.backends, request.state.trace)
    request.state.scope = scope
    return scope


Reading = Annotated[Scope, Depends(allowed("viewer", "read"))]
Writing = Annotated[Scope, Depends(allowed("editor", "write"))]
Administering = Annotated[Scope, Depends(allowed("admin", "admin"))]
ADMIN = Depends(allowed("admin", "admin"))
"""For routers whose every route is for admins: ``APIRouter(dependencies=[ADMIN])``."""
Serving = Annotated[Scope, Depends(allowed("editor", "engine"))]
Signing = Annotated[Scope, Depends(_signing)]
Opening = Annotated[Scope, Depends(_opening)]


async def _people(request: Request) -> People:
    return people_of(request)


KnownPeople = Annotated[People, Depends(_people)]
