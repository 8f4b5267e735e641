"""The audit trail: who did what to which object, when, from where, and how it ended. It is only added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lookalike import ids
from lookalike.clock import Clock
from lookalike.stores.documents import Doc, Documents, Test

PREFIX = "aud"
MOST_OBJECTS = 20


class Trail:
    """The trail in ``documents``. It holds ids and names of actions; nothing that somebody typed."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    def add(
        self,
        action: str,
        *,
        actor: str | None,
        objects: Sequence[str] = (),
        status: int,
        address: str,
        request: str | None,
        token: str | None = None,
    ) -> None:
        doc: Doc = {
            "id": ids.new(PREFIX, self._clock),
            "at_us": self._clock.now_us(),
            "action": action,
            "actor": actor,
            "object": objects[0] if objects else None,
            "objects": list(dict.fromkeys(objects))[:MOST_OBJECTS],
            "status": status,
            "address": address,
            "request": request,
            "token": token,
        }
        self._documents.create("audit", [doc])

    def find(self, where: Mapping[str, Test], after: str | None, limit: int) -> list[Doc]:
        """The newest first."""
        return self._documents.find("audit", where, order="-id", after=after, limit=limit)

    def count(self, where: Mapping[str, Any]) -> int:
        return self._documents.count("audit", where)
