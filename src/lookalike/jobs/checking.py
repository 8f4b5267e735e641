"""The check of a generation, or of a model: a job of its own, so that a report that fails touches no file.

It is submitted by whoever tidies a completed job up, under an id that is derived from that job's: by any
number of sweepers, after any crash, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lookalike import ids, verbs
from lookalike.jobs.heart import Heart, Quiet
from lookalike.jobs.learning import learned_table
from lookalike.jobs.ledger import Ledger
from lookalike.jobs.model import Job, Lease, TaskResult
from lookalike.jobs.submit import secret_of
from lookalike.models.stream import Sample
from lookalike.stores.opened import Stores
from lookalike.tables.canonical_json import dumps

LEAST_ROWS = 1_000
"""Of fewer rows nothing can be said."""
MOST_ROWS = 100_000
"""So many rows of a generation are measured: its first ones, which are as good as any."""


def check_id(job: Job) -> str:
    """The id of the check of what ``job`` made, whether there is one or not."""
    return ids.sibling(job.id, "check")


def submit_check(stores: Stores, ledger: Ledger, job: Job, least_rows: int = LEAST_ROWS) -> Job | None:
    """The job that checks what ``job`` made; None when it is not completed, or has too few rows.

    Of a model, as many rows are checked as it learned, provided that it was to hold some out.
    """
    if job.state != "completed" or _rows(job) < least_rows:
        return None
    own = check_id(job)
    model = job.output if job.kind == "fit" else job.model
    assert model is not None  # noqa: S101  (a generation is submitted with one)
    if ledger.documents.get("job", own) is None:
        stores.keys.create(own)
    check = ledger.submit(
        Job(
            id=own,
            owner=job.owner,
            kind="check",
            output=own,
            request={"of": job.id, "fitted": ids.sibling(model, "job")},
            tasks=1,
            name=job.name,
            pool=job.pool,
            region=job.region,
            trace=job.trace,
            dataset=job.dataset,
            model=model,
        )
    )
    if ledger.documents.get("job", job.id) is None:
        # deleted meanwhile: who did that has seen this check and deleted it, or has not, and then we do
        stores.keys.destroy([own])
        ledger.documents.delete("job", {"id": own})
        ledger.documents.delete("task", {"job": own})
        return None
    return check


def _rows(job: Job) -> int:
    """How many rows of what the job made there are to be checked."""
    if job.kind == "generate":
        return job.request["rows"]
    learned = job.result or {}
    return learned.get("learned_rows", 0) if job.kind == "fit" and learned.get("holdout_rows") else 0


class Checks:
    """What a check task does: the report as JSON and as HTML, and the gate's answer.

    sample: the rows of a generate job, or the first rows of the model of a fit job.
    """

    def __init__(self, stores: Stores, ledger: Ledger, sample: Callable[[Job], Sample]) -> None:
        self._stores = stores
        self._ledger = ledger
        self._sample = sample

    def run(self, lease: Lease, heart: Heart) -> TaskResult:
        """The first rows beside the table that the model was fitted on, by the verb."""
        from lookalike.quality import report

        fitted = self._ledger.job(lease.job.request["fitted"])
        fitting: dict[str, Any] = secret_of(self._stores, fitted)["fitting"]
        real = learned_table(self._stores, fitted, heart)
        rows = self._sample(self._ledger.job(lease.job.request["of"]))
        checked = replace(rows, rows=min(rows.rows, MOST_ROWS), watch=Quiet(heart))
        found = verbs.check(
            real,
            checked.to_arrow(),
            holdout=fitting.get("holdout"),
            target=fitting.get("target"),
            seed=fitting.get("seed", 0),
            notes=_notes(rows, checked),
            watch=heart,
        )
        verdict = found.gate()
        plain = found.to_json(verdict)
        store = self._stores.sealed(lease.job.output)
        as_json = store.put(lease.blob_key, [dumps(plain)])
        as_html = store.put(f"{lease.blob_key}-html", [report.html(plain).encode()])
        scores = {name: None if value is None else round(value) for name, value in found.scores.items()}
        facts = {
            "passed": verdict.passed,
            "scores": scores,
            "refused": [one.name for one in verdict.refusals],
        }
        return TaskResult({"json": as_json.key, "html": as_html.key}, facts)


def _notes(rows: Sample, checked: Sample) -> list[str]:
    """What a reader of the report must know of the rows."""
    notes: list[str] = []
    if checked.rows < rows.rows:
        notes.append(f"The first {checked.rows:,} of the {rows.rows:,} rows drawn were checked.")
    if rows.spec.where or rows.spec.shares or rows.spec.balance:
        notes.append(
            "The rows were drawn under conditions, so they differ from the real table where that was asked."
        )
    return notes
