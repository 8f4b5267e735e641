"""The service's nouns as objects, by the words of the API. What comes back is its JSON, as plain values."""

from __future__ import annotations

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
from lookalike.errors import CannotWrite, OverLimit, Unavailable, UsageError

ENDED = ("completed", "failed", "cancelled")


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


class Tokens(Noun):
    path = "/api/tokens"

    def create(self, name: str, scopes: list[str], *, days: int | None = None) -> Json:
        """The token, shown this once."""
        body: dict[str, Any] = {"name": name, "scopes": scopes}
        body |= {} if days is None else {"days": days}
        return self._transport.json("POST", self.path, body=body, create=True)


class Users(Noun):
    path = "/api/users"

    def create(self, login: str, password: str, role: str, *, name: str = "") -> Json:
        """The new user. ``role``: viewer, editor or admin."""
        body = {"login": login, "password": password, "role": role, "name": name}
        return self._transport.json("POST", self.path, body=body, create=True)

    def change(self, id: str, **changes: str) -> Json:  # noqa: A002
        """The user, changed. ``changes``: role, name, or password, which ends all their sign-ins."""
        return self._transport.json("PATCH", self._at(id), body=changes)


_NOTHING_MORE = 204


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
