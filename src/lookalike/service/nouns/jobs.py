"""Jobs: submit a fit, list, look, watch, read the logs, cancel, retry, delete. Generations are jobs, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from lookalike import ids
from lookalike.errors import BadInput, WrongState
from lookalike.jobs.downloads import drop_downloads
from lookalike.jobs.model import ACTIVE, ENDED, WRITES, Job
from lookalike.jobs.submit import Asked, Fit, submit_fit
from lookalike.service.auth import Reading, Writing
from lookalike.service.datasets import upload_key
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.answers import CREATING, READING, WRITING
from lookalike.service.nouns.following import EVENTS, LastEventId, following, still_may
from lookalike.service.nouns.job_views import attempts_of, fields_of, job_shown, problem_of
from lookalike.service.nouns.listing import page_of, wanted_of
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.scope import Scope
from lookalike.service.shelf import Shelf
from lookalike.stores.documents import In, Test

_LISTED = ("fit", "generate", "check", "write", "publish")
"""Kinds that are listed without being asked for."""

STATES = (*ACTIVE, "cancelling", *ENDED)
LEAST_HELD = 20
"""Rows that a table must have for some of them to be held out."""

router = APIRouter(prefix="/api/jobs", tags=["jobs"])


@router.post("", status_code=202, responses=CREATING)
def submit_job(
    body: s.JobAsked, scope: Writing, platform: OnPlatform, idempotency_key: IdempotencyKey = None
) -> s.Job:
    """Have a model fitted on a dataset. It is done whatever happens to this connection."""
    dataset = scope.own("dataset", body.dataset_id)
    if dataset["state"] != "ready":
        raise WrongState("The dataset is not ready.", hint="Wait until its upload has ended.")
    reading = platform.datasets.reading(body.dataset_id)
    settings = body.settings
    names = [column["name"] for column in reading["schema"]["columns"]]
    if settings.target is not None and settings.target not in names:
        raise BadInput("The target is no column of the dataset.", column=settings.target)
    held = settings.holdout == "auto" and dataset["rows"] >= LEAST_HELD
    fitting = {
        "target": settings.target,
        "model": settings.model,
        "privacy": settings.privacy,
        "seed": settings.seed,
        "holdout": "auto" if held else None,
    }
    fit = Fit(dataset=body.dataset_id, blob=upload_key(body.dataset_id), reading=reading, fitting=fitting)
    asked = asked_by(scope, platform, body.name or dataset["name"], idempotency_key)
    job = submit_fit(platform.stores, platform.ledger, asked, fit)
    platform.backends.engine.ring(job.pool)
    scope.touched.append(job.id)
    return job_shown(job, scope)


@router.get("", responses=READING)
def list_jobs(scope: Reading, asked: Annotated[s.JobsAsked, Query()]) -> s.Counted[s.Job]:
    """Your jobs of all kinds, and those shared with you."""
    where: dict[str, Test] = {}
    where["kind"] = In(*_LISTED) if asked.kind is None else asked.kind
    if asked.dataset_id is not None:
        where["dataset"] = asked.dataset_id
    part = Shelf(scope, "job", STATES, where).page(wanted_of(asked, asked.state))
    return page_of(part, [job_shown(Job.of_doc(doc), scope) for doc in part.docs])


@router.get("/{job_id}", responses=READING)
def get_job(job_id: str, scope: Reading, platform: OnPlatform) -> s.Job:
    """A job, as it is now."""
    job = Job.of_doc(scope.get("job", job_id))
    return s.Job(**fields_of(job, scope, problem=problem_of(platform, job)))


@router.patch("/{job_id}", responses=WRITING)
def rename_job(job_id: str, scope: Writing, body: s.Rename) -> s.Job:
    """Give a job, and the model or file that it makes, another name."""
    return job_shown(renamed(scope, job_id, body.name), scope)


@router.delete("/{job_id}", responses=WRITING)
def delete_job(
    job_id: str, scope: Writing, platform: OnPlatform, asked: Annotated[s.Cascade, Query()]
) -> s.Deleted:
    """Delete a job, what it made, and what hangs on that; as for datasets. One that runs is cancelled."""
    return deleted(platform, Job.of_doc(scope.own("job", job_id)), job_id, asked)


@router.get("/{job_id}/events", response_class=Response, responses=READING | EVENTS)
def watch_job(
    job_id: str,
    request: Request,
    scope: Reading,
    platform: OnPlatform,
    last_event_id: LastEventId = None,
) -> Response:
    """A job's progress, as it is made."""
    job = Job.of_doc(scope.get("job", job_id))
    allowed = still_may(request, scope, job_id)
    return following(platform.hub, job, last_event_id, lambda one: job_shown(one, scope), allowed)


@router.get("/{job_id}/logs", responses=READING)
def get_logs(job_id: str, scope: Reading, platform: OnPlatform) -> s.Logs:
    """Which worker tried which part of a job, when, and what came of it."""
    scope.get("job", job_id)
    return s.Logs(attempts=attempts_of(platform.ledger.tasks(job_id)))


@router.post("/{job_id}/cancel", responses=WRITING)
def cancel_job(job_id: str, scope: Writing, platform: OnPlatform) -> s.Job:
    """End a job. What it made so far is deleted."""
    if scope.own("job", job_id)["kind"] == "publish":
        platform.publications.cancel(job_id)
        return job_shown(platform.ledger.job(job_id), scope)
    return job_shown(platform.ledger.cancel(job_id), scope)


@router.post("/{job_id}/retry", responses=WRITING)
def retry_job(job_id: str, scope: Writing, platform: OnPlatform) -> s.Job:
    """Begin a job again that failed or was cancelled."""
    return job_shown(retried(platform, scope, job_id), scope)


def asked_by(scope: Scope, platform: Platform, name: str, idempotency_key: str | None) -> Asked:
    """Who asks, and how."""
    return Asked(
        owner=scope.user.id,
        name=name,
        pool=platform.settings.pool,
        idempotency_key=idempotency_key,
        trace=scope.trace,
    )


def renamed(scope: Scope, job_id: str, name: str) -> Job:
    """The job, which the user owns, under its new name."""
    where: Mapping[str, Test] = {}
    doc = scope.update("job", job_id, {"name": name}, where)
    if doc is None:
        raise WrongState("The job has just been deleted.")
    return Job.of_doc(doc)


def retried(
    platform: Platform,
    scope: Scope,
    job_id: str,
    slots: Sequence[int] | None = None,
    caps: Mapping[str, float] | None = None,
) -> Job:
    """The job, which the user owns, begun again; a write job for these slots alone, or under these caps.

    `NotFound` when what it is made of may not be read any more.
    """
    _check_readable(Job.of_doc(scope.own("job", job_id)), scope)
    job = platform.ledger.retry(job_id, slots, caps)
    if job.kind == "write":
        drop_downloads(platform.stores, job.id)  # of what it was before it went on
    platform.backends.engine.ring(job.pool)
    return job


def _check_readable(job: Job, scope: Scope) -> None:
    """`NotFound` when a job that writes records is made of what the user may not read any more: a share was
    taken back."""
    if job.kind in WRITES:
        if job.request["blob"] is not None:
            scope.get("dataset", job.dataset or "")
        if job.model is not None:
            scope.get("job", ids.sibling(job.model, "job"))


def deleted(platform: Platform, job: Job, shown_id: str, asked: s.Cascade) -> s.Deleted:
    """What went with the job; `WrongState` when something hangs on it and may not go."""
    hanging = platform.removal.of_fit(job) if job.kind == "fit" else platform.removal.of_generation(job)
    if hanging and not asked.cascade:
        raise platform.removal.refuse("job" if shown_id == job.id else "model", hanging)
    platform.removal.job(job)
    return s.Deleted(id=shown_id, deleted=s.Hanging(**hanging.counts()))
