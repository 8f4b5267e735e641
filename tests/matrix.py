"""What the authorisation matrix is made of: an `Entry` per operation, and who calls.

A module ``tests/matrix_NOUN.py`` has ``ENTRIES``: operation id → `Entry`. Every module of that name is found
by itself. An operation without an entry fails `tests/security/test_authorisation.py`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from service_desk import Person, ServiceDesk

Caller = Literal[
    "nobody",
    "viewer",
    "editor",
    "another user",
    "admin",
    "expired token",
    "refresh token as access token",
    "ended sign-in",
    "read token",
]
CALLERS: tuple[Caller, ...] = Caller.__args__  # type: ignore[attr-defined]
ROLES = ("viewer", "editor", "admin")


@dataclass(frozen=True, slots=True)
class Cell:
    """One call: the desk, whose the object is (an editor), and who calls (for a caller that is somebody)."""

    desk: ServiceDesk
    owner: Person
    caller: Person | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent: the path's parameters, and a body. ``raw``: bytes in place of JSON."""

    path: Mapping[str, str] = field(default_factory=dict[str, str])
    json: Any = None
    raw: bytes | None = None
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Who may call an operation.

    ok: the status for who may. role: the least one; None: open to anybody. reach: the scope that a token
    needs; ``person``: no token may. owned: it is about an object of the editor's, which nobody else may know
    of. make: makes the object anew, and says what to send.
    """

    ok: int
    role: Literal["viewer", "editor", "admin"] | None
    reach: Literal["read", "write", "admin", "engine", "person"] = "read"
    owned: bool = False
    make: Callable[[Cell], Sent] = lambda cell: Sent()

    def expected(self, caller: Caller) -> int:
        """The status that this caller is answered with."""
        if self.role is None:
            return self.ok
        if caller in ("nobody", "expired token", "refresh token as access token", "ended sign-in"):
            return 401
        role = {"viewer": "viewer", "admin": "admin"}.get(caller, "editor")
        if ROLES.index(role) < ROLES.index(self.role):
            return 403
        if caller == "read token":
            return self.ok if self.reach == "read" else 403
        if self.owned and caller != "editor":
            return 404
        return self.ok


def entries() -> dict[str, Entry]:
    """Operation id → entry, of all modules ``matrix_NOUN.py``."""
    found: dict[str, Entry] = {}
    for module in sorted(Path(__file__).parent.glob("matrix_*.py")):
        found |= importlib.import_module(module.stem).ENTRIES
    return found
