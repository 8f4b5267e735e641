"""One HTTP session for all calls: no redirects, no proxies from the environment, no more bytes than expected.

What goes wrong is said in the terms of `ProviderError`, with whether the provider may have counted tokens.
"""

from __future__ import annotations

import asyncio
import email.utils
import ipaddress
import json
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from lookalike.records.chat import ChatRequest, ProviderError

MOST_BYTES = 16 << 20
CONNECT_S = 15.0
MOST_SAID = 500


class Http:
    """A session, to be opened and closed inside a running loop.

    private: whether addresses of this machine and of private networks may be called; or the only hosts that
    may have one.
    """

    def __init__(self, *, private: bool | frozenset[str] = True) -> None:
        self._private = private
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Http:
        resolver = aiohttp.ThreadedResolver()
        connector = aiohttp.TCPConnector(
            limit=0,
            ttl_dns_cache=300,
            resolver=resolver if self._private is True else _Public(resolver, self._private or frozenset()),
        )
        self._session = aiohttp.ClientSession(connector=connector, trust_env=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, request: ChatRequest, path: str, headers: Mapping[str, str], body: Any) -> Any:
        """The JSON object of a 200; `ProviderError` for all else."""
        if self._session is None:
            raise RuntimeError("The session is not open.")
        url = _url(request.model.url, path)
        self._refuse_private(url)
        limit = aiohttp.ClientTimeout(total=request.timeout_s, sock_connect=min(CONNECT_S, request.timeout_s))
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"Content-Type": "application/json", "X-Client-Request-Id": request.id, **headers}
        if request.trace is not None:
            headers["traceparent"] = request.trace
        try:
            async with self._session.post(
                url, data=sent, headers=headers, timeout=limit, allow_redirects=False
            ) as answer:
                data = await _read(answer)
                status, said = answer.status, answer.headers
        except aiohttp.ConnectionTimeoutError as error:
            raise ProviderError("connection", "no connection in time") from error
        except TimeoutError as error:
            message = f"no whole answer within {request.timeout_s:g} s"
            raise ProviderError("timeout", message, billed="unknown") from error
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error.__cause__ or error.os_error, NotPublic):
                raise ProviderError("bad-request", str(error.os_error)) from error
            raise ProviderError("connection", f"cannot connect: {error.os_error}") from error
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            message = f"the answer broke off: {type(error).__name__}"
            raise ProviderError("cut", message, billed="unknown") from error
        if status != 200:
            raise refused(status, said, data)
        return _object(data)

    def _refuse_private(self, url: URL) -> None:
        host = url.host or ""
        if self._private is not True and host not in (self._private or ()) and _is_private(host):
            raise ProviderError("bad-request", f"{host} is not a public address")


@lru_cache(maxsize=64)
def _url(base: str, path: str) -> URL:
    return URL(base.rstrip("/") + path)


class NotPublic(OSError):
    """A name that leads to this machine or into a private network. Trying again would change nothing."""


class _Public(AbstractResolver):
    """Resolves names to public addresses only, so that no name leads into a private network."""

    def __init__(self, inner: AbstractResolver, private: frozenset[str]) -> None:
        self._inner = inner
        self._private = private

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host in self._private:
            return found
        if not found or any(_is_private(one["host"]) for one in found):
            raise NotPublic(f"{host} is not a public address")
        return found

    async def close(self) -> None:
        await self._inner.close()


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host.partition("%")[0]).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise ProviderError(
                "bad-body", f"the answer has more than {MOST_BYTES:,} bytes", billed="unknown"
            )
    return b"".join(parts)


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise bad_body("the answer is no JSON object", data)
    return found


def bad_body(message: str, data: bytes | str) -> ProviderError:
    """A 200 that holds no answer."""
    raw = data if isinstance(data, str) else data[:10_000].decode("utf-8", "replace")
    return ProviderError("bad-body", message, status=200, billed="unknown", raw=raw[:10_000])


def refused(status: int, headers: Mapping[str, str], data: bytes) -> ProviderError:
    """What a status other than 200 means; the provider's own words are in ``message``, shortened."""
    words, code = _said(data)
    lowered = f"{code} {words}".lower()
    message = f"HTTP {status}: {words[:MOST_SAID]}" if words else f"HTTP {status}"
    after = retry_after_s(headers)
    raw = data[:10_000].decode("utf-8", "replace")
    if status == 402 or (status in (400, 403, 429) and _is_spent(lowered)):
        return ProviderError("quota", message, status=status, raw=raw)
    if status == 429:
        return ProviderError("rate", message, status=status, retry_after_s=after, raw=raw)
    if status in (401, 403):
        return ProviderError("auth", message, status=status, raw=raw)
    if status in (408, 409, 425) or status >= 500:
        return ProviderError("server", message, status=status, retry_after_s=after, raw=raw)
    if 300 <= status < 400:
        return ProviderError("bad-request", f"HTTP {status}: redirects are not followed", status=status)
    return ProviderError("bad-request", message, status=status, raw=raw)


def _is_spent(said: str) -> bool:
    """Whether a refusal will not pass by itself within the hour: no credit, or a daily quota."""
    spent = (
        "insufficient_quota",
        "exceeded your current quota",
        "credit balance",
        "billing_hard_limit",
        "billing limit",
        "per day",
        "per-day",
        "daily",
        "(rpd)",
        "(tpd)",
    )
    return any(words in said for words in spent)


def _said(data: bytes) -> tuple[str, str]:
    """(message, code) of an error's body, in any of the usual forms."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return data[:MOST_SAID].decode("utf-8", "replace").strip(), ""
    error: Any = found.get("error", found) if isinstance(found, dict) else found
    if isinstance(error, dict):
        return str(error.get("message", "")), f"{error.get('code', '')} {error.get('type', '')}"
    return str(error), ""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, by ``Retry-After`` (RFC 9110, section 10.2.3) or ``retry-after-ms``; or None."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        said = headers.get("Retry-After")
        if said is None:
            return None
        if said.strip().replace(".", "", 1).isdigit():
            return float(said)
        return max(0.0, email.utils.parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return None
