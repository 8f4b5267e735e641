"""What admins see of the installation: who works on what, and how much is stored. No names and no cells."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Literal

from fastapi import APIRouter
from pydantic import Field

from lookalike.jobs.roster import LOST_S
from lookalike.service.auth import Administering
from lookalike.service.platform import OnPlatform
from lookalike.service.wire import Shown, Time
from lookalike.stores.documents import Doc

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


class WorkerSeen(Shown):
    """A worker that is there, whether it has anything to do or not."""

    name: str = Field(examples=["local-3f9a1c-1"])
    state: Literal["idle", "busy", "lost"] = Field(
        description="lost: it was not heard of for 15 s. It is frozen, or has died; it goes after a minute."
    )
    host: str
    pid: int = Field(description="Of its process, on its host.")
    pool: str
    started_at: Time
    memory_mb: int = Field(description="When it was last heard of, which is every 5 s.")
    cpu_percent: int = Field(description="Of one processor, since it was heard of before.")


class Workers(Shown):
    """Which workers there are, who works on what, and how many tasks wait for somebody."""

    workers: list[WorkerSeen] = Field(description="By name, at most 1,000.")
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
    """Which workers there are, on whatever machine they were started, and who works on what."""
    documents = platform.backends.documents
    docs = documents.find("task", {"state": "running"}, limit=_MOST)
    busy = {doc["worker"] for doc in docs}
    return Workers(
        workers=[_seen(doc, still_s, doc["id"] in busy) for doc, still_s in platform.roster.look()],
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


def _seen(doc: Doc, still_s: float, is_busy: bool) -> WorkerSeen:
    same = {name: doc[name] for name in ("host", "pid", "pool", "memory_mb", "cpu_percent")}
    state = "lost" if still_s >= LOST_S else "busy" if is_busy else "idle"
    return WorkerSeen(name=doc["id"], state=state, started_at=doc["started_us"], **same)


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
