"""Datasets: upload, list, look, describe, share, delete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from lookalike.errors import UsageError, WrongState
from lookalike.service.auth import Reading, Writing
from lookalike.service.datasets import STATES, Upload
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.answers import BUSY, CREATING, READING, WRITING
from lookalike.service.nouns.listing import page_of, wanted_of
from lookalike.service.nouns.receiving import IdempotencyKey, with_body
from lookalike.service.nouns.sharing import readers, share_with
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.scope import Scope
from lookalike.service.shelf import Shelf
from lookalike.stores.documents import Doc

router = APIRouter(prefix="/api/datasets", tags=["datasets"])
SAMPLE_NAME, SAMPLE_FILE = "US census 1994 (sample)", "census.csv.gz"
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes, as they are: CSV, TSV, Parquet, Arrow, JSON Lines, XLSX; or one of "
        "them packed by gzip, zstd, bzip2, xz or zip.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("", status_code=201, responses=CREATING | BUSY, openapi_extra=_BODY)
async def upload_dataset(
    request: Request,
    asked: Annotated[s.UploadAsked, Query()],
    scope: Writing,
    platform: OnPlatform,
    idempotency_key: IdempotencyKey = None,
) -> s.Dataset:
    """Upload a table: the file's bytes are the request's body.

    It is answered when the table was read. One that cannot be read is a 400 that says in which row and
    column, and nothing of it is kept.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise UsageError(
            "This takes the file's bytes as they are, no form.", hint="Send the file as the body."
        )
    reading = {
        "format": asked.format,
        "delimiter": asked.delimiter,
        "quote": asked.quote,
        "encoding": asked.encoding,
        "header": asked.header,
        "target": asked.target,
    }
    upload = Upload(scope.user.id, asked.name, asked.name, reading, idempotency_key)

    def filled(pieces: Iterator[bytes]) -> Doc:
        doc, new = platform.datasets.begin(upload)
        scope.touched.append(doc["id"])
        if not new:
            for _ in pieces:  # a client that is not listened to sees a broken connection
                pass
            return doc
        return platform.datasets.fill(doc["id"], upload, pieces)

    return _shown(await with_body(request, filled), scope)


@router.post("/sample", status_code=201, responses=CREATING)
def make_sample_dataset(
    scope: Writing, platform: OnPlatform, idempotency_key: IdempotencyKey = None
) -> s.Dataset:
    """Make a dataset of the table that comes with Lookalike: 5,000 people of the US census of 1994."""
    upload = Upload(scope.user.id, SAMPLE_NAME, SAMPLE_FILE, {"target": "income"}, idempotency_key)
    doc, new = platform.datasets.begin(upload)
    scope.touched.append(doc["id"])
    return _shown(platform.datasets.fill(doc["id"], upload, [_sample()]) if new else doc, scope)


@router.get("", responses=READING)
def list_datasets(scope: Reading, asked: Annotated[s.DatasetsAsked, Query()]) -> s.Counted[s.Dataset]:
    """Your datasets, and those shared with you."""
    shelf = Shelf(scope, "dataset", STATES, {})
    part = shelf.page(wanted_of(asked, asked.state))
    return page_of(part, [_shown(doc, scope) for doc in part.docs])


@router.get("/{dataset_id}", responses=READING)
def get_dataset(dataset_id: str, scope: Reading, platform: OnPlatform) -> s.DatasetInspected:
    """A dataset, what was noticed when it was read, and how much hangs on it."""
    doc = scope.get("dataset", dataset_id)
    notes = platform.datasets.table(dataset_id)["notes"] if doc["state"] == "ready" else []
    mine = _mine(doc, scope)
    hanging = platform.removal.of_dataset(dataset_id).counts() if mine else {}
    return s.DatasetInspected(
        **_fields(doc, scope),
        notes=notes,
        hanging=s.Hanging(**hanging),
        shared_with=readers(scope, "dataset", dataset_id) if mine else [],
    )


@router.patch("/{dataset_id}", responses=WRITING)
def rename_dataset(dataset_id: str, scope: Writing, body: s.Rename) -> s.Dataset:
    """Give a dataset another name."""
    doc = scope.update("dataset", dataset_id, {"name": body.name}, {"state": "ready"})
    if doc is None:
        raise _not_ready()
    return _shown(doc, scope)


@router.delete("/{dataset_id}", responses=WRITING)
def delete_dataset(
    dataset_id: str, scope: Writing, platform: OnPlatform, asked: Annotated[s.Cascade, Query()]
) -> s.Deleted:
    """Delete a dataset and all that hangs on it: its jobs, their models, the rows drawn from them.

    When something hangs on it, a 409 first says what, unless `cascade` is true. The keys are destroyed:
    there is no way back.
    """
    scope.own("dataset", dataset_id)
    hanging = platform.removal.of_dataset(dataset_id)
    if hanging and not asked.cascade:
        raise platform.removal.refuse("dataset", hanging)
    platform.removal.dataset(dataset_id)
    return s.Deleted(id=dataset_id, deleted=s.Hanging(**hanging.counts()))


@router.get("/{dataset_id}/preview", responses=READING)
def preview_dataset(dataset_id: str, scope: Reading, platform: OnPlatform) -> s.Rows:
    """The first 100 rows, as texts, without the columns that are left out."""
    table = _table(scope, platform, dataset_id)
    shown = [column for column in table["schema"]["columns"] if column.get("action") != "drop"]
    columns = [s.Column(name=column["name"], kind=column["kind"]) for column in shown]
    return s.Rows(columns=columns, rows=table["preview"])


@router.get("/{dataset_id}/schema", responses=READING)
def get_schema(dataset_id: str, scope: Reading, platform: OnPlatform) -> s.SchemaShown:
    """What the columns are taken for."""
    return _schema(_table(scope, platform, dataset_id))


@router.put("/{dataset_id}/schema", responses=WRITING | BUSY)
def put_schema(
    dataset_id: str, scope: Writing, platform: OnPlatform, body: s.SchemaText | s.SchemaColumns
) -> s.SchemaShown:
    """Say what the columns are. The table is read again; when it does not fit, a 400 says where.

    Jobs that were submitted before keep the schema that they began with.
    """
    if scope.own("dataset", dataset_id)["state"] != "ready":
        raise _not_ready()
    text = body.text if isinstance(body, s.SchemaText) else json.dumps({"columns": body.columns})
    return _schema(platform.datasets.set_schema(dataset_id, text))


@router.post("/{dataset_id}/share", responses=WRITING)
def share_dataset(dataset_id: str, scope: Writing, people: s.ShareWith) -> s.Shares_:
    """Let another user read a dataset, or no longer."""
    return share_with(scope, "dataset", dataset_id, people)


def _sample() -> bytes:
    return resources.files("lookalike.service").joinpath("sample", SAMPLE_FILE).read_bytes()


def _table(scope: Scope, platform: Platform, dataset_id: str) -> dict[str, Any]:
    if scope.get("dataset", dataset_id)["state"] != "ready":
        raise _not_ready()
    return platform.datasets.table(dataset_id)


def _schema(table: dict[str, Any]) -> s.SchemaShown:
    return s.SchemaShown(columns=table["schema"]["columns"], text=table["schema_text"], notes=table["notes"])


def _not_ready() -> WrongState:
    return WrongState("The dataset is not ready.", hint="Wait until its upload has ended.")


def _mine(doc: Doc, scope: Scope) -> bool:
    return doc["owner"] == scope.user.id


def _fields(doc: Doc, scope: Scope) -> dict[str, Any]:
    names = ("id", "name", "state", "rows", "columns", "size_bytes", "sha256")
    return {**{name: doc[name] for name in names}, "mine": _mine(doc, scope), "created_at": doc["created_us"]}


def _shown(doc: Doc, scope: Scope) -> s.Dataset:
    return s.Dataset(**_fields(doc, scope))
