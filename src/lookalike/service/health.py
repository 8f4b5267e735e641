"""Whether the service is alive, and whether it can be given work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request

from lookalike.errors import LookalikeError, Unavailable
from lookalike.service.backends import Backends
from lookalike.service.wire import Shown

router = APIRouter(tags=["health"])


class Health(Shown):
    status: Literal["ok"] = "ok"


@router.get("/health")
async def health() -> Health:
    """Alive: this process answers."""
    return Health()


@router.get("/ready")
def ready(request: Request) -> Health:
    """Ready: documents and blobs answer. 503 when one does not."""
    backends: Backends = request.app.state.backends
    try:
        backends.documents.count("signing_key", {})
        backends.stores.blobs.info("ready")
    except LookalikeError:
        raise Unavailable("A store does not answer.", hint="Look at the logs.") from None
    return Health()
