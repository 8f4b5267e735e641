"""Rehearsals: a few records of a job, written by its models, to see prompts, answers and what all would cost.

A rehearsal is a job of a kind of its own, so a worker does it, with its keys, limits and log. It is watched,
cancelled and deleted as every job (`/api/jobs/{id}`), leaves its documents to the job that comes after it, is
listed only when asked for, and is deleted a day after its end.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from fastapi import APIRouter

from lookalike.errors import NotFound
from lookalike.jobs.model import Job
from lookalike.jobs.writing import SEEN
from lookalike.service.auth import Reading, Writing
from lookalike.service.nouns import record_shapes as r
from lookalike.service.nouns.answers import CREATING, READING
from lookalike.service.nouns.job_views import fields_of, problem_of
from lookalike.service.nouns.receiving import IdempotencyKey
from lookalike.service.nouns.record_jobs import checked_sources, figures_of, submitted, wanted
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.scope import Scope

router = APIRouter(prefix="/api/records/rehearsals", tags=["records"])
_CANDIDATES = 3
"""For each record: who only wants to look should not pay for more."""


@router.post("", status_code=202, responses=CREATING)
def rehearse_records(
    body: r.RecordRehearsalAsked,
    scope: Writing,
    platform: OnPlatform,
    idempotency_key: IdempotencyKey = None,
) -> r.RecordRehearsal:
    """Have a few records of a job written, to see prompts and answers and what all would cost.

    It is paid for as any job is, within the limits of the spec. Documents stay for the job after it.
    """
    sources = checked_sources(body, scope, platform)
    rows = min(body.rows, body.records)
    write = dataclasses.replace(
        wanted(body, sources),
        records=rows,
        candidates=min(_CANDIDATES * rows, body.candidates or _CANDIDATES * rows),
        index=False,
        rehearsal_of=body.records,
    )
    return _shown(platform, submitted(body, write, sources, scope, platform, idempotency_key), scope)


@router.get("/{job_id}", responses=READING)
def get_record_rehearsal(job_id: str, scope: Reading, platform: OnPlatform) -> r.RecordRehearsal:
    """A rehearsal, as it is now; once it is `completed`, with prompts, answers and what all would cost."""
    job = Job.of_doc(scope.get("job", job_id))
    if job.kind != "rehearse":
        raise NotFound("There is no such rehearsal.", hint="Old ones are deleted: rehearse it again.")
    return _shown(platform, job, scope)


def _shown(platform: Platform, job: Job, scope: Scope) -> r.RecordRehearsal:
    seen: dict[str, Any] = {"rows": [], "estimate": None, "short": None}
    if job.state == "completed" and job.result is not None:
        seen = json.loads(b"".join(platform.stores.sealed(job.output).read(job.result["blobs"][SEEN])))
    return r.RecordRehearsal(
        **fields_of(job, scope, problem=problem_of(platform, job)),
        **figures_of(job),
        records=job.request["rehearsal_of"],
        rows=job.request["records"],
        rehearsed=[_record(row) for row in seen["rows"]],
        estimate=None if seen["estimate"] is None else _estimate(seen["estimate"]),
        short=seen["short"],
    )


def _record(row: dict[str, Any]) -> r.RehearsedRecord:
    told: dict[str, Any] = {
        **row,
        "refused": None if row["refused"] is None else r.Refused(**row["refused"]),
        "written": [r.WrittenColumn(**one) for one in row["written"]],
    }
    return r.RehearsedRecord(**told)


def _estimate(told: dict[str, Any]) -> r.RecordEstimate:
    # what the library calls money, the service calls cost, as in `spent`
    return r.RecordEstimate(**{name.replace("money", "cost"): value for name, value in told.items()})
