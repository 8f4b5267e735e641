"""What tests of write jobs share: a short spec, an executor that does not wait, a clock that jumps."""

from __future__ import annotations

import asyncio
from typing import Any

from lookalike.records.job import Executor
from lookalike.records.pace import Patience
from standin_llm import StandIn

QUICK = Patience(transport_s=(0.001, 0.001, 0.001), rate_s=0.01, rate_most_s=0.02, circuit_s=0.01)


def spec_of(server: StandIn | None = None, **parts: Any) -> dict[str, Any]:
    """A spec with one text column ``words`` over a drawn ``number``; ``parts`` replace its parts."""
    url = "http://127.0.0.1:1/v1" if server is None else server.url
    model = {"url": url, "model": "stand-in", "timeout_s": 5, "max_tokens": 100, **parts.pop("model", {})}
    columns = {
        "number": {"sampler": "integer", "low": 1, "high": 1000},
        "words": {"text": "Say something about {{ number }}."},
    }
    return {"seed": 3, "models": {"m": model}, "columns": columns, **parts}


def quick(**changes: Any) -> Executor:
    return Executor(patience=QUICK, **changes)


class JumpingPace:
    """Time that passes only when somebody sleeps, and then at once."""

    def __init__(self) -> None:
        self.at = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)
