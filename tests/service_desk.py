"""A whole service for tests: real stores in a folder, the real application, people who are signed in.

desk = ServiceDesk(tmp_path)
editor = desk.person("editor")
editor.client.get("/api/datasets")        # with their access token
desk.nobody.get("/api/datasets")          # without any
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from lookalike.clock import Clock
from lookalike.service.app import make_app
from lookalike.service.backends import open_backends
from lookalike.service.people.sessions import Refresh
from lookalike.service.scope import Role
from lookalike.settings import Settings

BASE = "http://127.0.0.1:5000"
PASSWORD = "correct horse battery staple"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in: their account, their tokens, and a client that sends the access token."""

    id: str
    login: str
    access: str
    refresh: Refresh
    client: TestClient


class ServiceDesk:
    """The service on the stores in ``folder``. A second desk on the same folder is a second process to it."""

    def __init__(self, folder: Path, clock: Clock | None = None, **settings: Any) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "data", **{"password_kib": 19 << 10, **settings})
        self.backends = open_backends(self.settings, clock)
        self.app = make_app(self.backends, self.settings, clock)
        self.people = self.app.state.people
        self.nobody = self.client()
        self._numbers = itertools.count(1)

    def client(self, token: str | None = None, address: str = "127.0.0.1") -> TestClient:
        """A client that sends ``token``, seen as coming from ``address``."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return TestClient(
            self.app, base_url=BASE, headers=headers, client=(address, 50_000), raise_server_exceptions=False
        )

    def person(self, role: Role, login: str | None = None) -> Person:
        """A new account of that role, signed in. All have the password `PASSWORD`."""
        login = login or f"{role}-{next(self._numbers)}@example.org"
        account = self.people.accounts.create(login, PASSWORD, role)
        refresh = self.people.sessions.start(account["id"], account["epoch"])
        access = self.people.access_for(account, refresh.session)
        return Person(account["id"], login, access, refresh, self.client(access))

    def close(self) -> None:
        self.backends.close()
