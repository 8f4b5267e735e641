"""The gateway of the local store: what was published, to anybody, by its CID, as IPFS gateways answer.

Behaviour as of https://specs.ipfs.tech/http-gateways/trustless-gateway, for whole files. Whoever fetches
checks the bytes by the address itself, so they need no sign-in, and may be kept by any cache for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from lookalike.errors import BadInput, NotFound
from lookalike.publish.car import MEDIA_TYPE, car_of
from lookalike.publish.cid import Cid
from lookalike.publish.dag import LAYOUT_V0, Layout, blocks_of
from lookalike.publish.digests import LAYOUTS
from lookalike.service.nouns.sending import BYTES
from lookalike.service.openapi import MEANINGS, errors
from lookalike.service.platform import OnPlatform
from lookalike.service.publications import Shelved
from lookalike.service.ranges import answer, attachment, headers_of

router = APIRouter(tags=["gateway"])

_RAW = "application/vnd.ipld.raw"
_CAR = f"{MEDIA_TYPE}; version=1; order=unk; dups=y"
_HEADERS = {
    "Cache-Control": "public, max-age=29030400, immutable",
    # rows are anybody's text: no browser is to run them, nor to guess what they are
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
_CidInPath = Annotated[
    str,
    Path(
        max_length=60,
        examples=["bafybeieqzxetlo6vv44vmmzaezofnkderkjeznamdeqc2z4uakhjqg3ooq"],
        description="A CID of version 1; or 0, where it was published under that.",
    ),
]
_Binary: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_FILE = {**BYTES, "application/octet-stream": _Binary}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, its archive, or its root block. `ETag` is the CID.",
        "content": {**_FILE, MEDIA_TYPE: _Binary, _RAW: _Binary},
    },
    206: {
        "description": "The part that `Range` asked for.",
        "content": _FILE,
    },
    304: {"description": "It is the one that `If-None-Match` names."},
    **errors(404, 412, 416),
}


@router.head("/ipfs/{cid}", responses=_ANSWERS, include_in_schema=False)
@router.get("/ipfs/{cid}", response_class=Response, responses=_ANSWERS)
def get_published(
    cid: _CidInPath,
    request: Request,
    platform: OnPlatform,
    format: Annotated[  # noqa: A002
        Literal["car", "raw"] | None, Query(description="An archive of its blocks, or the root block alone.")
    ] = None,
) -> Response:
    """A file that was published to the local store. Nothing else is here, whoever asks."""
    try:
        root = Cid.of_text(cid)
    except BadInput as problem:
        raise NotFound("Nothing is published under this address here.") from problem
    found = platform.publications.shelved(cid)
    asked = format or _accepted(request)
    headers = {**_HEADERS, "X-Ipfs-Path": f"/ipfs/{cid}", "X-Ipfs-Roots": cid}
    if asked is not None:
        return _blocks(request, found, root, asked, headers)
    etag = f'"{cid}"'
    given = answer(request.headers, found.size_bytes, etag)
    headers |= headers_of(given, found.size_bytes, etag)
    if given.status in (412, 416):
        raise HTTPException(given.status, MEANINGS[given.status], headers)
    headers["Content-Disposition"] = attachment(found.name)
    if given.status not in (200, 206) or request.method == "HEAD":
        return Response(status_code=given.status, headers=headers, media_type=found.media_type)
    pieces = found.store.read(found.cid, given.start, given.stop)
    return StreamingResponse(pieces, given.status, headers=headers, media_type=found.media_type)


def _accepted(request: Request) -> Literal["car", "raw"] | None:
    """What the Accept header asks for, as clients of gateways do."""
    accept = request.headers.get("accept", "")
    if MEDIA_TYPE in accept:
        return "car"
    return "raw" if _RAW in accept else None


def _blocks(
    request: Request, found: Shelved, root: Cid, asked: Literal["car", "raw"], headers: dict[str, str]
) -> Response:
    """The blocks of a file, or the root alone."""
    etag = f'"{root}.{asked}"'
    headers = {**headers, "ETag": etag, "Vary": "Accept"}
    headers["Content-Disposition"] = attachment(f"{root}.{'car' if asked == 'car' else 'bin'}")
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    layout = next(one for one in (*LAYOUTS, LAYOUT_V0) if _is_of(found, root, one))
    media = _CAR if asked == "car" else _RAW
    if request.method == "HEAD":
        return Response(headers=headers, media_type=media)
    if asked == "raw":
        return Response(_root_block(found, root, layout), headers=headers, media_type=media)
    pieces: Iterable[bytes] = car_of(found.store.read(found.cid), root, layout)
    return StreamingResponse(pieces, headers=headers, media_type=media)


def _is_of(found: Shelved, root: Cid, layout: Layout) -> bool:
    fields = dict(zip((*LAYOUTS, LAYOUT_V0), ("cid", "cid_small", "cid_v0"), strict=True))
    return found.doc.get(fields[layout]) == str(root)


def _root_block(found: Shelved, root: Cid, layout: Layout) -> bytes:
    if root == found.cid:
        return found.store.root_block(root)
    last = b""
    for _, block in blocks_of(found.store.read(found.cid), layout):
        last = block
    return last
