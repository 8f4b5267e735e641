"""Files of what an ended job made: made when first asked for, sealed under its key, kept with it.

A file is known by the job, by what was wanted, and by how many records were accepted. Records never change
and none goes, so of one job that number says which they are: a job that goes on has other files, and the old
ones go. What else a job has (failures, answers) is known by its own number, too. Of two processes that make
one file at once, the ledger takes the first.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import threading
import weakref
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from lookalike import faults, ids
from lookalike.clock import Clock
from lookalike.errors import NotFound, WrongState
from lookalike.jobs.model import Job
from lookalike.records.forms import Wanted, columns_of, pieces
from lookalike.records.output import PROVENANCE
from lookalike.stores.documents import Doc, Documents, Kind
from lookalike.stores.opened import Stores
from lookalike.tables.canonical_json import dumps

DOWNLOAD = Kind("download", fields={"job": str, "blob": str}, indexes=(("job",), ("blob",)))
"""accepted: how many records its job had. Its size and SHA-256 are in plain, as those of generations are."""

FILES = "files"
MOST = 20
"""The most files of one job that are kept: the oldest go."""

ACCEPTED = "accepted"


class Downloads:
    """The files that were made of records in ``stores``."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock
        self._making: weakref.WeakValueDictionary[str, _Turn] = weakref.WeakValueDictionary()
        self._lock = threading.Lock()

    def of(self, job: Job, wanted: Wanted) -> Doc:
        """The file: its ``blob``, ``size_bytes`` and ``sha256``. The first who asks waits until it is made.

        `WrongState` without a record, `UsageError` for roles that cannot be, `NotFound` for a deleted job.
        """
        accepted = self._stores.records.counts(job.output).get(ACCEPTED, 0)
        if not accepted:
            raise nothing_accepted()
        return self._of(job, accepted, dataclasses.asdict(wanted), lambda: self._pieces(job, wanted))

    def of_lines(self, job: Job, statuses: Sequence[str], lines: Iterable[bytes]) -> Doc:
        """The file of ``lines``, which are made of the job's records of these statuses; as `of`."""
        counts = self._stores.records.counts(job.output)
        said = {status: counts.get(status, 0) for status in statuses}
        return self._of(job, counts.get(ACCEPTED, 0), said, lambda: lines)

    def _of(self, job: Job, accepted: int, said: Any, data: Callable[[], Iterable[bytes]]) -> Doc:
        id_ = f"{job.id}:{accepted}:{self._digest(job, said)}"
        with self._lock:
            turn = self._making.setdefault(id_, _Turn())
        with turn.lock:
            return self._known(id_) or self._made(id_, job, accepted, data())

    def _digest(self, job: Job, said: Any) -> str:
        """What is wanted, by the job's key: names of fields are not for everybody to read."""
        return hmac.new(self._stores.keys.key(job.output), dumps(said), hashlib.sha256).hexdigest()[:32]

    def _pieces(self, job: Job, wanted: Wanted) -> Iterator[bytes]:
        columns = columns_of(accepted_of(self._stores, job))
        return pieces(accepted_of(self._stores, job, provenance=wanted.provenance), wanted, columns)

    def _known(self, id_: str) -> Doc | None:
        doc = self._stores.documents.get("download", id_)
        if doc is not None and self._stores.blobs.info(doc["blob"]) is None:
            self._stores.documents.delete("download", {"id": id_})  # it is made anew
            return None
        return doc

    def _made(self, id_: str, job: Job, accepted: int, data: Iterable[bytes]) -> Doc:
        blob = f"{job.output}/{FILES}/{ids.new('file', self._clock)}"
        faults.hit("before-file")
        put = self._stores.sealed(job.output).put(blob, data)
        faults.hit("after-file")
        doc: Doc = {"id": id_, "job": job.id, "accepted": accepted, "blob": blob}
        doc |= {"size_bytes": put.size_bytes, "sha256": put.sha256}
        if not self._stores.documents.create("download", [doc])[0]:
            self._stores.blobs.delete([blob])
            doc = self._stores.documents.get("download", id_) or doc
        if not self._stores.keys.exists(job.output):
            drop_downloads(self._stores, job.id)
            raise NotFound(f"{job.id} was deleted meanwhile.")
        drop_downloads(self._stores, job.id, but=accepted)
        return doc


class _Turn:
    """Whose turn it is to make one file."""

    __slots__ = ("__weakref__", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()


def so_far(stores: Stores, job: Job, wanted: Wanted) -> Iterator[bytes]:
    """The file, piece by piece, of the records that a job has at this moment while it goes on.

    Errors as those of `Downloads.of`, before the first piece.
    """
    now = {record.id for record in stores.records.scan(job.output, ACCEPTED)}
    if not now:
        raise nothing_accepted()
    columns = columns_of(accepted_of(stores, job, among=now))
    return pieces(accepted_of(stores, job, provenance=wanted.provenance, among=now), wanted, columns)


def accepted_of(
    stores: Stores, job: Job, *, provenance: bool = False, among: Container[str] | None = None
) -> Iterator[Mapping[str, Any]]:
    """The job's accepted records, in the order of their slots; with ``_made``, if ``provenance``.

    among: the ids of those that are wanted; all, if None.
    """
    for record in stores.records.scan(job.output, ACCEPTED):
        if among is not None and record.id not in among:
            continue
        made = {name: value for name, value in record.facts.items() if name != "entry"}
        yield {**record.fields, PROVENANCE: made} if provenance else record.fields


def nothing_accepted() -> WrongState:
    return WrongState("No record has been accepted yet.", hint="Wait, or look at what was refused.")


def drop_downloads(stores: Stores, job_id: str, *, but: int | None = None) -> None:
    """Make sure that none of the job's files is left, but for the newest of those of ``but`` records."""
    found = sorted(stores.documents.find("download", {"job": job_id}), key=lambda doc: doc["blob"])
    kept = [doc["id"] for doc in found if doc["accepted"] == but][-MOST:]
    gone = [doc for doc in found if doc["id"] not in kept]
    for doc in gone:
        stores.documents.delete("download", {"id": doc["id"]})
    stores.blobs.delete([doc["blob"] for doc in gone])


def is_wanted(documents: Documents, key: str) -> bool:
    """Whether the blob ``key`` is no such file, or one that the ledger knows. Some were being made when
    their process died."""
    if key.split("/")[1:2] != [FILES]:
        return True
    return documents.count("download", {"blob": key}) > 0
