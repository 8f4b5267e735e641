"""The documents that a write job is made of: uploaded, read once, and dropped when the job has ended.

A document's bytes are a sealed blob under a key of its own. What was read of it are items in the record
store, sealed under the job's key: they stay as long as the job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lookalike import faults
from lookalike.errors import NotFound, WrongState
from lookalike.jobs.model import Job
from lookalike.stores.documents import Doc, In, Kind, Test
from lookalike.stores.opened import Stores

DOCUMENT = Kind(
    "document",
    fields={"owner": str, "state": str, "idem": str, "job": str},
    indexes=(("owner", "state"), ("state",), ("job",)),
    unique=("idem",),
)
"""state: ``uploading`` or ``ready``. job: whose it became; None: nobody's yet."""

ITEM = "item"
READ = "document"
"""Statuses of records: an item, and what says that all items of a document are there."""


def upload_key(document_id: str) -> str:
    """The key of the blob that holds what was uploaded, byte for byte."""
    return f"{document_id}/upload"


def item_id(job: Job, document: int, number: int) -> str:
    """The id of item ``number`` of the job's document ``document``."""
    return f"{job.output}/items/{document:03d}/{number:07d}"


def read_id(job: Job, document: int) -> str:
    """The id of the record that says that the document was read to its end; behind its items."""
    return f"{job.output}/items/{document:03d}/end"


def claim(stores: Stores, owner: str, document_ids: Sequence[str], job_id: str) -> list[Doc]:
    """The owner's documents, which are the job's from now on, in order.

    `NotFound` for one that is not theirs, `WrongState` for one that is not there yet or another job's.
    """
    found: list[Doc] = []
    for doc in free(stores, owner, document_ids):
        where: Mapping[str, Test] = {"id": doc["id"], "state": "ready", "job": doc["job"]}
        changed = stores.documents.update_one("document", where, {"job": job_id})
        if changed is None:
            raise _taken()
        found.append(changed)
    return found


def free(stores: Stores, owner: str, document_ids: Sequence[str]) -> Iterator[Doc]:
    """The owner's documents, in order, each of which is there and no job's. Raises as `claim` does."""
    for document_id in document_ids:
        doc = stores.documents.get("document", document_id)
        if doc is None or doc["owner"] != owner:
            raise NotFound("There is no such document, or none that you may see.", hint="Upload it first.")
        taken = doc["job"] is not None and stores.documents.get("job", doc["job"]) is not None
        if taken or doc["state"] != "ready":
            raise _taken()
        yield doc


def _taken() -> WrongState:
    return WrongState(
        "A document is still being uploaded, or is another job's.",
        hint="A document is for one job: upload it again for the next.",
    )


def drop_documents(stores: Stores, job: Job) -> None:
    """Make sure that nothing is left of the uploads of an ended write job. May be done twice.

    A rehearsal has none of its own: it reads those of the job that it rehearses.
    """
    if job.kind == "write" and job.request.get("documents"):
        faults.hit("before-documents")
        drop(stores, job.request["documents"])
        faults.hit("after-documents")


def drop(stores: Stores, document_ids: Sequence[str]) -> None:
    """Destroy the keys, then the bytes and the documents of uploads."""
    stores.keys.destroy(document_ids)
    for document_id in document_ids:
        stores.blobs.delete([info.key for info in stores.blobs.list(f"{document_id}/")])
    where: Mapping[str, Test] = {"id": In(*document_ids)}
    stores.documents.delete("document", where)
