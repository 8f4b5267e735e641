"""What a worker says of each attempt at a task: one JSON object per line, as the service's logs have it.

It holds names, numbers, ids and codes, and nothing of an error's message: that may quote a cell.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TextIO

from lookalike.clock import shown
from lookalike.errors import LookalikeError
from lookalike.jobs.model import Lease

Outcome = Literal["done", "failed", "cancelled", "over-limit", "handed-back", "fenced"]


@dataclass(frozen=True, slots=True)
class Attempted:
    """An attempt that has ended. ``fenced``: what it made was too late, and dropped."""

    lease: Lease
    outcome: Outcome
    seconds: float
    at_us: int
    error: BaseException | None = None


Say = Callable[[Attempted], None]


def silent(attempted: Attempted) -> None:
    """For a worker inside a process that has no log."""


def to_lines(stream: TextIO | None = None) -> Say:
    """What writes each attempt to ``stream`` (standard error if not said) as a line."""

    def say(attempted: Attempted) -> None:
        print(line(attempted), file=stream or sys.stderr, flush=True)

    return say


def line(attempted: Attempted) -> str:
    """The attempt as JSON: which job, task, attempt and worker, how it ended, its milliseconds and trace."""
    lease, error = attempted.lease, attempted.error
    code = (
        error.code if isinstance(error, LookalikeError) else None if error is None else type(error).__name__
    )
    return json.dumps(
        {
            "event": "task",
            "level": "info" if attempted.outcome in ("done", "handed-back") else "warning",
            "at": shown(attempted.at_us),
            "job": lease.job.id,
            "kind": lease.job.kind,
            "task": lease.task.number,
            "role": lease.task.role,
            "attempt": lease.attempt,
            "worker": lease.worker,
            "outcome": attempted.outcome,
            "code": code,
            "ms": round(attempted.seconds * 1000, 1),
            "trace": lease.job.trace,
        }
    )
