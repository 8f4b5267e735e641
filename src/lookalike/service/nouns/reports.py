"""The report on a file or a model, from the job that checked it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Response

from lookalike.errors import NotFound, WrongState
from lookalike.jobs.model import Job
from lookalike.service.nouns.job_views import check_of
from lookalike.service.nouns.sending import blob_answer
from lookalike.service.platform import Platform

ReportFormat = Annotated[Literal["json", "html"], Query(description="As data, or as a page.")]
REPORT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The report: JSON by contracts/check.schema.json, or one HTML page.",
        "content": {"application/json": {"schema": {"type": "object"}}, "text/html": {}},
    }
}
# the page says by itself, by the hashes of its parts, what may run in it; nothing of ours may it reach
_PAGE = {
    "Content-Security-Policy": "sandbox allow-scripts allow-downloads; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


def report_answer(platform: Platform, job: Job, format: Literal["json", "html"]) -> Response:  # noqa: A002
    """The report on what ``job`` made; `NotFound` when none is made of it, `WrongState` until it is."""
    check = check_of(platform, job)
    if check is None:
        raise NotFound(
            "There is no report on this.",
            hint="Reports are made of what is completed, has 1,000 rows or more, and a holdout.",
        )
    if check.state != "completed" or check.result is None:
        hint = "Wait for it." if check.state not in ("failed", "cancelled") else f"Retry the job {check.id}."
        raise WrongState(f"The report is {check.state}.", hint=hint)
    store = platform.stores.sealed(check.output)
    if format == "html":
        return blob_answer(store, check.result["blobs"]["html"], "text/html; charset=utf-8", _PAGE)
    return blob_answer(store, check.result["blobs"]["json"], "application/json")
