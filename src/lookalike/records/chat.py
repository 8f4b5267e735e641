"""What is asked of a language model and what it answers: one rendered request, one result.

`ChatProvider` is the only seam: adapters make one attempt; retries, limits, replay and a queue are wrappers
of the same type. The forms of `ChatRequest` and of its result are ``contracts/records/``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Json = Any
CONTRACT_VERSION = 1

Mode = Literal["text", "json_schema", "tool", "prompt"]
"""How structure is asked for: not at all, natively, as a tool's arguments, or in words."""

Finish = Literal["stop", "length", "refusal"]

ErrorKind = Literal[
    "connection",  # not reached: nothing was asked
    "timeout",  # asked, and no whole answer in time
    "cut",  # the answer broke off
    "server",  # 5xx
    "bad-body",  # 200, and not the JSON that it should be
    "rate",  # 429: later
    "quota",  # no credit, or the day's quota is used up
    "auth",  # the key is refused
    "bad-request",  # the request itself is refused: trying it again is no use
]

Billed = Literal["no", "unknown"]


@dataclass(frozen=True, slots=True)
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ModelRef:
    """Which model to ask, and where. key: by the name of an environment variable, never the key itself.

    kind: ``openai`` (and all that speak its chat completions) or ``anthropic``.
    """

    alias: str
    kind: str
    url: str
    model: str
    key: str | None = None

    @property
    def shared(self) -> str:
        """What all aliases of one model have in common: limits hold for it."""
        return f"{self.url} {self.model}"


@dataclass(frozen=True, slots=True)
class Params:
    max_tokens: int
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    extra_body: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """Everything that an executor in any language needs; prompts are rendered, secrets are names.

    id: ``SLOT/CANDIDATE/COLUMN/ASK``, unique in its job. schema: as it is sent; strict: whether OpenAI's
    strict mode takes it. Whoever asked holds the answer against the original schema. sink: where the result
    is wanted, such as a job's id; None: whoever asked. trace: a W3C traceparent."""

    id: str
    model: ModelRef
    messages: tuple[Message, ...]
    params: Params
    mode: Mode = "text"
    schema: Json = None
    strict: bool = False
    timeout_s: float = 120.0
    sink: str | None = None
    trace: str | None = None

    def to_dict(self) -> dict[str, Json]:
        """The request as a message of ``contracts/records/request.schema.json``."""
        model, params = self.model, self.params
        return {
            "version": CONTRACT_VERSION,
            "id": self.id,
            "model": {
                "alias": model.alias,
                "kind": model.kind,
                "url": model.url,
                "model": model.model,
                "key": model.key,
            },
            "messages": [{"role": m.role, "content": m.content} for m in self.messages],
            "params": {
                "max_tokens": params.max_tokens,
                "temperature": params.temperature,
                "top_p": params.top_p,
                "seed": params.seed,
                "extra_body": dict(params.extra_body),
            },
            "mode": self.mode,
            "schema": self.schema,
            "strict": self.strict,
            "limits": {"timeout_s": self.timeout_s},
            "sink": self.sink,
            "trace": self.trace,
        }

    @classmethod
    def of_dict(cls, given: Mapping[str, Json]) -> ChatRequest:
        """The inverse of `to_dict`, for a message that its JSON Schema has passed."""
        return cls(
            id=given["id"],
            model=ModelRef(**given["model"]),
            messages=tuple(Message(**message) for message in given["messages"]),
            params=Params(**given["params"]),
            mode=given["mode"],
            schema=given["schema"],
            strict=given["strict"],
            timeout_s=given["limits"]["timeout_s"],
            sink=given["sink"],
            trace=given["trace"],
        )

    def hash(self) -> str:
        """Hex SHA-256 over what the model is given to read and to follow; ids, keys and limits are not in it.

        Two requests with one hash may be answered by one recorded answer.
        """
        said = self.to_dict()
        asked = {name: said[name] for name in ("messages", "params", "mode", "schema", "strict")}
        asked["model"] = self.model.model
        return hashlib.sha256(canonical(asked)).hexdigest()

    def most_input_tokens(self) -> int:
        """No tokeniser makes more of it: a token is a byte at least, and each message has a frame."""
        size = sum(len(message.content.encode()) + 32 for message in self.messages) + 64
        return size if self.schema is None else size + len(canonical(self.schema))


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counts them."""

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What came back. text: the answer, or a tool's arguments as JSON. usage: None when it was not told.

    model: what the provider says that it was. answer_id: its name for the answer. latency_s: of the attempt
    that succeeded.
    """

    text: str
    finish: Finish
    usage: Usage | None
    model: str
    answer_id: str | None = None
    latency_s: float = 0.0

    def to_dict(self) -> dict[str, Json]:
        """The answer as a result of ``contracts/records/result.schema.json``, but for whose it is."""
        usage = self.usage
        return {
            "text": self.text,
            "finish": self.finish,
            "usage": None
            if usage is None
            else {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens},
            "model": self.model,
            "answer_id": self.answer_id,
            "latency_s": round(self.latency_s, 6),
        }

    @classmethod
    def of_dict(cls, given: Mapping[str, Json]) -> ChatAnswer:
        usage = given["usage"]
        fields: dict[str, Any] = {**given, "usage": None if usage is None else Usage(**usage)}
        return cls(**fields)


class ProviderError(Exception):
    """An attempt that gave no answer. It never leaves the executor.

    billed: whether the provider may have counted tokens all the same; ``unknown`` is taken for the worst.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        status: int | None = None,
        retry_after_s: float | None = None,
        billed: Billed = "no",
        raw: str = "",
    ) -> None:
        super().__init__(message)
        self.kind: ErrorKind = kind
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s
        self.billed: Billed = billed
        self.raw = raw

    def to_dict(self) -> dict[str, Json]:
        """The error as a result of ``contracts/records/result.schema.json``, but for whose it is."""
        return {
            "kind": self.kind,
            "message": self.message,
            "status": self.status,
            "retry_after_s": self.retry_after_s,
            "billed": self.billed,
            "raw": self.raw,
        }


class ChatProvider(Protocol):
    """One attempt, or a wrapper that makes several."""

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        """The answer; `ProviderError` when there is none."""
        ...


def canonical(value: Json) -> bytes:
    """JSON in one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
