"""From a rendered prompt to a text, or to a value that follows its schema: the ladder, and asking again.

Structure is asked for natively, then as a tool's arguments, then in words; a rung that a model refuses is not
tried again. Whatever the rung, the answer is held against the original schema. An answer that does not follow
is shown to the model with what is wrong, at most twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lookalike.records.capability import LADDER, below, capability
from lookalike.records.chat import (
    ChatAnswer,
    ChatProvider,
    ChatRequest,
    Message,
    Mode,
    ModelRef,
    Params,
    ProviderError,
)
from lookalike.records.sink import FailureKind
from lookalike.records.spec import ModelSpec
from lookalike.records.structure import Shape, parsed

Json = Any
MOST_REASKS = 2
_IN_WORDS = (
    "Answer with one JSON value and nothing else: no explanation, no code fence. "
    "It must follow this JSON Schema:\n"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One column of one candidate, rendered. id: ``SLOT/NUMBER/COLUMN``. shape: None for free text."""

    id: str
    alias: str
    messages: tuple[Message, ...]
    shape: Shape | None
    max_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class Reply:
    """value: the text, or the JSON. asked, answers: all calls, the last one is the one that holds."""

    value: Json
    asked: tuple[ChatRequest, ...]
    answers: tuple[ChatAnswer, ...]


class AskFailed(Exception):
    """No usable answer. It never leaves the conductor, which makes a record of it."""

    def __init__(self, kind: FailureKind, reason: str, raw: str, asked: int) -> None:
        super().__init__(reason)
        self.kind: FailureKind = kind
        self.reason = reason
        self.raw = raw
        self.asked = asked


class Asker:
    """Asks the models of a spec. ``refs``: alias → where it is; ``sink``, ``trace``: for the messages."""

    def __init__(
        self,
        provider: ChatProvider,
        models: dict[str, ModelSpec],
        refs: dict[str, ModelRef],
        *,
        sink: str | None = None,
        trace: str | None = None,
    ) -> None:
        self._provider = provider
        self._models = models
        self._refs = refs
        self._sink = sink
        self._trace = trace
        self._rungs: dict[str, Mode] = {}

    def request(self, question: Question, ask: int, messages: Sequence[Message], mode: Mode) -> ChatRequest:
        """The message for ask number ``ask`` of a question."""
        spec = self._models[question.alias]
        known = capability(spec)
        shown = tuple(messages)
        if mode == "prompt" and question.shape is not None:
            shown = _with_words(shown, question.shape)
        return ChatRequest(
            id=f"{question.id}/{ask}",
            model=self._refs[question.alias],
            messages=shown,
            params=Params(
                max_tokens=question.max_tokens,
                temperature=spec.temperature if known.sampling else None,
                top_p=spec.top_p if known.sampling else None,
                seed=(question.seed + ask) % 2**31 if known.seed else None,
                extra_body=spec.extra_body,
            ),
            mode=mode,
            schema=None if question.shape is None else question.shape.sent,
            strict=question.shape is not None and question.shape.strict,
            timeout_s=spec.timeout_s,
            sink=self._sink,
            trace=self._trace,
        )

    def first(self, question: Question) -> ChatRequest:
        """The message that `ask` would begin with."""
        return self.request(question, 0, question.messages, self._mode(question))

    def _mode(self, question: Question) -> Mode:
        if question.shape is None:
            return "text"
        shared = self._refs[question.alias].shared
        return self._rungs.get(shared) or capability(self._models[question.alias]).structure

    async def ask(self, question: Question) -> Reply:
        """The reply; `AskFailed` when there is none that can be used. Raises what the provider raises."""
        messages = list(question.messages)
        asked: list[ChatRequest] = []
        answers: list[ChatAnswer] = []
        reasks = MOST_REASKS if question.shape is not None else 0
        while True:
            request, answer = await self._step(question, len(asked), messages, answers)
            asked.append(request)
            answers.append(answer)
            kind, reason, value = _read(answer, question.shape)
            if kind is None:
                return Reply(value, tuple(asked), tuple(answers))
            if kind == "refusal" or len(asked) > reasks:
                raise AskFailed(kind, reason, answer.text, len(asked))
            messages += _again(answer, reason, question.shape)

    def _step_down(self, shared: str, lower: Mode) -> None:
        """Remember the rung; another call may have gone further down meanwhile."""
        known = self._rungs.get(shared)
        if known is None or LADDER.index(lower) > LADDER.index(known):
            self._rungs[shared] = lower

    async def _step(
        self, question: Question, ask: int, messages: Sequence[Message], answers: Sequence[ChatAnswer]
    ) -> tuple[ChatRequest, ChatAnswer]:
        """One answer, on the highest rung that the model takes."""
        while True:
            mode = self._mode(question)
            request = self.request(question, ask, messages, mode)
            try:
                return request, await self._provider.complete(request)
            except ProviderError as error:
                lower = below(mode) if mode in ("json_schema", "tool") else None
                if error.kind == "bad-request" and lower is not None:
                    self._step_down(request.model.shared, lower)
                    continue
                raw = error.raw or (answers[-1].text if answers else "")
                raise AskFailed("transport", error.message, raw, ask + 1) from error


def _read(answer: ChatAnswer, shape: Shape | None) -> tuple[FailureKind | None, str, Json]:
    """(what is wrong or None, in words, the value)."""
    text = answer.text.strip()
    if answer.finish == "refusal":
        return "refusal", "the model refused", None
    if not text:
        return "empty", "the answer is empty", None
    if shape is None:
        if answer.finish == "length":
            return "truncation", "the answer was cut off at its limit of tokens", None
        return None, "", text
    try:
        value = parsed(text)
    except ValueError as error:
        if answer.finish == "length":
            return "truncation", "the answer was cut off at its limit of tokens", None
        return "parse", str(error), None
    faults = shape.faults(value)
    if faults:
        return "schema", "; ".join(faults), None
    return None, "", value


def _again(answer: ChatAnswer, reason: str, shape: Shape | None) -> list[Message]:
    """What is said after an answer that cannot be used; a part of it is shown, so that prompts stay short."""
    shown = answer.text if len(answer.text) <= 4_000 else answer.text[:4_000] + " …"
    said = f"That answer cannot be used: {reason}."
    if shape is not None:
        said += f"\n{_IN_WORDS}{_schema_text(shape)}"
    messages = [Message("assistant", shown)] if shown.strip() else []
    return [*messages, Message("user", said)] if messages else [Message("user", said)]


def _with_words(messages: tuple[Message, ...], shape: Shape) -> tuple[Message, ...]:
    """The messages with the schema in words, at the end of the last one."""
    last = messages[-1]
    if _IN_WORDS in last.content:
        return messages
    return (*messages[:-1], replace(last, content=f"{last.content}\n\n{_IN_WORDS}{_schema_text(shape)}"))


def _schema_text(shape: Shape) -> str:
    return json.dumps(shape.sent, ensure_ascii=False)
