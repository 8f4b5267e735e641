"""Generations of a service: asked for, looked at, downloaded; and published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lookalike.client.downloads import fetched
from lookalike.client.nouns import Watched, camel
from lookalike.client.publications import Published
from lookalike.client.transport import Json


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
        return fetched(self._transport, self._at(id, "download"), {}, Path(path), known["sha256"], tries)
