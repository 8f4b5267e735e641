"""The tasks of a job, as they are now: what is done, under way, waiting, tried again, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from lookalike.jobs import plan
from lookalike.jobs.model import ROUND, Job
from lookalike.service.auth import Reading
from lookalike.service.nouns.answers import READING
from lookalike.service.platform import OnPlatform
from lookalike.service.wire import Shown, Time
from lookalike.stores.documents import Doc
from lookalike.tables.blocks import BLOCK_ROWS

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


class TaskSeen(Shown):
    """One task: what one worker does in one go."""

    number: int
    role: str = Field(examples=["chunk"])
    state: Literal["pending", "running", "retrying", "cancelled", "failed", "completed"]
    units: int = Field(description="How much there is to do; of a chunk, blocks of 10,000 rows.")
    done: int = Field(description="How much of it is done.")
    tries: int = Field(description="How often it was begun, this round.")
    failures: int
    worker: str | None = None
    reason: str | None = Field(None, description="Why the last try came to nothing.")
    again_at: Time | None = Field(None, description="When it is tried again, about.")


class TasksSeen(Shown):
    """All tasks that were begun or can be; the last one comes when the others are done."""

    blocks: int | None = Field(description="Of a generation: blocks of 10,000 rows in all.")
    rows_done: int | None = Field(description="Of a generation: rows that are drawn.")
    tasks: list[TaskSeen] = Field(description="In order, at most 1,000.")


@router.get("/{job_id}/tasks", responses=READING)
def get_tasks(job_id: str, scope: Reading, platform: OnPlatform) -> TasksSeen:
    """How far each part of a job is, and what is tried again for which reason."""
    job = Job.of_doc(scope.get("job", job_id))
    docs = platform.ledger.tasks(job_id)
    tasks = [_task(doc, job, platform.settings.retries_s) for doc in docs]
    if job.kind != "generate":
        return TasksSeen(blocks=None, rows_done=None, tasks=tasks)
    blocks = plan.blocks(job)
    drawn = sum(task.done for task in tasks if task.role == "chunk")
    whole = job.state == "completed" or drawn >= blocks
    rows = job.request["rows"] if whole else min(drawn * BLOCK_ROWS, job.request["rows"])
    return TasksSeen(blocks=blocks, rows_done=rows, tasks=tasks)


def _task(doc: Doc, job: Job, retries_s: Sequence[float]) -> TaskSeen:
    problem, again_us = doc["problem"], None
    if doc["state"] == "retrying" and doc["ended_us"] is not None:
        wait_s = retries_s[min(doc["failures"], len(retries_s)) - 1]
        again_us = doc["ended_us"] + round(wait_s * 1_000_000)
    return TaskSeen(
        number=doc["number"],
        role=doc["role"],
        state=doc["state"],
        units=doc["units"],
        done=min(doc["done"], doc["units"]) if doc["state"] in ("running", "completed") else 0,
        tries=max(0, doc["attempt"] - job.round * ROUND),
        failures=doc["failures"],
        worker=doc["worker"],
        reason=None if problem is None or doc["state"] == "completed" else problem["message"],
        again_at=again_us,
    )
