"""Limits of a request: how many bytes, how long they may stand still, how long its answer may take to begin.

An answer that streams (events, downloads) may take as long as it likes once it has begun.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import ClientDisconnect

from lookalike import ids
from lookalike.errors import LookalikeError, TooLarge, TooSlow, Unavailable
from lookalike.service.problems import answer_of
from lookalike.settings import Settings


class Intake:
    """An ASGI application around ``app``. larger: ``(method, path)`` → the most bytes of that request; for an
    id the path has ``{id}``."""

    def __init__(self, app: Any, *, settings: Settings, larger: dict[tuple[str, str], int]) -> None:
        self._app = app
        self._settings = settings
        self._larger = larger

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._larger.get((scope["method"], _path(scope)), self._settings.body_bytes)
        if (length := _length(scope)) is not None and length > most:
            await answer_of(_too_large(most), scope["state"]["request_id"])(scope, receive, send)
            return
        await _Request(self._settings, most, receive, send).run(self._app, scope)


def _path(scope: Any) -> str:
    """The path of a request, with ``{id}`` for each id in it."""
    return "/".join("{id}" if ids.is_id(part) else part for part in scope["path"].split("/"))


class _Request:
    """One request under its limits; what breaks one is the answer, whatever the application made of it."""

    def __init__(self, settings: Settings, most: int, receive: Any, send: Any) -> None:
        self._settings = settings
        self._most = most
        self._receive, self._send = receive, send
        self._bytes = 0
        self._whole = False
        self._begun = False
        self._refused: LookalikeError | None = None
        self._deadline: asyncio.Timeout | None = None

    async def run(self, app: Any, scope: Any) -> None:
        try:
            async with asyncio.timeout(self._settings.answer_s) as self._deadline:
                await app(scope, self._take, self._give)
        except TimeoutError:
            if self._begun or self._deadline is None or not self._deadline.expired():
                raise
            self._refused = Unavailable(
                "The answer takes too long.", hint="Ask whether it was done, then try again."
            )
        except ClientDisconnect:
            if self._refused is None:
                return
        if self._refused is not None and not self._begun:
            await answer_of(self._refused, scope["state"]["request_id"])(scope, self._receive, self._send)

    async def _take(self) -> Any:
        if self._whole:
            return await self._receive()
        self._wait_on()
        try:
            async with asyncio.timeout(self._settings.stall_s):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(TooSlow("The bytes of the request stopped coming.", hint="Send it again."))
        self._bytes += len(message.get("body", b""))
        if self._bytes > self._most:
            return self._refuse(_too_large(self._most))
        self._whole = message["type"] == "http.disconnect" or not message.get("more_body", False)
        self._wait_on()
        return message

    async def _give(self, message: Any) -> None:
        if self._refused is not None:
            return
        if message["type"] == "http.response.start":
            self._begun = True
            if self._deadline is not None:
                self._deadline.reschedule(None)
        await self._send(message)

    def _refuse(self, error: LookalikeError) -> Any:
        """What the application is told instead: that the client went away."""
        self._refused, self._whole = error, True
        return {"type": "http.disconnect"}

    def _wait_on(self) -> None:
        """The time for the answer counts from the last byte of the request."""
        if self._deadline is not None and not self._begun:
            now = asyncio.get_running_loop().time()
            self._deadline.reschedule(now + self._settings.answer_s + self._settings.stall_s)


def _length(scope: Any) -> int | None:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return None


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"A request of this kind may have {most:,} bytes.", hint="Send less at a time.")
