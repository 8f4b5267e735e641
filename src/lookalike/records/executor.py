"""A message in, a result out: the contract that executors of all languages share (``contracts/records/``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lookalike.records.chat import CONTRACT_VERSION, ChatProvider, ChatRequest, ProviderError

Json = Any


async def execute(message: Mapping[str, Json], provider: ChatProvider) -> dict[str, Json]:
    """The result of a request: one answer, or one error. ``message`` follows ``request.schema.json``."""
    request = ChatRequest.of_dict(message)
    result: dict[str, Json] = {"version": CONTRACT_VERSION, "id": request.id, "sink": request.sink}
    try:
        answer = await provider.complete(request)
    except ProviderError as error:
        return result | {"answer": None, "error": error.to_dict()}
    return result | {"answer": answer.to_dict(), "error": None}
