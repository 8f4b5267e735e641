"""The outermost layer: each request gets an id, a trace, an address, headers, a log line, and an end.

Whatever is raised and not answered further in is answered here, so that no server ever prints it.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import structlog

from lookalike.errors import LookalikeError, UsageError
from lookalike.service.address import Proxies, client_of
from lookalike.service.logs import log, whence
from lookalike.service.problems import answer_of
from lookalike.service.trace import continued, request_id
from lookalike.settings import Settings

HEADERS: dict[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"content-security-policy": (
        b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}
"""What every answer has unless its route says otherwise (the page has a content policy of its own)."""
HSTS = b"max-age=31536000"
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Edge:
    """An ASGI application around ``app``."""

    def __init__(self, app: Any, *, settings: Settings) -> None:
        self._app = app
        self._proxies = Proxies(settings.trusted_proxies)
        self._hosts = _hosts(settings)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        began_s = time.monotonic()
        address, secure = client_of(scope, self._proxies)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id()
        state["trace"] = continued(headers.get(b"traceparent", b"").decode("latin-1"))
        state["arrived_s"] = began_s
        state["address"], state["secure"] = address, secure
        answer = _Answer(send, state, secure=secure, private=scope["path"].startswith("/api/"))
        with structlog.contextvars.bound_contextvars(request=state["request_id"], trace=state["trace"]):
            try:
                self._check_host(headers.get(b"host", b"").decode("latin-1"))
                await self._app(scope, receive, answer.send)
            except Exception as error:
                await _end(scope, receive, answer, error)
            finally:
                _tell(scope, answer, time.monotonic() - began_s)

    def _check_host(self, host: str) -> None:
        """A page of another name that resolves to this address (DNS rebinding) is not spoken to."""
        name = host if host.endswith("]") else host.rpartition(":")[0] or host
        if self._hosts and name.lower() not in self._hosts:
            raise UsageError("The service is not called by that name.", hint="Set LOOKALIKE_HOSTS.")


class _Answer:
    """Sends on what the application answers, with our headers, and remembers how it went."""

    def __init__(self, send: Any, state: dict[str, Any], *, secure: bool, private: bool) -> None:
        self._send = send
        self._state = state
        self.status = 0
        self._ours = {
            **HEADERS,
            b"x-request-id": state["request_id"].encode(),
            b"traceparent": state["trace"].encode(),
        }
        if private:
            self._ours[b"cache-control"] = b"no-store"
        if secure:
            self._ours[b"strict-transport-security"] = HSTS

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if (answered := self._state.get("on_answer")) is not None:
                answered()
            said = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in self._ours.items() if name not in said]
            message = {**message, "headers": [*message["headers"], *more]}
        await self._send(message)


async def _end(scope: Any, receive: Any, answer: _Answer, error: Exception) -> None:
    """Answer what nobody further in answered; an answer that has begun is cut off, so that it is seen."""
    if not isinstance(error, LookalikeError):
        log().error("failed", code=LookalikeError.code, **whence(error))
        error = LookalikeError("Something unexpected happened.")
    scope["state"]["error"] = error
    if answer.status:
        raise _CutOff from None
    await answer_of(error, scope["state"]["request_id"])(scope, receive, answer.send)


class _CutOff(Exception):
    """An answer that could not be brought to its end."""


def _tell(scope: Any, answer: _Answer, took_s: float) -> None:
    route = scope.get("route")
    user = scope["state"].get("user")
    error: LookalikeError | None = scope["state"].get("error")
    with contextlib.suppress(OSError, ValueError):
        log().info(
            "request",
            method=scope["method"],
            route=getattr(route, "path", None),
            status=answer.status,
            code=getattr(error, "code", None),
            ms=round(took_s * 1000, 1),
            user=getattr(user, "id", None),
        )


def _hosts(settings: Settings) -> frozenset[str]:
    """The names that are answered to; empty: all of them."""
    if settings.hosts:
        return frozenset(name.lower() for name in (*settings.hosts, *LOOPBACK))
    loopback = settings.host in (*LOOPBACK, "::1")
    return frozenset(LOOPBACK) if loopback else frozenset()
