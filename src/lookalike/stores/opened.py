"""The stores of one installation, opened together from their URLs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lookalike.errors import UsageError
from lookalike.stores.blobs import BlobStore, DiskBlobs, memory_blobs
from lookalike.stores.documents import Documents, Kind
from lookalike.stores.keys import Keys
from lookalike.stores.master_keys import MasterKeys
from lookalike.stores.records import RecordStore
from lookalike.stores.sealed import Sealed
from lookalike.stores.sqlite_documents import SqliteDocuments
from lookalike.stores.sqlite_records import SqliteRecords


@dataclass(frozen=True, slots=True)
class Stores:
    """documents must know the kinds that are asked of them; blobs hold sealed bytes only."""

    documents: Documents
    blobs: BlobStore
    keys: Keys
    records: RecordStore

    def close(self) -> None:
        """Close what is open; use the stores no more."""
        self.records.close()
        self.documents.close()

    def sealed(self, owner_id: str) -> Sealed:
        """The blobs of one dataset, model or generation, under its key."""
        return Sealed(self.blobs, self.keys, owner_id)


def open_stores(
    documents_url: str, blobs_url: str, records_url: str, masters: MasterKeys, kinds: Sequence[Kind]
) -> Stores:
    """The stores at ``sqlite:PATH`` and at ``file:PATH`` or ``memory:``; `UsageError` for another scheme."""
    documents = open_documents(documents_url, kinds)
    blobs, keys = open_blobs(blobs_url), Keys(documents, masters)
    return Stores(documents, blobs, keys, open_records(records_url, blobs, keys))


def open_documents(url: str, kinds: Sequence[Kind]) -> SqliteDocuments:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return SqliteDocuments(rest, kinds)
    raise _unknown("documents", scheme, "sqlite:PATH")


def open_blobs(url: str) -> BlobStore:
    scheme, _, rest = url.partition(":")
    if scheme == "file" and rest:
        return DiskBlobs(rest)
    if scheme == "memory":
        return memory_blobs()
    raise _unknown("blobs", scheme, "file:PATH or memory:")


def open_records(url: str, blobs: BlobStore, keys: Keys) -> RecordStore:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return SqliteRecords(rest, blobs, keys)
    raise _unknown("records", scheme, "sqlite:PATH")


def _unknown(what: str, scheme: str, known: str) -> UsageError:
    # the rest of a URL may hold a password
    return UsageError(f"There is no store for {what} called {scheme!r}.", hint=f"Known: {known}.")
