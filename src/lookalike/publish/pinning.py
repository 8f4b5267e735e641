"""A pinning service, over the IPFS Pinning Service API 1.0.0 (https://ipfs.github.io/pinning-services-api-spec)."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lookalike.errors import PublishRefused
from lookalike.publish.cid import Cid
from lookalike.publish.http import Web

PinState = Literal["queued", "pinning", "pinned", "failed"]
_STATES: dict[str, PinState] = {one: one for one in ("queued", "pinning", "pinned", "failed")}


@dataclass(frozen=True, slots=True)
class Pin:
    """request_id: the service's own word for it. delegates: where it waits for the bytes."""

    request_id: str
    state: PinState
    delegates: tuple[str, ...]


class PinningService:
    """The service at ``url``; ``token`` is sent to it, and shown nowhere."""

    def __init__(self, url: str, token: str, *, timeout_s: float = 30.0) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._web = Web(url, "The pinning service", headers=headers, timeout_s=timeout_s)

    def pin(self, cid: Cid, name: str, origins: Sequence[str], meta: Mapping[str, str]) -> Pin:
        """The pin of this file: the one that it has already, unless that failed, or a new one."""
        known = self.find(cid)
        if known is not None and known.state != "failed":
            return known
        body = {"cid": str(cid), "name": name[:255], "origins": list(origins)[:20], "meta": dict(meta)}
        if known is not None:
            answer = self._web.json("POST", f"/pins/{_quoted(known.request_id)}", body)
        else:
            answer = self._web.json("POST", "/pins", body)
        return _pin(answer.json(), cid)

    def find(self, cid: Cid) -> Pin | None:
        """The newest pin of this file; None when there is none."""
        query = {"cid": str(cid), "status": ",".join(_STATES), "limit": "1"}
        found = self._web.request("GET", "/pins", query=query).json()
        results = found.get("results") if isinstance(found, dict) else None
        if not isinstance(results, list):
            raise PublishRefused("The pinning service answers something else than it should.")
        return _pin(results[0], cid) if results else None

    def state(self, request_id: str, cid: Cid) -> PinState | None:
        """How far a pin is; None when the service knows it no more."""
        answer = self._web.request("GET", f"/pins/{_quoted(request_id)}", accept=(404,))
        return None if answer.status == 404 else _pin(answer.json(), cid).state


def _pin(found: Any, cid: Cid) -> Pin:
    """The pin that a service tells, which must be of our file."""
    try:
        state = _STATES[found["status"]]
        same = found["pin"]["cid"] == str(cid)
        pin = Pin(str(found["requestid"]), state, tuple(str(one) for one in found["delegates"])[:20])
    except (KeyError, TypeError, IndexError) as problem:
        raise PublishRefused("The pinning service answers something else than it should.") from problem
    if not same:
        raise PublishRefused("The pinning service answers with the pin of another file.")
    return pin


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe="")
