"""Streams are opened, and submissions worked on, in turn; whatever else is asked for waits for neither."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lookalike.service.turns import STREAMS, SUBMISSIONS, Turns

STREAM, SUBMISSION = ("GET", "/{}/events"), ("POST", "/{}/generate-data")


class Slow:
    """An application that answers when it is told to, or fails before; it notes whose body it had."""

    def __init__(self) -> None:
        self.came: list[str] = []
        self.begin: dict[str, asyncio.Event] = {}
        self.end = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name = scope["path"]
        while (await receive()).get("more_body"):
            pass
        self.came.append(name)
        await self.begin.setdefault(name, asyncio.Event()).wait()
        if "broken" in name:
            raise ConnectionError(name)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.end.wait()


async def ignored(message: Any) -> None: ...


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("first", ["a", "broken"])
@pytest.mark.parametrize(("method", "path"), [STREAM, SUBMISSION])
def test_each_has_its_turn_when_those_before_it_are_answered_or_have_failed(
    method: str, path: str, first: str
) -> None:
    async def story() -> None:
        app = Slow()
        turns = Turns(app, at_once={STREAMS: 1, SUBMISSIONS: 1})

        def ask(method: str, path: str) -> asyncio.Task[None]:
            bodies = iter([{"more_body": True}, {"more_body": False}])

            async def receive() -> Any:
                return next(bodies)

            return asyncio.create_task(
                turns({"type": "http", "method": method, "path": path}, receive, ignored)
            )

        ones = [path.format(name) for name in (first, "b", "c")]
        asked = [*(ask(method, one) for one in ones), ask("GET", "/look")]
        await settled()
        assert app.came == [ones[0], "/look"]
        app.begin[ones[0]].set()
        await settled()
        assert app.came[2:] == [ones[1]], "the first is answered, not ended, and another one may come"
        asked[1].cancel()  # whoever asked has gone
        await settled()
        assert app.came[3:] == [ones[2]]
        app.begin[ones[2]].set()
        app.begin["/look"].set()
        app.end.set()
        ended = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(one).__name__ for one in ended[1:]] == ["CancelledError", "NoneType", "NoneType"]

    asyncio.run(story())
    asyncio.run(story())  # in another loop, too


def test_who_sends_slowly_takes_no_turn_meanwhile() -> None:
    async def story() -> None:
        app = Slow()
        turns = Turns(app, at_once={SUBMISSIONS: 1})
        more = asyncio.Event()

        async def slowly() -> Any:
            await more.wait()
            return {"more_body": False}

        async def at_once() -> Any:
            return {"more_body": False}

        def ask(name: str, receive: Any) -> asyncio.Task[None]:
            scope = {"type": "http", "method": "POST", "path": f"/{name}/generate-data"}
            return asyncio.create_task(turns(scope, receive, ignored))

        asked = [ask("slow", slowly), ask("quick", at_once)]
        await settled()
        assert app.came == ["/quick/generate-data"]
        app.begin["/quick/generate-data"].set()
        more.set()
        await settled()
        assert app.came[1:] == ["/slow/generate-data"]
        app.begin["/slow/generate-data"].set()
        app.end.set()
        await asyncio.gather(*asked)

    asyncio.run(story())
