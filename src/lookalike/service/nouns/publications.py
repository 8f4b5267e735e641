"""Publishing a generation: where it is, what it would mean, begin, cancel, take back; its signed manifest."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from lookalike.errors import NotFound, WrongState
from lookalike.jobs.model import Job
from lookalike.publish.consent import SENTENCE
from lookalike.service.auth import Opening, Reading, Writing
from lookalike.service.nouns import publication_shapes as p
from lookalike.service.nouns.answers import CREATING, READING, STATE, WRITING
from lookalike.service.nouns.generations import completed, own, readable
from lookalike.service.nouns.sending import MANIFEST
from lookalike.service.openapi import errors
from lookalike.service.platform import OnPlatform, Platform
from lookalike.service.scope import Scope
from lookalike.stores.documents import Doc

router = APIRouter(prefix="/api/generation/{generation_id}", tags=["publications"])
ASKING = errors(502, 503)
Place = Annotated[
    str, Path(max_length=20, description="The place.", json_schema_extra={"enum": list(p.WHERES)})
]
"""In a path it is looked at last: who may not see a generation learns nothing from what its words may be."""


@router.get("/publish", responses=WRITING | ASKING)
def quote_publication(
    generation_id: str,
    scope: Writing,
    platform: OnPlatform,
    where: p.Where = Query("local", description="The place."),  # noqa: B008
    encrypt: bool = Query(False, description="Of the ciphertext, in place of the file."),
) -> p.Quoted:
    """What publishing it there would mean and cost, what the gate says, and the sentence of consent."""
    job = completed(own(scope, generation_id))
    quote = platform.publications.quote(job, where, encrypt=encrypt)
    said, refused = platform.publications.verdict(job)
    return p.Quoted(
        where=where,
        price=quote.price,
        unit=quote.unit,
        balance=quote.balance,
        forever=quote.forever,
        public=quote.public,
        notes=list(quote.notes),
        gate=said,
        gate_refused=refused,
        consent=SENTENCE if quote.forever else None,
    )


@router.post("/publish", status_code=202, responses=CREATING | ASKING)
def publish_generation(
    generation_id: str, body: p.PublicationAsked, scope: Writing, platform: OnPlatform
) -> p.Publication:
    """Publish the file. Asking again is asking once; one that failed or was cancelled begins again."""
    job = completed(own(scope, generation_id))
    doc = platform.publications.begin(job, wanted_of(platform, scope, body))
    platform.backends.engine.ring(job.pool)
    scope.touched.append(doc["id"])
    return shown(platform, doc)


@router.get("/publications", responses=READING)
def list_publications(generation_id: str, scope: Reading, platform: OnPlatform) -> p.Publications:
    """Where the file was, or is to be, published."""
    job = readable(scope, generation_id)
    docs = platform.publications.of([job.id]).get(job.id, [])
    return p.Publications(items=[shown(platform, doc) for doc in docs])


@router.post("/publications/{where}/cancel", responses=WRITING)
def cancel_publication(
    generation_id: str, where: Place, scope: Writing, platform: OnPlatform
) -> p.Publication:
    """Stop a publication. 409 once anything was sent that cannot be taken back."""
    doc = platform.publications.one(own(scope, generation_id), where)
    return shown(platform, platform.publications.cancel(doc["id"]))


@router.delete("/publications/local", status_code=204, responses=WRITING)
def take_back_publication(generation_id: str, scope: Writing, platform: OnPlatform) -> None:
    """Take the file back out of the local store. Who fetched it meanwhile has it."""
    platform.publications.take_back(own(scope, generation_id))


@router.get("/publications/{where}/manifest", response_class=Response, responses=READING | STATE | MANIFEST)
def get_publication_manifest(
    generation_id: str, where: Place, scope: Opening, platform: OnPlatform
) -> Response:
    """The signed manifest with this publication in it."""
    doc = platform.publications.one(readable(scope, generation_id), where)
    found = platform.publications.published_manifest(doc)
    if found is None:
        raise WrongState("The publication is on its way.", hint="Wait until it is sent.")
    return Response(found, media_type="application/json")


@router.get("/publications/{where}/key", responses=READING)
def get_publication_key(
    generation_id: str, where: Place, scope: Writing, platform: OnPlatform, response: Response
) -> p.PublicationKey:
    """What opens the ciphertext that was published: for the owner alone, and noted in the audit trail."""
    job = _owned(scope, generation_id)
    scope.note(job.id)
    identity = platform.publications.identity(job, where)
    response.headers["Cache-Control"] = "no-store"
    return p.PublicationKey(identity=identity.text(), recipient=identity.recipient)


@router.delete("/publications/{where}/key", status_code=204, responses=WRITING)
def destroy_publication_key(generation_id: str, where: Place, scope: Writing, platform: OnPlatform) -> None:
    """Destroy the key: what was published stays where it is, and nobody reads it any more, you neither."""
    platform.publications.destroy_identity(_owned(scope, generation_id), where)


def _owned(scope: Scope, generation_id: str) -> Job:
    """A generation that the user owns; for all others there is no key to be had, or to be told of."""
    job = readable(scope, generation_id)
    if job.owner != scope.user.id:
        raise NotFound("There is no such job.", hint="It may have been deleted, or belong to somebody else.")
    return job


def wanted_of(platform: Platform, scope: Scope, body: p.PublicationAsked) -> p.Wanted:
    """What was asked for, with the consent as it was given."""
    return platform.publications.wanted(
        scope,
        where=body.where,
        licence=body.licence,
        keep_local=body.keep_local,
        consent=body.consent,
        override=body.override,
        encrypt=body.encrypt,
        cid_version=body.cid_version,
    )


def shown(platform: Platform, doc: Doc) -> p.Publication:
    """A publication as clients see it."""
    receipt = doc["receipt"] or {}
    problem = platform.publications.problem(doc)
    return p.Publication(
        where=doc["where"],
        state=platform.publications.state(doc),
        can_cancel=doc["state"] == "pending" and not doc["beyond"],
        address=receipt.get("address"),
        links=receipt.get("links", []),
        licence=doc["wanted"]["licence"],
        keep_local=doc["wanted"]["keep_local"],
        encrypted=bool(doc["wanted"].get("encrypt")),
        cid_version=None if doc["where"] == "arweave" else doc["wanted"].get("cid_version", 1),
        key_destroyed_at=doc.get("key_gone_us"),
        override=doc["wanted"]["override"],
        created_at=doc["created_us"],
        sent_at=doc["sent_us"],
        final_at=doc["final_us"],
        problem=None
        if problem is None
        else p.PublicationProblem(code=problem["code"], message=problem["message"]),
        job_id=doc["id"],
    )
