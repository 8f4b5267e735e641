"""What of one kind a person may see: their own, and what others share with them; in pages, in a stable order.

A page is found by its cursor, which names the last object seen, so that what comes or goes meanwhile moves
nothing. A name is searched by any part of it, whatever its case.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lookalike.errors import UsageError
from lookalike.service.scope import Scope
from lookalike.service.wire import sealed_cursor
from lookalike.stores.documents import Doc, Documents, In, Test, cursor

ORDERS = {"createdAt": "id", "-createdAt": "-id", "name": "name", "-name": "-name"}
"""How lists can be sorted, and by which field. Ids sort by when they were made."""

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """One page of a list. after: a `cursor` of the store; search: a part of the name; states: any of them."""

    limit: int = 50
    sort: str = "-createdAt"
    after: str | None = None
    search: str | None = None
    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """documents in order; next: the cursor of the next page, None at the end; total: of all pages; counts:
    how many there are in each state, whatever states were asked for."""

    docs: Sequence[Doc]
    next: str | None
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The objects of document kind ``kind`` that pass ``where``, as far as ``scope`` reaches.

    states: all that they can be in.
    """

    scope: Scope
    kind: str
    states: tuple[str, ...]
    where: Mapping[str, Test]

    def page(self, wanted: Wanted) -> Part:
        """The part that is wanted; `UsageError` for an order that there is not."""
        if wanted.sort not in ORDERS:
            raise UsageError(
                f"Lists cannot be sorted by {wanted.sort!r}.", hint=f"Known: {', '.join(ORDERS)}."
            )
        sources = self._sources()
        order = ORDERS[wanted.sort]
        after = _place(wanted.after, order)
        states: Mapping[str, Test] = {"state": In(*wanted.states)} if wanted.states else {}
        found = self._merged([{**source, **states} for source in sources], order, after)
        if wanted.search:
            found = (doc for doc in found if matches(doc, wanted.search))
        docs = list(islice(found, wanted.limit + 1))
        counts = self._counts(sources, wanted.search)
        total = sum(count for state, count in counts.items() if not wanted.states or state in wanted.states)
        more = len(docs) > wanted.limit
        docs = docs[: wanted.limit]
        return Part(docs, sealed_cursor(cursor(docs[-1], order)) if more else None, total, counts)

    @property
    def _documents(self) -> Documents:
        return self.scope.backends.documents

    def _sources(self) -> list[Mapping[str, Test]]:
        """The tests that the user's own objects pass, and those shared with them."""
        sources: list[Mapping[str, Test]] = [{**self.where, "owner": self.scope.user.id}]
        shared = self.scope.shared_ids(self.kind)
        return sources + [{**self.where, "id": In(*shared[i : i + 500])} for i in range(0, len(shared), 500)]

    def _merged(self, sources: Iterable[Mapping[str, Test]], order: str, after: str | None) -> Iterator[Doc]:
        name = order.removeprefix("-")
        streams = [self._stream(source, order, after) for source in sources]
        if len(streams) == 1:
            return streams[0]
        return heapq.merge(*streams, key=lambda doc: (doc[name], doc["id"]), reverse=order.startswith("-"))

    def _stream(self, where: Mapping[str, Test], order: str, after: str | None) -> Iterator[Doc]:
        while docs := self._documents.find(self.kind, where, order=order, after=after, limit=_BATCH):
            yield from docs
            after = cursor(docs[-1], order)

    def _counts(self, sources: Sequence[Mapping[str, Test]], search: str | None) -> dict[str, int]:
        counts = dict.fromkeys(self.states, 0)
        for source in sources:
            if search:
                for doc in self._stream(source, "id", None):
                    if matches(doc, search) and doc["state"] in counts:
                        counts[doc["state"]] += 1
            else:
                for state in self.states:
                    if "state" not in source or source["state"] == state:
                        counts[state] += self._documents.count(self.kind, {**source, "state": state})
        return counts


def matches(doc: Doc, search: str) -> bool:
    """Whether the document's name has ``search`` in it."""
    return search.casefold() in str(doc.get("name") or "").casefold()


def _place(after: str | None, order: str) -> str | None:
    """Where to go on in this order. What is no cursor of a name's order is taken for a name."""
    if after is None or order.removeprefix("-") == "id":
        return after
    try:
        name, id_ = json.loads(after)
    except (ValueError, TypeError, RecursionError):
        name, id_ = after, ""
    known = isinstance(name, str) and isinstance(id_, str)
    return json.dumps([name, id_] if known else [after, ""])
