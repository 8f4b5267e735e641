"""What a completed job leads to: a check of what it made, as a job of its own.

So a report that fails, or takes long, touches neither the model nor the file. The id of the check is derived
from the job's: whoever sees that a job is completed submits it, any number of times, and it is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lookalike import faults, ids
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Job, Json
from lookalike.jobs.submit import SEALED, secret_of
from lookalike.stores.opened import Stores
from lookalike.stores.sealed import seal_json


@dataclass(frozen=True, slots=True)
class Checking:
    """least_rows: files of fewer rows are not checked. most_rows: of a file, so many are, the first ones."""

    least_rows: int = 1000
    most_rows: int = 50_000


def check_id(job_id: str) -> str:
    """The id of the job that checks what the job ``job_id`` made."""
    return ids.derived(job_id, "job", "check")


def follow(stores: Stores, ledger: Ledger, job: Job, checking: Checking | None = None) -> Job | None:
    """The job that checks what ``job`` made, submitted if it was not; None when nothing is to be checked."""
    checking = checking or Checking()
    if job.state != "completed" or job.result is None or job.dataset is None:
        return None
    fitted = job if job.kind == "fit" else _fitted(ledger, job)
    if fitted is None or fitted.result is None or not fitted.result.get("holdout_rows"):
        return None
    rows = job.result["rows"] if job.kind == "generate" else fitted.result["learned_rows"]
    if job.kind not in ("fit", "generate") or rows < checking.least_rows:
        return None
    if not stores.keys.exists(job.output) or not stores.keys.exists(job.dataset):
        return None  # it is being deleted
    learned = secret_of(stores, fitted)
    drawn = secret_of(stores, job) if job.kind == "generate" else {}
    request = {
        "subject": job.id,
        "rows": min(rows, checking.most_rows),
        "all_rows": rows,
        "seed": job.request["seed"] if job.kind == "generate" else 0,
        "upload_blob": fitted.request["blob"],
        "model_blob": fitted.result["blobs"]["model"],
        "model_sha256": fitted.result["model_sha256"],
    }
    secret = {
        "reading": learned["reading"],
        "fitting": learned["fitting"],
        **{name: drawn.get(name) for name in ("where", "shares", "balance")},
    }
    return _submitted(stores, ledger, job, fitted, request, secret)


def _fitted(ledger: Ledger, job: Job) -> Job | None:
    """The job that made the model; None once it was deleted."""
    if job.model is None:
        return None
    doc = ledger.documents.get("job", ids.sibling(job.model, "job"))
    return None if doc is None else Job.of_doc(doc)


def _submitted(
    stores: Stores,
    ledger: Ledger,
    job: Job,
    fitted: Job,
    request: Mapping[str, Json],
    secret: Mapping[str, Json],
) -> Job:
    job_id = check_id(job.id)
    output = ids.sibling(job_id, "check")
    stores.keys.create(output)
    faults.hit("before-follow")
    return ledger.submit(
        Job(
            id=job_id,
            owner=job.owner,
            kind="check",
            output=output,
            request=request,
            sealed=seal_json(stores.keys, output, SEALED, secret),
            name=job.name,
            pool=job.pool,
            trace=job.trace,
            dataset=job.dataset,
            model=fitted.output,
            tasks=1,
        )
    )
