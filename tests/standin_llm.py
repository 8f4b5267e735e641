"""A language model's API in all its moods: a stand-in server driven by a script of behaviours.

It speaks OpenAI's chat completions. What it answers depends on the request alone; how it behaves, on the
script: a function of (request id, how many times this id has come) to a `Behaviour`. All that it did stands
in ``served``: what was asked, what was answered, how many tokens it counted, whether the answer went out
whole.
"""

from __future__ import annotations

import asyncio
import collections
import hashlib
import json
import math
import random
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

Kind = Literal[
    "answer", "rate-after", "rate", "server", "hang", "cut", "empty", "no-json", "broken", "schema",
    "refusal", "truncation", "drip", "quota", "auth", "bad-request", "no-usage", "prose", "no-text",
]  # fmt: skip
FAULTS: tuple[Kind, ...] = (
    "rate-after", "rate", "server", "hang", "cut", "empty", "no-json", "broken", "schema",
    "refusal", "truncation", "drip",
)  # fmt: skip
WORDS = re.findall(
    r"\w+",
    """
    amber basket candle drawer engine fabric garden hammer island jacket kettle ladder mirror needle
    orchid pepper quarry ribbon saddle timber urchin velvet window yellow zipper anchor bottle
    copper dagger ember falcon goblet harbor indigo jigsaw kernel lantern meadow nectar oyster
    pillow quiver rocket silver thread umber valley walnut yonder zephyr
    """,
)
Script = Callable[[str, int], Kind]


@dataclass(slots=True)
class Served:
    """One request. id: what the client calls it. answer: our name for the answer. whole: it went out
    entire.
    """

    id: str
    kind: Kind
    answer: str
    tokens: int
    whole: bool = False
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: Any = None


def always(kind: Kind = "answer") -> Script:
    return lambda _id, _time: kind


def faulty(share: float, seed: int = 0) -> Script:
    """A fault of any kind in so many of the requests, by their ids."""

    def script(id: str, time: int) -> Kind:  # noqa: A002
        chance = random.Random(f"{seed} {id} {time}")
        return chance.choice(FAULTS) if chance.random() < share else "answer"

    return script


def in_turn(*kinds: Kind) -> Script:
    """The first time that an id comes the first, and so on; then answers."""
    return lambda _id, time: kinds[time] if time < len(kinds) else "answer"


class StandIn:
    """The server, in a thread of its own, while the body of ``with`` runs. text: what it answers, if not
    its own.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        text: Callable[[Any], str] | None = None,
        delay_s: float = 0.0,
        hang_s: float = 30.0,
    ) -> None:
        self.script = script or always()
        self.served: list[Served] = []
        self.most_at_once = 0
        self.most: float = math.inf
        """How many requests are answered; more wait until this is raised."""
        self._text = text
        self._delay_s = delay_s
        self._hang_s = hang_s
        self._times: collections.Counter[str] = collections.Counter()
        self._at_once = 0
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> StandIn:
        self._thread.start()
        self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        if self._done is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(20)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._done = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/chat/completions", self._completions)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, backlog=2048)
        await site.start()
        self.port = runner.addresses[0][1]
        self._ready.set()
        await self._done.wait()
        await runner.cleanup()

    async def _completions(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        id_ = request.headers.get("X-Client-Request-Id", "")
        served = Served(id_, "answer", f"answer-{len(self.served)}", 0, False, dict(request.headers), body)
        self.served.append(served)
        served.kind = self.script(id_, self._times[id_])
        self._times[id_] += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            place = len(self.served)
            while place > self.most:
                await asyncio.sleep(0.02)
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
            return await self._behave(request, served)
        finally:
            self._at_once -= 1

    async def _behave(self, request: web.Request, served: Served) -> web.StreamResponse:
        refusals: dict[str, tuple[int, dict[str, str], str]] = {
            "rate-after": (429, {"Retry-After": "0.05"}, "slow down"),
            "rate": (429, {}, "slow down"),
            "server": (503, {}, "overloaded"),
            "quota": (429, {}, "You exceeded your current quota, please check your plan."),
            "auth": (401, {}, "no such key"),
            "bad-request": (400, {}, "response_format is not supported"),
        }
        if served.kind in refusals:
            status, headers, message = refusals[served.kind]
            return web.json_response({"error": {"message": message}}, status=status, headers=headers)
        if served.kind == "empty":
            return web.Response(status=200, body=b"")
        answer = self._answer(served)
        data = json.dumps(answer).encode()
        served.tokens = sum(answer.get("usage", {}).values())
        if served.kind == "hang":
            await asyncio.sleep(self._hang_s)
        if served.kind == "no-json":
            return web.Response(status=200, body=data[: len(data) // 2], content_type="application/json")
        response = web.StreamResponse(
            headers={"Content-Type": "application/json", "Content-Length": str(len(data))}
        )
        await response.prepare(request)
        if served.kind == "cut":
            await response.write(data[: len(data) // 2])
            if request.transport is not None:
                request.transport.close()
            return response
        if served.kind == "drip":
            for place in range(0, len(data), 64):
                await response.write(data[place : place + 64])
                await asyncio.sleep(0.002)
        else:
            await response.write(data)
        await response.write_eof()
        served.whole = True
        return response

    def _answer(self, served: Served) -> dict[str, Any]:
        body = served.body
        text = self.text_of(body)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        finish = "stop"
        tool = bool(body.get("tools"))
        match served.kind:
            case "broken":
                message["content"] = text[:-2]
            case "schema":
                message["content"] = json.dumps({"surprise": text[:20]})
            case "prose":
                message["content"] = "Sure! Here is what you asked for."
            case "no-text":
                message["content"] = None
            case "refusal":
                message = {"role": "assistant", "content": None, "refusal": "I cannot help with that."}
            case "truncation":
                message["content"], finish = text[: len(text) // 2], "length"
            case _ if tool:
                call = {"function": {"name": "answer", "arguments": text}, "type": "function", "id": "1"}
                message = {"role": "assistant", "content": None, "tool_calls": [call]}
            case _:
                pass
        made: dict[str, Any] = {
            "id": served.answer,
            "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": sum(len(m["content"].split()) for m in body["messages"]),
                "completion_tokens": min(body.get("max_tokens", 100), len(text.split())),
            },
        }
        if served.kind == "no-usage":
            del made["usage"]
        return made

    def text_of(self, body: Any) -> str:
        """Words, or an object that follows the schema that is asked for."""
        if self._text is not None:
            return self._text(body)
        asked = json.dumps([body["messages"], body.get("seed")], sort_keys=True)
        chance = random.Random(hashlib.sha256(asked.encode()).hexdigest())
        schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
        if schema is None and body.get("tools"):
            schema = body["tools"][0]["function"]["parameters"]
        words = body["messages"][-1]["content"]
        if schema is None and "JSON Schema:\n" in words:
            schema = json.loads(words.rpartition("JSON Schema:\n")[2])
        if schema is None:
            return " ".join(chance.choices(WORDS, k=24))
        return json.dumps(_value(schema, chance))


def _value(schema: Any, chance: random.Random) -> Any:
    if "enum" in schema:
        return chance.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            return {name: _value(part, chance) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [_value(schema.get("items", {}), chance) for _ in range(max(1, schema.get("minItems", 1)))]
        case "integer":
            return chance.randint(int(schema.get("minimum", 0)), int(schema.get("maximum", 100)))
        case "number":
            return round(chance.uniform(schema.get("minimum", 0), schema.get("maximum", 100)), 3)
        case "boolean":
            return chance.random() < 0.5
        case _:
            return " ".join(chance.choices(WORDS, k=12))
