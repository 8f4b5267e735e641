"""The first account: made by whoever has the code that was printed at start, once, and never by default."""

from __future__ import annotations

import hashlib
import secrets

from lookalike.clock import Clock
from lookalike.errors import NotSignedIn
from lookalike.stores.documents import Documents

ID = "setup"


class Setup:
    """The setup code of an installation, of which ``documents`` hold the hash."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def new_code(self) -> str:
        """A code that makes the first account. Those before it are worth nothing from now on."""
        code = secrets.token_urlsafe(24)
        doc = {"id": ID, "state": "open", "hash": _hash(code), "at_us": self._clock.now_us()}
        if not self._documents.create("instance", [doc])[0]:
            self._documents.update_one("instance", {"id": ID}, {"state": "open", "hash": doc["hash"]})
        return code

    def use(self, code: str) -> None:
        """Use the code up; `NotSignedIn` when it is not the one, or was used. Of two at once, one may."""
        where = {"id": ID, "state": "open", "hash": _hash(code)}
        if self._documents.update_one("instance", where, {"state": "used"}) is None:
            hint = "It is in the address that is printed at start; start the service again for a new one."
            raise NotSignedIn("This setup code is not valid.", hint=hint)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
