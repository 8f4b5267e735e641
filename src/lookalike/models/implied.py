"""What conditions mean for other columns, by the rules: paid in June was ordered in June or before.

Without this a column drawn early would seldom leave a conditioned one, drawn later, any room, and most
candidates for a row would have to break either the condition or a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lookalike.models.codes import Numbers
from lookalike.models.plan import CodedColumn, DerivedColumn, Pair, Plan
from lookalike.models.wanted import Wanted, on_source
from lookalike.tables.rules import Ordering

_ROUNDS = 4  # each round carries what is known over one more rule


def with_implied(
    asked: Mapping[str, Wanted], plan: Plan, orderings: tuple[Ordering, ...]
) -> dict[str, Wanted]:
    """``asked`` (coded column → what is asked of it), and what follows for the columns drawn before the last.

    Nothing that a row can be under the rules is lost: it only says sooner what would be refused later.
    """
    known = dict(asked)
    places = {column.name: place for place, column in enumerate(plan.columns)}
    last = max((places[name] for name in asked), default=-1)
    for _ in range(_ROUNDS):
        before = {name: wanted.weights for name, wanted in known.items()}
        for rule in orderings:
            for up in (True, False):
                found = _beyond(rule, plan, known, up=up)
                if found is not None and places[found[0]] <= last:
                    _add(known, *found)
        for pair in plan.pairs:
            for name, wanted in _across(pair, known):
                if places[name] <= last:
                    _add(known, name, wanted)
        if all(name in before and np.array_equal(before[name], known[name].weights) for name in known):
            break
    return known


def _add(known: dict[str, Wanted], name: str, wanted: Wanted) -> None:
    if wanted.weights.all() and name not in known:
        return
    together = known[name] & wanted if name in known else wanted
    if together.weights.any():  # a contradiction is told when the rows are drawn, with how rare it is
        known[name] = together


def _beyond(
    rule: Ordering, plan: Plan, known: Mapping[str, Wanted], *, up: bool
) -> tuple[str, Wanted] | None:
    """What the low side's least value means for the high side (``up``), or the high side's greatest."""
    source, goal = (rule.low, rule.high) if up else (rule.high, rule.low)
    from_column: Any = plan.by_name[source]
    column: Any = plan.by_name[goal]
    end = _end(from_column, plan, known, low=up)
    if end is None or not isinstance(column.codec, Numbers) or not len(column.codec.knots):
        return None
    codec = column.codec
    limit = codec.grid.compare(
        from_column.codec.grid, np.array([end], from_column.codec.grid.dtype), up=up, strict=rule.strict
    )[0]
    ends = codec.knots[0, 0], codec.knots[-1, -1]
    reach = (limit, max(limit, ends[1])) if up else (min(limit, ends[0]), limit)
    weights = codec.weights([reach], missing=True)
    return _named(on_source(column, Wanted(weights, (reach,), ""), plan))


def _named(found: tuple[CodedColumn, Wanted]) -> tuple[str, Wanted]:
    return found[0].name, found[1]


def _end(column: Any, plan: Plan, known: Mapping[str, Wanted], *, low: bool) -> Any:
    """The least (``low``) or greatest tick that a column may still have; None: not restricted, or missing."""
    if isinstance(column, CodedColumn):
        wanted = known.get(column.name)
        if wanted is None or not isinstance(column.codec, Numbers) or not wanted.intervals:
            return None
        if column.codec.missing and wanted.weights[0] > 0:
            return None
        return wanted.intervals[0][0] if low else wanted.intervals[-1][1]
    if not isinstance(column, DerivedColumn) or column.ticks is None:
        return None
    of_code, ticks = column.of_code, column.ticks
    source: Any = plan.by_name[column.determinant]
    while isinstance(source, DerivedColumn):
        of_code, ticks = of_code[source.of_code], ticks[source.of_code]
        source = plan.by_name[source.determinant]
    wanted = known.get(source.name)
    assert isinstance(column.codec, Numbers)  # noqa: S101  (it has ticks)
    if wanted is None:
        return None
    possible = wanted.weights[: len(ticks)] > 0
    if not possible.any() or (of_code[possible] < int(column.codec.missing)).any():
        return None
    return ticks[possible].min() if low else ticks[possible].max()


def _across(pair: Pair, known: Mapping[str, Wanted]) -> list[tuple[str, Wanted]]:
    """What a pair's conditioned side leaves of the other."""
    found: list[tuple[str, Wanted]] = []
    rows, columns = pair.allowed.shape
    if pair.second in known:
        wanted = known[pair.second].weights[:columns] > 0
        found.append((pair.first, Wanted(pair.allowed[:, wanted].any(axis=1).astype(float), None, "")))
    if pair.first in known:
        wanted = known[pair.first].weights[:rows] > 0
        found.append((pair.second, Wanted(pair.allowed[wanted].any(axis=0).astype(float), None, "")))
    return found
