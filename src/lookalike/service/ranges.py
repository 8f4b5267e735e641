"""Parts of files over HTTP (RFC 9110, sections 13 and 14): one range, from one representation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

_RANGE = re.compile(r"bytes=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r'(W/)?"[^"]*"')
_MOST_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Answer:
    """Which bytes to send, ``start`` … ``stop - 1``, and under which status."""

    status: Literal[200, 206, 304, 412, 416]
    start: int = 0
    stop: int = 0


def answer(headers: Mapping[str, str], size: int, etag: str) -> Answer:
    """The answer to a request with these headers (lower-case names) for ``size`` bytes tagged ``etag``.

    A range that is no range, several ranges, or one of another representation (If-Range) is answered with
    the whole; one that begins behind the end with 416.
    """
    if "if-match" in headers and not _matches(headers["if-match"], etag, weak=False):
        return Answer(412)
    if "if-none-match" in headers and _matches(headers["if-none-match"], etag, weak=True):
        return Answer(304)
    whole = Answer(200, 0, size)
    wanted = _RANGE.fullmatch(headers.get("range", ""))
    if wanted is None or headers.get("if-range", etag) != etag:
        return whole
    first, last = wanted.groups()
    if len(first) > _MOST_DIGITS or len(last) > _MOST_DIGITS or not (first or last):
        return whole
    if not first:
        length = min(int(last), size)
        return Answer(206, size - length, size) if length else Answer(416)
    start, stop = int(first), int(last) + 1 if last else size
    if stop <= start and last:
        return whole
    return Answer(206, start, min(stop, size)) if start < size else Answer(416)


def headers_of(given: Answer, size: int, etag: str) -> dict[str, str]:
    """The headers that go with an answer."""
    headers = {"ETag": etag, "Accept-Ranges": "bytes"}
    if given.status in (200, 206):
        headers["Content-Length"] = str(given.stop - given.start)
    if given.status == 206:
        headers["Content-Range"] = f"bytes {given.start}-{given.stop - 1}/{size}"
    if given.status == 416:
        headers["Content-Range"] = f"bytes */{size}"
    return headers


def attachment(name: str) -> str:
    """The Content-Disposition of a file to be saved as ``name`` (RFC 6266), whatever characters it has."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name).strip() or "rows"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _matches(header: str, etag: str, *, weak: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = [match.group(0) for match in _TAG.finditer(header)]
    return etag in ([tag.removeprefix("W/") for tag in tags] if weak else tags)
