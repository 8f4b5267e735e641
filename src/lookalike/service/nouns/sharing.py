"""Sharing: read-only, with a named user."""

from __future__ import annotations

from lookalike.errors import NotFound, UsageError
from lookalike.service.nouns.shapes import Shares_, ShareWith
from lookalike.service.people.accounts import login_of
from lookalike.service.scope import Scope


def share_with(scope: Scope, kind: str, object_id: str, people: ShareWith) -> Shares_:
    """With whom the object is shared now. `NotFound` for a login that nobody has."""
    scope.own(kind, object_id)
    documents = scope.backends.documents
    found = documents.find("user", {"login": login_of(people.login)}, limit=1)
    if not found:
        raise NotFound("There is no user with that login.", hint="Ask them how they sign in.")
    if found[0]["id"] == scope.user.id:
        raise UsageError("It is yours already.")
    if people.share:
        scope.share(kind, object_id, found[0]["id"])
    else:
        scope.unshare(kind, object_id, found[0]["id"])
    return Shares_(shared_with=readers(scope, kind, object_id))


def readers(scope: Scope, kind: str, object_id: str) -> list[str]:
    """The logins with whom an object that the user owns is shared."""
    users = [scope.backends.documents.get("user", id_) for id_ in scope.shared_with(kind, object_id)]
    return sorted(user["login"] for user in users if user is not None)
