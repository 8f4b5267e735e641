"""Recorded answers: a `ChatProvider` that keeps what comes back, and one that plays it again without a call.

A file of JSON lines, one answer each, under the hash of its request and the request's id; no key is in it.
What is in a cassette is as personal as the prompts and answers of the spec are.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from lookalike.errors import BadInput
from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest
from lookalike.tables.atomic import told_as_cannot_write


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
        taken = {"request": request.hash(), "id": request.id, "answer": answer.to_dict()}
        line = json.dumps(taken, ensure_ascii=False, sort_keys=True) + "\n"
        with (
            self._lock,
            told_as_cannot_write(str(self._path)),
            self._path.open("a", encoding="utf-8") as file,
        ):
            file.write(line)
        return answer


class Replaying:
    """Answers from a cassette alone. `BadInput` for a file that is none, and for a request it does not
    know.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._name = os.fspath(path)
        self._answers: dict[tuple[str, str], dict[str, Any]] = {}
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeError) as error:
            raise BadInput(f"The cassette cannot be read: {error}", file=self._name) from error
        for number, line in enumerate(text.splitlines(), 1):
            try:
                taken = json.loads(line)
                self._answers[taken["request"], taken["id"]] = taken["answer"]
                ChatAnswer.of_dict(taken["answer"])
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(f"Line {number} of the cassette is no answer.", file=self._name) from error

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        found = self._answers.get((request.hash(), request.id))
        if found is None:
            raise BadInput(
                f"The cassette has no answer for {request.id}.",
                hint="It was recorded with another spec, or with fewer records. Record it anew.",
                file=self._name,
            )
        return ChatAnswer.of_dict(found)
