"""One request of the message contract, executed against a server that gives one reply, word for word."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from lookalike.records.executor import execute
from lookalike.records.job import Routed
from lookalike.records.providers.anthropic import Anthropic
from lookalike.records.providers.http import Http
from lookalike.records.providers.keys import Keys
from lookalike.records.providers.openai import OpenAI

KEYS = {"SOME_KEY": "the-key"}
TOLD = (
    "authorization",
    "x-api-key",
    "anthropic-version",
    "traceparent",
    "x-client-request-id",
    "content-type",
)


async def replied(message: dict[str, Any], reply: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what the server was sent: path, headers that matter, body; the result), without times and words."""
    seen: dict[str, Any] = {}

    async def handle(request: web.Request) -> web.Response:
        headers = {name: request.headers[name] for name in TOLD if name in request.headers}
        seen.update(path=request.path, headers=headers, body=await request.json())
        return web.Response(status=reply["status"], headers=reply["headers"], body=reply["body"].encode())

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        here = {**message, "model": {**message["model"], "url": f"http://127.0.0.1:{port}"}}
        async with Http() as http:
            adapters = {"openai": OpenAI(http, Keys(KEYS)), "anthropic": Anthropic(http, Keys(KEYS))}
            result = await execute(here, Routed(adapters))
    finally:
        await runner.cleanup()
    if result["answer"] is not None:
        result["answer"]["latency_s"] = 0
    if result["error"] is not None:
        result["error"]["message"] = ""
    return seen, result
