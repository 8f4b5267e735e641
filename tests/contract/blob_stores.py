"""The back ends that the contract suite of `BlobStore` runs on. A new one is a line in `BACK_ENDS`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lookalike.stores.blobs import BlobStore, DiskBlobs, memory_blobs
from lookalike.stores.keys import KEY, Keys
from lookalike.stores.master_keys import KeyFile
from lookalike.stores.sealed import Sealed
from lookalike.stores.sqlite_documents import SqliteDocuments

OWNER = "job_00000000000070008000000000000001"


def keys_in(folder: Path) -> Keys:
    return Keys(SqliteDocuments(folder / "documents.db", [KEY]), KeyFile(folder / "master.key"))


def _disk(folder: Path) -> Callable[[], BlobStore]:
    return lambda: DiskBlobs(folder / "blobs")


def _memory(folder: Path) -> Callable[[], BlobStore]:
    store = memory_blobs()
    return lambda: store


def _sealed_disk(folder: Path) -> Callable[[], BlobStore]:
    keys_in(folder).create(OWNER)
    return lambda: Sealed(DiskBlobs(folder / "blobs"), keys_in(folder), OWNER)


BACK_ENDS: dict[str, Callable[[Path], Callable[[], BlobStore]]] = {
    "disk": _disk,
    "memory": _memory,
    "sealed-disk": _sealed_disk,
}
"""Name → what, given an empty folder, returns what opens the same store as often as it is called."""
