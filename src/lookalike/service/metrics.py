"""The figures for Prometheus, for whoever may see them."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from lookalike.errors import Forbidden
from lookalike.service.auth import people_of
from lookalike.service.openapi import errors
from lookalike.service.platform import OnPlatform

router = APIRouter(tags=["health"])
_TEXT = {200: {"description": "The text format of Prometheus.", "content": {"text/plain": {}}}}


@router.get("/metrics", response_class=Response, responses=_TEXT | errors(401, 403))
def metrics(request: Request, platform: OnPlatform) -> Response:
    """Figures for Prometheus: jobs by state, task seconds, the queue, rows. For this machine, or an admin."""
    if not _is_local(request) and not _is_admin(request):
        raise Forbidden("This is for admins.", hint="Ask from this machine, or send an admin's token.")
    return Response(platform.metrics.text(), media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    """Whether it comes from this machine, and not through a proxy that is on it."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.state.address or "").is_loopback
    except ValueError:
        return False


def _is_admin(request: Request) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    user = people_of(request).who(token.strip())
    user.need("admin", "admin")
    return True
