"""Accounts: who may sign in, by which password, in which role."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from lookalike import ids
from lookalike.clock import Clock
from lookalike.errors import NotFound, NotSignedIn, UsageError, WrongState
from lookalike.service.people.passwords import Passwords
from lookalike.service.people.repeats import another_request
from lookalike.stores.documents import Doc, Documents, Test

PREFIX = "user"
LONGEST_LOGIN = 200


def login_of(text: str) -> str:
    """The one spelling of a login: what is typed with other case or width is the same account."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


class Accounts:
    """The accounts in ``documents``. Nothing here says whether somebody may: that is for routes."""

    def __init__(self, documents: Documents, passwords: Passwords, clock: Clock) -> None:
        self._documents = documents
        self._passwords = passwords
        self._clock = clock

    def any(self) -> bool:
        return bool(self._documents.find("user", {}, limit=1))

    def get(self, id: str) -> Doc:  # noqa: A002
        doc = self._documents.get("user", id)
        if doc is None:
            raise NotFound("There is no such user.")
        return doc

    def by_login(self, login: str) -> Doc:
        """The account of a login; `NotFound` when there is none."""
        docs = self._documents.find("user", {"login": login_of(login)}, limit=1)
        if not docs:
            raise NotFound("There is no user with that login.")
        return docs[0]

    def find(self, where: Mapping[str, Test], after: str | None, limit: int) -> list[Doc]:
        return self._documents.find("user", where, after=after, limit=limit)

    def count(self, where: Mapping[str, Test]) -> int:
        return self._documents.count("user", where)

    def create(self, login: str, password: str, role: str, name: str = "", *, idem: str | None = None) -> Doc:
        """The new account; `WrongState` when the login is taken.

        idem: marks this one request. Sent again, the account is the one of the first time, as it is now;
        `WrongState` for another request under the same mark.
        """
        self.check(login, password)
        asked = {"login": login_of(login), "name": name or login, "role": role}
        if idem is not None and (first := self._made_under(idem)) is not None:
            return self._again(first, asked, password)
        doc: Doc = {
            "id": ids.new(PREFIX, self._clock),
            **asked,
            "password": self._passwords.hash(password),
            "epoch": 1,
            "created_us": self._clock.now_us(),
            "idem": idem,
            "asked": asked,
        }
        if not self._documents.create("user", [doc])[0]:
            # sent twice at once: the other one was faster
            if idem is not None and (first := self._made_under(idem)) is not None:
                return self._again(first, asked, password)
            raise WrongState("There is an account with that login.", hint="Choose another one.")
        return doc

    def _made_under(self, idem: str) -> Doc | None:
        return next(iter(self._documents.find("user", {"idem": idem}, limit=1)), None)

    def _again(self, first: Doc, asked: Doc, password: str) -> Doc:
        # a password that was changed since is its owner's secret: nobody may try here what it is
        unchanged = first["epoch"] == 1
        if first["asked"] != asked or (
            unchanged and not self._passwords.matches(first["password"], password)
        ):
            raise another_request()
        return first

    def check(self, login: str, password: str) -> None:
        """`UsageError` when these cannot be a login and its password."""
        clean = login_of(login)
        # names that look alike but are not the same would be a trap for whoever shares with them
        if not 1 <= len(clean) <= LONGEST_LOGIN or not all("!" <= c <= "~" for c in clean):
            hint = "An address for mail is one; the name may be anything."
            raise UsageError(f"A login is 1 to {LONGEST_LOGIN} characters of ASCII, no spaces.", hint=hint)
        self._passwords.check(password, login)

    def proven(self, login: str, password: str) -> Doc:
        """The account, when the password is right; `NotSignedIn`, after the same time, when it is not."""
        docs = self._documents.find("user", {"login": login_of(login)}, limit=1)
        hashed: str | None = docs[0]["password"] if docs else None
        if not self._passwords.matches(hashed, password) or not docs:
            raise NotSignedIn(
                "Login or password is wrong.", hint="Check both; an administrator can set a new one."
            )
        doc = docs[0]
        if self._passwords.is_old(doc["password"]):
            where = {"id": doc["id"], "rev": doc["rev"]}
            self._documents.update_one("user", where, {"password": self._passwords.hash(password)})
        return doc

    def change(self, id: str, **changes: Any) -> Doc:  # noqa: A002
        """The new state of an account; `NotFound` when there is none."""
        doc = self._documents.update_one("user", {"id": id}, changes)
        if doc is None:
            raise NotFound("There is no such user.")
        return doc

    def set_password(self, id: str, password: str) -> Doc:  # noqa: A002
        """The account with a new password. All that was signed in by the old one is over."""
        doc = self.get(id)
        self._passwords.check(password, doc["login"])
        changed = {"password": self._passwords.hash(password)}
        changed_doc = self._documents.update_one("user", {"id": id}, changed, inc={"epoch": 1})
        if changed_doc is None:
            raise NotFound("There is no such user.")
        return changed_doc

    def end_all(self, id: str) -> None:  # noqa: A002
        """End every sign-in of an account, at once: its tokens are of an epoch that is over."""
        self._documents.update_one("user", {"id": id}, {}, inc={"epoch": 1})

    def set_role(self, id: str, role: str) -> Doc:  # noqa: A002
        """The account in its new role; `WrongState` for the last admin."""
        if self.get(id)["role"] == "admin" and role != "admin":
            self._need_another_admin(id)
        return self.change(id, role=role)

    def check_may_go(self, id: str) -> None:  # noqa: A002
        """`WrongState` for the last admin, `NotFound` for nobody."""
        if self.get(id)["role"] == "admin":
            self._need_another_admin(id)

    def delete(self, id: str) -> None:  # noqa: A002
        """Delete an account; `WrongState` for the last admin."""
        self.check_may_go(id)
        self._documents.delete("user", {"id": id})

    def _need_another_admin(self, id: str) -> None:  # noqa: A002
        admins = self._documents.find("user", {"role": "admin"}, limit=2)
        if not any(doc["id"] != id for doc in admins):
            raise WrongState("This is the last admin.", hint="Make somebody else admin first.")
