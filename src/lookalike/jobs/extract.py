"""The task that reads one document of a write job: items, in the record store, under the job's key."""

from __future__ import annotations

from lookalike import faults
from lookalike.errors import NotFound
from lookalike.jobs.heart import Heart
from lookalike.jobs.model import Job, Lease, TaskResult
from lookalike.jobs.sources import ITEM, READ, item_id, read_id, upload_key
from lookalike.jobs.submit import secret_of
from lookalike.records.documents import Cut, Item
from lookalike.sandbox.process import Sandbox
from lookalike.stores.opened import Stores
from lookalike.stores.records import Record
from lookalike.watch import check

_BATCH = 500


class Extracts:
    """Reads documents in ``sandbox``."""

    def __init__(self, stores: Stores, sandbox: Sandbox) -> None:
        self._stores = stores
        self._sandbox = sandbox

    def run(self, lease: Lease, heart: Heart) -> TaskResult:
        """How many items the document gave. Done twice, the items are the same, and there once.

        `BadDocument` and `BadTable` say, with page or row, why it cannot be read; then none of it stays but
        what earlier attempts stored, which nobody reads without the record that ends it.
        """
        job, number = lease.job, lease.task.number
        index_if_asked(self._stores, job)
        done = self._stores.records.get([read_id(job, number)])[0]
        if done is None:
            done = self._read(job, number, heart)
        return TaskResult({}, {"items": done.facts["items"]})

    def _read(self, job: Job, number: int, heart: Heart) -> Record:
        secret = secret_of(self._stores, job)
        document_id = job.request["documents"][number]
        try:
            pieces = self._stores.sealed(document_id).read(upload_key(document_id))
        except NotFound as error:
            raise NotFound(
                "The document was dropped when the job ended, before all of it was read.",
                hint="Upload it again, and submit a new job.",
            ) from error
        found = self._sandbox.items(pieces, secret["files"][number], Cut(**secret["cut"]))
        for start in range(0, len(found), _BATCH):
            check(heart)
            part = found[start : start + _BATCH]
            self._stores.records.create([_record(job, number, item) for item in part])
        faults.hit("after-items")
        source = found[0].source
        facts = {"file": source.file, "sha256": source.sha256, "items": len(found)}
        end = Record(read_id(job, number), READ, {}, facts)
        self._stores.records.create([end])
        return end


def index_if_asked(stores: Stores, job: Job) -> None:
    """Begin the job's full-text index, where it was asked for and is not there."""
    if job.request["index"] and not stores.records.is_indexed(job.output):
        stores.records.index(job.output)


def _record(job: Job, number: int, item: Item) -> Record:
    return Record(item_id(job, number, item.source.number), ITEM, item.fields, item.source.to_dict())
