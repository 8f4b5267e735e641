"""Who may come in: accounts, passwords, sign-ins, tokens, limits, and the trail of what they did."""

from __future__ import annotations

from lookalike.clock import Clock
from lookalike.errors import NotSignedIn
from lookalike.service.people.access import Access, AccessTokens, pass_to
from lookalike.service.people.accounts import Accounts
from lookalike.service.people.limits import Limits
from lookalike.service.people.once import Once
from lookalike.service.people.passwords import Passwords
from lookalike.service.people.repeats import Repeats
from lookalike.service.people.sessions import Sessions
from lookalike.service.people.setup import Setup
from lookalike.service.people.signing_keys import SigningKeys
from lookalike.service.people.tokens import MARK, Tokens
from lookalike.service.people.trail import Trail
from lookalike.service.scope import Reach, User
from lookalike.settings import Settings
from lookalike.stores.documents import Doc, Documents
from lookalike.stores.keys import Keys

ALL: frozenset[Reach] = frozenset({"read", "write", "admin", "engine"})


class People:
    """Everything about who may come in, on one document store."""

    def __init__(self, documents: Documents, keys: Keys, settings: Settings, clock: Clock) -> None:
        self.clock = clock
        self._documents = documents
        self.repeats = Repeats(keys)
        self.accounts = Accounts(documents, Passwords(settings.password_kib), clock)
        self.sessions = Sessions(documents, clock)
        self.signing_keys = SigningKeys(documents, keys, clock)
        self.access = AccessTokens(self.signing_keys, clock)
        self.tokens = Tokens(documents, clock, self.repeats)
        self.limits = Limits(documents, clock, settings)
        self.trail = Trail(documents, clock)
        self.setup = Setup(documents, clock)
        self.once = Once(documents, clock)

    def who(self, credentials: str) -> User:
        """Whose access token, or personal access token, this is; `NotSignedIn` when it is nobody's any more.

        Role and sessions are looked up each time, so that what was taken away is gone at once.
        """
        if credentials.startswith(MARK):
            token = self.tokens.open(credentials)
            reach = ALL & frozenset(token["scopes"])
            return _user(self.account(token["user"]), reach, token=token["id"])
        return self._signed_in(self.access.open(credentials), ALL)

    def pass_for(self, user: User, path: str) -> str:
        """A pass to what is under ``path``, by the sign-in of ``user``."""
        assert user.session is not None  # noqa: S101  (a token needs no pass)
        account = self.account(user.id)
        return self.access.make(Access(user.id, user.session, account["epoch"]), pass_to(path))

    def passing(self, given: str, path: str) -> User:
        """Whose pass to ``path`` this is: they may read, as long as the sign-in that asked for it lasts."""
        return self._signed_in(self.access.open(given, pass_to(path)), frozenset({"read"}))

    def access_for(self, account: Doc, session: Doc) -> str:
        """An access token for a session of an account; `NotSignedIn` when the account has ended it."""
        if session["epoch"] != account["epoch"]:
            raise NotSignedIn("This sign-in was ended.", hint="Sign in again.")
        return self.access.make(Access(account["id"], session["id"], account["epoch"]))

    def _signed_in(self, access: Access, reach: frozenset[Reach]) -> User:
        account = self.account(access.user)
        if account["epoch"] != access.epoch or not self.sessions.is_active(access.session):
            raise NotSignedIn("This sign-in was ended.", hint="Sign in again.")
        return _user(account, reach, session=access.session)

    def tidy(self) -> None:
        """Close windows and forget sessions that are over. Called every minute by whoever serves."""
        self.limits.sweep()
        self.sessions.tidy()
        self.once.tidy()

    def end_all(self, user_id: str) -> None:
        """End every sign-in of a user, at once."""
        self.accounts.end_all(user_id)
        self.sessions.end_all(user_id)

    def delete(self, user_id: str) -> None:
        """Delete an account with its sign-ins, its tokens, and what was shared with it."""
        self.end_all(user_id)
        self.accounts.delete(user_id)
        self.tokens.revoke_all(user_id)
        self._documents.delete("share", {"user": user_id})

    def account(self, id: str) -> Doc:  # noqa: A002
        """The account that a sign-in or token is of; `NotSignedIn` when it is no more."""
        try:
            return self.accounts.get(id)
        except LookupError:
            raise NotSignedIn("This account is no more.", hint="Ask an administrator.") from None


def _user(doc: Doc, reach: frozenset[Reach], *, session: str | None = None, token: str | None = None) -> User:
    return User(doc["id"], doc["login"], doc["name"], doc["role"], reach, session=session, token=token)
