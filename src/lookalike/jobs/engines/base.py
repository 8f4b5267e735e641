"""The Protocol of engines."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from typing import Protocol


class Engine(Protocol):
    def ring(self, pool: str, count: int = 1) -> None:
        """Say that ``count`` tasks of ``pool`` may be waiting. A hint: may be lost, late, doubled."""
        ...

    def serve(self, pool: str, step: Callable[[], bool], stop: Event) -> None:
        """Call ``step`` while it returns True, and again whenever the bell rings, until ``stop`` is set."""
        ...
