"""The audit trail of a service, for admins."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lookalike.client.nouns import camel
from lookalike.client.transport import Json, Transport


class Audit:
    """Who did what to which object, when, from where, and how it ended."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def page(self, after: str | None = None, *, limit: int = 50, **asked: Any) -> Json:
        """``items``, the newest first; ``next``: what to ask for the page behind it by; ``total``.

        ``asked``: actor, action, object.
        """
        query = {**camel(asked), "limit": limit, "after": after}
        return self._transport.json("GET", "/api/audit", query=query)

    def list(self, **asked: Any) -> Iterator[Json]:
        """All entries, page by page. ``asked``: as of `page`."""
        after = None
        while True:
            page = self.page(after, **asked)
            yield from page["items"]
            after = page["next"]
            if after is None:
                return
