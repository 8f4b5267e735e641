"""Records: documents to write from, models that write, and the search over all that was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request

from lookalike.errors import UsageError, WrongState
from lookalike.jobs.materials import DOCUMENTS
from lookalike.jobs.providers import providers
from lookalike.jobs.sources import drop
from lookalike.records.rehearsal import rehearse
from lookalike.service.auth import Reading, Writing
from lookalike.service.nouns import record_shapes as r
from lookalike.service.nouns.answers import BUSY, CREATING, READING, WRITING
from lookalike.service.nouns.receiving import IdempotencyKey, with_body
from lookalike.service.nouns.record_finding import found_of, jobs_query
from lookalike.service.nouns.record_jobs import checked_sources, readable
from lookalike.service.platform import OnPlatform
from lookalike.service.record_specs import check_spec
from lookalike.service.scope import Scope
from lookalike.service.wire import Page, PageAsked, opened_cursor
from lookalike.stores.documents import Doc

router = APIRouter(prefix="/api/records", tags=["records"])
_JOBS_PER_LOOK = 999
_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes, as they are.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("", responses=READING)
def find_records(
    scope: Reading, platform: OnPlatform, asked: Annotated[r.AllRecordsAsked, Query()]
) -> r.RecordsFound:
    """Search your records, and those shared with you, by words, fields, job and status."""
    jobs = _jobs(scope) if asked.job_id is None else (readable(scope, asked.job_id).output,)
    fields = dict(_pair(one) for one in asked.field)
    query = jobs_query(jobs, tuple(asked.status), asked.text, fields, asked.order)
    return found_of(platform, query, asked)


@router.get("/models", responses=READING)
def list_record_models(scope: Reading, platform: OnPlatform) -> list[r.RecordModel]:  # noqa: ARG001
    """The language models that a spec may name."""
    names = ("alias", "kind", "model", "price_input", "price_output")
    return [
        r.RecordModel(**{name: doc[name] for name in names}, replayed=doc.get("cassette") is not None)
        for doc in providers(platform.stores).values()
    ]


@router.post("/preview", responses=WRITING)
def preview_records(body: r.RecordPreviewAsked, scope: Writing, platform: OnPlatform) -> r.RecordPreview:
    """Look at the prompts of a few records, and at the most that all may cost. No model is called.

    Models are called by workers alone, which have the keys and the limits. For answers, ask for a rehearsal.
    """
    sources = checked_sources(body, scope, platform)
    plan = check_spec(platform, body.spec, sources)
    bytes_each = (4 if body.cut.unit == "characters" else 40) * body.cut.size
    made = rehearse(plan, min(body.rows, body.records), {DOCUMENTS: bytes_each})
    return r.RecordPreview(
        rows=[
            r.RecordPrompts(
                values=dict(one.values),
                prompts=[
                    r.RecordPrompt(column=p.column, model=p.model, text=p.text, why=p.why)
                    for p in one.prompts
                ],
            )
            for one in made.records
        ],
        records=body.records,
        calls=body.records * sum(1 for planned in plan.columns if planned.alias),
        most_tokens=None if made.tokens is None else made.tokens * body.records,
        most_cost=None if made.money is None else made.money * body.records,
    )


@router.post("/documents", status_code=201, responses=CREATING | BUSY, openapi_extra=_BODY)
async def upload_document(
    request: Request,
    asked: Annotated[r.DocumentAsked, Query()],
    scope: Writing,
    platform: OnPlatform,
    idempotency_key: IdempotencyKey = None,
) -> r.Document:
    """Upload a document to write records from: the file's bytes are the request's body.

    It is read when a job is made of it; what cannot be read ends that job, and says the page.
    """
    if request.headers.get("content-type", "").startswith("multipart/"):
        raise UsageError(
            "This takes the file's bytes as they are, no form.", hint="Send the file as the body."
        )

    def filled(pieces: Iterator[bytes]) -> Doc:
        doc, new = platform.uploads.begin(scope.user.id, asked.name, idempotency_key)
        scope.touched.append(doc["id"])
        if not new:
            for _ in pieces:  # a client that is not listened to sees a broken connection
                pass
            return doc
        return platform.uploads.fill(doc["id"], pieces)

    return _document(await with_body(request, filled))


@router.get("/documents", responses=READING)
def list_documents(scope: Reading, asked: Annotated[PageAsked, Query()]) -> Page[r.Document]:
    """Your documents that wait for a job, or for the end of one."""
    found = scope.find("document", order="-id", after=asked.cursor(), limit=asked.limit, shared=False)
    return Page(items=[_document(doc) for doc in found.docs], next=found.next, total=found.total)


@router.delete("/documents/{document_id}", status_code=204, responses=WRITING)
def delete_document(document_id: str, scope: Writing, platform: OnPlatform) -> None:
    """Delete a document that no job is made of. Its key is destroyed: there is no way back."""
    doc = scope.own("document", document_id)
    if doc["job"] is not None and platform.backends.documents.get("job", doc["job"]) is not None:
        raise WrongState("A job is made of this document.", hint="It goes by itself when the job has ended.")
    drop(platform.stores, [document_id])


def _jobs(scope: Scope) -> tuple[str, ...]:
    """The ids of all write jobs that the user may read."""
    found: list[str] = []
    after = None
    while True:
        part = scope.find("job", {"kind": "write"}, after=after, limit=_JOBS_PER_LOOK)
        found += [doc["output"] for doc in part.docs]
        if part.next is None:
            return tuple(found)
        after = opened_cursor(part.next)


def _pair(said: str) -> tuple[str, str]:
    name, _, value = said.partition("=")
    return name, value


def _document(doc: Doc) -> r.Document:
    names = ("id", "name", "state", "size_bytes", "sha256")
    told = {name: doc[name] for name in names}
    return r.Document(**told, job_id=doc["job"], created_at=doc["created_us"])
