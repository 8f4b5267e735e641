"""Sign-ins: a family of refresh tokens, each good for one refresh, all over when one is used twice.

A refresh token is ``lkr_`` and the session's id, a dot, 32 random bytes. The session holds the SHA-256 of the
one that is good; using it replaces it in one conditional update, so that of any number at once one wins.

Who comes second is a thief, or came after one: the session ends. Only those do not count that were already on
their way when the winner was answered, as those of a browser's tabs are: they are refused, and nothing more.

An answer can be lost on its way: the line breaks, the page that asked is left. So whoever asks may name the
attempt, by random letters of their own. Within a minute the same token with the same attempt is the same
request again, and has the same answer: the next secret is an HMAC (RFC 2104) of the attempt under the last.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass

from lookalike import ids
from lookalike.clock import Clock
from lookalike.errors import NotSignedIn, RefreshUnderWay
from lookalike.stores.documents import Doc, Documents, Lt

PREFIX = "ses"
MARK = "lkr_"
LIFE_S = 7 * 24 * 3600
MOST_REMEMBERED = 10_000
AGAIN_US = 60_000_000
"""How long after a refresh its answer is given again."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """A session, and the only token by which it goes on."""

    session: Doc
    token: str


class Sessions:
    """The sessions in ``documents``. Safe to use from many threads and processes."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock
        self._lock = threading.Lock()
        self._answered_s: dict[str, float | None] = {}

    def start(self, user_id: str, epoch: int) -> Refresh:
        """A new session of a user who has just proven who they are."""
        secret, now_us = secrets.token_urlsafe(32), self._clock.now_us()
        doc: Doc = {
            "id": ids.new(PREFIX, self._clock),
            "user": user_id,
            "epoch": epoch,
            "state": "active",
            "hash": _hash(secret),
            "created_us": now_us,
            "expires_us": now_us + LIFE_S * 1_000_000,
        }
        self._documents.create("session", [doc])
        return Refresh(doc, _token(doc["id"], secret))

    def refresh(self, token: str, arrived_s: float, attempt: str | None = None) -> Refresh:
        """The session with its next token; `NotSignedIn` for one that is used, over or made up.

        ``arrived_s``: when the request came, by the clock's monotonic time. ``attempt``: random letters, by
        which a request whose answer was lost is known when it comes again.
        """
        session_id, hashed = _parts(token)
        if attempt is not None and (same := self._again(session_id, token, attempt)) is not None:
            return same
        with self._lock:
            rival = hashed in self._answered_s
            if not rival:
                self._forget_some()
                self._answered_s[hashed] = None
        if rival:
            raise self._refused(session_id, hashed, arrived_s)
        try:
            refreshed = self._next(session_id, token, attempt)
        except BaseException:
            self._forget(hashed)
            raise
        if refreshed is None:
            self._forget(hashed)
            raise self._refused(session_id, hashed, arrived_s)
        return refreshed

    def answered(self, token: str) -> None:
        """The answer to the refresh by ``token`` is on its way: who comes from now on is no rival of it."""
        _, hashed = _parts(token)
        with self._lock:
            if hashed in self._answered_s:
                self._answered_s[hashed] = self._clock.monotonic()

    def of_token(self, token: str) -> Doc | None:
        """The session that a refresh token is good for; None when it is not."""
        try:
            session_id, hashed = _parts(token)
        except NotSignedIn:
            return None
        doc = self._documents.get("session", session_id)
        return doc if doc is not None and doc["hash"] == hashed and doc["state"] == "active" else None

    def is_active(self, session_id: str) -> bool:
        doc = self._documents.get("session", session_id)
        return doc is not None and doc["state"] == "active"

    def end(self, session_id: str) -> None:
        """Nothing of this session is good any more, in any process, from now on."""
        self._documents.update_one("session", {"id": session_id}, {"state": "ended"})

    def end_all(self, user_id: str) -> int:
        """How many sessions of a user were ended."""
        done = 0
        where = {"user": user_id, "state": "active"}
        while self._documents.update_one("session", where, {"state": "ended"}) is not None:
            done += 1
        return done

    def tidy(self) -> int:
        """How many sessions were forgotten that have been over for a day."""
        return self._documents.delete("session", {"expires_us": Lt(self._clock.now_us() - 86_400_000_000)})

    def _again(self, session_id: str, token: str, attempt: str) -> Refresh | None:
        """What this attempt was answered before; None when it was not, or not lately."""
        doc, secret = self._documents.get("session", session_id), _secret_after(token, attempt)
        if doc is None or doc["state"] != "active" or not hmac.compare_digest(doc["hash"], _hash(secret)):
            return None
        late = abs(self._clock.now_us() + LIFE_S * 1_000_000 - doc["expires_us"]) > AGAIN_US
        return None if late else Refresh(doc, _token(session_id, secret))

    def _next(self, session_id: str, token: str, attempt: str | None) -> Refresh | None:
        """The session with its next token; None when ``token`` is not the one that is good."""
        doc, now_us = self._documents.get("session", session_id), self._clock.now_us()
        if doc is not None and doc["expires_us"] <= now_us:
            raise _over()
        secret = secrets.token_urlsafe(32) if attempt is None else _secret_after(token, attempt)
        where = {"id": session_id, "hash": _parts(token)[1], "state": "active"}
        change = {"hash": _hash(secret), "expires_us": now_us + LIFE_S * 1_000_000}
        doc = self._documents.update_one("session", where, change)
        return None if doc is None else Refresh(doc, _token(session_id, secret))

    def _forget(self, hashed: str) -> None:
        with self._lock:
            self._answered_s.pop(hashed, None)

    def _refused(self, session_id: str, hashed: str, arrived_s: float) -> NotSignedIn:
        with self._lock:
            known = hashed in self._answered_s
            answered_s = self._answered_s.get(hashed)
        if known and (answered_s is None or arrived_s < answered_s):
            return RefreshUnderWay(
                "This refresh token is being used by another request.", hint="Use its answer."
            )
        if self._documents.get("session", session_id) is not None:
            self.end(session_id)
        return _over()

    def _forget_some(self) -> None:
        while len(self._answered_s) >= MOST_REMEMBERED:
            del self._answered_s[next(iter(self._answered_s))]


def _parts(token: str) -> tuple[str, str]:
    """``(session id, hash of the secret)``; `NotSignedIn` for another form."""
    mark, rest = token[: len(MARK)], token[len(MARK) :]
    name, _, secret = rest.partition(".")
    session_id = f"{PREFIX}_{name}"
    if (
        mark != MARK
        or not ids.is_id(session_id, PREFIX)
        or not 40 <= len(secret) <= 64
        or not secret.isascii()
    ):
        raise _over()
    return session_id, _hash(secret)


def _token(session_id: str, secret: str) -> str:
    return f"{MARK}{session_id.partition('_')[2]}.{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _secret_after(token: str, attempt: str) -> str:
    mac = hmac.digest(token.partition(".")[2].encode(), attempt.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _over() -> NotSignedIn:
    return NotSignedIn("This sign-in is over.", hint="Sign in again.")
