"""What admins see of the installation: who works on what, and how much is stored. No names and no cells."""

from __future__ import annotations

from collections import Counter, defaultdict

from fastapi import APIRouter
from pydantic import Field

from lookalike.service.auth import Administering
from lookalike.service.platform import OnPlatform
from lookalike.service.wire import Shown, Time

router = APIRouter(prefix="/api", tags=["operations"])
_NOUNS = {"ds": "datasets", "doc": "documents", "model": "models", "job": "generations", "check": "reports"}
_MOST = 1000


class Working(Shown):
    """A worker that is at work on a task."""

    worker: str = Field(examples=["local-1"])
    job_id: str
    task: int
    role: str = Field(examples=["chunk"])
    attempt: int
    began_at: Time | None = None


class Workers(Shown):
    """Who works on what, and how many tasks wait for somebody."""

    working: list[Working]
    waiting: int = Field(description="Tasks that could be begun at once.")
    retrying: int = Field(description="Tasks that wait before they are tried again.")


class Stored(Shown):
    """How much is stored of one noun."""

    blobs: int
    size_bytes: int = Field(description="As they are stored, sealed.")


class Storage(Shown):
    """How much is stored, by noun."""

    nouns: dict[str, Stored] = Field(examples=[{"datasets": {"blobs": 2, "sizeBytes": 3518606}}])
    size_bytes: int


@router.get("/workers")
def list_workers(scope: Administering, platform: OnPlatform) -> Workers:  # noqa: ARG001
    """Who works on what. Workers that have nothing to do are not seen."""
    documents = platform.backends.documents
    docs = documents.find("task", {"state": "running"}, limit=_MOST)
    return Workers(
        working=[
            Working(
                worker=doc["worker"],
                job_id=doc["job"],
                task=doc["number"],
                role=doc["role"],
                attempt=doc["attempt"],
                began_at=doc["claimed_us"],
            )
            for doc in docs
        ],
        waiting=documents.count("task", {"state": "pending"}),
        retrying=documents.count("task", {"state": "retrying"}),
    )


@router.get("/storage")
def get_storage(scope: Administering, platform: OnPlatform) -> Storage:  # noqa: ARG001
    """How much is stored, by what it belongs to. Every blob is looked at."""
    blobs: Counter[str] = Counter()
    sizes: defaultdict[str, int] = defaultdict(int)
    for info in platform.stores.blobs.list(""):
        noun = _NOUNS.get(info.key.partition("_")[0], "other")
        blobs[noun] += 1
        sizes[noun] += info.size_bytes
    nouns = {noun: Stored(blobs=blobs[noun], size_bytes=sizes[noun]) for noun in sorted(blobs)}
    return Storage(nouns=nouns, size_bytes=sum(sizes.values()))
