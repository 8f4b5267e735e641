"""Models: list, look inside, rename, preview, share, delete. A model is what a completed fit job made."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from lookalike import ids
from lookalike.errors import NotFound
from lookalike.jobs.model import Job
from lookalike.service.auth import Opening, Reading, Writing
from lookalike.service.nouns import shapes as s
from lookalike.service.nouns.answers import READING, STATE, WRITING
from lookalike.service.nouns.jobs import deleted, renamed
from lookalike.service.nouns.listing import page_of, wanted_of
from lookalike.service.nouns.reports import REPORT, ReportFormat, report_answer
from lookalike.service.nouns.sharing import readers, share_with
from lookalike.service.opened_models import shown
from lookalike.service.platform import OnPlatform
from lookalike.service.scope import Scope
from lookalike.service.shelf import Shelf

router = APIRouter(prefix="/api/models", tags=["models"])


class ModelsAsked(s.ListAsked):
    dataset_id: str | None = Field(None, max_length=100, description="Those on this dataset.")


@router.get("", responses=READING)
def list_models(scope: Reading, asked: Annotated[ModelsAsked, Query()]) -> s.Counted[s.Model]:
    """Your models, and those shared with you."""
    where: dict[str, Any] = {"kind": "fit", "state": "completed"}
    if asked.dataset_id is not None:
        where["dataset"] = asked.dataset_id
    part = Shelf(scope, "job", ("completed",), where).page(wanted_of(asked, None))
    return page_of(part, [_shown(Job.of_doc(doc), scope) for doc in part.docs])


@router.get("/{model_id}", responses=READING)
def get_model(model_id: str, scope: Reading, platform: OnPlatform) -> s.ModelInspected:
    """A model, and what of the data is inside it."""
    job = model_job(scope, model_id)
    model = platform.models.of(job)
    info = model.info()
    hanging = platform.removal.of_fit(job).counts() if job.owner == scope.user.id else {}
    return s.ModelInspected(
        **_fields(job, scope),
        kind=info["model"],
        target=info["target"],
        column_list=[s.Column(name=column.name, kind=column.kind) for column in model.schema],
        order=list(model.order),
        rules=list(model.rules),
        notes=list(model.notes),
        contains=info["contains"],
        provenance=info["provenance"],
        hanging=s.Hanging(**hanging),
        shared_with=readers(scope, "job", job.id) if job.owner == scope.user.id else [],
    )


@router.patch("/{model_id}", responses=WRITING)
def rename_model(model_id: str, scope: Writing, body: s.Rename) -> s.Model:
    """Give a model, and the job that made it, another name."""
    return _shown(renamed(scope, model_job(scope, model_id, own=True).id, body.name), scope)


@router.delete("/{model_id}", responses=WRITING)
def delete_model(
    model_id: str, scope: Writing, platform: OnPlatform, asked: Annotated[s.Cascade, Query()]
) -> s.Deleted:
    """Delete a model, the job that made it, and the rows drawn from it; as for datasets."""
    return deleted(platform, model_job(scope, model_id, own=True), model_id, asked)


@router.get("/{model_id}/report", responses=READING | STATE | REPORT)
def get_model_report(
    model_id: str,
    scope: Opening,
    platform: OnPlatform,
    format: ReportFormat = "json",  # noqa: A002
) -> Response:
    """Quality and privacy of rows that the model draws, against those that were held out."""
    return report_answer(platform, model_job(scope, model_id), format)


@router.post("/{model_id}/preview", responses=READING)
def preview_model(model_id: str, scope: Reading, platform: OnPlatform, body: s.PreviewAsked) -> s.Rows:
    """A few rows, to look at; under conditions, too."""
    asked = {"where": body.conditions, "shares": body.shares}
    sample = platform.models.sample(model_job(scope, model_id), body.rows, body.seed, asked)
    return s.Rows(**shown(sample))


@router.post("/{model_id}/share", responses=WRITING)
def share_model(model_id: str, scope: Writing, people: s.ShareWith) -> s.Shares_:
    """Let another user read a model and preview its rows, or no longer."""
    return share_with(scope, "job", model_job(scope, model_id, own=True).id, people)


def model_job(scope: Scope, model_id: str, *, own: bool = False) -> Job:
    """The completed job that made a model that the user may read, or owns; else `NotFound`."""
    job_id = ids.sibling(model_id, "job") if ids.is_id(model_id, "model") else ""
    doc = scope.own("job", job_id) if own else scope.get("job", job_id)
    job = Job.of_doc(doc)
    if job.kind != "fit" or job.state != "completed":
        raise NotFound(
            "There is no such model.", hint="It may have been deleted, or belong to somebody else."
        )
    return job


def _fields(job: Job, scope: Scope) -> dict[str, Any]:
    result = job.result or {}
    names = ("rows", "learned_rows", "columns", "size_bytes")
    return {
        "id": job.output,
        "job_id": job.id,
        "dataset_id": job.dataset,
        "name": job.name,
        "mine": job.owner == scope.user.id,
        "created_at": job.created_us,
        "sha256": result["model_sha256"],
        **{name: result[name] for name in names},
    }


def _shown(job: Job, scope: Scope) -> s.Model:
    return s.Model(**_fields(job, scope))
