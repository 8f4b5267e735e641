"""What comes with a request: its bytes, for code that is not asynchronous, and the word that makes it one.

The bytes are asked for piece by piece, so that they never pile up.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
from fastapi import Header, Request
from pydantic import WithJsonSchema

T = TypeVar("T")

_AT_ONCE = anyio.CapacityLimiter(16)
"""Bodies that are received at once. They have threads of their own, so that slow ones hold up nobody else."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="A word of your own for this one request: sent twice, it is done once.",
        examples=["5f0c7d1e"],
    ),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"}),
]


async def with_body(request: Request, work: Callable[[Iterator[bytes]], T]) -> T:
    """``work(pieces)``, in a thread, with the pieces of the request's body as they come."""
    stream = request.stream()

    def pieces() -> Iterator[bytes]:
        while (piece := anyio.from_thread.run(_next, stream)) is not None:
            if piece:
                yield piece

    return await anyio.to_thread.run_sync(lambda: work(pieces()), limiter=_AT_ONCE)


async def _next(stream: AsyncIterator[bytes]) -> bytes | None:
    return await anext(stream, None)
