"""Generations: rows drawn from a model, as a file. Ask, watch, download, check, share, delete."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from lookalike import ids
from lookalike.errors import NotFound, UsageError, WrongState
from lookalike.jobs.model import Job
from lookalike.jobs.publishing import shown_name
from lookalike.jobs.submit import Generate, secret_of, submit_generate
from lookalike.service.auth import Opening, Reading, Writing
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.answers import CREATING, READING, STATE, WRITING
from lookalike.service.nouns.following import EVENTS, LastEventId, following, still_may
from lookalike.service.nouns.job_views import generation_fields, generation_inspected, generations_shown
from lookalike.service.nouns.jobs import STATES, asked_by, deleted, renamed, retried
from lookalike.service.nouns.listing import page_of, wanted_of
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.nouns.reports import REPORT, ReportFormat, report_answer
from lookalike.service.nouns.sending import FILE, MANIFEST, file_answer, media_of
from lookalike.service.nouns.sharing import share_with
from lookalike.service.opened_models import shown
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.scope import Scope
from lookalike.service.shelf import Shelf

PREVIEW_ROWS = 100
asking = APIRouter(prefix="/api/jobs", tags=["generations"])
router = APIRouter(prefix="/api/generation", tags=["generations"])


@asking.post("/{job_id}/generate-data", status_code=202, responses=CREATING)
def generate_data(
    job_id: str,
    body: s.GenerationAsked,
    scope: Writing,
    platform: OnPlatform,
    idempotency_key: IdempotencyKey = None,
) -> s.GenerationBegun:
    """Ask for rows from the model that the fit job made. It is answered at once."""
    check_rows(platform, body.number_of_rows)
    fitted = own_fit(scope, job_id)
    if fitted.state != "completed":
        raise WrongState(
            f"The job has made no model: it is {fitted.state}.", hint="Wait until the fit job is completed."
        )
    if body.model_id != fitted.output:
        raise UsageError("`modelId` is not the model of this job.", hint=f"It made {fitted.output}.")
    job = submitted(platform, scope, fitted, body, idempotency_key)
    return s.GenerationBegun(
        generation_job_id=job.id, message=f"{job.request['rows']:,} rows will be drawn; watch the generation."
    )


@router.get("", responses=READING)
def list_generations(
    scope: Reading, platform: OnPlatform, asked: Annotated[s.GenerationsAsked, Query()]
) -> s.Counted[s.Generation]:
    """Your generations, and those shared with you."""
    where: dict[str, Any] = {"kind": "generate"}
    if asked.job_id is not None:
        where["model"] = ids.sibling(asked.job_id, "model") if ids.is_id(asked.job_id, "job") else ""
    if asked.model_id is not None:
        where["model"] = asked.model_id
    part = Shelf(scope, "job", STATES, where).page(wanted_of(asked, asked.state))
    return page_of(part, generations_shown(platform, [Job.of_doc(doc) for doc in part.docs], scope))


@router.get("/{generation_id}", responses=READING)
def get_generation(generation_id: str, scope: Reading, platform: OnPlatform) -> s.GenerationInspected:
    """A generation, as it is now. Asking every 3 seconds is fine; `/events` tells at once."""
    return generation_inspected(platform, readable(scope, generation_id), scope)


@router.patch("/{generation_id}", responses=WRITING)
def rename_generation(
    generation_id: str, scope: Writing, platform: OnPlatform, body: s.Rename
) -> s.Generation:
    """Give a generation, and the file as it is downloaded, another name."""
    own(scope, generation_id)
    return generations_shown(platform, [renamed(scope, generation_id, body.name)], scope)[0]


@router.delete("/{generation_id}", responses=WRITING)
def delete_generation(generation_id: str, scope: Writing, platform: OnPlatform) -> s.Deleted:
    """Delete a generation, its file and its report. Its keys are destroyed: there is no way back."""
    return deleted(platform, own(scope, generation_id), generation_id, s.Cascade(cascade=False))


@router.get("/{generation_id}/events", response_class=Response, responses=READING | EVENTS)
def watch_generation(
    generation_id: str,
    request: Request,
    scope: Reading,
    platform: OnPlatform,
    last_event_id: LastEventId = None,
) -> Response:
    """A generation's progress, as it is made: five blocks give 20 40 60 80 90 92 95 100."""
    job = readable(scope, generation_id)
    return following(
        platform.hub,
        job,
        last_event_id,
        lambda one: s.Generation(**generation_fields(one, scope)),
        still_may(request, scope, generation_id),
    )


@router.get("/{generation_id}/preview", responses=READING | STATE)
def preview_generation(generation_id: str, scope: Reading, platform: OnPlatform) -> s.Rows:
    """The first 100 rows of the file, as texts."""
    job = completed(readable(scope, generation_id))
    secret = secret_of(platform.stores, job)
    doc = platform.backends.documents.get("job", ids.sibling(job.model or "", "job"))
    if doc is None:
        raise NotFound("The model of this generation was deleted.")
    asked = {name: secret[name] for name in ("where", "shares", "balance")}
    rows = min(PREVIEW_ROWS, job.request["rows"])
    return s.Rows(**shown(platform.models.sample(Job.of_doc(doc), rows, job.request["seed"], asked)))


@router.head("/{generation_id}/download", responses=READING | STATE | FILE, include_in_schema=False)
@router.get("/{generation_id}/download", response_class=Response, responses=READING | STATE | FILE)
def download_generation(
    generation_id: str, request: Request, scope: Opening, platform: OnPlatform
) -> Response:
    """The file. A download that broke off goes on by `Range` and `If-Range`."""
    job = completed(readable(scope, generation_id))
    assert job.result is not None  # noqa: S101  (it is completed)
    if "file" not in job.result["blobs"]:
        raise WrongState(
            "The file is not here any more: it was published, and its local copy deleted.",
            hint="Fetch it from its `storageLink`.",
        )
    scope.note()  # who took which file stands in the audit trail
    media = media_of(job.request["format"], job.request["compression"])
    store = platform.stores.sealed(job.output)
    return file_answer(request, store, job.result["blobs"]["file"], job.result, shown_name(job), media)


@router.get("/{generation_id}/report", responses=READING | STATE | REPORT)
def get_generation_report(
    generation_id: str,
    scope: Opening,
    platform: OnPlatform,
    format: ReportFormat = "json",  # noqa: A002
) -> Response:
    """Quality and privacy of the rows, measured against those that were held out from the model."""
    return report_answer(platform, readable(scope, generation_id), format)


@router.get("/{generation_id}/manifest", response_class=Response, responses=READING | STATE | MANIFEST)
def get_manifest(generation_id: str, scope: Opening, platform: OnPlatform) -> Response:
    """What the file is, by which model, seed and writer, how good it is, where it was published; signed."""
    job = completed(readable(scope, generation_id))
    return Response(platform.publications.manifest(job), media_type="application/json")


@router.post("/{generation_id}/cancel", responses=WRITING)
def cancel_generation(generation_id: str, scope: Writing, platform: OnPlatform) -> s.Generation:
    """End a generation. What was made of its file is deleted."""
    own(scope, generation_id)
    return generations_shown(platform, [platform.ledger.cancel(generation_id)], scope)[0]


@router.post("/{generation_id}/retry", responses=WRITING)
def retry_generation(generation_id: str, scope: Writing, platform: OnPlatform) -> s.Generation:
    """Begin a generation again that failed or was cancelled."""
    own(scope, generation_id)
    return generations_shown(platform, [retried(platform, scope, generation_id)], scope)[0]


@router.post("/{generation_id}/share", responses=WRITING)
def share_generation(generation_id: str, scope: Writing, people: s.ShareWith) -> s.Shares_:
    """Let another user read a generation and download its file, or no longer."""
    own(scope, generation_id)
    return share_with(scope, "job", generation_id, people)


def own_fit(scope: Scope, job_id: str) -> Job:
    """A fit job that the user owns; one that is only shared with them is not there to draw from."""
    doc = scope.get("job", job_id)
    if doc["kind"] != "fit" or doc["owner"] != scope.user.id:
        raise NotFound("There is no such job.", hint="It may have been deleted, or belong to somebody else.")
    return Job.of_doc(doc)


def submitted(
    platform: Platform, scope: Scope, fitted: Job, body: s.GenerationAsked, idempotency_key: str | None
) -> Job:
    """The job that draws the rows. What cannot be met is refused here, and not when a worker finds it."""
    asked: dict[str, Any] = {"where": body.conditions, "shares": body.shares, "balance": body.balance}
    if any(value is not None for value in asked.values()):
        platform.models.sample(fitted, body.number_of_rows, body.seed, asked)
    wanted = Generate(
        fitted=fitted,
        rows=body.number_of_rows,
        format=body.output_format,
        compression=body.compression,
        seed=body.seed,
        publish=None if body.publish is None else _wish(platform, scope, body.publish),
        **asked,
    )
    by = asked_by(scope, platform, body.name or f"{fitted.name} synthetic", idempotency_key)
    job = submit_generate(platform.stores, platform.ledger, by, wanted)
    platform.backends.engine.ring(job.pool)
    scope.touched.append(job.id)
    return job


def _wish(platform: Platform, scope: Scope, asked: s.PublicationAsked) -> dict[str, Any]:
    """Where the rows go when they are there; refused now when that needs a consent that was not given."""
    wanted = platform.publications.wanted(
        scope,
        where=asked.where,
        licence=asked.licence,
        keep_local=asked.keep_local,
        consent=asked.consent,
        override=asked.override,
        encrypt=asked.encrypt,
        cid_version=asked.cid_version,
    )
    platform.publications.allow_wish(wanted)
    return wanted.to_dict()


def readable(scope: Scope, generation_id: str) -> Job:
    """A generation that the user may read; else `NotFound`."""
    return _generation(Job.of_doc(scope.get("job", generation_id)))


def own(scope: Scope, generation_id: str) -> Job:
    """A generation that the user owns."""
    return _generation(Job.of_doc(scope.own("job", generation_id)))


def _generation(job: Job) -> Job:
    if job.kind != "generate":
        raise NotFound(
            "There is no such generation.", hint="It may have been deleted, or belong to somebody else."
        )
    return job


def completed(job: Job) -> Job:
    if job.state != "completed" or job.result is None:
        raise WrongState(f"The generation is {job.state}.", hint="Wait until it is completed.")
    return job


def check_rows(platform: Platform, rows: int) -> None:
    most = platform.settings.most_rows
    if rows > most:
        raise UsageError(f"numberOfRows is {rows:,}; at most {most:,} can be asked for at a time.")
