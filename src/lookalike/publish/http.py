"""Requests to nodes and gateways: bodies streamed both ways, time-outs, and their failures as our errors.

What they answer is not to be believed: bodies are bounded, no redirect is followed unless that was asked
for, and of an error's text only a short, plain piece is quoted. Headers, which may hold a token, never are.
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import re
import ssl
import time
import urllib.parse
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lookalike.errors import LookalikeError, PublishRefused, Unavailable, UsageError

Json = Any

PIECE_BYTES = 1 << 16
MOST_ANSWER_BYTES = 16 << 20
_MOST_REDIRECTS = 5
_BUSY = (408, 425, 429)
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """status; headers: names in lower case; body: all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        """The body as JSON; `PublishRefused` when it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as problem:
            raise PublishRefused("The answer is not JSON, as it should be.") from problem


class Coming:
    """An answer whose body is still to be read, by `pieces`, within ``deadline_s`` of the monotonic clock."""

    def __init__(self, found: http.client.HTTPResponse, deadline_s: float, name: str) -> None:
        self._found = found
        self._deadline_s = deadline_s
        self._name = name
        self.status = found.status
        self.headers = {name.lower(): value for name, value in found.getheaders()}

    def pieces(self, most_bytes: int | None = None) -> Iterator[bytes]:
        """The body; `PublishRefused` when it is longer than that, `Unavailable` when it breaks off."""
        size = 0
        while piece := self._read():
            size += len(piece)
            if most_bytes is not None and size > most_bytes:
                raise PublishRefused(f"{self._name} answers with more than {most_bytes:,} bytes.")
            yield piece

    def _read(self) -> bytes:
        if time.monotonic() > self._deadline_s:
            raise Unavailable(f"{self._name} answers too slowly.", hint="Try again, or another address.")
        try:
            piece = self._found.read1(PIECE_BYTES)
        except (OSError, http.client.HTTPException) as broken:
            raise _silent(self._name, broken) from broken
        if not piece and self._found.length:
            raise Unavailable(f"{self._name} broke off in the middle of its answer.")
        return piece


class Web:
    """Speaks to what is at ``url``. name: what messages call it. timeout_s: for each wait for bytes.

    total_s: for the whole of an answer's body. `UsageError` when the URL is none.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30.0,
        total_s: float = 3600.0,
        redirects: bool = False,
    ) -> None:
        try:
            self._parts = urllib.parse.urlsplit(url)
            known = self._parts.scheme in ("http", "https") and self._parts.hostname
            usable = bool(known) and self._parts.port != 0
        except ValueError:  # brackets, or a port out of range
            usable = False
        if not usable:
            raise UsageError(f"{name} has no URL that can be used.", hint="Such as http://127.0.0.1:5001.")
        self._name = name
        self._headers = dict(headers or {})
        if self._parts.username:
            pair = f"{self._parts.username}:{self._parts.password or ''}"
            said = base64.b64encode(urllib.parse.unquote(pair).encode()).decode()
            self._headers["Authorization"] = f"Basic {said}"
        self._timeout_s = timeout_s
        self._total_s = total_s
        self._redirects = redirects

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        size: int | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Iterable[int] = (),
    ) -> Answer:
        """The answer, if it is a 2xx or its status is in ``accept``.

        body: bytes, or pieces of ``size`` bytes in all. Raises `Unavailable` (no answer, 408, 425, 429, 5xx)
        and `PublishRefused` for any other status.
        """
        coming = self.open(method, path, query=query, body=body, size=size, headers=headers, accept=accept)
        with coming as found:
            return Answer(found.status, found.headers, b"".join(found.pieces(MOST_ANSWER_BYTES)))

    def json(self, method: str, path: str, value: Json, **options: Any) -> Answer:
        """`request` with a JSON body."""
        headers = {"Content-Type": "application/json"}
        return self.request(method, path, body=json.dumps(value).encode(), headers=headers, **options)

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        size: int | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Iterable[int] = (),
    ) -> Generator[Coming, None, None]:
        """As `request`, but the body is read by who asks."""
        target = self._parts.path.rstrip("/") + path
        if query:
            target += "?" + urllib.parse.urlencode(query)
        sent = {"Accept": "*/*", **self._headers, **(headers or {})}
        if body is not None and not isinstance(body, bytes) and size is not None:
            sent["Content-Length"] = str(size)
        accepted = frozenset(accept)
        parts, outside = self._parts, False
        for _ in range(_MOST_REDIRECTS + 1):
            connection = self._connection(parts)
            try:
                outside = self._connected(connection, outside)
                found = self._asked(connection, method, target, body, sent)
                coming = Coming(found, time.monotonic() + self._total_s, self._name)
                if coming.status in _REDIRECTS and self._redirects and method in ("GET", "HEAD"):
                    parts, target = self._moved(parts, target, coming)
                    sent = {"Accept": "*/*", **(headers or {})}  # what is ours alone goes nowhere else
                    continue
                if not (200 <= coming.status < 300 or coming.status in accepted):
                    raise self._refused(coming)
                yield coming
                return
            finally:
                connection.close()
        raise PublishRefused(f"{self._name} sends us from one address to another, {_MOST_REDIRECTS} times.")

    def _connection(self, parts: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        host, port = parts.hostname or "", parts.port
        try:
            if parts.scheme == "https":
                context = ssl.create_default_context()
                return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        except http.client.InvalidURL as broken:  # a blank in the name of the host
            raise _silent(self._name, broken) from broken

    def _connected(self, connection: http.client.HTTPConnection, outside: bool) -> bool:
        """Whether it is now connected to an address of the public net. `PublishRefused`, and nothing is asked
        there, when who sent us to one of this machine or network is ``outside`` of it."""
        try:
            connection.connect()
            here = connection.sock.getpeername()[0]
        except (OSError, http.client.HTTPException, UnicodeError) as broken:  # the last: no name of a host
            raise _silent(self._name, broken) from broken
        if outside and not is_public(here):
            raise PublishRefused(f"{self._name} sends us to an address that is not to be trusted.")
        return is_public(here)

    def _asked(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        body: bytes | Iterable[bytes] | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        try:
            connection.request(method, target, body, dict(headers))
        except LookalikeError:
            raise  # from the body's own pieces
        except BrokenPipeError:
            pass  # it stopped listening: perhaps it has answered already, and says why
        except (OSError, http.client.HTTPException) as broken:
            raise _silent(self._name, broken) from broken
        try:
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as broken:
            raise _silent(self._name, broken) from broken

    def _moved(
        self, parts: urllib.parse.SplitResult, target: str, found: Coming
    ) -> tuple[urllib.parse.SplitResult, str]:
        """Where a redirect leads: only to http and https, and never from https to http."""
        here = urllib.parse.urlunsplit((parts.scheme, parts.netloc, target, "", ""))
        try:
            there = urllib.parse.urlsplit(urllib.parse.urljoin(here, found.headers.get("location", "")))
            _ = there.port
        except ValueError as problem:
            raise PublishRefused(f"{self._name} sends us to an address that is none.") from problem
        safe = there.scheme == "https" or (there.scheme == "http" and parts.scheme == "http")
        if not safe or not there.hostname:
            raise PublishRefused(f"{self._name} sends us to an address that is not to be trusted.")
        return there, there.path + (f"?{there.query}" if there.query else "")

    def _refused(self, found: Coming) -> Unavailable | PublishRefused:
        said = plain(b"".join(found.pieces(MOST_ANSWER_BYTES)))
        message = f"{self._name} answers {found.status}" + (f": {said}." if said else ".")
        if found.status in _BUSY or found.status >= 500:
            return Unavailable(message, hint="Try again later.")
        return PublishRefused(message)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public net."""
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def plain(text: bytes, most: int = 200) -> str:
    """The beginning of a stranger's text, in printable ASCII."""
    return re.sub(r"[^\x20-\x7e]+", " ", text[: 4 * most].decode(errors="replace")).strip()[:most].rstrip(".")


def _silent(name: str, broken: Exception) -> Unavailable:
    said = (
        "it took too long"
        if isinstance(broken, TimeoutError)
        else (plain(str(broken).encode()) or type(broken).__name__)
    )
    return Unavailable(f"{name} does not answer: {said}.", hint="Is it running, and is its address right?")
