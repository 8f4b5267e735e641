"""What the ledger holds: jobs, their tasks, and what passes between the ledger and a worker.

A job is a verb that somebody asked for; a task is the part of it that one worker does in one go. Nothing of
what users upload stands here, only ids, numbers and hashes: conditions are in ``sealed``, and messages that
may quote a cell are in a sealed blob.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from lookalike.errors import LookalikeError
from lookalike.stores.documents import Doc, Kind

Json = Any
JobState = Literal["pending", "running", "retrying", "cancelling", "cancelled", "failed", "completed"]
TaskState = Literal["pending", "running", "retrying", "cancelled", "failed", "completed"]
Role = Literal["fit", "chunk", "finalise", "check", "extract", "write", "publish"]

ACTIVE = ("pending", "running", "retrying")
"""States of a job whose tasks may be claimed and committed."""

ENDED = ("cancelled", "failed", "completed")

WRITES = ("write", "rehearse")
"""Kinds of jobs that write records. A rehearsal writes a few of those that another job is to write: it leaves
the documents to that one, stands in no list unless asked for, and goes by itself."""

ROUND = 1000
"""Attempts of round r of a job count from r * `ROUND` + 1, so that no two rounds share a fence or a blob."""

JOB = Kind(
    "job",
    fields={
        "owner": str,
        "kind": str,
        "name": str,
        "state": str,
        "idem": str,
        "dataset": str,
        "model": str,
        "clean": str,
        "planned": int,
    },
    indexes=(
        ("owner", "kind", "state"),
        ("owner", "kind", "name"),
        ("owner", "state"),
        ("state", "planned"),
        ("clean", "state"),
        ("kind", "state"),
    ),
    unique=("idem",),
)
TASK = Kind(
    "task",
    fields={
        "job": str,
        "role": str,
        "state": str,
        "pool": str,
        "worker": str,
        "turn": int,
        "attempt": int,
        "beat": int,
        "ended_us": int,
    },
    indexes=(
        ("pool", "state", "turn"),
        ("job", "state"),
        ("job", "role", "state"),
        ("worker", "state"),
        ("state",),
    ),
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something ended: ``code`` as in `lookalike.errors`, and a sentence that quotes nothing of the data.

    detail: the key of the sealed blob that says all of it, row, column and cell included.
    """

    code: str
    message: str
    detail: str | None = None

    @classmethod
    def of(cls, error: BaseException, detail: str | None = None) -> Self:
        """What may be said of ``error`` where anybody can read it: what its class says, not its message."""
        kind = type(error) if isinstance(error, LookalikeError) else LookalikeError
        said = next(iter((type(error).__doc__ or "").splitlines()), "").strip()
        if kind is LookalikeError:
            said = f"Something unexpected happened ({type(error).__name__})."
        return cls(kind.code, said, detail)

    def to_dict(self) -> Json:
        return {"code": self.code, "message": self.message, "detail": self.detail}

    @classmethod
    def of_dict(cls, data: Json) -> Self | None:
        return None if data is None else cls(data["code"], data["message"], data["detail"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as the ledger has it.

    output: the id (of a model, of a generation) whose key seals what comes out, the prefix of its blobs.
    request: what was asked for, in plain. sealed: what of it is upload data, sealed under ``output``.
    idem: one word for (owner, idempotency key). percent: 0 to 100. steps: each percent that was reached, and
    step_revs the ``rev`` with which it was, so that who saw a ``rev`` can be told what came after it.
    round: how often it was begun again by hand; slots: for which slots of a write job alone, None: for all
    that are missing. caps: of a write job, those that were set when it was begun again, in place of its
    spec's: tokens, money, time_s. tasks: how many there are, finalise included.
    result: what the last task returned. live: figures that a task told of itself while it was done. clean:
    ``due`` until the blobs that nobody needs any more are gone.
    """

    id: str
    owner: str
    kind: str
    output: str
    request: Mapping[str, Json]
    tasks: int
    sealed: str | None = None
    name: str = ""
    pool: str = "default"
    region: str = "local"
    trace: str | None = None
    idem: str | None = None
    dataset: str | None = None
    model: str | None = None
    state: JobState = "pending"
    percent: int = 0
    steps: tuple[int, ...] = ()
    step_revs: tuple[int, ...] = ()
    round: int = 0
    slots: tuple[int, ...] | None = None
    caps: Mapping[str, Json] | None = None
    planned: int = 0
    clean: str = "due"
    result: Mapping[str, Json] | None = None
    live: Mapping[str, Json] | None = None
    problem: Problem | None = None
    created_us: int = 0
    started_us: int | None = None
    ended_us: int | None = None
    rev: int = 0

    def to_doc(self) -> Doc:
        doc = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "rev"}
        doc["problem"] = None if self.problem is None else self.problem.to_dict()
        return doc

    @classmethod
    def of_doc(cls, doc: Doc) -> Self:
        known = {f.name: doc[f.name] for f in dataclasses.fields(cls) if f.name in doc}
        known["steps"] = tuple(known["steps"])
        known["step_revs"] = tuple(known.get("step_revs", ()))
        known["slots"] = None if known.get("slots") is None else tuple(known["slots"])
        known["problem"] = Problem.of_dict(known["problem"])
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What one worker does in one go: ``units`` say how much it is; of a chunk, rows start … stop - 1."""

    number: int
    role: Role
    units: int
    start: int = 0
    stop: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to do a task once. ``attempt`` is the fence: only the holder of the latest can commit."""

    task_id: str
    attempt: int
    failures: int
    worker: str
    task: Task
    job: Job

    @property
    def blob_key(self) -> str:
        """Where this attempt, and no other, puts what it makes."""
        return blob_key(self.job.output, self.task.number, self.attempt)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a task made: ``blobs`` it put, by name, and ``facts`` for whoever reads the ledger."""

    blobs: Mapping[str, str] = field(default_factory=dict[str, str])
    facts: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def to_dict(self) -> Json:
        return {"blobs": dict(self.blobs), **self.facts}


def blob_key(output: str, number: int, attempt: int) -> str:
    """``OUTPUT/000012-000003``: attempt 3 of task 12."""
    return f"{output}/{number:06d}-{attempt:06d}"


def attempt_of(key: str) -> tuple[int, int] | None:
    """``(number, attempt)`` of a `blob_key`, with or without a suffix; None for another blob."""
    number, _, rest = key.partition("/")[2].partition("-")
    attempt = rest.partition("-")[0]
    return (int(number), int(attempt)) if number.isdigit() and attempt.isdigit() else None
