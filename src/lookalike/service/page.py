"""The web page: what Vite built from ``web/``, at every address that belongs to nothing else.

``index.html`` answers every address of the page (it finds the view by itself), with a fresh nonce for its
styles each time, and is never kept; what is under ``assets`` has its hash in its name and is kept for a year.
Where nothing was built, `page_missing` says how to go on.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from lookalike.errors import NotFound
from lookalike.service.page_missing import MISSING

BUILT = Path(__file__).parent / "page"
RESERVED = frozenset({"api", "ipfs", "health", "ready", "metrics"})
"""First parts of addresses that are never the page's."""
NONCE = "__CSP_NONCE__"
"""Stands in ``index.html`` where the nonce of each answer comes."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MEDIA = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_PACKED = frozenset({".js", ".css", ".json", ".svg", ".txt", ".webmanifest"})
_LEAST_PACKED = 1024
_YEAR = "public, max-age=31536000, immutable"
_ASK = "no-cache"


@dataclass(frozen=True, slots=True)
class _File:
    """One built file; ``packed`` by gzip where that is worth it."""

    media: str
    plain: bytes
    packed: bytes | None
    etag: str


class Page:
    """The built page in ``folder``, read as it is asked for and kept in memory; safe from many threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._files: dict[str, _File] = {}
        self._names = frozenset(_names(folder))

    @property
    def built(self) -> bool:
        return "index.html" in self._names

    def answer(self, request: Request) -> Response:
        """What is at the request's address; `NotFound` for a file that was not built."""
        path = request.url.path.removeprefix("/")
        if not self.built:
            if path:
                raise NotFound("There is nothing here.")
            return HTMLResponse(MISSING)
        if path in self._names and path != "index.html":
            return self._file(request, path)
        if path.startswith("assets/") or "." in path.rpartition("/")[2]:
            raise NotFound("There is nothing here.")
        return self._index()

    def _index(self) -> Response:
        nonce = secrets.token_urlsafe(16)
        text = self._read("index.html").plain.decode("utf-8").replace(NONCE, nonce)
        headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Cache-Control": _ASK}
        return HTMLResponse(text, headers=headers)

    def _file(self, request: Request, name: str) -> Response:
        file = self._read(name)
        packed = file.packed is not None and _takes_gzip(request.headers.get("accept-encoding", ""))
        etag = f'"{file.etag}-gzip"' if packed else f'"{file.etag}"'
        headers = {"ETag": etag, "Cache-Control": _YEAR if name.startswith("assets/") else _ASK}
        if file.packed is not None:
            headers["Vary"] = "Accept-Encoding"
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(file.packed if packed else file.plain, headers=headers, media_type=file.media)

    def _read(self, name: str) -> _File:
        with self._lock:
            if name not in self._files:
                self._files[name] = _read(self._folder / name)
            return self._files[name]


class Fallback:
    """An ASGI application for what no route has: the page, or ``unknown`` for what can be none of it."""

    def __init__(self, unknown: Any) -> None:
        self._unknown = unknown

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] not in ("GET", "HEAD")
            or scope["path"].split("/", 2)[1] in RESERVED
        ):
            await self._unknown(scope, receive, send)
            return
        page: Page = scope["app"].state.page
        answer = await run_in_threadpool(page.answer, Request(scope))
        await answer(scope, receive, send)


def _names(folder: Path) -> list[str]:
    """Every file in the folder, once and for all: no address can name another."""
    return [found.relative_to(folder).as_posix() for found in folder.rglob("*") if found.is_file()]


def _read(path: Path) -> _File:
    plain = path.read_bytes()
    packed = None
    if path.suffix in _PACKED and len(plain) >= _LEAST_PACKED:
        packed = gzip.compress(plain, 6, mtime=0)
    media = _MEDIA.get(path.suffix, "application/octet-stream")
    return _File(media, plain, packed, hashlib.sha256(plain).hexdigest()[:32])


def _takes_gzip(accepted: str) -> bool:
    """Whether the header names gzip, and not to refuse it."""
    for entry in accepted.split(","):
        name, _, weight = entry.partition(";")
        if name.strip().lower() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
