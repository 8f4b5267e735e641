"""The page in Chromium on the service as it is run: no route is stubbed, and what goes wrong is written down.

desk = PageDesk(folder, browser)
ada = desk.somebody("ada", "admin")        # an account, made by the API
tab = desk.open(ada, "/datasets", width=360, scheme="dark")
tab.page.get_by_role(...)
tab.check()                                # nothing on the console, no policy broken, nothing sideways
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

import lookalike
from lookalike.service.page import BUILT
from service_process import Running

PASSWORD = "correct horse battery staple"  # noqa: S105
WIDE, NARROW = 1280, 360
PATIENCE_MS = 30_000
_WATCH = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy broken: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
});
"""
_EXPECTED = re.compile(r"Failed to load resource: .* status of (400|401|403|404|409)")
"""What a browser itself says of an answer that the page then explains."""


def require_page() -> None:
    """Without a built page a test is skipped, but not where CI is to have built it."""
    if not (BUILT / "index.html").exists():
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("the page is not built (make web)")


@dataclass(frozen=True, slots=True)
class Somebody:
    """An account, and a client that may do what they may."""

    login: str
    client: lookalike.Client


@dataclass
class Tab:
    """A page, and all that it did beside being shown."""

    page: Page
    context: BrowserContext
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Nothing went wrong that nobody saw; nothing was asked of anybody else; nothing is sideways."""
        assert self.errors == []
        assert self.dialogs == []
        assert self.elsewhere == []
        self.check_width()

    def check_width(self) -> None:
        wide = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1], f"{self.page.url} is {wide[0]} px wide, its window {wide[1]}"

    def settle(self) -> None:
        """Wait until the page has its head, and nothing on it is still waited for."""
        self.page.locator("h1").first.wait_for()
        expect(self.page.locator("[data-waiting]")).to_have_count(0, timeout=PATIENCE_MS)

    def check_axe(self) -> None:
        """axe finds no violation on what is shown, once it is there."""
        self.settle()
        found = Axe().run(self.page).response["violations"]
        told = [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found]
        assert told == [], f"{self.page.url}: {told}"


class PageDesk:
    """``lookalike up`` with an admin called ``root``, and tabs of people on it. It ends all of it."""

    def __init__(self, folder: Path, browser: Browser, **settings: str) -> None:
        usual = {"writes": "1000000", "address_tries": "1000000", "account_tries": "1000000"}
        self.running = Running(folder / "data", **{**usual, **settings})
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._root: lookalike.Client | None = None

    @property
    def address(self) -> str:
        return self.running.address

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self.running.end()

    def set_up(self) -> Somebody:
        """The first account, made by the API."""
        assert self.running.setup is not None
        code = self.running.setup.partition("#setup=")[2]
        body = {"code": code, "login": "root", "password": PASSWORD, "refreshIn": "body"}
        self._post("/api/setup", body)
        return self.known("root", "admin")

    def somebody(self, login: str, role: str) -> Somebody:
        """An account of that role, made by the admin."""
        signed = self._post("/api/auth/login", {"login": "root", "password": PASSWORD, "refreshIn": "body"})
        body = {"login": login, "password": PASSWORD, "role": role, "name": login.capitalize()}
        self._post("/api/users", body, signed["accessToken"])
        return self.known(login, role)

    def known(self, login: str, role: str) -> Somebody:
        """Somebody who has an account."""
        scopes = {"viewer": ["read"], "editor": ["read", "write"], "admin": ["read", "write", "admin"]}
        return self._somebody(login, scopes[role])

    def sign_out_everywhere(self, login: str) -> None:
        signed = self._post("/api/auth/login", {"login": login, "password": PASSWORD, "refreshIn": "body"})
        with self.running.client(signed["accessToken"]) as client:
            assert client.post("/api/auth/logout", json={"everywhere": True}).status_code == 204

    def open(
        self,
        who: Somebody | None,
        path: str = "/",
        *,
        width: int = WIDE,
        scheme: str = "light",
        height: int = 900,
        **options: Any,
    ) -> Tab:
        """A new browser of ``who``, signed in, at ``path``."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
            base_url=self.address,
            accept_downloads=True,
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        context.add_init_script(_WATCH)
        if who is not None:
            body = {"login": who.login, "password": PASSWORD}
            answer = context.request.post("/api/auth/login", data=body)
            assert answer.ok, answer.text()
        tab = Tab(context.new_page(), context)
        tab.page.on("dialog", lambda dialog: (tab.dialogs.append(dialog.message), dialog.dismiss()))
        tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
        tab.page.on("console", lambda message: _note(tab, message.type, message.text))
        tab.page.on("request", lambda request: self._note_request(tab, request.url))
        if path:
            tab.page.goto(path)
        return tab

    def _note_request(self, tab: Tab, url: str) -> None:
        if not url.startswith((self.address, "data:", "blob:")):
            tab.elsewhere.append(url)

    def _somebody(self, login: str, scopes: list[str]) -> Somebody:
        signed = self._post("/api/auth/login", {"login": login, "password": PASSWORD, "refreshIn": "body"})
        token = self._post("/api/tokens", {"name": "test", "scopes": scopes}, signed["accessToken"])
        return Somebody(login, lookalike.Client(self.address, token["token"]))

    def _post(self, path: str, body: Any, token: str | None = None) -> Any:
        with self.running.client(token) as client:
            answer: httpx.Response = client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


def _note(tab: Tab, kind: str, text: str) -> None:
    if kind in ("error", "warning") and not _EXPECTED.search(text):
        tab.errors.append(f"{kind}: {text}")
