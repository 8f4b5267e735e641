"""The limit of calls to one model: what a 429, a failure and a success do to it, by a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from lookalike.errors import ProviderFailed
from lookalike.records.chat import ProviderError
from lookalike.records.gate import CUT, Gate, Gates, Pass
from lookalike.records.pace import Patience
from writing import JumpingPace

PATIENCE = Patience(
    rate_s=2, rate_most_s=60, rate_patience_s=100, circuit_after=3, circuit_s=10, circuit_tries=2
)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def gate(most: int = 10, **changes: Any) -> tuple[Gate, JumpingPace]:
    pace = JumpingPace()
    return Gate("model", most, PATIENCE, pace, **changes), pace


def test_only_the_first_429_of_a_burst_cuts() -> None:
    async def work() -> None:
        made, _ = gate(100)
        burst = [await made.enter() for _ in range(50)]
        for one in burst:
            made.too_many(one, 1.0)
            made.leave(one)
        assert made.limit == pytest.approx(100 * CUT)
        assert made.ceiling == 100
        made.too_many(await made.enter(), 1.0)
        assert made.limit == pytest.approx(100 * CUT**2)

    run(work())


def test_a_429_holds_up_all_calls_for_as_long_as_it_says() -> None:
    async def work() -> None:
        made, pace = gate()
        made.too_many(await made.enter(), 7.0)
        await made.enter()
        assert pace.now() == 7.0

    run(work())


def test_without_a_word_the_wait_doubles_with_each_burst() -> None:
    async def work() -> None:
        made, pace = gate()
        waits: list[float] = []
        for _ in range(6):
            before = pace.now()
            given = await made.enter()
            waits.append(pace.now() - before)
            made.too_many(given, None)
            made.leave(given)
        assert waits == [0, 2, 4, 8, 16, 32]

    run(work())


def test_successes_add_one_a_round_and_slower_near_the_ceiling_that_failed() -> None:
    async def work() -> None:
        made, _ = gate(100)
        made.limit = 20.0
        made.too_many(Pass(0, False), 0.0)
        assert made.limit == 14.0
        rounds = 0
        while made.limit < 0.9 * 20:
            for _ in range(int(made.limit) + 1):
                made.succeeded(1.0)
            rounds += 1
        assert rounds == 4
        before = made.limit
        for _ in range(5 * int(made.limit)):
            made.succeeded(1.0)
        assert made.limit == before
        for _ in range(30 * int(made.limit)):
            made.succeeded(1.0)
        assert made.limit > before

    run(work())


def test_where_no_429_comes_latency_is_the_signal() -> None:
    async def work() -> None:
        made, _ = gate(100)
        for _ in range(300):
            made.succeeded(1.0)
        assert made.limit == 100
        for _ in range(2000):
            made.succeeded(10.0)
        assert made.limit < 60

    run(work())


def test_many_failures_in_a_row_leave_the_model_alone_and_then_one_call_tries() -> None:
    async def work() -> None:
        made, pace = gate()
        error = ProviderError("server", "HTTP 503")
        for _ in range(3):
            given = await made.enter()
            made.failed(given, error)
            made.leave(given)
        probe = await made.enter()
        assert pace.now() == 10
        assert probe.probe
        waiting = asyncio.create_task(made.enter())
        await asyncio.sleep(0)
        assert not waiting.done()
        made.succeeded(1.0)
        made.leave(probe)
        made.leave(await waiting)

    run(work())


async def until_refused(made: Gate, tell: Callable[[Pass], None]) -> ProviderFailed:
    """What ends the job, when every call comes to the same."""
    for _ in range(100):
        given = await made.enter()
        try:
            tell(given)
        except ProviderFailed as error:
            return error
        finally:
            made.leave(given)
    raise AssertionError("nothing ends it")


def test_a_model_that_stays_away_ends_the_job() -> None:
    async def work() -> None:
        made, pace = gate()
        error = ProviderError("connection", "refused")
        ended = await until_refused(made, lambda given: made.failed(given, error))
        assert ended.reason == "transport"
        assert pace.now() == 10 + 20

    run(work())


def test_nothing_but_429_for_too_long_ends_the_job() -> None:
    async def work() -> None:
        made, pace = gate()
        ended = await until_refused(made, lambda given: made.too_many(given, 30.0))
        assert ended.reason == "rate"
        assert 100 < pace.now() < 160

    run(work())


def test_aliases_of_one_model_share_the_smallest_limit() -> None:
    async def work() -> None:
        gates = Gates(PATIENCE, JumpingPace())
        one = gates.of("url model", 8)
        assert gates.of("url model", 3) is one
        assert one.limit == 3
        assert gates.of("url other", 8) is not one

    run(work())


def test_a_call_that_is_cancelled_while_it_waits_takes_no_place() -> None:
    async def work() -> None:
        made, _ = gate(1)
        first = await made.enter()
        tasks = [asyncio.create_task(made.enter()) for _ in range(3)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.sleep(0)
        made.leave(first)
        await asyncio.wait_for(tasks[1], 1)
        made.leave(Pass(0, False))
        await asyncio.wait_for(tasks[2], 1)

    run(work())
