"""Generations of a service: asked for, looked at, downloaded; and published."""

from __future__ import annotations

import hashlib
import os
import time
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lookalike.client.nouns import Watched, camel
from lookalike.client.publications import Published
from lookalike.client.transport import Json
from lookalike.errors import CannotWrite, Unavailable, VerificationFailed

_PARTIAL = 206
_PIECE_BYTES = 1 << 20


class Generations(Watched, Published):
    path = "/api/generation"

    def create(self, job_id: str, rows: int, *, format: str = "csv", **asked: Any) -> Json:  # noqa: A002
        """The generation, accepted. ``asked``: seed, conditions, shares, balance, compression, name."""
        model_id = asked.pop("model_id", None) or f"model_{job_id.partition('_')[2]}"
        body = {"modelId": model_id, "numberOfRows": rows, "outputFormat": format, **camel(asked)}
        path = f"/api/jobs/{quote(job_id, safe='')}/generate-data"
        begun = self._transport.json("POST", path, body=body, create=True)
        return self.get(begun["generationJobId"])

    def preview(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "preview"))

    def report(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "report"))

    def save_report(self, id: str, path: str | os.PathLike[str]) -> Path:  # noqa: A002
        """The path of the report as a page, one HTML file that needs no network."""
        at = self._at(id, "report")
        with self._transport.open("GET", at, query={"format": "html"}) as answer:
            Path(path).write_bytes(answer.read())
        return Path(path)

    def manifest(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "manifest"))

    def save_manifest(self, id: str, path: str | os.PathLike[str]) -> Path:  # noqa: A002
        """The path of the signed manifest, byte for byte as it was signed: what `verify` takes."""
        with self._transport.open("GET", self._at(id, "manifest")) as answer:
            Path(path).write_bytes(answer.read())
        return Path(path)

    def open(self, id: str) -> Any:  # noqa: A002
        """The file as a stream of bytes, to be read and closed."""
        return self._transport.open("GET", self._at(id, "download"))

    def download(self, id: str, path: str | os.PathLike[str], *, tries: int = 5) -> str:  # noqa: A002
        """The SHA-256 of the file, now at ``path``, held against what the service says of it.

        What breaks off goes on where it was; `VerificationFailed`, and no file, when the bytes are others.
        """
        known = self.get(id)
        part = Path(f"{os.fspath(path)}.part")
        try:
            for left in range(tries - 1, -1, -1):
                try:
                    self._fetch(id, part, known["sha256"])
                    break
                except (OSError, HTTPException, Unavailable) as error:
                    if isinstance(error, CannotWrite) or not left:
                        raise
                    time.sleep(1.0)
            found = _sha256(part)
            if found != known["sha256"]:
                part.unlink()
                raise VerificationFailed("The file is not the one that the service made.", file=str(path))
            part.replace(path)
        except HTTPException as error:
            raise Unavailable("The download broke off.", hint="Try again: it goes on.") from error
        return found

    def _fetch(self, id: str, part: Path, sha256: str) -> None:  # noqa: A002
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{sha256}"'} if have else {}
        with self._transport.open("GET", self._at(id, "download"), headers=headers) as answer:
            mode = "ab" if answer.status == _PARTIAL else "wb"
            wanted = int(answer.headers["Content-Length"])
            with part.open(mode) as out:
                while wanted and (piece := answer.read(min(_PIECE_BYTES, wanted))):
                    out.write(piece)
                    wanted -= len(piece)
        if wanted:
            raise Unavailable("The download broke off.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
