"""The back ends that the contract suite of `Documents` runs on. A new one is a class here.

A back end is opened by ``open(place)`` from the outside of a process, so that other processes can open the
same one: ``place`` is a string that says where it is.
"""

from __future__ import annotations

from pathlib import Path

from lookalike.stores.documents import Documents, Kind
from lookalike.stores.sqlite_documents import SqliteDocuments

KINDS = (
    Kind(
        "job",
        fields={"owner": str, "state": str, "turn": int, "key": str, "attempt": int},
        indexes=(("owner", "state", "turn"), ("state", "turn")),
        unique=("key",),
    ),
    Kind("secret", fields={"owner": str}, secret=True, v=3),
)


class Sqlite:
    name = "sqlite"

    @staticmethod
    def place(folder: Path) -> str:
        return f"sqlite:{folder / 'store' / 'documents.db'}"


BACK_ENDS = [Sqlite]


def open_store(place: str, *, busy_s: float = 15.0) -> Documents:
    scheme, _, rest = place.partition(":")
    assert scheme == "sqlite"
    return SqliteDocuments(rest, KINDS, busy_s=busy_s)
