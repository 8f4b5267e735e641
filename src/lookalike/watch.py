"""The one callback type: how far the work is, and whether to stop."""

from __future__ import annotations

from typing import Protocol

from lookalike.errors import Cancelled


class Watch(Protocol):
    """Handed to every long verb. Both methods are called often, from any thread, and must return at once."""

    def progress(self, done: int, total: int) -> None:
        """``done`` of ``total`` units (rows, columns, bytes) are finished."""
        ...

    def stop(self) -> bool:
        """True when the caller wants the work ended; the verb then raises `Cancelled`."""
        ...


class Unwatched:
    """A `Watch` that shows nothing and never stops."""

    def progress(self, done: int, total: int) -> None:
        pass

    def stop(self) -> bool:
        return False


def check(watch: Watch) -> None:
    """Raise `Cancelled` when the caller asked to stop."""
    if watch.stop():
        raise Cancelled("Stopped on request; nothing half-made was left.")
