"""Makes the golden vectors of the message contract anew: ``python tests/golden/make_records.py``.

A vector is a request, what the API must be sent for it, what the API replies, and the result. Times and an
error's words for people are not compared. As long as a version is not released they may change; released ones
never do.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from replying import replied  # noqa: E402

VECTORS = Path(__file__).parents[2] / "contracts" / "records" / "vectors.json"
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string", "maxLength": 90}, "stars": {"type": "integer", "minimum": 1}},
    "required": ["title", "stars"],
    "additionalProperties": False,
}
USAGE = {"prompt_tokens": 21, "completion_tokens": 7, "total_tokens": 28}


def request(kind: str = "openai", mode: str = "text", **changes: Any) -> dict[str, Any]:
    """A request of the contract; ``url`` is filled in by whoever runs the vector."""
    made: dict[str, Any] = {
        "version": 1,
        "id": "3/1/review/0",
        "model": {"alias": "m", "kind": kind, "url": "http://HOST", "model": "some-model", "key": "SOME_KEY"},
        "messages": [
            {"role": "system", "content": "You write reviews."},
            {"role": "user", "content": "Review a kettle. Größe: 1½ l"},
        ],
        "params": {"max_tokens": 200, "temperature": 0.7, "top_p": None, "seed": 5, "extra_body": {}},
        "mode": mode,
        "schema": None if mode == "text" else SCHEMA,
        "strict": mode == "json_schema",
        "limits": {"timeout_s": 5},
        "sink": "job_1",
        "trace": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    return made | changes


def said(text: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """An answer as OpenAI's API gives it."""
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text, **message},
        "finish_reason": finish,
    }
    return {"id": "chatcmpl-1", "model": "some-model-2026", "choices": [choice], "usage": USAGE}


def spoken(blocks: list[dict[str, Any]], stop: str = "end_turn") -> dict[str, Any]:
    """An answer as Anthropic's API gives it."""
    usage = {
        "input_tokens": 21,
        "output_tokens": 7,
        "cache_read_input_tokens": 4,
        "cache_creation_input_tokens": 0,
    }
    return {"id": "msg_1", "model": "some-model-2026", "content": blocks, "stop_reason": stop, "usage": usage}


def cases() -> dict[str, tuple[dict[str, Any], int, dict[str, str], Any]]:
    """Name → (request, status, headers, body: JSON or text)."""
    ask = request()
    call = {
        "id": "c",
        "type": "function",
        "function": {"name": "answer", "arguments": '{"title":"t","stars":4}'},
    }
    text = [{"type": "text", "text": "A good "}, {"type": "text", "text": "kettle."}]
    tool = [{"type": "tool_use", "id": "t", "name": "answer", "input": {"title": "t", "stars": 4}}]
    bare = {**ask, "model": {**ask["model"], "key": None}, "trace": None, "sink": None}
    extra = {**ask["params"], "extra_body": {"min_p": 0.1, "seed": 9}, "top_p": 0.9}
    return {
        "text": (ask, 200, {}, said("A good kettle.")),
        "no key, no trace": (bare, 200, {}, said("A good kettle.")),
        "extra body wins": ({**ask, "params": extra}, 200, {}, said("A good kettle.")),
        "json schema": (request(mode="json_schema"), 200, {}, said('{"title":"t","stars":4}')),
        "tool": (request(mode="tool"), 200, {}, said(None, "tool_calls", tool_calls=[call])),
        "words": (request(mode="prompt"), 200, {}, said('{"title":"t","stars":4}')),
        "cut at the limit": (ask, 200, {}, said("A good", "length")),
        "refusal": (ask, 200, {}, said(None, "stop", refusal="No.")),
        "filtered": (ask, 200, {}, said("", "content_filter")),
        "half a surrogate": (ask, 200, {}, '{"choices":[{"message":{"content":"a\\ud800b"}}]}'),
        "no usage": (ask, 200, {}, {key: value for key, value in said("Hm.").items() if key != "usage"}),
        "usage without sense": (ask, 200, {}, said("Hm.") | {"usage": {"prompt_tokens": -1}}),
        "empty body": (ask, 200, {}, ""),
        "half a body": (ask, 200, {}, '{"choices": [{"mess'),
        "an error with 200": (ask, 200, {}, {"error": {"message": "model not loaded"}}),
        "later": (ask, 429, {"Retry-After": "7"}, {"error": {"message": "slow down"}}),
        "later, in milliseconds": (ask, 429, {"retry-after-ms": "1500"}, {"error": {"message": "slow down"}}),
        "later, who knows when": (ask, 429, {}, "slow down"),
        "no credit": (ask, 429, {}, {"error": {"message": "no", "code": "insufficient_quota"}}),
        "daily quota": (ask, 429, {}, {"error": {"message": "Limit 200 requests per day reached"}}),
        "payment required": (ask, 402, {}, ""),
        "wrong key": (ask, 401, {}, {"error": {"message": "Incorrect API key"}}),
        "overloaded": (ask, 503, {"Retry-After": "2"}, {"error": {"message": "overloaded"}}),
        "refused": (request(mode="json_schema"), 400, {}, {"error": {"message": "no response_format"}}),
        "elsewhere": (ask, 307, {"Location": "http://other/"}, ""),
        "anthropic: text": (request("anthropic"), 200, {}, spoken(text)),
        "anthropic: json schema": (
            request("anthropic", "json_schema"),
            200,
            {},
            spoken([{"type": "text", "text": '{"title":"t","stars":4}'}]),
        ),
        "anthropic: tool": (request("anthropic", "tool"), 200, {}, spoken(tool, "tool_use")),
        "anthropic: cut at the limit": (request("anthropic"), 200, {}, spoken(text, "max_tokens")),
        "anthropic: refusal": (request("anthropic"), 200, {}, spoken([], "refusal")),
        "anthropic: overloaded": (
            request("anthropic"),
            529,
            {},
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        ),
        "anthropic: no credit": (
            request("anthropic"),
            400,
            {},
            {
                "type": "error",
                "error": {"type": "invalid_request_error", "message": "Your credit balance is low"},
            },
        ),
    }


def main() -> None:
    vectors: list[dict[str, Any]] = []
    for name, (ask, status, headers, body) in cases().items():
        sent = body if isinstance(body, str) else json.dumps(body)
        reply = {"status": status, "headers": headers, "body": sent}
        seen, result = asyncio.run(replied(ask, reply))
        vectors.append({"name": name, "request": ask, "http": seen, "reply": reply, "result": result})
    VECTORS.write_text(json.dumps({"version": 1, "vectors": vectors}, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{VECTORS}: {len(vectors)} vectors\n")


if __name__ == "__main__":
    main()
