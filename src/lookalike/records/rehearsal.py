"""A spec rehearsed without a call: the first records as far as no model is needed, their prompts, and the
most that all of them may cost.

Where a prompt speaks of what a model would have written, a word in angle brackets stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lookalike.errors import BadSpec
from lookalike.records.ask import Asker, Question
from lookalike.records.chat import ChatAnswer, ChatRequest, ModelRef, Usage
from lookalike.records.checks import Checks
from lookalike.records.money import PICO, cost_pico, worst
from lookalike.records.plan import Plan, Planned
from lookalike.records.spec import Judge, SeedRow
from lookalike.records.writer import Writer, question

Json = Any


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model would be asked for one column. text: with the roles; None, and ``why``, where it lacks."""

    column: str
    model: str
    text: str | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One record: values of the columns that no model writes, and the prompts of those that one does."""

    values: Mapping[str, Json]
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """tokens, money: the most that one record took, were each column asked for once; None where a prompt
    could not be filled in. money is in the currency of the prices.
    """

    records: tuple[Rehearsed, ...]
    tokens: int | None
    money: float | None


def rehearse(plan: Plan, records: int, seed_bytes: Mapping[str, int] | None = None) -> Rehearsal:
    """The first ``records`` of a plan, without a call. seed_bytes: by seeds, what a row may hold at most,
    where the plan has only something in its place.
    """
    made = [_Record(plan, slot, seed_bytes or {}) for slot in range(records)]
    costs = [one.most for one in made]
    whole = [cost for cost in costs if cost is not None]
    if len(whole) < len(costs):
        return Rehearsal(tuple(one.rehearsed for one in made), None, None)
    tokens = max(tokens for tokens, _ in whole)
    money = max(cost for _, cost in whole) / PICO
    return Rehearsal(tuple(one.rehearsed for one in made), tokens, money)


class _Nobody:
    async def complete(self, request: ChatRequest) -> ChatAnswer:
        raise TypeError(f"{request.id}: a rehearsal asks nobody")


class _Record:
    """One slot, worked through in the order of the plan."""

    def __init__(self, plan: Plan, slot: int, seed_bytes: Mapping[str, int]) -> None:
        models = dict(plan.spec.models)
        refs = {alias: ModelRef(alias, model.kind, model.url, model.model) for alias, model in models.items()}
        self._plan = plan
        self._asker = Asker(_Nobody(), models, refs)
        self._writer = Writer(plan, self._asker, Checks(()))
        self._slot = slot
        self._rows: dict[str, int] = {}
        self._unseen: dict[str, int] = {}
        """By column: the most bytes of what only stands in for a value."""
        self._seed_bytes = seed_bytes
        values: dict[str, Json] = {}
        told: dict[str, Json] = {}
        prompts: list[Prompt] = []
        self.most: tuple[int, int] | None = (0, 0)
        for planned in plan.columns:
            name = planned.column.name
            try:
                if planned.alias:
                    asked = question(plan, planned, slot, 0, values, self._rows)
                    prompts.append(Prompt(name, planned.alias, prompt_text(asked)))
                    self._count(planned, asked)
                else:
                    values[name], _ = self._writer.context(planned, slot, 0, values, self._rows)
                    self._note_unseen(planned)
                    told[name] = values[name]
            except BadSpec as error:
                if planned.alias:
                    prompts.append(Prompt(name, planned.alias, None, error.message))
                    self.most = None
                values[name] = f"⟨{name}⟩"
            if planned.alias:
                values[name] = _stand_in(planned)
        self.rehearsed = Rehearsed(told, tuple(prompts))

    def _count(self, planned: Planned, question: Question) -> None:
        spec = self._plan.spec.models[planned.alias]
        most = worst(self._asker.first(question))
        more = sum(self._unseen.get(name, 0) for name in planned.needs)
        usage = Usage(most.input_tokens + more, most.output_tokens)
        self._unseen[planned.column.name] = question.max_tokens
        if self.most is not None:
            tokens, cost = self.most
            tokens += usage.input_tokens + usage.output_tokens
            self.most = (tokens, cost + cost_pico(spec.price, usage))

    def _note_unseen(self, planned: Planned) -> None:
        column = planned.column
        own = self._seed_bytes.get(column.seed, 0) if isinstance(column, SeedRow) else 0
        held = own + sum(self._unseen.get(name, 0) for name in planned.needs)
        if held:
            self._unseen[column.name] = held


def prompt_text(question: Question) -> str:
    """The messages of a question, each after its role."""
    return "\n".join(f"[{message.role}] {message.content}" for message in question.messages)


def _stand_in(planned: Planned) -> Json:
    """What stands for a value that a model would write: a word, or an object with one for each field."""
    name = planned.column.name
    if planned.shape is None:
        return f"⟨{name}⟩"
    if isinstance(planned.column, Judge):
        return {"why": f"⟨{name}.why⟩", **dict.fromkeys(planned.column.scores, 3)}
    schema = planned.shape.sent
    fields: Mapping[str, Json] = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return {field: f"⟨{name}.{field}⟩" for field in fields} or f"⟨{name}⟩"
