"""The service, put together. A noun is a module with a `router`; `ROUTERS` is the list of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

import lookalike
from lookalike.clock import Clock, SystemClock
from lookalike.service import (
    audit,
    health,
    instance,
    me,
    metrics,
    nouns,
    openapi,
    page,
    problems,
    sign_in,
    tokens,
    users,
)
from lookalike.service.audited import Audited
from lookalike.service.backends import Backends
from lookalike.service.edge import Edge
from lookalike.service.intake import Intake
from lookalike.service.people import People
from lookalike.service.platform import platform_on
from lookalike.service.turns import Turns
from lookalike.settings import Settings

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    instance.router,
    sign_in.router,
    me.router,
    tokens.router,
    users.router,
    audit.router,
    metrics.router,
    *nouns.ROUTERS,
)
OPENAPI = "/api/openapi.json"
UPLOAD = ("POST", "/api/datasets")
DOCUMENT = ("POST", "/api/records/documents")
CASSETTE = ("PUT", "/api/providers/{id}/cassette")


def make_app(
    backends: Backends,
    settings: Settings,
    clock: Clock | None = None,
    *,
    larger: dict[tuple[str, str], int] | None = None,
) -> FastAPI:
    """The ASGI application on these back ends, which stay the caller's to close.

    larger: ``(method, path)`` → the most bytes of a request that may have more than ``settings.body_bytes``.
    ``app.state.purges``: what is called with a user's id before and after they are deleted, to delete what is
    theirs. It may find nothing.
    ``app.state.ending`` is set when the process is asked to end: streams that would go on for long end then.
    """

    app = FastAPI(
        title="Lookalike",
        version=lookalike.__version__,
        description=openapi.DESCRIPTION,
        openapi_url=OPENAPI,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    ending = threading.Event()
    platform = platform_on(backends, settings, ending)
    people = People(backends.documents, backends.keys, settings, clock or SystemClock())
    app.state.backends, app.state.settings, app.state.people = backends, settings, people
    app.state.clock = people.clock
    purges: list[Callable[[str], None]] = [platform.removal.user]
    app.state.purges = purges
    app.state.platform = platform
    app.state.ending = ending
    problems.install(app)
    openapi.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.state.page = page.Page(page.BUILT)
    app.router.default = page.Fallback(app.router.default)
    # the last one added is the outermost
    app.add_middleware(Audited, people=people)
    app.add_middleware(Turns)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Range"],
            expose_headers=["Content-Disposition", "ETag", "Retry-After", "X-Request-Id"],
        )
    document = settings.document_bytes
    sizes = {UPLOAD: settings.upload_bytes, DOCUMENT: document, CASSETTE: document, **(larger or {})}
    app.add_middleware(Intake, settings=settings, larger=sizes)
    app.add_middleware(Edge, settings=settings)
    return app
