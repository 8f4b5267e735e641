"""Writes what users changed into the audit trail, before they are told that it was done."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool

from lookalike.service.auth import SAFE
from lookalike.service.openapi import operation_id
from lookalike.service.people import People
from lookalike.service.scope import Scope, User

LIMITED = 429


class Audited:
    """An ASGI application around ``app``: every change by somebody known is in the trail, refused ones too.

    A route adds to it through its scope: `Scope.touched` are the objects; `Scope.note` puts a read in too.
    What nobody known does is in it when the route set ``request.state.tried``; a flood would fill the disk.
    """

    def __init__(self, app: Any, *, people: People) -> None:
        self._app = app
        self._people = people

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def give(message: Any) -> None:
            if message["type"] == "http.response.start" and _counts(scope, message["status"]):
                await run_in_threadpool(self._add, scope, message["status"])
            await send(message)

        await self._app(scope, receive, give)

    def _add(self, scope: Any, status: int) -> None:
        state = scope["state"]
        user: User | None = state.get("user")
        doing: Scope | None = state.get("scope")
        objects = [*state.get("objects", ()), *(doing.touched if doing else ())]
        objects += scope.get("path_params", {}).values()
        route = scope.get("route")
        self._people.trail.add(
            "unknown" if route is None else operation_id(route),
            actor=user.id if user else None,
            objects=[text for text in objects if isinstance(text, str)],
            status=status,
            address=state["address"],
            request=state["request_id"],
            token=user.token if user else None,
        )


def _counts(scope: Any, status: int) -> bool:
    state = scope["state"]
    if status == LIMITED:
        return False
    doing: Scope | None = state.get("scope")
    if scope["method"] in SAFE:
        return doing is not None and doing.noted
    return state.get("user") is not None or state.get("tried", False)
