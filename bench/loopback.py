"""As little of HTTP/1.1 as a load needs, on asyncio alone: hundreds of streams, and hardly a core."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

_IDLE_S = 8.0
"""A connection that was not used for so long is opened anew: the server may be about to close it."""
_PIECE = 1 << 18


@dataclass(frozen=True, slots=True)
class Answer:
    """seconds: from before the request was sent until its last byte had come."""

    status: int
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)


class User:
    """Somebody with a token, and one connection that is kept open. One request at a time."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self.token = token
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used_s = 0.0

    async def ask(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> Answer:
        """The answer to a request, whatever its status. ``body``: JSON; ``raw``: bytes as they are."""
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if raw is not None else "application/json"
        if self._open is None or time.monotonic() - self._used_s > _IDLE_S:
            await self.close()
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._open
        began = time.perf_counter()
        writer.write(self._head(method, path, len(data), kind) + data)
        await writer.drain()
        status, fields = await _head_of(reader)
        pieces = [piece async for piece in _pieces(reader, fields, method)]
        self._used_s = time.monotonic()
        if fields.get("connection") == "close":
            await self.close()
        return Answer(status, b"".join(pieces), time.perf_counter() - began)

    async def events(self, path: str) -> AsyncIterator[tuple[float, Any]]:
        """``(when it came, its data)`` of each event of a stream, by `time.monotonic`."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(self._head("GET", path, 0, ""))
            status, fields = await _head_of(reader)
            assert status == 200, status
            held = b""
            async for piece in _pieces(reader, fields, "GET"):
                came = time.monotonic()
                *events, held = (held + piece).split(b"\n\n")
                for event in events:
                    data = [line[5:] for line in event.split(b"\n") if line.startswith(b"data:")]
                    if data:
                        yield came, json.loads(b"\n".join(data))
        finally:
            writer.close()

    async def sha256(self, path: str) -> tuple[str, int]:
        """The SHA-256 of what is downloaded, and how many bytes it was."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        digest, size = hashlib.sha256(), 0
        try:
            writer.write(self._head("GET", path, 0, ""))
            status, fields = await _head_of(reader)
            assert status == 200, status
            async for piece in _pieces(reader, fields, "GET"):
                digest.update(piece)
                size += len(piece)
        finally:
            writer.close()
        return digest.hexdigest(), size

    async def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def _head(self, method: str, path: str, size: int, kind: str) -> bytes:
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}"]
        lines += [f"Authorization: Bearer {self.token}"] if self.token else []
        lines += [f"Content-Type: {kind}", f"Content-Length: {size}"] if size else []
        return "\r\n".join([*lines, "\r\n"]).encode()


async def _head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    return int(lines[0].split()[1]), fields


async def _pieces(reader: asyncio.StreamReader, fields: dict[str, str], method: str) -> AsyncIterator[bytes]:
    """The body, as it comes."""
    if method == "HEAD":
        return
    if fields.get("transfer-encoding") == "chunked":
        while size := int(await reader.readuntil(b"\r\n"), 16):
            yield await reader.readexactly(size)
            await reader.readexactly(2)
        await reader.readexactly(2)
        return
    left = int(fields.get("content-length", 0))
    while left:
        piece = await reader.read(min(left, _PIECE))
        if not piece:
            raise ConnectionError("The answer was cut off.")
        left -= len(piece)
        yield piece
