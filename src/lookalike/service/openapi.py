"""The OpenAPI document: what FastAPI finds, with our problems in place of its own validation errors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from lookalike.service.problems import MEDIA_TYPE, Problem

DESCRIPTION = """Fit a model on a table, ask for rows that behave like it and are not it, watch it
happen, download the file.

Every error is a problem (RFC 9457) with a stable `code`. Times are RFC 3339 in UTC. Lists are pages: send the
`next` of one as `after` for the following. Send `Idempotency-Key` with what creates something, and sending it
again creates nothing more."""

MEANINGS: dict[int, str] = {
    400: "The request cannot be used as it is.",
    401: "No sign-in, or one that is over.",
    403: "The role, or the scope of the token, does not allow it.",
    404: "There is no such object, or none that you may see.",
    408: "The bytes of the request came too slowly.",
    409: "The object is not in a state that allows it.",
    412: "The file is none of those that `If-Match` names.",
    413: "The request has too many bytes.",
    416: "The range is not within the file.",
    429: "Asked for too often; `Retry-After` says when again.",
    500: "Something unexpected; the logs have it under `requestId`.",
    502: "A node or gateway answers no.",
    503: "A store does not answer in time; `Retry-After` says when to try again.",
    507: "There is no space left.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route gives as ``responses`` for the errors that are its own: 403, 404, 409 …"""
    return {status: {"model": Problem, "description": MEANINGS[status]} for status in statuses}


def operation_id(route: Any) -> str:
    """``list_users`` → ``listUsers``: what generated clients, and the audit trail, call a route."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), route.name)


def install(app: FastAPI) -> None:
    """Let ``app`` describe itself by `document`."""

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = document(app)
        return app.openapi_schema

    app.openapi = described


def document(app: FastAPI) -> dict[str, Any]:
    """The document: every operation with the errors that any request may end in, as problems."""
    found = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas: dict[str, Any] = found.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    definitions = Problem.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    schemas.update(definitions.pop("$defs"))
    schemas["Problem"] = definitions
    # what this installation allows, which clients can then check by themselves
    schemas["GenerationAsked"]["properties"]["numberOfRows"]["maximum"] = app.state.settings.most_rows
    for path, method, operation in operations(found):
        _describe(path, method, operation)
    return found


def operations(found: dict[str, Any]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """``(path, method, operation)`` of each operation of an OpenAPI document."""
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if method in ("get", "post", "put", "patch", "delete", "head"):
                yield path, method, operation


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation.setdefault("responses", {})
    responses.pop("422", None)
    statuses = [400, 500, 503]
    if operation.get("security"):
        statuses += [401, 403, 429]
    if "{" in path:
        statuses.append(404)
    if "requestBody" in operation:
        statuses += [408, 413]
    if method not in ("get", "head"):
        statuses.append(507)
    for status in statuses:
        responses.setdefault(str(status), {"description": MEANINGS[status]})
    for status, response in responses.items():
        if status in ("429", "503"):
            response["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
        if status >= "400":
            response["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operation["responses"] = dict(sorted(responses.items()))
