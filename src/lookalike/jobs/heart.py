"""What a task tells while it is done, and hears."""

from __future__ import annotations

from typing import Protocol

from lookalike.watch import Watch


class Heart(Watch, Protocol):
    """A `Watch` that also takes how many of the task's units are done."""

    def report(self, units: int) -> None: ...


class Quiet:
    """Of a `Watch`, only whether to stop: what is not the task's own unit is not reported."""

    def __init__(self, watch: Watch) -> None:
        self.stop = watch.stop

    def progress(self, done: int, total: int) -> None:
        pass
