"""Streams are opened in turn; whatever else is asked for waits for none of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lookalike.service.turns import Turns


class Slow:
    """An application whose streams begin when they are told to, or fail before; it notes who came to it."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.begin: dict[str, asyncio.Event] = {}
        self.end = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name = scope["path"]
        self.came.append(name)
        await self.begin.setdefault(name, asyncio.Event()).wait()
        if "broken" in name:
            raise ConnectionError(name)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.end.wait()


async def ignored(message: Any = None) -> Any: ...


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("first", ["/a/events", "/broken/events"])
def test_a_stream_is_opened_when_those_before_it_have_begun_or_failed(first: str) -> None:
    async def story() -> None:
        app = Slow()
        turns = Turns(app, at_once=1)

        def ask(path: str) -> asyncio.Task[None]:
            return asyncio.create_task(turns({"type": "http", "path": path}, ignored, ignored))

        asked = [ask(first), ask("/b/events"), ask("/c/events"), ask("/submit")]
        await settled()
        assert app.came == [first, "/submit"]
        app.begin[first].set()
        await settled()
        assert app.came == [first, "/submit", "/b/events"], "it is open, not ended, and another one may come"
        asked[1].cancel()  # whoever asked has gone
        await settled()
        assert app.came[3:] == ["/c/events"]
        app.begin["/c/events"].set()
        app.begin["/submit"].set()
        app.end.set()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one).__name__ for one in ended[1:]] == ["CancelledError", "NoneType", "NoneType"]

    asyncio.run(story())
    asyncio.run(story())  # in another loop, too
