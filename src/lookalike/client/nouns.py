"""The service's nouns as objects, by the words of the API. What comes back is its JSON, as plain values."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lookalike.client.transport import Json, Transport
from lookalike.errors import (
    CannotWrite,
    OverLimit,
    Unavailable,
    UsageError,
    VerificationFailed,
)

ENDED = ("completed", "failed", "cancelled")
_PIECE_BYTES = 1 << 20


class Noun:
    """What all nouns can do. path: where the service has them."""

    path = ""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, **asked: Any) -> Iterator[Json]:
        """All of them, page by page. ``asked``: sort, search, state, limit (per page) and other filters."""
        after = None
        while True:
            page = self._transport.json("GET", self.path, query={**camel(asked), "after": after})
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def get(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id))

    def rename(self, id: str, name: str) -> Json:  # noqa: A002
        return self._transport.json("PATCH", self._at(id), body={"name": name})

    def delete(self, id: str, *, cascade: bool = False) -> Json:  # noqa: A002
        """What was deleted. `WrongState` says what hangs on it, unless ``cascade``."""
        query = {"cascade": True} if cascade else None
        return self._transport.json("DELETE", self._at(id), query=query)

    def share(self, id: str, login: str, *, share: bool = True) -> Json:  # noqa: A002
        """With whom it is shared now, after letting ``login`` read it (or no longer)."""
        return self._transport.json("POST", self._at(id, "share"), body={"login": login, "share": share})

    def _at(self, id: str, *more: str) -> str:  # noqa: A002
        return "/".join([self.path, *(quote(part, safe="") for part in (id, *more))])


def sent(transport: Transport, to: str, path: Path, query: Mapping[str, Any]) -> Json:
    """What was made of the file at ``path``, whose bytes are the body of a POST."""
    try:
        with path.open("rb") as source:
            headers = {
                "Content-Type": "application/octet-stream",
                "Content-Length": str(os.fstat(source.fileno()).st_size),
                "Idempotency-Key": secrets.token_hex(16),
            }
            with transport.open("POST", to, query=query, data=source, headers=headers) as answer:
                return json.loads(answer.read())
    except FileNotFoundError as error:
        raise UsageError(f"There is no file {path}.") from error


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


class Datasets(Noun):
    path = "/api/datasets"

    def upload(self, file: str | os.PathLike[str], *, name: str | None = None, **reading: Any) -> Json:
        """The dataset, once the file was sent and read. ``reading``: format, delimiter, target and so on.

        Sent by 1 MiB at a time; not by itself again when the connection breaks.
        """
        return sent(self._transport, self.path, Path(file), {"name": name or Path(file).name, **reading})

    def preview(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "preview"))

    def schema(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "schema"))

    def set_schema(self, id: str, text: str) -> Json:  # noqa: A002
        """The schema in YAML, now the dataset's."""
        return self._transport.json("PUT", self._at(id, "schema"), body={"text": text})


class Watched(Noun):
    """Nouns that are jobs."""

    def watch(self, id: str, *, after: int | None = None, patience_s: float = 60.0) -> Iterator[Json]:  # noqa: A002
        """Snapshots, one per step, until the job has ended. A stream that breaks is taken up where it was.

        `Unavailable` when the service does not answer for ``patience_s``.
        """
        broken_s: float | None = None
        while True:
            headers = {"Accept": "text/event-stream"}
            headers |= {} if after is None else {"Last-Event-ID": str(after)}
            try:
                with self._transport.open("GET", self._at(id, "events"), headers=headers) as answer:
                    for number, snapshot in _events(answer):
                        broken_s = None
                        after = after if number is None else number
                        yield snapshot
                        if number is not None and snapshot["state"] in ENDED:
                            return
                    if answer.status == _NOTHING_MORE:
                        return
            except (OSError, HTTPException, Unavailable) as error:
                if isinstance(error, CannotWrite):
                    raise
                broken_s = broken_s or time.monotonic()
                if time.monotonic() - broken_s > patience_s:
                    raise Unavailable("The service does not answer any more.") from error
            time.sleep(1.0)

    def wait(self, id: str) -> Json:  # noqa: A002
        """The job, completed; `OverLimit`, with what the service says of it, when it ended otherwise."""
        for _ in self.watch(id):
            pass
        job = self.get(id)
        if job["state"] != "completed":
            problem = job["problem"] or {}
            raise OverLimit(problem.get("message") or f"The job is {job['state']}.", hint=problem.get("hint"))
        return job

    def cancel(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("POST", self._at(id, "cancel"))

    def retry(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("POST", self._at(id, "retry"))


class Jobs(Watched):
    path = "/api/jobs"

    def fit(self, dataset_id: str, *, name: str | None = None, **settings: Any) -> Json:
        """The job that fits a model. ``settings``: target, model, privacy, seed, holdout."""
        body: dict[str, Any] = {"datasetId": dataset_id, "settings": settings}
        body |= {} if name is None else {"name": name}
        return self._transport.json("POST", self.path, body=body, create=True)

    def logs(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "logs"))


class Models(Noun):
    path = "/api/models"

    def preview(self, id: str, rows: int = 10, **asked: Any) -> Json:  # noqa: A002
        """A few rows. ``asked``: seed, conditions, shares."""
        return self._transport.json("POST", self._at(id, "preview"), body={"rows": rows, **camel(asked)})

    def report(self, id: str) -> Json:  # noqa: A002
        return self._transport.json("GET", self._at(id, "report"))


class Generations(Watched):
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

    def publish(self, id: str, where: str = "local", **asked: Any) -> Json:  # noqa: A002
        """The publication, begun. ``asked``: licence, consent, encrypt, keep_local …. Again is once."""
        body = {"where": where, **camel(asked)}
        return self._transport.json("POST", self._at(id, "publish"), body=body)

    def publication_key(self, id: str, where: str = "local") -> str:  # noqa: A002
        """What opens the ciphertext that was published there: the line that ``age -d -i FILE`` reads."""
        return self._transport.json("GET", f"{self._at(id, 'publications')}/{where}/key")["identity"]

    def destroy_publication_key(self, id: str, where: str = "local") -> None:  # noqa: A002
        """Let nobody read what was published there any more. There is no way back."""
        self._transport.json("DELETE", f"{self._at(id, 'publications')}/{where}/key")

    def publications(self, id: str) -> list[Json]:  # noqa: A002
        """Where the file was, or is to be, published."""
        return self._transport.json("GET", self._at(id, "publications"))["items"]

    def open(self, id: str) -> Any:  # noqa: A002
        """The file as a stream of bytes, to be read and closed."""
        return self._transport.open("GET", self._at(id, "download"))

    def download(self, id: str, path: str | os.PathLike[str], *, tries: int = 5) -> str:  # noqa: A002
        """The SHA-256 of the file, now at ``path``, held against what the service says of it.

        What breaks off goes on where it was; `VerificationFailed`, and no file, when the bytes are others.
        """
        known = self.get(id)
        return fetched(self._transport, self._at(id, "download"), {}, Path(path), known["sha256"], tries)


class Tokens(Noun):
    path = "/api/tokens"

    def create(self, name: str, scopes: list[str], *, days: int | None = None) -> Json:
        """The token, shown this once."""
        body: dict[str, Any] = {"name": name, "scopes": scopes}
        body |= {} if days is None else {"days": days}
        return self._transport.json("POST", self.path, body=body)


class Users(Noun):
    path = "/api/users"

    def create(self, login: str, password: str, role: str, *, name: str = "") -> Json:
        """The new user. ``role``: viewer, editor or admin."""
        body = {"login": login, "password": password, "role": role, "name": name}
        return self._transport.json("POST", self.path, body=body)

    def change(self, id: str, **changes: str) -> Json:  # noqa: A002
        """The user, changed. ``changes``: role, name, or password, which ends all their sign-ins."""
        return self._transport.json("PATCH", self._at(id), body=changes)


_PARTIAL, _NOTHING_MORE = 206, 204


def _events(answer: Any) -> Iterator[tuple[int | None, Json]]:
    """``(id, data)`` of each event of a stream that has data (the HTML standard, section 9.2.6)."""
    number: int | None = None
    data: list[str] = []
    for line in answer:
        name, _, value = line.decode().rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if name == "id" and value.isdigit():
            number = int(value)
        elif name == "data":
            data.append(value)
        elif not name and not value and data:
            yield number, json.loads("\n".join(data))
            number, data = None, []


def camel(asked: Mapping[str, Any]) -> dict[str, Any]:
    """snake_case names as the API spells them; what is None is not said."""
    made: dict[str, Any] = {}
    for name, value in asked.items():
        if value is not None:
            head, *rest = name.split("_")
            made[head + "".join(part.capitalize() for part in rest)] = value
    return made


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
