"""The engine's own entry, for other services: a service token in, a task to ask after out."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from lookalike import ids
from lookalike.errors import NotFound, WrongState
from lookalike.jobs.model import Job
from lookalike.service.auth import Serving
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.answers import CREATING, READING
from lookalike.service.nouns.generations import check_rows, own_fit, readable, submitted
from lookalike.service.nouns.job_views import problem_of
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.platform import OnPlatform

router = APIRouter(prefix="/api/generate_data", tags=["engine"])


@router.post("", status_code=202, responses=CREATING)
def engine_generate_data(
    body: s.GenerationAsked, scope: Serving, platform: OnPlatform, idempotency_key: IdempotencyKey = None
) -> s.TaskBegun:
    """Ask for rows from a model that the token's user owns. The generation keeps the task's id."""
    check_rows(platform, body.number_of_rows)
    fitted = own_fit(scope, ids.sibling(body.model_id, "job") if ids.is_id(body.model_id, "model") else "")
    if fitted.state != "completed":
        raise WrongState(f"The model is not there yet: its job is {fitted.state}.", hint="Wait for it.")
    return s.TaskBegun(**_fields(submitted(platform, scope, fitted, body, idempotency_key)))


@router.get("/{task_id}", responses=READING)
def get_engine_task(task_id: str, scope: Serving, platform: OnPlatform) -> s.TaskShown:
    """How far a task is; when it is completed, the file is that of its generation."""
    if not ids.is_id(task_id, "task"):
        raise NotFound("There is no such task.")
    job = readable(scope, ids.sibling(task_id, "job"))
    result = job.result or {}
    return s.TaskShown(
        **_fields(job),
        percent=job.percent,
        size_bytes=result.get("size_bytes"),
        sha256=result.get("sha256"),
        problem=problem_of(platform, job),
    )


def _fields(job: Job) -> dict[str, Any]:
    return {"task_id": ids.sibling(job.id, "task"), "generation_job_id": job.id, "status": job.state}
