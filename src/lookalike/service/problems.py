"""Errors as clients see them: RFC 9457 problem details, made from `lookalike.errors` and from nothing else.

What a client did wrong is told as it is; of what went wrong inside, only its class, and the request's id to
look it up by. No value that was sent is repeated, so that no answer and no log holds a cell or a password.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lookalike import errors
from lookalike.errors import LookalikeError
from lookalike.service.logs import log, whence
from lookalike.service.wire import Shown

MEDIA_TYPE = "application/problem+json"
MOST_FIELDS = 20
MOST_NAME = 100
NOT_ALLOWED = 405
BUSY_S = 5
"""What ``Retry-After`` says when a store does not answer."""


class FieldProblem(Shown):
    """One field that cannot be used."""

    field: str = Field(examples=["body.numberOfRows"])
    message: str = Field(examples=["Input should be less than or equal to 1000000"])


class Problem(Shown):
    """Problem details (RFC 9457). `code` is stable; the table of codes is in docs/errors.md."""

    type: str = Field(examples=["urn:lookalike:error:usage"])
    title: str
    status: int = Field(examples=[400])
    detail: str
    code: str = Field(examples=["usage"])
    request_id: str | None = Field(None, description="What the logs call this request.")
    hint: str | None = Field(None, description="What to do.")
    column: str | None = None
    row: int | None = Field(None, description="1-based row of the data.")
    job_id: str | None = None
    retry_after_s: int | None = None
    condition: str | None = None
    rarity: float | None = None
    errors: list[FieldProblem] | None = None


def problem_of(error: LookalikeError, request_id: str | None) -> Problem:
    """What may be said of ``error`` to whoever caused it."""
    said = next(iter((type(error).__doc__ or "").splitlines()), "").strip()
    inside = error.http_status == errors.LookalikeError.http_status
    title = "Something unexpected happened." if type(error) is LookalikeError else said
    known: dict[str, Any] = {}
    for name in ("row", "column", "job_id", "retry_after_s", "condition", "rarity"):
        known[name] = getattr(error, name, None)
    hint = error.hint
    if inside:
        known, hint = {}, hint or "Try again; if it stays so, tell the administrator the id of this request."
    # the messages of stores may name their files
    told = title if error.http_status >= errors.LookalikeError.http_status else error.message
    return Problem(
        type=f"urn:lookalike:error:{error.code}",
        title=title,
        status=error.http_status,
        detail=told,
        code=error.code,
        request_id=request_id,
        hint=hint,
        **known,
    )


def answer_of(error: LookalikeError, request_id: str | None) -> Response:
    """The answer that a request ends in when ``error`` was raised."""
    headers: dict[str, str] = {}
    if isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after_s)))
    elif isinstance(error, errors.Unavailable):
        headers["Retry-After"] = str(BUSY_S)
    elif isinstance(error, errors.NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="lookalike"'
    return _sent(problem_of(error, request_id), headers)


def install(app: FastAPI) -> None:
    """Let ``app`` answer every error as a problem; what is not of ours is caught further out."""
    app.add_exception_handler(LookalikeError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)


def request_id_of(request: Request) -> str | None:
    return getattr(request.state, "request_id", None)


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, LookalikeError)  # noqa: S101
    request.state.error = error
    if error.http_status >= LookalikeError.http_status:
        log().error("failed", code=error.code, **whence(error))
    return answer_of(error, request_id_of(request))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    fields = [_field(found) for found in error.errors()[:MOST_FIELDS]]
    detail = "; ".join(f"{one.field}: {one.message}" for one in fields[:3])
    problem = problem_of(errors.UsageError(detail or "The request cannot be used."), request_id_of(request))
    return _sent(problem.model_copy(update={"errors": fields}), {})


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    known = {
        404: errors.NotFound("There is nothing here."),
        413: errors.TooLarge("The request is too large."),
    }
    told = known.get(error.status_code) or errors.UsageError(str(error.detail))
    problem = problem_of(told, request_id_of(request)).model_copy(update={"status": error.status_code})
    headers = dict(error.headers or {})
    if error.status_code == NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods(request))
    return _sent(problem, headers)


def _methods(request: Request) -> list[str]:
    """The methods that the path has; the router knows only of the first route that it tried.

    A path that the document has as it stands is that one, whatever others have a parameter in its place.
    """
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    asked = request.url.path
    alike = [asked] if asked in paths else [path for path in paths if _fits(path, asked)]
    return sorted({method.upper() for path in alike for method in paths[path]})


def _fits(path: str, asked: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", path), asked) is not None


def _field(found: Mapping[str, Any]) -> FieldProblem:
    """Where and what, without what was sent."""
    name = ".".join(str(part) for part in found["loc"])
    return FieldProblem(field=name[:MOST_NAME], message=found["msg"])


def _sent(problem: Problem, headers: Mapping[str, str]) -> Response:
    content = problem.model_dump(mode="json", by_alias=True, exclude_none=True)
    return JSONResponse(content, problem.status, headers=dict(headers), media_type=MEDIA_TYPE)
