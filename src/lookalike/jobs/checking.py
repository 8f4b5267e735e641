"""The check of a generation: a job of its own, so that a report that fails never touches the file.

It is submitted by whoever tidies a completed generation up, under an id that is derived from the
generation's: by any number of sweepers, after any crash, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lookalike import ids, verbs
from lookalike.jobs.chunks import byte_file
from lookalike.jobs.heart import Heart, Quiet
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


def check_id(generation: Job) -> str:
    """The id of the check of a generation, whether there is one or not."""
    return ids.sibling(generation.id, "check")


def submit_check(stores: Stores, ledger: Ledger, generation: Job) -> Job | None:
    """The job that checks ``generation``; None when it is not completed, or has too few rows."""
    if generation.kind != "generate" or generation.state != "completed" or generation.model is None:
        return None
    if generation.request["rows"] < LEAST_ROWS:
        return None
    own = check_id(generation)
    if ledger.documents.get("job", own) is None:
        stores.keys.create(own)
    return ledger.submit(
        Job(
            id=own,
            owner=generation.owner,
            kind="check",
            output=own,
            request={"generation": generation.id, "fitted": ids.sibling(generation.model, "job")},
            tasks=1,
            name=generation.name,
            pool=generation.pool,
            region=generation.region,
            trace=generation.trace,
            dataset=generation.dataset,
            model=generation.model,
        )
    )


class Checks:
    """What a check task does: the report of a generation as JSON and as HTML, and the gate's answer."""

    def __init__(self, stores: Stores, ledger: Ledger, sample: Callable[[Job], Sample]) -> None:
        self._stores = stores
        self._ledger = ledger
        self._sample = sample

    def run(self, lease: Lease, heart: Heart) -> TaskResult:
        """The first rows of the generation beside the table that the model was fitted on, by the verb."""
        from lookalike.quality import report

        generation = self._ledger.job(lease.job.request["generation"])
        fitted = self._ledger.job(lease.job.request["fitted"])
        asked = secret_of(self._stores, fitted)
        fitting: dict[str, Any] = asked["fitting"]
        assert fitted.dataset is not None  # noqa: S101  (a fit job is submitted with one)
        upload: Any = byte_file(self._stores.sealed(fitted.dataset).read(fitted.request["blob"]), "upload")
        real = verbs.read(upload, watch=Quiet(heart), **asked["reading"])
        rows = self._sample(generation)
        found = verbs.check(
            real,
            replace(rows, rows=min(rows.rows, MOST_ROWS), watch=Quiet(heart)).to_arrow(),
            holdout=fitting.get("holdout"),
            target=fitting.get("target"),
            seed=fitting.get("seed", 0),
            watch=heart,
        )
        verdict = found.gate()
        plain = found.to_json(verdict)
        store = self._stores.sealed(lease.job.output)
        as_json = store.put(lease.blob_key, [dumps(plain)])
        as_html = store.put(f"{lease.blob_key}-html", [report.html(plain).encode()])
        scores = {name: None if value is None else round(value) for name, value in found.scores.items()}
        return TaskResult(
            {"json": as_json.key, "html": as_html.key}, {"passed": verdict.passed, "scores": scores}
        )
