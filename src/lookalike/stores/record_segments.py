"""The sealed segments of jobs: blobs ``JOB/records/00000012`` of records, a line of JSON each.

A segment never changes, and its number is given to no other that was ever read. So what was opened last is
remembered.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from lookalike.stores.blobs import BlobStore
from lookalike.stores.records import Record
from lookalike.stores.sealed import OwnerKeys, Sealed

SEGMENT_BYTES = 1 << 18
"""About how large a segment may grow: reading one record opens one segment."""

_REMEMBERED = 64


class Segments:
    """Segments in ``blobs``, sealed by ``keys``."""

    def __init__(self, blobs: BlobStore, keys: OwnerKeys) -> None:
        self._blobs = blobs
        self._keys = keys
        self._opened = _Remembered()

    def put(self, job_id: str, number: int, lines: Iterable[bytes]) -> None:
        text = b"".join(line + b"\n" for line in lines)
        Sealed(self._blobs, self._keys, job_id).put(_key(job_id, number), [text])

    def lines(self, job_id: str, number: int) -> list[bytes]:
        """The records of a segment; `NotFound` when there is none, `Damaged` when it was changed."""
        known = self._opened.get((job_id, number))
        if known is None:
            sealed = Sealed(self._blobs, self._keys, job_id)
            known = b"".join(sealed.read(_key(job_id, number))).splitlines()
            self._opened.put((job_id, number), known)
        return known

    def sizes(self, job_id: str) -> dict[int, int]:
        """Number → about how many bytes, of every segment that the job has."""
        found = self._blobs.list(f"{job_id}/records/")
        return {int(info.key.rpartition("/")[2]): info.size_bytes for info in found}

    def delete(self, job_id: str, numbers: Iterable[int]) -> None:
        self._blobs.delete([_key(job_id, number) for number in numbers])

    def drop(self, job_id: str) -> None:
        """Delete all of a job's."""
        self._opened.forget(job_id)
        self._blobs.delete([info.key for info in self._blobs.list(f"{job_id}/records/")])


class _Remembered:
    """The segments that were opened last; they never change."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int], list[bytes]] = OrderedDict()

    def get(self, key: tuple[str, int]) -> list[bytes] | None:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
            return self._known.get(key)

    def put(self, key: tuple[str, int], lines: list[bytes]) -> None:
        with self._lock:
            self._known[key] = lines
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)

    def forget(self, job_id: str) -> None:
        with self._lock:
            for key in [key for key in self._known if key[0] == job_id]:
                del self._known[key]


def _key(job_id: str, segment: int) -> str:
    return f"{job_id}/records/{segment:08d}"


def parts(records: Sequence[Record]) -> Iterator[list[Record]]:
    """The records in groups of about a segment's size."""
    rest = iter(records)
    while group := list(islice(_until_full(rest), None)):
        yield group


def _until_full(records: Iterator[Record]) -> Iterator[Record]:
    size = 0
    for record in records:
        yield record
        size += len(record.to_text())
        if size >= SEGMENT_BYTES:
            return
