"""Who only looks goes before who has something done, and both before who watches: in a crowd, each in turn.

What a crowd asks for at one moment is answered by one process, a little of each at a time, so that all would
be answered late. A submission costs three times what a look does; opening a stream of events costs as much as
a look, and a stream that begins later is told nothing less, since it begins with how things are then. So only
a few submissions are worked on at once, and one stream is opened at a time; the others wait here, in the
order in which they came.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Mapping
from typing import Any

STREAMS, SUBMISSIONS = ("GET", "/events"), ("POST", "/generate-data")
AT_ONCE: Mapping[tuple[str, str], int] = {STREAMS: 1, SUBMISSIONS: 8}
"""By method and how the path ends: how many may be on their way to the beginning of their answer."""


class Turns:
    """An ASGI application around ``app``. A request that has a body has its turn when all of it is there, so
    that nobody takes one by sending slowly."""

    def __init__(self, app: Any, *, at_once: Mapping[tuple[str, str], int] = AT_ONCE) -> None:
        self._app = app
        self._at_once = at_once
        self._of_loop: weakref.WeakKeyDictionary[Any, dict[tuple[str, str], asyncio.Semaphore]]
        self._of_loop = weakref.WeakKeyDictionary()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        queue = self._queue(scope) if scope["type"] == "http" else None
        if queue is None:
            await self._app(scope, receive, send)
            return
        turn = _Turn(queue)

        async def take() -> Any:
            message = await receive()
            if not message.get("more_body", False):
                await turn.take()
            return message

        async def give(message: Any) -> None:
            if message["type"] == "http.response.start":
                turn.leave()
            await send(message)

        try:
            if scope["method"] == "GET":
                await turn.take()
            await self._app(scope, take, give)
        finally:
            turn.leave()

    def _queue(self, scope: Any) -> asyncio.Semaphore | None:
        for (method, ending), most in self._at_once.items():
            if scope["method"] == method and scope["path"].endswith(ending):
                queues = self._of_loop.setdefault(asyncio.get_running_loop(), {})
                return queues.setdefault((method, ending), asyncio.Semaphore(most))
        return None


class _Turn:
    """One request's turn in a queue: it is taken once, and left once."""

    def __init__(self, queue: asyncio.Semaphore) -> None:
        self._queue = queue
        self._asked = self._has = False

    async def take(self) -> None:
        if not self._asked:
            self._asked = True
            await self._queue.acquire()
            self._has = True

    def leave(self) -> None:
        if self._has:
            self._has = False
            self._queue.release()
