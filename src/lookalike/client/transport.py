"""Requests to a service: JSON in and out, its problems as our errors, tried again where that is safe."""

from __future__ import annotations

import json
import secrets
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import IO, Any

from lookalike import errors
from lookalike.errors import LookalikeError, NotFound, Unavailable, UsageError

Json = Any

TRIES = 4
LONGEST_WAIT_S = 60.0
_SAFE = ("GET", "HEAD")


def _known(kind: type[LookalikeError]) -> dict[str, type[LookalikeError]]:
    found = {kind.code: kind}
    for one in kind.__subclasses__():
        found |= _known(one)
    return found


_KINDS = _known(LookalikeError)
_FIELDS = ("hint", "row", "column")


class Transport:
    """Speaks to the service at ``url`` with ``token``, or as nobody by an empty one.

    timeout_s: how long to wait for bytes.
    """

    def __init__(self, url: str, token: str, *, timeout_s: float = 60.0) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UsageError(
                "The service's address is no URL.", hint="Set LOOKALIKE_URL, such as http://127.0.0.1:5000."
            )
        self._url = url.rstrip("/")
        self._token = token
        self._timeout_s = timeout_s
        handlers = [_NoRedirects(), urllib.request.HTTPSHandler(context=ssl.create_default_context())]
        self._opener = urllib.request.build_opener(*handlers)

    def json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Json = None,
        create: bool = False,
    ) -> Json:
        """The answer as JSON. ``create``: a word goes with it by which trying again creates nothing twice."""
        headers = {"Idempotency-Key": secrets.token_hex(16)} if create else {}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        again = create or method in _SAFE
        with self.open(method, path, query=query, data=data, headers=headers, again=again) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def open(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        data: bytes | IO[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool = False,
    ) -> Any:
        """The answer, to be read and closed. Raises what the service's problem says; `Unavailable`."""
        url = self._url + path
        if known := {name: _text(value) for name, value in (query or {}).items() if value is not None}:
            url += "?" + urllib.parse.urlencode(known, doseq=True)
        signed = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        sent = {**signed, "Accept": "*/*", **(headers or {})}
        for left in range(TRIES - 1 if again else 0, -1, -1):
            request = urllib.request.Request(url, data, sent, method=method)  # noqa: S310  (http or https)
            try:
                return self._opener.open(request, timeout=self._timeout_s)
            except urllib.error.HTTPError as answer:
                error, wait_s = _error(answer), _wait_s(answer)
            except (OSError, HTTPException) as broken:
                reason = getattr(broken, "reason", None) or broken
                hint = "Is it running? Check LOOKALIKE_URL."
                error, wait_s = Unavailable(f"The service does not answer: {reason}.", hint=hint), 1.0
            if not left or not error.retryable or wait_s > LONGEST_WAIT_S:
                raise error from None
            time.sleep(wait_s)
        raise AssertionError  # every round returns or raises


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token goes to the address that it was given for, and nowhere else."""

    def redirect_request(self, *args: Any, **fields: Any) -> None:  # noqa: ARG002
        return None


def _error(answer: urllib.error.HTTPError) -> LookalikeError:
    """The error that an answer's problem tells."""
    problem: dict[str, Any] = {}
    try:
        problem = json.loads(answer.read() or b"{}")
        kind = _KINDS.get(problem.get("code", ""), LookalikeError)
        message = str(problem.get("detail") or f"The service answered {answer.code}.")
        fields: dict[str, Any] = {name: problem.get(name) for name in _FIELDS}
    except (ValueError, AttributeError, OSError):
        kind, message, fields = LookalikeError, f"The service answered {answer.code}.", {}
    if kind is LookalikeError and answer.code == NotFound.http_status:
        kind = NotFound
    if issubclass(kind, errors.TooMany):
        return kind(message, hint=fields.get("hint"), retry_after_s=int(_wait_s(answer)))
    if issubclass(kind, errors.Unsatisfiable):
        return kind(message, hint=fields.get("hint"), condition=str(problem.get("condition") or ""))
    if issubclass(kind, errors.BadDocument):
        return kind(message, hint=fields.get("hint"))
    return kind(message, **fields)


def _wait_s(answer: urllib.error.HTTPError) -> float:
    said = answer.headers.get("Retry-After", "")
    return float(said) if said.isdigit() else 1.0


def _text(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_text(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
