"""The back ends that the contract suite of `RecordStore` runs on. A new one is a line in `BACK_ENDS`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from contract.blob_stores import keys_in
from lookalike.stores.blobs import DiskBlobs
from lookalike.stores.records import RecordStore
from lookalike.stores.sqlite_records import SqliteRecords

JOBS = ("job_00000000000070008000000000000001", "job_00000000000070008000000000000002")


def _sqlite(folder: Path) -> Callable[[], RecordStore]:
    for job in JOBS:
        keys_in(folder).create(job)
    return lambda: SqliteRecords(folder / "records.db", DiskBlobs(folder / "blobs"), keys_in(folder))


BACK_ENDS: dict[str, Callable[[Path], Callable[[], RecordStore]]] = {"sqlite": _sqlite}
"""Name → what, given an empty folder, makes keys for `JOBS` and returns what opens the same store again."""
