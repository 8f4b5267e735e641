"""Files of a service, fetched: what breaks off goes on where it was, and its bytes are held to a SHA-256."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any

from lookalike.client.transport import Transport
from lookalike.errors import CannotWrite, Unavailable, VerificationFailed

_PARTIAL = 206
_PIECE_BYTES = 1 << 20


def fetched(
    transport: Transport, at: str, query: Mapping[str, Any], path: Path, sha256: str, tries: int
) -> str:
    """``sha256``, once the file of that SHA-256 that the service has at ``at`` is at ``path``.

    What breaks off goes on where it was; `VerificationFailed`, and no file, when the bytes are others.
    """
    part = Path(f"{path}.part")
    try:
        for left in range(tries - 1, -1, -1):
            try:
                _fetch(transport, at, query, part, sha256)
                break
            except (OSError, HTTPException, Unavailable) as error:
                if isinstance(error, CannotWrite) or not left:
                    raise
                time.sleep(1.0)
        if _sha256(part) != sha256:
            part.unlink()
            raise VerificationFailed("The file is not the one that the service made.", file=str(path))
        part.replace(path)
    except HTTPException as error:
        raise Unavailable("The download broke off.", hint="Try again: it goes on.") from error
    return sha256


def _fetch(transport: Transport, at: str, query: Mapping[str, Any], part: Path, sha256: str) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'} if have else {}
    with transport.open("GET", at, query=query, headers=headers) as answer:
        mode = "ab" if answer.status == _PARTIAL else "wb"
        wanted = int(answer.headers["Content-Length"] or 0)
        with part.open(mode) as out:
            while wanted and (piece := answer.read(min(_PIECE_BYTES, wanted))):
                out.write(piece)
                wanted -= len(piece)
    if wanted:
        raise Unavailable("The download broke off.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
