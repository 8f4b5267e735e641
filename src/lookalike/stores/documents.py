"""The only database seam: JSON documents by kind, each changed by itself, atomically, under a condition.

Every back end passes ``tests/contract/test_documents_contract.py``. No operation spans two documents;
whatever does is derived, may be done twice, and is repaired by the sweeper.

A document is a JSON object with a string ``id``. The store keeps ``rev``, 1 when created and one more with
each change, and ``v``, the version of its kind's form. Only fields that the `Kind` declares can be tested or
ordered by: each has an index, in every back end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from lookalike.errors import UsageError

Json = Any
Doc = dict[str, Json]
Scalar = str | int | None

MOST_INTEGER = (1 << 63) - 1
MOST_FOUND = 1000
"""The most documents that one `Documents.find` returns."""


@dataclass(frozen=True, slots=True)
class Lt:
    """Less than ``value``; documents without the field are not."""

    value: str | int


@dataclass(frozen=True, slots=True)
class Ge:
    """At least ``value``; documents without the field are not."""

    value: str | int


@dataclass(frozen=True, slots=True)
class In:
    """One of ``values``; none of no values."""

    values: tuple[str | int, ...]

    def __init__(self, *values: str | int) -> None:
        object.__setattr__(self, "values", values)


Test = Scalar | Lt | Ge | In
"""A value (None: null, or no such field), or one of `Lt`, `Ge`, `In`."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a back end must know of a kind of document.

    fields: those that may be tested and ordered by, each ``str`` or ``int`` (or null) in every document.
    indexes: fields that are tested together, the equalities first, what it is ordered by last. unique:
    fields of which no two documents have the same value; null is free. secret: a deleted document leaves no
    bytes behind in the store's files.
    """

    name: str
    fields: Mapping[str, type] = field(default_factory=dict[str, type])
    indexes: tuple[tuple[str, ...], ...] = ()
    unique: tuple[str, ...] = ()
    secret: bool = False
    v: int = 1

    def __post_init__(self) -> None:
        for name in (self.name, *self.fields):
            if not name.isidentifier() or not name.isascii():
                raise UsageError(f"{name!r} cannot be the name of a kind or field.")
        for name in (*self.unique, *(name for index in self.indexes for name in index)):
            if name not in self.fields:
                raise UsageError(f"The kind {self.name!r} declares no field {name!r}.")

    def type_of(self, name: str) -> type:
        """``str`` or ``int``; `UsageError` for a field that cannot be tested."""
        if name in ("id", "rev"):
            return str if name == "id" else int
        if name not in self.fields:
            raise UsageError(f"The field {name!r} of a {self.name} cannot be searched: it is not declared.")
        return self.fields[name]


class Documents(Protocol):
    """Safe to use from many threads and many processes at once. Raises `Unavailable` when it is not there."""

    def create(self, kind: str, docs: Sequence[Doc]) -> list[bool]:
        """Per document: True, it was created; False, its id or a unique field is taken. Never overwrites."""
        ...

    def create_in_turn(self, groups: Sequence[tuple[str, Sequence[Doc]]]) -> int:
        """How many groups, ``(kind, documents)``, were created: it ends with the first of which one is taken.

        Of that one the others are created, as by `create`. What can be seen is what all groups before it are
        there for; some back ends do it in one go.
        """
        ...

    def get(self, kind: str, id: str) -> Doc | None: ...  # noqa: A002

    def find(
        self,
        kind: str,
        where: Mapping[str, Test],
        *,
        order: str = "id",
        after: str | None = None,
        limit: int = 100,
    ) -> list[Doc]:
        """At most ``limit`` documents that pass every test, by ``order`` and then by id.

        ``-FIELD`` is descending (id too); documents without the field come first, or last. ``after`` is the
        `cursor` of the last document seen, which may have been changed or deleted since.
        """
        ...

    def count(self, kind: str, where: Mapping[str, Test]) -> int: ...

    def update_one(
        self,
        kind: str,
        where: Mapping[str, Test],
        set: Mapping[str, Json],  # noqa: A002
        *,
        inc: Mapping[str, int] = {},
        order: str = "id",
    ) -> Doc | None:
        """The new state of the first document in ``order`` that passes every test; None when none does.

        ``set`` replaces top-level fields, ``inc`` adds to integers (0 where there is none); rev rises by one.
        Of any number of callers at once, each sees the effect of those before it. `UsageError` when a unique
        field would be taken twice.
        """
        ...

    def delete(self, kind: str, where: Mapping[str, Test]) -> int:
        """How many documents passed every test; they are gone."""
        ...

    def close(self) -> None: ...


def cursor(doc: Doc, order: str = "id") -> str:
    """What ``after`` takes to go on behind ``doc`` in this order."""
    name = order.removeprefix("-")
    return doc["id"] if name == "id" else json.dumps([doc.get(name), doc["id"]])


def place_of(after: str, kind: Kind, order: str) -> tuple[Scalar, str]:
    """``(value, id)`` of a `cursor`; `UsageError` when it is none of this order."""
    name = order.removeprefix("-")
    if name == "id":
        return after, after
    try:
        value, id_ = json.loads(after)
    except (ValueError, TypeError, RecursionError):
        value, id_ = None, None
    if not isinstance(id_, str) or (value is not None and type(value) is not kind.type_of(name)):
        raise UsageError("This is no place to go on from: it is not a cursor of this order.")
    return value, id_


def check_doc(kind: Kind, doc: Doc, *, whole: bool = True) -> None:
    """`UsageError` when ``doc`` (or, not ``whole``, a part of one) has a declared field of another type."""
    if whole and not isinstance(doc.get("id"), str):
        raise UsageError(f"A {kind.name} needs an id, a string.")
    if not whole and ("id" in doc or "rev" in doc):
        raise UsageError("The id and rev of a document cannot be set.")
    for name in ("id", *kind.fields):
        if doc.get(name) is not None:
            check_scalar(kind, name, doc[name])


def check_scalar(kind: Kind, name: str, value: Json) -> None:
    """`UsageError` when ``value`` is not what the declared field ``name`` holds."""
    wanted = kind.type_of(name)
    if type(value) is not wanted:
        raise UsageError(f"{name!r} of a {kind.name} is {wanted.__name__}, not {type(value).__name__}.")
    if isinstance(value, int):
        if abs(value) > MOST_INTEGER:
            raise UsageError(f"{name!r} of a {kind.name} does not fit 64 bits.")
    elif "\0" in value or not _encodable(value):
        raise UsageError(f"{name!r} of a {kind.name} holds a character that cannot be searched for.")


def check_tests(kind: Kind, where: Mapping[str, Test]) -> None:
    """`UsageError` when a test is on a field that is not declared, or with a value of another type."""
    for name, test in where.items():
        kind.type_of(name)
        values = test.values if isinstance(test, In) else [test.value if isinstance(test, Lt | Ge) else test]
        for value in values:
            if value is not None or isinstance(test, Lt | Ge | In):
                check_scalar(kind, name, value)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
