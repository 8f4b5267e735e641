"""Who waits for an answer goes before who only watches: streams of events are opened a few at a time.

A page that comes up, or goes on after a broken line, opens its streams at the moment in which the same user,
or others, ask for something. Opening one takes about half of what a submission takes; a stream that begins
some tenths of a second later is told nothing less, since it begins with how things are then.
"""

from __future__ import annotations

import asyncio
import weakref
from typing import Any

AT_ONCE = 2
PATHS = "/events"


class Turns:
    """An ASGI application around ``app``. What is open already is not counted: only what is being opened."""

    def __init__(self, app: Any, *, at_once: int = AT_ONCE) -> None:
        self._app = app
        self._at_once = at_once
        self._of_loop: weakref.WeakKeyDictionary[Any, asyncio.Semaphore] = weakref.WeakKeyDictionary()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].endswith(PATHS):
            await self._app(scope, receive, send)
            return
        turn = self._of_loop.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self._at_once))
        await turn.acquire()
        opening = True

        async def give(message: Any) -> None:
            nonlocal opening
            if opening and message["type"] == "http.response.start":
                opening = False
                turn.release()
            await send(message)

        try:
            await self._app(scope, receive, give)
        finally:
            if opening:
                turn.release()
