"""The errors that the routes answer with, for OpenAPI."""

from __future__ import annotations

from typing import Any

from lookalike.service.problems import MEDIA_TYPE, Problem

Answers = dict[int | str, dict[str, Any]]


def _problem(status: int, description: str) -> Answers:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {status: {"model": Problem, "description": description, "content": {MEDIA_TYPE: {"schema": schema}}}}


_BAD = _problem(400, "The request cannot be used; `errors` or `detail` say what is wrong.")
_NOBODY = _problem(401, "No sign-in, or one that is over.")
_MAY_NOT = _problem(403, "The role or the token does not reach so far.")
_ABSENT = _problem(404, "There is no such thing, or it is somebody else's.")
_STATE = _problem(409, "The thing is not in a state that allows it.")
_OFTEN = _problem(429, "Asked for too often; `Retry-After` says when again.")
_DOWN = _problem(503, "A store does not answer; `Retry-After` says when to try again.")
_BIG = _problem(413, "More bytes than a request may have.")
_SLOW = _problem(408, "The bytes of the request stopped coming.")
_FULL = _problem(507, "The disk is full, or cannot be written.")

READING: Answers = _BAD | _NOBODY | _MAY_NOT | _ABSENT | _OFTEN | _DOWN
WRITING: Answers = READING | _STATE | _BIG | _FULL
CREATING: Answers = WRITING
STATE: Answers = _STATE
BUSY: Answers = _SLOW | _FULL
