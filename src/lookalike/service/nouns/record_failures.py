"""What was refused of a write job: listed, saved as a file, and asked for again, each alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from lookalike.errors import BadInput, WrongState
from lookalike.jobs.model import Job
from lookalike.jobs.record_sink import slot_id
from lookalike.records.output import line
from lookalike.service.auth import Opening, Reading, Writing
from lookalike.service.nouns import record_shapes as r
from lookalike.service.nouns.answers import READING, WRITING
from lookalike.service.nouns.jobs import retried
from lookalike.service.nouns.record_finding import REFUSED, found_of, jobs_query, shown
from lookalike.service.nouns.record_jobs import own, readable, record_job_shown
from lookalike.service.nouns.sending import LINES, MEDIA, made_answer
from lookalike.service.platform import OnPlatform, Platform

router = APIRouter(prefix="/api/records/jobs/{job_id}/failures", tags=["records"])


@router.get("", responses=READING)
def list_failures(
    job_id: str, scope: Reading, platform: OnPlatform, asked: Annotated[r.PageAsked, Query()]
) -> r.RecordsFound:
    """The candidates that were refused: column, kind, reason, the raw answer, how often it was asked."""
    job = readable(scope, job_id)
    query = jobs_query((job.output,), REFUSED)
    return found_of(platform, query, asked)


@router.head("/download", include_in_schema=False)
@router.get("/download", response_class=Response, responses=READING | LINES)
def download_failures(job_id: str, request: Request, scope: Opening, platform: OnPlatform) -> Response:
    """All that was refused as JSON Lines: each with its id, why, the raw answer and the values it had.

    Of a job that has ended, a download that broke off goes on, as that of its records does.
    """
    job = readable(scope, job_id)
    if request.method == "GET":
        scope.note()
    lines = partial(_lines, platform, job)
    made = partial(platform.downloads.of_lines, job, REFUSED, lines())
    name = f"{job.name} failures.jsonl"
    return made_answer(request, platform.stores, job, name, MEDIA["jsonl"], made, lines)


@router.post("/retry", responses=WRITING)
def retry_failures(
    job_id: str, scope: Writing, platform: OnPlatform, chosen: r.FailuresChosen
) -> r.RecordJob:
    """Ask again for the records that these candidates were to be, and for no others.

    Each gets three candidates more, whatever the job's ceiling is. Of a job that failed or was cancelled;
    one that is completed lacks nothing.
    """
    job = own(scope, job_id)
    slots = None if chosen.ids is None else _slots(platform, job, chosen.ids)
    return record_job_shown(retried(platform, scope, job_id, slots), scope)


def _slots(platform: Platform, job: Job, ids: Sequence[str]) -> list[int]:
    """The slots of these failures that are not filled. `BadInput` for what is no failure of the job."""
    slots: set[int] = set()
    mine = [id_ for id_ in ids if id_.startswith(f"{job.output}/")]
    found = dict(zip(mine, platform.stores.records.get(mine), strict=True))
    for id_ in ids:
        record = found.get(id_)
        if record is None or record.status not in REFUSED:
            raise BadInput(f"{id_[:100]!r} is no failure of this job.", hint="Name ids that it lists.")
        slots.add(record.facts["slot"])
    chosen = sorted(slots)
    filled = platform.stores.records.get([slot_id(job.output, slot) for slot in chosen])
    left = [slot for slot, record in zip(chosen, filled, strict=True) if record is None]
    if not left:
        raise WrongState("Other candidates were accepted in place of these: nothing is missing.")
    return left


def _lines(platform: Platform, job: Job) -> Iterator[bytes]:
    for status in REFUSED:
        for record in platform.stores.records.scan(job.output, status):
            told = shown(record)
            yield line({"id": told.id, "status": told.status, **told.facts, "values": told.fields})
