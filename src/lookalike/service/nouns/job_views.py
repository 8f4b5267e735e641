"""Jobs as clients see them: what the ledger has, and what the sealed blobs say to those who may read them."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from lookalike import ids
from lookalike.errors import LookalikeError
from lookalike.jobs.checking import check_id
from lookalike.jobs.model import Job
from lookalike.jobs.submit import secret_of
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.sharing import readers
from lookalike.service.platform import Platform
from lookalike.service.scope import Scope
from lookalike.stores.documents import Doc, In


def fields_of(job: Job, scope: Scope, *, problem: s.JobProblem | None = None) -> dict[str, Any]:
    """The fields that all jobs have."""
    told = problem
    if told is None and job.problem is not None:
        told = s.JobProblem(code=job.problem.code, message=job.problem.message)
    return {
        "id": job.id,
        "kind": job.kind,
        "name": job.name,
        "state": job.state,
        "mine": job.owner == scope.user.id,
        "percent": job.percent,
        "steps": list(job.steps),
        "rev": job.rev,
        "round": job.round,
        "dataset_id": job.dataset,
        "model_id": job.output if job.kind == "fit" else job.model,
        "created_at": job.created_us,
        "started_at": job.started_us,
        "ended_at": job.ended_us,
        "problem": told,
    }


def job_shown(job: Job, scope: Scope) -> s.Job:
    return s.Job(**fields_of(job, scope))


def problem_of(platform: Platform, job: Job) -> s.JobProblem | None:
    """Why the job ended, with the row and column that its sealed blob names; None when nothing is wrong."""
    if job.problem is None:
        return None
    told: dict[str, Any] = {"code": job.problem.code, "message": job.problem.message}
    if job.problem.detail is not None:
        with contextlib.suppress(LookalikeError):  # what can be said without it stays
            said = json.loads(b"".join(platform.stores.sealed(job.output).read(job.problem.detail)))
            if "code" in said:  # of ours; what others raise is for logs
                names = ("message", "hint", "row", "column", "file", "page", "reason")
                told |= {name: said.get(name) for name in names}
    return s.JobProblem(**told)


def generation_fields(job: Job, scope: Scope) -> dict[str, Any]:
    result = job.result or {}
    assert job.model is not None  # noqa: S101  (it was submitted with one)
    return {
        **fields_of(job, scope),
        "job_id": ids.sibling(job.model, "job"),
        "task_id": ids.sibling(job.id, "task"),
        "number_of_rows": job.request["rows"],
        "output_format": job.request["format"],
        "compression": job.request["compression"],
        "seed": job.request["seed"],
        "size_bytes": result.get("size_bytes"),
        "sha256": result.get("sha256"),
        "shredded": "shredded_us" in result,
    }


def storage_links(platform: Platform, jobs: list[Job]) -> dict[str, str]:
    """The link to what was published last of each generation, by its id; of all in one look."""
    found: dict[str, str] = {}
    for id_, docs in platform.publications.of([job.id for job in jobs]).items():
        for doc in sorted(docs, key=lambda doc: doc["sent_us"] or 0):
            if link := platform.publications.link(doc):
                found[id_] = link
    return found


def generations_shown(platform: Platform, jobs: list[Job], scope: Scope) -> list[s.Generation]:
    """Generations, each with the state of its report."""
    reports, links = reports_of(platform, jobs), storage_links(platform, jobs)
    return [
        s.Generation(
            **generation_fields(job, scope), report=reports.get(job.id), storage_link=links.get(job.id)
        )
        for job in jobs
    ]


def generation_inspected(platform: Platform, job: Job, scope: Scope) -> s.GenerationInspected:
    secret = secret_of(platform.stores, job)
    fields = generation_fields(job, scope)
    fields["problem"] = problem_of(platform, job)
    return s.GenerationInspected(
        **fields,
        report=reports_of(platform, [job]).get(job.id),
        storage_link=storage_links(platform, [job]).get(job.id),
        conditions=secret.get("where"),
        shares=secret.get("shares"),
        balance=secret.get("balance"),
        shared_with=readers(scope, "job", job.id) if job.owner == scope.user.id else [],
    )


def check_of(platform: Platform, job: Job) -> Job | None:
    """The job that checks what ``job`` made, if there is one."""
    doc = platform.backends.documents.get("job", check_id(job))
    return None if doc is None else Job.of_doc(doc)


def reports_of(platform: Platform, jobs: list[Job]) -> dict[str, s.ReportState]:
    """The states of the reports on what ``jobs`` made, by the jobs' ids; of all in one look."""
    subjects = {check_id(job): job.id for job in jobs}
    if not subjects:
        return {}
    docs = platform.backends.documents.find("job", {"id": In(*subjects)}, limit=len(subjects))
    return {subjects[doc["id"]]: _report(Job.of_doc(doc)) for doc in docs}


def _report(check: Job) -> s.ReportState:
    result = check.result or {}
    return s.ReportState(
        job_id=check.id,
        state=check.state,
        percent=check.percent,
        passed=result.get("passed"),
        refused=result.get("refused"),
        scores=result.get("scores"),
    )


def attempts_of(docs: list[Doc]) -> list[s.Attempt]:
    """Every attempt of every task, in order, with the one that is going on."""
    found: list[s.Attempt] = []
    for doc in docs:
        for one in doc["attempts"]:
            problem = one["problem"]
            found.append(
                s.Attempt(
                    task=doc["number"],
                    role=doc["role"],
                    attempt=one["attempt"],
                    worker=one["worker"],
                    began_at=one["from_us"],
                    ended_at=one["to_us"],
                    outcome="done" if problem is None else problem["code"],
                    message=None if problem is None else problem["message"],
                )
            )
        if doc["state"] == "running":
            found.append(
                s.Attempt(
                    task=doc["number"],
                    role=doc["role"],
                    attempt=doc["attempt"],
                    worker=doc["worker"],
                    began_at=doc["claimed_us"],
                    outcome="running",
                )
            )
    return found
