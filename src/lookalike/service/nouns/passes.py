"""Passes: how a browser itself, which sends no token, saves a file or opens a report.

A page cannot give a token to a plain link, and would have to hold a file of gigabytes to save it; a token in
an address would stand in histories and logs. So a page asks for a pass: a cookie that no script can read and
no other site's page can have sent. It goes to the paths of one object only, and lets them be read for five
minutes, as long as the sign-in that asked for it and the right to read hold.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from lookalike.errors import Forbidden
from lookalike.service.auth import PASS_COOKIE, KnownPeople, Reading
from lookalike.service.nouns.answers import READING
from lookalike.service.nouns.generations import readable
from lookalike.service.nouns.models import model_job
from lookalike.service.nouns.record_jobs import readable as readable_write
from lookalike.service.people import People
from lookalike.service.people.access import PASS_LIFE_S
from lookalike.service.scope import Scope

router = APIRouter(prefix="/api")


@router.post("/generation/{generation_id}/pass", status_code=204, responses=READING, tags=["generations"])
def pass_generation(
    generation_id: str, request: Request, response: Response, scope: Reading, people: KnownPeople
) -> None:
    """Let this browser, for five minutes, open the file, report and manifest by their plain addresses."""
    readable(scope, generation_id)
    _give(request, response, scope, people, f"/api/generation/{generation_id}")


@router.post("/models/{model_id}/pass", status_code=204, responses=READING, tags=["models"])
def pass_model(
    model_id: str, request: Request, response: Response, scope: Reading, people: KnownPeople
) -> None:
    """Let this browser, for five minutes, open the model's report by its plain address."""
    model_job(scope, model_id)
    _give(request, response, scope, people, f"/api/models/{model_id}")


@router.post("/records/jobs/{job_id}/pass", status_code=204, responses=READING, tags=["records"])
def pass_records(
    job_id: str, request: Request, response: Response, scope: Reading, people: KnownPeople
) -> None:
    """Let this browser, for five minutes, download the records by their plain address."""
    readable_write(scope, job_id)
    _give(request, response, scope, people, f"/api/records/jobs/{job_id}")


def _give(request: Request, response: Response, scope: Scope, people: People, path: str) -> None:
    if scope.user.session is None:
        raise Forbidden("A token opens files by itself.", hint="Send it with the request for the file.")
    response.set_cookie(
        PASS_COOKIE,
        people.pass_for(scope.user, path),
        max_age=PASS_LIFE_S,
        path=path,
        secure=request.state.secure,
        httponly=True,
        samesite="strict",
    )
