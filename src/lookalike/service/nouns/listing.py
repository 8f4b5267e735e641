"""From what a client asks of a list to a part of a shelf, and back."""

from __future__ import annotations

from typing import TypeVar

from lookalike.service.nouns.shapes import Counted, ListAsked
from lookalike.service.shelf import Part, Wanted

T = TypeVar("T")


def wanted_of(asked: ListAsked, state: str | None) -> Wanted:
    """What is wanted of a shelf."""
    states = () if state is None else (state,)
    return Wanted(asked.limit, asked.sort, asked.cursor(), asked.search, states)


def page_of(part: Part, items: list[T]) -> Counted[T]:
    """The part of a list, with its documents as ``items``."""
    return Counted[T](items=items, next=part.next, total=part.total, counts=dict(part.counts))
