"""A job's events as a stream (Server-Sent Events) that ends with the job, and goes on where it was cut."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import Header, Request, Response
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import WithJsonSchema
from starlette.concurrency import run_in_threadpool

from lookalike.errors import Forbidden, NotFound, NotSignedIn
from lookalike.jobs.model import ENDED, Job
from lookalike.service.auth import people_of
from lookalike.service.events import TICK_S, Hub, news
from lookalike.service.scope import Scope
from lookalike.service.wire import Shown

LastEventId = Annotated[
    str | None,
    Header(
        pattern=r"^[0-9]{1,18}$",
        description="The `rev` that was seen last: only what came after it is told.",
        examples=["17"],
    ),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,18}$"}),
]
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "An event `progress` for each step and state, its data the job, its id the `rev`. The "
        "stream ends when the job has ended.",
        "content": {
            "text/event-stream": {"example": 'event: progress\nid: 9\ndata: {"percent": 20, "rev": 9}\n\n'}
        },
    },
    204: {"description": "The job has ended, and its last event was seen: do not come again."},
}
_RETRY_MS = 1000
_QUIET_S = 15.0
"""After so long without an event a stream says that it is still there."""


def following(
    hub: Hub,
    job: Job,
    last_event_id: str | None,
    shown: Callable[[Job], Shown],
    allowed: Callable[[], object],
) -> Response:
    """The stream of what comes after ``last_event_id``; 204 when nothing will.

    ``allowed`` is asked every second, and ends the stream by raising: a sign-in may be over, a share gone.
    """
    seen = None if last_event_id is None else int(last_event_id)
    if seen is not None and job.state in ENDED and seen >= job.rev:
        return Response(status_code=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(_stream(hub, job, seen, shown, allowed), headers=headers)


async def _stream(
    hub: Hub,
    at_first: Job,
    seen: int | None,
    shown: Callable[[Job], Shown],
    allowed: Callable[[], object],
) -> AsyncIterator[bytes]:
    yield format_sse_event(retry=_RETRY_MS)
    asked_s = told_s = time.monotonic()
    async with aclosing(hub.snapshots(at_first)) as snapshots:
        async for job in snapshots:
            if time.monotonic() - asked_s >= TICK_S:
                asked_s = time.monotonic()
                try:
                    await run_in_threadpool(allowed)
                except (NotSignedIn, Forbidden, NotFound):
                    return
            if job is None:
                if time.monotonic() - told_s >= _QUIET_S:
                    told_s = time.monotonic()
                    yield format_sse_event(comment="still here")
                continue
            told_s = time.monotonic()
            for id_, snapshot in news(job, seen):
                data = shown(snapshot).model_dump_json(by_alias=True)
                number = None if id_ is None else str(id_)
                yield format_sse_event(event="progress", data_str=data, id=number)
            seen = max(seen or 0, job.rev)
            if job.state in ENDED:
                return


def still_may(request: Request, scope: Scope, job_id: str) -> Callable[[], object]:
    """What raises once whoever sent ``request`` may not read the job any more."""
    token = request.headers.get("authorization", "").partition(" ")[2].strip()
    people = people_of(request)

    def allowed() -> object:
        people.who(token)
        return Scope(scope.user, scope.backends).get("job", job_id)

    return allowed
