"""What a task tells while it is done, and hears."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lookalike.watch import Watch


class Heart(Watch, Protocol):
    """A `Watch` that also takes how many of the task's units are done, and figures to be shown meanwhile."""

    def report(self, units: int) -> None: ...

    def tell(self, live: Mapping[str, Any], *, now: bool = False) -> None:
        """Show these figures with the next beat, or at once. Nothing of anybody's data may be in them."""
        ...


class Quiet:
    """Of a `Watch`, only whether to stop: what is not the task's own unit is not reported."""

    def __init__(self, watch: Watch) -> None:
        self.stop = watch.stop

    def progress(self, done: int, total: int) -> None:
        pass
