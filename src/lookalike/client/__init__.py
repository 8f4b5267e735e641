"""A service from Python: `Client` has its nouns, and raises the same errors as the library.

import lookalike

client = lookalike.Client("http://127.0.0.1:5000", token)
dataset = client.datasets.upload("adult.csv", target="income")
job = client.jobs.wait(client.jobs.fit(dataset["id"])["id"])
generation = client.generations.create(job["id"], 50_000)
client.generations.wait(generation["id"])
client.generations.download(generation["id"], "rows.csv")
"""

from __future__ import annotations

import os
from urllib.parse import urldefrag

from lookalike.client.audit import Audit
from lookalike.client.generations import Generations
from lookalike.client.nouns import Datasets, Jobs, Models, Tokens, Users
from lookalike.client.records import Providers, Records
from lookalike.client.transport import Json, Transport
from lookalike.errors import NotSignedIn, UsageError

URL = "http://127.0.0.1:5000"


class Client:
    """The service at ``url``, with an access token; by default LOOKALIKE_URL and LOOKALIKE_TOKEN."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout_s: float = 60.0) -> None:
        token = token or os.environ.get("LOOKALIKE_TOKEN", "")
        if not token:
            raise NotSignedIn(
                "There is no token.",
                hint="Make one in the page, or by `lookalike tokens create`; set LOOKALIKE_TOKEN.",
            )
        self._transport = Transport(url or os.environ.get("LOOKALIKE_URL") or URL, token, timeout_s=timeout_s)
        self.datasets = Datasets(self._transport)
        self.jobs = Jobs(self._transport)
        self.models = Models(self._transport)
        self.generations = Generations(self._transport)
        self.records = Records(self._transport)
        self.providers = Providers(self._transport)
        self.users = Users(self._transport)
        self.tokens = Tokens(self._transport)
        self.audit = Audit(self._transport)

    @classmethod
    def set_up(cls, address: str, login: str, password: str, *, name: str = "") -> Client:
        """A client of the first account, an admin, made by the ``address`` that a new service printed.

        `NotSignedIn` when its code was used already, `UsageError` for an address without one.
        """
        url, kind, code = parted(address)
        if kind != "setup":
            raise UsageError("This is not the address that makes the first account.", hint="It has #setup=.")
        first = {"code": code, "login": login, "password": password, "name": name}
        return cls._by(url, "/api/setup", first)

    @classmethod
    def sign_in(cls, address: str, login: str = "", password: str = "") -> Client:
        """A client that is signed in for 15 minutes: by a login, or by the address that `sign-in` printed."""
        url, kind, code = parted(address)
        if kind == "sign-in":
            return cls._by(url, "/api/auth/code", {"code": code})
        return cls._by(url, "/api/auth/login", {"login": login, "password": password})

    @classmethod
    def _by(cls, url: str, path: str, body: Json) -> Client:
        made = Transport(url, "").json("POST", path, body={**body, "refreshIn": "body"})
        return cls(url, made["accessToken"])

    def sign_out(self) -> None:
        """End the sign-in that this client speaks by; of a personal access token: revoke it."""
        self._transport.json("POST", "/api/auth/logout")

    def me(self) -> Json:
        """Who the token belongs to."""
        return self._transport.json("GET", "/api/me")

    def instance(self) -> Json:
        """What the service is, with the key that it signs manifests with."""
        return self._transport.json("GET", "/api/instance")

    def workers(self) -> Json:
        """Who works on what, and how much waits. For admins."""
        return self._transport.json("GET", "/api/workers")

    def storage(self) -> Json:
        """How much is stored, by noun. For admins."""
        return self._transport.json("GET", "/api/storage")


def parted(address: str) -> tuple[str, str, str]:
    """The URL, kind (``setup``, ``sign-in`` or nothing) and code of an address that a service printed.

    `UsageError` for anything else behind a ``#``.
    """
    url, said = urldefrag(address)
    kind, _, code = said.partition("=")
    if said and (kind not in ("setup", "sign-in") or not code):
        raise UsageError(
            "What is behind the # of the address is no code.", hint="Leave it out, or copy it whole."
        )
    return url, kind, code
