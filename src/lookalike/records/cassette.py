"""Recorded answers: a `ChatProvider` that keeps what comes back, and one that plays it again without a call.

A file of JSON lines, one answer each, under the hash of its request and the request's id; no key is in it.
What is in a cassette is as personal as the prompts and answers of the spec are.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any, get_args

from lookalike.errors import BadInput
from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest, Finish
from lookalike.tables.atomic import told_as_cannot_write

Json = Any


class Recording:
    """Hands requests on, and writes each answer down before it is used."""

    def __init__(self, inner: ChatProvider, path: str | os.PathLike[str]) -> None:
        self._inner = inner
        self._path = Path(path)
        self._lock = threading.Lock()
        with told_as_cannot_write(str(path)):
            self._path.touch()

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        answer = await self._inner.complete(request)
        line = taken(request.hash(), request.id, answer.to_dict())
        with (
            self._lock,
            told_as_cannot_write(str(self._path)),
            self._path.open("ab") as file,
        ):
            file.write(line)
        return answer


def taken(request: str, id: str, answer: Json) -> bytes:  # noqa: A002
    """One line of a cassette. request: the request's hash; answer: a `ChatAnswer` as a dict."""
    said = {"request": request, "id": id, "answer": answer}
    return (json.dumps(said, ensure_ascii=False, sort_keys=True) + "\n").encode("utf-8", "replace")


def checked(lines: Iterable[bytes], name: str, first: int = 1) -> Iterator[tuple[str, str, Json]]:
    """(hash of the request, its id, the answer) of each line; `BadInput` for what is none. first: the number
    of the first line."""
    for number, line in enumerate(lines, first):
        found: Json = None
        with contextlib.suppress(ValueError, RecursionError):
            found = json.loads(line)
        if not _is_answer(found):
            raise BadInput(f"Line {number} of the cassette is no answer.", file=name)
        yield found["request"], found["id"], found["answer"]


def _is_answer(found: Json) -> bool:
    try:
        answer = ChatAnswer.of_dict(found["answer"])
        texts: tuple[Any, ...] = (found["request"], found["id"], answer.text, answer.model)
        counts: tuple[Any, ...] = () if answer.usage is None else astuple(answer.usage)
        latency_s: Any = answer.latency_s
    except (KeyError, TypeError):
        return False
    return (
        all(isinstance(text, str) for text in texts)
        and answer.finish in get_args(Finish)
        and all(type(count) is int and count >= 0 for count in counts)
        and type(latency_s) in (int, float)
    )


class Replaying:
    """Answers from a cassette alone. `BadInput` for lines that are none, and for a request that it does not
    know."""

    def __init__(self, lines: Iterable[bytes], name: str) -> None:
        self._name = name
        self._answers = {(request, id_): answer for request, id_, answer in checked(lines, name)}

    @classmethod
    def of_file(cls, path: str | os.PathLike[str]) -> Replaying:
        """The cassette in a file."""
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise BadInput(f"The cassette cannot be read: {error}", file=os.fspath(path)) from error
        return cls(data.splitlines(), os.fspath(path))

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        found = self._answers.get((request.hash(), request.id))
        if found is None:
            raise BadInput(
                f"The cassette has no answer for {request.id}.",
                hint="It was recorded with another spec, or with fewer records. Record it anew.",
                file=self._name,
            )
        return ChatAnswer.of_dict(found)


class ByAlias:
    """Plays the cassettes of some aliases, and hands the requests of all others on."""

    def __init__(self, inner: ChatProvider, playing: Mapping[str, Replaying]) -> None:
        self._inner = inner
        self._playing = playing

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        return await self._playing.get(request.model.alias, self._inner).complete(request)
