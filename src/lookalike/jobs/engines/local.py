"""The engine of one machine: whatever changes the database rings the bell by itself."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Protocol

from lookalike.errors import LookalikeError

POLL_S = 0.1
UNASKED_S = 2.0
"""So often a step is tried though no bell rang."""


class Bell(Protocol):
    def bell(self) -> Callable[[], bool]:
        """A function that says whether anything was changed since it was last asked."""
        ...


class LocalEngine:
    """Workers are processes that look, every ``poll_s``, whether the documents changed."""

    def __init__(self, documents: Bell, *, poll_s: float = POLL_S) -> None:
        self._documents = documents
        self._poll_s = poll_s

    def ring(self, pool: str, count: int = 1) -> None:
        """Nothing to do: inserting the task was ringing."""

    def serve(self, pool: str, step: Callable[[], bool], stop: Event) -> None:  # noqa: ARG002
        """See `Engine`. One bell rings for all pools: it says only that something changed."""
        rang = self._documents.bell()
        silent_s = 0.0
        while not stop.is_set():
            try:
                if rang() or silent_s >= UNASKED_S:
                    silent_s = 0.0
                    while step() and not stop.is_set():
                        pass
            except LookalikeError as error:
                if not error.retryable:
                    raise  # else the database is busy, or full: it is asked again soon
            stop.wait(self._poll_s)
            silent_s += self._poll_s
