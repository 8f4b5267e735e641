"""Anthropic's Messages API."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from lookalike.records.chat import ChatAnswer, ChatRequest, Finish
from lookalike.records.providers.http import Http, bad_body
from lookalike.records.providers.keys import Keys
from lookalike.records.providers.openai import TOOL, usage_of

VERSION = "2023-06-01"
_FINISH: dict[str, Finish] = {"max_tokens": "length", "refusal": "refusal"}


class Anthropic:
    """A `ChatProvider`: ``POST {url}/v1/messages``, one attempt."""

    def __init__(self, http: Http, keys: Keys) -> None:
        self._http = http
        self._keys = keys

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        began = time.perf_counter()
        headers = {"anthropic-version": VERSION}
        if (key := self._keys.get(request.model.key)) is not None:
            headers["x-api-key"] = key
        found = await self._http.post(request, "/v1/messages", headers, body_of(request))
        return answer_of(found, request, time.perf_counter() - began)


def body_of(request: ChatRequest) -> dict[str, Any]:
    """The body of the HTTP request. What is said by the system stands apart; there is no seed."""
    params = request.params
    body: dict[str, Any] = {
        "model": request.model.model,
        "max_tokens": params.max_tokens,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages if m.role != "system"],
    }
    system = "\n\n".join(m.content for m in request.messages if m.role == "system")
    if system:
        body["system"] = system
    for name in ("temperature", "top_p"):
        if (value := getattr(params, name)) is not None:
            body[name] = value
    if request.mode == "json_schema":
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    elif request.mode == "tool":
        body["tools"] = [{"name": TOOL, "description": "Give the answer.", "input_schema": request.schema}]
        body["tool_choice"] = {"type": "tool", "name": TOOL}
    return body | dict(params.extra_body)


def answer_of(found: Mapping[str, Any], request: ChatRequest, latency_s: float) -> ChatAnswer:
    """The answer in the body of a 200; `ProviderError` when there is none."""
    blocks = found.get("content")
    if not isinstance(blocks, list):
        raise bad_body(
            "there is no answer in it", json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        )
    text = ""
    for block in blocks:
        match block:
            case {"type": "tool_use", "input": arguments}:
                text = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
                break
            case {"type": "text", "text": str(said)}:
                text += said
            case _:
                pass
    usage = found.get("usage")
    counted = usage_of(usage, "input_tokens", "output_tokens")
    if counted is not None and isinstance(usage, Mapping):
        # what came from, or went into, the cache is counted apart
        cached = [usage.get(f"cache_{what}_input_tokens") for what in ("creation", "read")]
        more = sum(count for count in cached if type(count) is int)
        counted = type(counted)(counted.input_tokens + more, counted.output_tokens)
    return ChatAnswer(
        text=text.encode("utf-8", "replace").decode(),
        finish=_FINISH.get(str(found.get("stop_reason")), "stop"),
        usage=counted,
        model=str(found.get("model") or request.model.model),
        answer_id=str(found["id"]) if found.get("id") else None,
        latency_s=latency_s,
    )
