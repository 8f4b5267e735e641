"""Sealed files as answers: in parts, as far as they are asked for, and never as a file in plain."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from lookalike.errors import CannotWrite
from lookalike.jobs.model import ENDED, Job
from lookalike.service.openapi import MEANINGS, errors
from lookalike.service.ranges import answer, attachment, headers_of
from lookalike.stores.opened import Stores
from lookalike.stores.sealed import Sealed

MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "jsonl": "application/jsonl",
    "parquet": "application/vnd.apache.parquet",
}
_PACKED = {"gzip": "application/gzip", "zstd": "application/zstd"}
BYTES: dict[str, Any] = {
    kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
    for kind in (*MEDIA.values(), *_PACKED.values())
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. `ETag` is its SHA-256.",
        "content": BYTES,
    },
    206: {
        "description": "The part that `Range` asked for.",
        "content": BYTES,
    },
    304: {"description": "It is the one that `If-None-Match` names."},
    **errors(412, 416),
}
_LINES = {"application/jsonl": BYTES["application/jsonl"]}
LINES: dict[int | str, dict[str, Any]] = {
    **FILE,
    200: {"description": "A line of JSON for each. `ETag` is its SHA-256.", "content": _LINES},
    206: {**FILE[206], "content": _LINES},
}
MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The signed manifest, by contracts/signed_manifest.schema.json.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}


def media_of(format: str, compression: str | None) -> str:  # noqa: A002
    """What the file's bytes are. Parquet stays Parquet, whatever its pages are packed by."""
    plain = MEDIA.get(format, "application/octet-stream")
    return plain if format == "parquet" else _PACKED.get(compression or "", plain)


def file_answer(
    request: Request, store: Sealed, key: str, result: Mapping[str, Any], name: str, media: str
) -> Response:
    """What is asked for of the blob ``key``, of ``result``'s size and SHA-256, to be saved as ``name``."""
    size, etag = result["size_bytes"], f'"{result["sha256"]}"'
    given = answer(request.headers, size, etag)
    headers = headers_of(given, size, etag)
    if given.status in (412, 416):
        raise HTTPException(given.status, MEANINGS[given.status], headers)
    headers["Content-Disposition"] = attachment(name)
    if given.status not in (200, 206) or request.method == "HEAD":
        return Response(status_code=given.status, headers=headers, media_type=media)
    pieces = store.read(key, given.start, given.stop)
    return StreamingResponse(pieces, given.status, headers=headers, media_type=media)


def made_answer(
    request: Request,
    stores: Stores,
    job: Job,
    name: str,
    media: str,
    made: Callable[[], Mapping[str, Any]],
    now: Callable[[], Iterable[bytes]],
) -> Response:
    """The file ``made`` of a job that has ended; of one that goes on what there is ``now``, without a length
    and parts, and so it is when the disk is too full to keep a file."""
    if job.state in ENDED:
        with contextlib.suppress(CannotWrite):  # a full disk keeps nobody from what is theirs
            kept = made()
            return file_answer(request, stores.sealed(job.output), kept["blob"], kept, name, media)
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    found = now()
    return StreamingResponse(found if request.method == "GET" else (), headers=headers, media_type=media)


def blob_answer(store: Sealed, key: str, media: str, headers: Mapping[str, str] | None = None) -> Response:
    """A small blob as a whole."""
    return Response(b"".join(store.read(key)), headers=dict(headers or {}), media_type=media)
