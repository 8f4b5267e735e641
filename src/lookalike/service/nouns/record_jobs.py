"""Write jobs: documents, submitting, looking, watching, downloading, trying again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from lookalike.errors import BadInput, NotFound, UsageError, WrongState
from lookalike.jobs.caps import caps_of, check_caps
from lookalike.jobs.downloads import so_far
from lookalike.jobs.model import Job
from lookalike.jobs.record_sink import SETTLED, cassette_lines
from lookalike.jobs.submit import Write, secret_of, submit_write
from lookalike.jobs.writing import results_of
from lookalike.records.forms import ENDINGS, Roles, Wanted
from lookalike.service.auth import Opening, Reading, Writing
from lookalike.service.datasets import upload_key
from lookalike.service.nouns import record_shapes as r
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.answers import CREATING, READING, STATE, WRITING
from lookalike.service.nouns.following import EVENTS, LastEventId, following, still_may
from lookalike.service.nouns.job_views import fields_of as job_fields
from lookalike.service.nouns.job_views import problem_of
from lookalike.service.nouns.jobs import STATES, asked_by, retried
from lookalike.service.nouns.listing import page_of, wanted_of
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.nouns.sending import FILE, LINES, MEDIA, made_answer
from lookalike.service.nouns.sharing import share_with
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.record_specs import Sources, check_spec
from lookalike.service.scope import Scope
from lookalike.service.shelf import Shelf

router = APIRouter(prefix="/api/records/jobs", tags=["records"])


@router.post("", status_code=202, responses=CREATING)
def submit_record_job(
    body: r.RecordJobAsked, scope: Writing, platform: OnPlatform, idempotency_key: IdempotencyKey = None
) -> r.RecordJob:
    """Have records written by a language model. It is done whatever happens to this connection."""
    sources = checked_sources(body, scope, platform)
    return record_job_shown(
        submitted(body, wanted(body, sources), sources, scope, platform, idempotency_key), scope
    )


@router.get("", responses=READING)
def list_record_jobs(scope: Reading, asked: Annotated[r.RecordJobsAsked, Query()]) -> s.Counted[r.RecordJob]:
    """Your write jobs, and those shared with you."""
    part = Shelf(scope, "job", STATES, {"kind": "write"}).page(wanted_of(asked, asked.state))
    return page_of(part, [record_job_shown(Job.of_doc(doc), scope) for doc in part.docs])


@router.get("/{job_id}", responses=READING)
def get_record_job(job_id: str, scope: Reading, platform: OnPlatform) -> r.RecordJobInspected:
    """A write job, as it is now."""
    job = readable(scope, job_id)
    secret = secret_of(platform.stores, job)
    limits = caps_of(platform.stores, job)
    fields: dict[str, Any] = {**_fields(job, scope), "problem": problem_of(platform, job)}
    fields["caps"] = r.RecordCaps(tokens=limits.tokens, money=limits.money, time_s=limits.time_s)
    return r.RecordJobInspected(**fields, spec=secret["spec"], files=secret["files"])


@router.get("/{job_id}/events", response_class=Response, responses=READING | EVENTS)
def watch_record_job(
    job_id: str,
    request: Request,
    scope: Reading,
    platform: OnPlatform,
    last_event_id: LastEventId = None,
) -> Response:
    """A write job's progress, as it is made: counts, cost and how alike the records are."""
    job = readable(scope, job_id)
    allowed = still_may(request, scope, job_id)
    return following(platform.hub, job, last_event_id, lambda one: record_job_shown(one, scope), allowed)


@router.head("/{job_id}/download", include_in_schema=False)
@router.get("/{job_id}/download", response_class=Response, responses=READING | STATE | FILE)
def download_records(
    job_id: str,
    request: Request,
    scope: Opening,
    platform: OnPlatform,
    asked: Annotated[r.DownloadAsked, Query()],
) -> Response:
    """The records that were accepted, as a file, in the order of their slots.

    Of a job that has ended it is made once, and a download that broke off goes on by `Range` and `If-Range`.
    Of one that goes on it is made of those that there are, and has no length and no `ETag`; neither has one
    that cannot be kept, since the disk is full.
    """
    job = readable(scope, job_id)
    if request.method == "GET":
        scope.note()  # who took which file stands in the audit trail
    wanted, stores = _wanted(asked), platform.stores
    name = f"{job.name}{ENDINGS[asked.format]}"
    media = MEDIA.get(asked.format, MEDIA["jsonl"])
    made = partial(platform.downloads.of, job, wanted)
    return made_answer(request, stores, job, name, media, made, lambda: so_far(stores, job, wanted))


@router.head("/{job_id}/cassette", include_in_schema=False)
@router.get("/{job_id}/cassette", response_class=Response, responses=READING | LINES)
def download_cassette(job_id: str, request: Request, scope: Opening, platform: OnPlatform) -> Response:
    """All answers that the job's models gave, as JSON Lines that an admin can have played again.

    Each comes with its id and the hash of its request. Of a job that has ended, a download that broke off
    goes on, as that of its records does.
    """
    job = readable(scope, job_id)
    if request.method == "GET":
        scope.note()
    stores = platform.stores
    lines = partial(cassette_lines, stores.records, job.output)
    made = partial(platform.downloads.of_lines, job, (SETTLED,), lines())
    return made_answer(request, stores, job, f"{job.name} cassette.jsonl", MEDIA["jsonl"], made, lines)


@router.post("/{job_id}/retry", responses=WRITING)
def retry_record_job(job_id: str, scope: Writing, platform: OnPlatform) -> r.RecordJob:
    """Ask again for what could not be had. What was accepted stays, and nothing is asked for twice."""
    own(scope, job_id)
    return record_job_shown(retried(platform, scope, job_id), scope)


@router.post("/{job_id}/caps", responses=WRITING)
def retry_with_caps(job_id: str, scope: Writing, platform: OnPlatform, body: r.CapsAsked) -> r.RecordJob:
    """Ask again for what could not be had, as by `/retry`, under other caps than before.

    They hold for all runs of the job together, and so cannot be below what it has spent; a cap that is not
    said stays as it is.
    """
    job = own(scope, job_id)
    caps = body.model_dump(exclude_none=True)
    if job.state in ("failed", "cancelled"):
        check_caps(platform.stores, job, caps)
    return record_job_shown(retried(platform, scope, job_id, caps=caps), scope)


@router.post("/{job_id}/share", responses=WRITING)
def share_record_job(job_id: str, scope: Writing, people: s.ShareWith) -> s.Shares_:
    """Let another user read a job and its records, or no longer."""
    own(scope, job_id)
    return share_with(scope, "job", job_id, people)


def wanted(body: r.RecordJobAsked, sources: Sources) -> Write:
    """What is asked for, as the ledger takes it."""
    made_of_data = bool(body.documents or sources.dataset or sources.fitted)
    return Write(
        spec=body.spec,
        records=body.records,
        candidates=body.candidates,
        documents=tuple(body.documents),
        cut=body.cut.model_dump(),
        dataset=body.dataset_id,
        blob=None if body.dataset_id is None else upload_key(body.dataset_id),
        reading=sources.reading,
        fitted=sources.fitted,
        index=not made_of_data if body.index is None else body.index,
    )


def submitted(
    body: r.RecordJobAsked,
    write: Write,
    sources: Sources,
    scope: Scope,
    platform: Platform,
    idempotency_key: str | None,
) -> Job:
    """The job, once the spec is seen to hold together."""
    check_spec(platform, body.spec, sources)
    asked = asked_by(scope, platform, body.name or sources.name or "records", idempotency_key)
    job = submit_write(platform.stores, platform.ledger, asked, write)
    platform.backends.engine.ring(job.pool)
    scope.touched.append(job.id)
    return job


def readable(scope: Scope, job_id: str) -> Job:
    """A write job that the user may read; else `NotFound`."""
    return _write(Job.of_doc(scope.get("job", job_id)))


def own(scope: Scope, job_id: str) -> Job:
    """A write job that the user owns."""
    return _write(Job.of_doc(scope.own("job", job_id)))


def _write(job: Job) -> Job:
    if job.kind != "write":
        raise NotFound("There is no such job.", hint="It may have been deleted, or belong to somebody else.")
    return job


def _wanted(asked: r.DownloadAsked) -> Wanted:
    """The file that is asked for; what means nothing to its form is not looked at."""
    if asked.format in ("chat", "alpaca"):
        return Wanted(asked.format, Roles(asked.prompt, asked.answer, asked.system, asked.input))
    return Wanted(asked.format, provenance=asked.provenance and asked.format == "jsonl")


def checked_sources(body: r.RecordJobAsked, scope: Scope, platform: Platform) -> Sources:
    """What the job is made of, if the user may read it, and how much is not too much."""
    most = platform.settings.most_records
    if body.records > most:
        raise UsageError(f"records is {body.records:,}; at most {most:,} can be asked for at a time.")
    if body.cut.overlap >= body.cut.size:
        raise UsageError("Passages cannot overlap by all that they hold.")
    if len(set(body.documents)) != len(body.documents):
        raise UsageError("A document is named twice.")
    return _sources(body, scope, platform)


def _sources(body: r.RecordJobAsked, scope: Scope, platform: Platform) -> Sources:
    """What the job is made of: the user's own documents; dataset and model may be shared with them."""
    dataset = fitted = None
    reading: dict[str, Any] = {}
    if body.dataset_id is not None:
        dataset = scope.get("dataset", body.dataset_id)
        if dataset["state"] != "ready":
            raise WrongState("The dataset is not ready.", hint="Wait until its upload has ended.")
        reading = platform.datasets.reading(body.dataset_id)
    if body.model_id is not None:
        fitted = _fit_of(scope, body.model_id)
        if dataset is not None and fitted.dataset != dataset["id"]:
            raise BadInput(
                "The model was fitted on another dataset.", hint="Name that one, or only one of the two."
            )
    for document_id in body.documents:
        scope.own("document", document_id)
    name = "" if dataset is None else dataset["name"]
    return Sources(dataset, reading, fitted, bool(body.documents), name)


def _fit_of(scope: Scope, model_id: str) -> Job:
    from lookalike import ids

    doc = scope.get("job", ids.sibling(model_id, "job")) if ids.is_id(model_id, "model") else None
    if doc is None or doc["kind"] != "fit":
        raise NotFound(
            "There is no such model.", hint="It may have been deleted, or belong to somebody else."
        )
    if doc["state"] != "completed":
        raise WrongState(f"The job has made no model: it is {doc['state']}.")
    return Job.of_doc(doc)


def _fields(job: Job, scope: Scope) -> dict[str, Any]:
    return {
        **job_fields(job, scope),
        **figures_of(job),
        "records": job.request["records"],
        "documents": len(job.request["documents"]),
        "indexed": job.request["index"],
    }


def figures_of(job: Job) -> dict[str, Any]:
    """How far it is, what it took, and how alike the records are."""
    told = results_of(job)
    return {
        "counts": r.RecordCounts(**{"asked": job.request["records"], **told.get("counts", {})}),
        "spent": r.RecordSpending(**told.get("spent", {})),
        "diversity": r.RecordDiversity(**told.get("diversity", {})),
    }


def record_job_shown(job: Job, scope: Scope) -> r.RecordJob:
    """The job as clients see it."""
    return r.RecordJob(**_fields(job, scope))
