"""Publications of a generation: what one would mean, begun, waited for, stopped, taken back, its key."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from lookalike.client.nouns import Noun, camel
from lookalike.client.transport import Json
from lookalike.errors import NotFound, PublishRefused

SETTLED = ("final", "failed", "cancelled")


class Published(Noun):
    """What can be done about publishing a file of the service's."""

    def quote(self, id: str, where: str = "local", *, encrypt: bool = False) -> Json:  # noqa: A002
        """What publishing there would mean and cost, what the gate says, and the sentence of consent."""
        query = {"where": where, "encrypt": encrypt}
        return self._transport.json("GET", self._at(id, "publish"), query=query)

    def publish(self, id: str, where: str = "local", **asked: Any) -> Json:  # noqa: A002
        """The publication, begun. ``asked``: licence, consent, encrypt, cid_version …. Again is once."""
        body = {"where": where, **camel(asked)}
        return self._transport.json("POST", self._at(id, "publish"), body=body)

    def publication_key(self, id: str, where: str = "local") -> str:  # noqa: A002
        """What opens the ciphertext that was published there: the line that ``age -d -i FILE`` reads."""
        return self._transport.json("GET", f"{self._at(id, 'publications')}/{where}/key")["identity"]

    def destroy_publication_key(self, id: str, where: str = "local") -> None:  # noqa: A002
        """Let nobody read what was published there any more. There is no way back."""
        self._transport.json("DELETE", f"{self._at(id, 'publications')}/{where}/key")

    def publications(self, id: str) -> list[Json]:  # noqa: A002
        """Where the file was, or is to be, published."""
        return self._transport.json("GET", self._at(id, "publications"))["items"]

    def publication(self, id: str, where: str = "local") -> Json:  # noqa: A002
        """The publication there; `NotFound` when there is none."""
        for one in self.publications(id):
            if one["where"] == where:
                return one
        raise NotFound("The file was not published there.")

    def watch_publication(self, id: str, where: str = "local", *, every_s: float = 1.0) -> Iterator[Json]:  # noqa: A002
        """The publication as it is, each ``every_s``, until it is final, failed or cancelled.

        Some places take their time: a block of Arweave is two minutes, and several must follow.
        """
        while True:
            found = self.publication(id, where)
            yield found
            if found["state"] in SETTLED:
                return
            time.sleep(every_s)

    def wait_published(self, id: str, where: str = "local") -> Json:  # noqa: A002
        """The publication, final; `PublishRefused`, with what the service says, if it ended otherwise."""
        *_, found = self.watch_publication(id, where)
        return check_final(found)

    def cancel_publication(self, id: str, where: str = "local") -> Json:  # noqa: A002
        """Stop it; `WrongState` once anything was sent that cannot be taken back."""
        return self._transport.json("POST", f"{self._at(id, 'publications')}/{where}/cancel")

    def take_back(self, id: str) -> None:  # noqa: A002
        """Take the file out of the service's local store. Who fetched it meanwhile has it."""
        self._transport.json("DELETE", f"{self._at(id, 'publications')}/local")


def check_final(found: Json) -> Json:
    """A publication that settled, if it is final; else `PublishRefused`."""
    if found["state"] != "final":
        problem = found["problem"] or {}
        raise PublishRefused(problem.get("message") or f"The publication is {found['state']}.")
    return found
