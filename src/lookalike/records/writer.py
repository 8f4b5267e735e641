"""One candidate: its columns made one after the other, each from those before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike import randomness
from lookalike.errors import BadSpec
from lookalike.records.ask import Asker, AskFailed, Question, Reply
from lookalike.records.chat import Message
from lookalike.records.checks import Checks
from lookalike.records.materials import seed_row, some_rows
from lookalike.records.plan import EXAMPLES, Plan, Planned, rubric
from lookalike.records.samplers import Draws
from lookalike.records.sink import Candidate, Rejected
from lookalike.records.spec import Judge, Sampled, SeedRow, Written

Json = Any
TRIES_PER_CONTEXT = 3
"""After so many candidates a slot is tried with other samples: these may be what cannot be written about."""


@dataclass(frozen=True, slots=True)
class Made:
    """rejected: what the candidate failed of, or which check it did not pass; None: it is to be judged."""

    candidate: Candidate
    rejected: Rejected | None


class Writer:
    """Makes candidates by a plan."""

    def __init__(self, plan: Plan, asker: Asker, checks: Checks) -> None:
        self._plan = plan
        self._asker = asker
        self._checks = checks

    async def write(self, slot: int, number: int) -> Made:
        """The candidate, finished or as far as it came."""
        values: dict[str, Json] = {}
        provenance: dict[str, Json] = {}
        rows: dict[str, int] = {}
        context = number // TRIES_PER_CONTEXT
        for planned in self._plan.columns:
            name = planned.column.name
            rejected: Rejected | None = None
            try:
                if planned.alias:
                    asked = question(self._plan, planned, slot, number, values, rows)
                    reply = await self._asker.ask(asked)
                    values[name] = reply.value
                    provenance[name] = _facts(reply)
                else:
                    values[name], provenance[name] = self.context(planned, slot, context, values, rows)
            except AskFailed as error:
                rejected = Rejected(slot, number, name, error.kind, error.reason, error.raw, error.asked)
            except BadSpec as error:
                # a template that met a value it cannot take: of this candidate, and seldom of all
                rejected = Rejected(slot, number, name, "filter", f"template: {error.message}")
            if rejected is None:
                rejected = self._checks.after(name, values, slot, number)
            if rejected is not None:
                return Made(Candidate(slot, number, values, provenance), rejected)
        return Made(Candidate(slot, number, values, provenance), None)

    def context(
        self, planned: Planned, slot: int, again: int, values: Mapping[str, Json], rows: dict[str, int]
    ) -> tuple[Json, Json]:
        """(value, where it is from) of a column that no model writes."""
        column = planned.column
        match column:
            case Sampled() if planned.draw is not None:
                draws = Draws(randomness.key(planned.stream, slot, again))
                parent = None if column.of is None else values[column.of]
                return planned.draw(draws, parent), None
            case SeedRow():
                seeds = self._plan.materials.seeds[column.seed]
                row = seed_row(seeds, column.order, planned.stream, slot)
                rows[column.seed] = row
                value = dict(seeds.rows[row])
                place = {"source": value["source"]} if isinstance(value.get("source"), Mapping) else {}
                return value, {"seed": column.seed, "row": row, **place}
            case _ if planned.rows is not None:
                return planned.rows.row(slot, again), {"row": slot, "table": again}
            case _ if planned.prompt is not None:
                return planned.prompt.render(values), None
            case _:
                raise TypeError(f"nothing says how to make {column.name!r}")


def question(
    plan: Plan,
    planned: Planned,
    slot: int,
    number: int,
    values: Mapping[str, Json],
    rows: Mapping[str, int],
) -> Question:
    """The rendered prompt of a written column; `BadSpec` when a value cannot be filled in."""
    column = planned.column
    if not isinstance(column, Written) or planned.prompt is None:
        raise TypeError(f"{column.name!r} is not written by a model")
    shown = dict(values)
    if column.examples is not None:
        seeds = plan.materials.seeds[column.examples.seed]
        stream = randomness.key(planned.stream, "examples", slot, number // TRIES_PER_CONTEXT)
        own = rows.get(column.examples.seed)
        picked = some_rows(seeds, column.examples.count, stream, own)
        shown[EXAMPLES] = [dict(seeds.rows[row]) for row in picked]
    prompt = planned.prompt.render(shown)
    if isinstance(column, Judge):
        prompt = f"{prompt}\n\n{rubric(column)}"
    messages = [Message("user", prompt)]
    if planned.system is not None:
        messages.insert(0, Message("system", planned.system.render(shown)))
    return Question(
        id=f"{slot}/{number}/{column.name}",
        alias=planned.alias,
        messages=tuple(messages),
        shape=planned.shape,
        max_tokens=column.max_tokens or plan.spec.models[planned.alias].max_tokens,
        seed=randomness.key(planned.stream, "model", slot, number) >> 34,
    )


def _facts(reply: Reply) -> Json:
    """What is kept beside a written value; the raw answers are under its calls in the log."""
    last, request = reply.answers[-1], reply.asked[-1]
    return {
        "model": last.model,
        "alias": request.model.alias,
        "request": request.hash(),
        "mode": request.mode,
        "asks": len(reply.asked),
        "answer_id": last.answer_id,
        "latency_s": round(sum(answer.latency_s for answer in reply.answers), 6),
        "raw": last.text,
    }
