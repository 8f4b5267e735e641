"""A write job put together: the plan, the executor around its providers, the conductor, on a given sink."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lookalike.errors import UsageError
from lookalike.records import local
from lookalike.records.ask import Asker
from lookalike.records.budget import Purse, Spent
from lookalike.records.chat import ChatAnswer, ChatProvider, ChatRequest, ModelRef, ProviderError
from lookalike.records.checks import Checks
from lookalike.records.conductor import Conductor, Counts, Rules
from lookalike.records.diversity import Figures, Meter
from lookalike.records.gate import Gates
from lookalike.records.hours import Hours
from lookalike.records.judging import Judging
from lookalike.records.keeping import Keeper
from lookalike.records.pace import Pace, Patience, RealPace
from lookalike.records.past import Remembering, read
from lookalike.records.plan import Plan
from lookalike.records.providers.anthropic import Anthropic
from lookalike.records.providers.http import Http
from lookalike.records.providers.keys import Keys
from lookalike.records.providers.openai import OpenAI
from lookalike.records.retrying import Retrying
from lookalike.records.sink import Sink
from lookalike.records.spec import ModelSpec, SeedRow
from lookalike.records.writer import Writer
from lookalike.watch import Unwatched, Watch

SPARE = 20
_TOLD_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a job is: what progress shows."""

    counts: Counts
    spent: Spent
    diversity: Figures


@dataclass(frozen=True, slots=True)
class Executor:
    """How models are asked. wrap: put around the adapters, such as a cassette that records; offline: it
    stands in their place, and nothing is called. private: whether this machine and private networks may be
    called, or which of their hosts.
    """

    keys: Keys = field(default_factory=Keys)
    patience: Patience = field(default_factory=Patience)
    pace: Pace = field(default_factory=RealPace)
    private: bool | frozenset[str] = True
    wrap: Callable[[ChatProvider], ChatProvider] | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """records: N. candidates: the ceiling; three for each record and 20, if none. See `Rules`."""

    records: int
    candidates: int | None = None
    again: bool = False
    only: frozenset[int] | None = None
    run: int | None = None
    keep_asking: bool = False
    window: int | None = None


class Routed:
    """A `ChatProvider` that hands each request to the adapter of its model's kind."""

    def __init__(self, adapters: Mapping[str, ChatProvider]) -> None:
        self._adapters = adapters

    async def complete(self, request: ChatRequest) -> ChatAnswer:
        adapter = self._adapters.get(request.model.kind)
        if adapter is None:
            raise ProviderError("bad-request", f"there is no provider of the kind {request.model.kind!r}")
        return await adapter.complete(request)


def run(
    plan: Plan,
    sink: Sink,
    asked: Asked,
    executor: Executor | None = None,
    *,
    watch: Watch | None = None,
    told: Callable[[Snapshot], None] | None = None,
    job_id: str | None = None,
    trace: str | None = None,
) -> Snapshot:
    """What became of the job, when all records are accepted. Blocks; has an event loop of its own.

    Raises `FewerThanAsked`, `ProviderFailed`, `Cancelled`, and what the sink raises. Whatever was made is in
    the sink, and a run with the same sink goes on from there.
    """
    executor = executor or Executor()
    _refuse_too_few_seeds(plan, asked.records)
    with contextlib.ExitStack() as stack:
        refs = refs_of(plan.spec.models, plan, stack, executor)
        work = _run(plan, sink, asked, executor, refs, watch or Unwatched(), told, job_id, trace)
        return asyncio.run(work)


def _refuse_too_few_seeds(plan: Plan, records: int) -> None:
    """`UsageError` when each seed is to be used once, and there are fewer than records."""
    for planned in plan.columns:
        column = planned.column
        if isinstance(column, SeedRow) and column.order == "once":
            rows = len(plan.materials.seeds[column.seed].rows)
            if rows < records:
                raise UsageError(
                    f"{records:,} records of the seeds {column.seed!r}, which hold {rows:,}, one each.",
                    hint=f"Ask for {rows:,}, or let them come again: order: cycled, or shuffled.",
                )


def refs_of(
    models: Mapping[str, ModelSpec], plan: Plan, stack: contextlib.ExitStack, executor: Executor
) -> dict[str, ModelRef]:
    """Where each alias that is used is; the local model is started when one of them wants it."""
    used = {planned.alias for planned in plan.columns if planned.alias}
    url = ""
    if not executor.offline and any(models[alias].kind == "local" for alias in used):
        url = stack.enter_context(local.running())
    refs: dict[str, ModelRef] = {}
    for alias in sorted(used):
        model = models[alias]
        if model.kind == "local":
            refs[alias] = ModelRef(alias, "openai", url or "http://local", local.MODEL)
        else:
            refs[alias] = ModelRef(alias, model.kind, model.url, model.model, model.key_env)
    return refs


async def _run(
    plan: Plan,
    sink: Sink,
    asked: Asked,
    executor: Executor,
    refs: dict[str, ModelRef],
    watch: Watch,
    told: Callable[[Snapshot], None] | None,
    job_id: str | None,
    trace: str | None,
) -> Snapshot:
    spec = plan.spec
    past = read(sink)
    keeper = Keeper(sink)
    prices = {alias: model.price for alias, model in spec.models.items()}
    purse = Purse(keeper, spec.limits, prices, past.spent, past.tries)
    checks = Checks(spec.filters.checks)
    meter = Meter(spec.diversity)
    async with Http(private=executor.private) as http:
        provider = executing(plan, executor, http, purse)
        asker = Asker(Remembering(provider, past.answers), dict(spec.models), refs, sink=job_id, trace=trace)
        conductor = Conductor(
            rules=_rules(plan, asked),
            past=past,
            keeper=keeper,
            writer=Writer(plan, asker, checks),
            judging=Judging(spec, plan.materials, checks, meter),
            meter=meter,
            watch=watch,
            hours=None if spec.limits.time_s is None else Hours(keeper, past, spec.limits.time_s),
        )

        def snapshot() -> Snapshot:
            return Snapshot(conductor.counts(), purse.spent, meter.figures())

        sparing = None if told is None else _Sparing(lambda: told(snapshot()), executor.pace)
        conductor.told = sparing
        try:
            await conductor.run()
        finally:
            await keeper.close()
            if sparing is not None:
                sparing.end()
        return snapshot()


def executing(plan: Plan, executor: Executor, http: Http, purse: Purse) -> ChatProvider:
    """The executor: adapters, what is wrapped around them, and retries within limits."""
    inner: ChatProvider = Routed(
        {"openai": OpenAI(http, executor.keys), "anthropic": Anthropic(http, executor.keys)}
    )
    if executor.wrap is not None:
        inner = executor.wrap(inner)
    most = {alias: _most(model) for alias, model in plan.spec.models.items()}
    gates = Gates(executor.patience, executor.pace)
    return Retrying(inner, gates, purse, most, executor.patience, executor.pace)


def _most(model: ModelSpec) -> int:
    return min(model.concurrency, local.SLOTS) if model.kind == "local" else model.concurrency


def _rules(plan: Plan, asked: Asked) -> Rules:
    spec = plan.spec
    ceiling = asked.candidates or spec.limits.candidates or 3 * asked.records + SPARE
    used = {planned.alias for planned in plan.columns if planned.alias}
    at_once = sum(_most(spec.models[alias]) for alias in used)
    return Rules(
        records=asked.records,
        candidates=ceiling,
        window=asked.window or max(16, 2 * at_once),
        again=asked.again,
        only=asked.only,
        run=asked.run,
        keep_asking=asked.keep_asking,
    )


class _Sparing:
    """``tell``, twice a second at most: the figures cost more than a decision. The last are told, too."""

    def __init__(self, tell: Callable[[], None], pace: Pace) -> None:
        self._tell = tell
        self._pace = pace
        self._last_s = -math.inf
        self._later: asyncio.TimerHandle | None = None

    def __call__(self, _: object) -> None:
        if self._later is not None:
            return
        wait_s = self._last_s + _TOLD_EVERY_S - self._pace.now()
        if wait_s <= 0:
            self._now()
        else:
            self._later = asyncio.get_running_loop().call_later(wait_s, self._now)

    def _now(self) -> None:
        self._later = None
        self._last_s = self._pace.now()
        self._tell()

    def end(self) -> None:
        """Tell a last time."""
        if self._later is not None:
            self._later.cancel()
        self._now()


def with_limits(plan: Plan, **caps: Any) -> Plan:
    """The plan with other caps; None leaves one as the spec has it."""
    given = {name: value for name, value in caps.items() if value is not None}
    return replace(plan, spec=replace(plan.spec, limits=replace(plan.spec.limits, **given)))
