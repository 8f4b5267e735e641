"""The operations about people, and about the service itself."""

from __future__ import annotations

import itertools

from matrix import Cell, Entry, Sent
from service_desk import PASSWORD

_numbers = itertools.count()


def _newcomer(cell: Cell) -> Sent:
    return Sent(json={"login": f"new-{next(_numbers)}", "password": PASSWORD})


def _first(cell: Cell) -> Sent:
    code = cell.desk.people.setup.new_code()
    return Sent(json={"login": f"new-{next(_numbers)}", "password": PASSWORD, "code": code})


def _login(cell: Cell) -> Sent:
    return Sent(json={"login": cell.owner.login, "password": PASSWORD})


def _refresh(cell: Cell) -> Sent:
    account = cell.desk.people.accounts.get(cell.owner.id)
    return Sent(json={"refreshToken": cell.desk.people.sessions.start(account["id"], account["epoch"]).token})


def _code(cell: Cell) -> Sent:
    return Sent(json={"code": cell.desk.people.once.new_code(cell.owner.id)})


def _token(cell: Cell) -> Sent:
    doc, _ = cell.desk.people.tokens.create(cell.owner.id, "script", ["read"], None)
    return Sent(path={"id": doc["id"]})


def _user(cell: Cell) -> Sent:
    account = cell.desk.people.accounts.create(f"user-{next(_numbers)}", PASSWORD, "viewer")
    return Sent(path={"id": account["id"]})


def _named(cell: Cell) -> Sent:
    return Sent(path=_user(cell).path, json={"name": "Somebody"})


def _new_user(cell: Cell) -> Sent:
    return Sent(json={"login": f"made-{next(_numbers)}", "password": PASSWORD, "role": "viewer"})


def _password(cell: Cell) -> Sent:
    return Sent(json={"current": PASSWORD, "new": PASSWORD})


def _new_token(cell: Cell) -> Sent:
    return Sent(json={"name": "script", "scopes": ["read"]})


ENTRIES = {
    "health": Entry(ok=200, role=None),
    "ready": Entry(ok=200, role=None),
    "metrics": Entry(ok=200, role=None),
    "getInstance": Entry(ok=200, role=None),
    "setUp": Entry(ok=409, role=None, make=_first),
    "register": Entry(ok=403, role=None, make=_newcomer),
    "login": Entry(ok=200, role=None, make=_login),
    "useCode": Entry(ok=200, role=None, make=_code),
    "refresh": Entry(ok=200, role=None, make=_refresh),
    "logout": Entry(ok=204, role="viewer"),
    "getMe": Entry(ok=200, role="viewer"),
    "putPassword": Entry(ok=200, role="viewer", reach="person", make=_password),
    "createToken": Entry(ok=201, role="viewer", reach="person", make=_new_token),
    "listTokens": Entry(ok=200, role="viewer", reach="person"),
    "deleteToken": Entry(ok=204, role="viewer", reach="person", owned=True, make=_token),
    "listUsers": Entry(ok=200, role="admin", reach="admin"),
    "createUser": Entry(ok=201, role="admin", reach="admin", make=_new_user),
    "getUser": Entry(ok=200, role="admin", reach="admin", make=_user),
    "patchUser": Entry(ok=200, role="admin", reach="admin", make=_named),
    "deleteUser": Entry(ok=204, role="admin", reach="admin", make=_user),
    "listAudit": Entry(ok=200, role="admin", reach="admin"),
}
