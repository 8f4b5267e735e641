"""OpenAI's chat completions, as OpenAI, Azure, vLLM, llama.cpp, Ollama and many others speak them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from lookalike.records.chat import ChatAnswer, ChatRequest, Finish, ProviderError, Usage
from lookalike.records.providers.http import Http, bad_body
from lookalike.records.providers.keys import Keys

TOOL = "answer"
_FINISH: dict[str, Finish] = {
    "stop": "stop",
    "tool_calls": "stop",
    "function_call": "stop",
    "length": "length",
    "content_filter": "refusal",
}


class OpenAI:
    """A `ChatProvider`: ``POST {url}/chat/completions``, one attempt."""

    def __init__(self, http: Http, keys: Keys) -> None:
        self._http = http
        self._keys = keys

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        began = time.perf_counter()
        path, headers = "/chat/completions", self._headers(request)
        found = await self._http.post(request, path, headers, body_of(request))
        return answer_of(found, request, time.perf_counter() - began)

    def _headers(self, request: ChatRequest) -> dict[str, str]:
        key = self._keys.get(request.model.key)
        if key is None:
            return {}
        # Azure's own endpoints take the key under this name; others pass over it
        azure = ".azure.com" in request.model.url
        return {"api-key": key} if azure else {"Authorization": f"Bearer {key}"}


def body_of(request: ChatRequest) -> dict[str, Any]:
    """The body of the HTTP request."""
    params = request.params
    limit = "max_completion_tokens" if "api.openai.com" in request.model.url else "max_tokens"
    body: dict[str, Any] = {
        "model": request.model.model,
        "messages": [{"role": m.role, "content": m.content} for m in request.messages],
        limit: params.max_tokens,
    }
    for name in ("temperature", "top_p", "seed"):
        if (value := getattr(params, name)) is not None:
            body[name] = value
    if request.mode == "json_schema":
        shape = {"name": TOOL, "schema": request.schema, "strict": request.strict}
        body["response_format"] = {"type": "json_schema", "json_schema": shape}
    elif request.mode == "tool":
        function = {"name": TOOL, "description": "Give the answer.", "parameters": request.schema}
        body["tools"] = [{"type": "function", "function": function}]
        body["tool_choice"] = {"type": "function", "function": {"name": TOOL}}
    return body | dict(params.extra_body)


def answer_of(found: Mapping[str, Any], request: ChatRequest, latency_s: float) -> ChatAnswer:
    """The answer in the body of a 200; `ProviderError` when there is none."""
    try:
        choice = found["choices"][0]
        message = choice["message"]
        text = message.get("content") or ""
        for call in message.get("tool_calls") or ():
            text = call["function"]["arguments"]
            break
        refusal = message.get("refusal")
        finish: Finish = _FINISH.get(choice.get("finish_reason") or "stop", "stop")
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise _no_answer(found) from error
    if not isinstance(text, str):
        raise _no_answer(found)
    if isinstance(refusal, str) and refusal:
        text, finish = refusal, "refusal"
    return ChatAnswer(
        text=_clean(text),
        finish=finish,
        usage=usage_of(found.get("usage"), "prompt_tokens", "completion_tokens"),
        model=_clean(str(found.get("model") or request.model.model)),
        answer_id=_clean(str(found["id"])) if found.get("id") else None,
        latency_s=latency_s,
    )


def usage_of(found: Any, input_name: str, output_name: str) -> Usage | None:
    """The counted tokens, or None when they are not told or make no sense."""
    if not isinstance(found, Mapping):
        return None
    read, written = found.get(input_name), found.get(output_name)
    if type(read) is not int or type(written) is not int or read < 0 or written < 0:
        return None
    return Usage(read, written)


def _no_answer(found: Mapping[str, Any]) -> ProviderError:
    error = found.get("error")
    said = error.get("message") if isinstance(error, Mapping) else None
    raw = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    return bad_body(f"there is no answer in it: {said}" if said else "there is no answer in it", raw)


def _clean(text: str) -> str:
    """Without halves of surrogate pairs, which no file can hold."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
