"""Rules at draw time: what the columns drawn so far leave a column to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lookalike.models.codes import Numbers
from lookalike.models.plan import CodedColumn, DerivedColumn, Pair, Plan
from lookalike.tables.rules import Ordering


@dataclass(frozen=True, slots=True)
class Bound:
    """What each row leaves a column.

    lowest, highest: ticks (n,), or None without an ordering. first, last: int64 (n,), the codes they reach.
    marks: bool (n_marks, n_codes), the codes that pairs leave; row_of: int64 (n,), each row's line of marks.
    free: a code that is always allowed (a missing value, of which no ordering speaks), or -1.
    """

    lowest: np.ndarray | None
    highest: np.ndarray | None
    first: np.ndarray
    last: np.ndarray
    marks: np.ndarray
    row_of: np.ndarray
    free: int

    def at(self, level: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
        """(first, last, marks, row_of, free) in the groups of a level, as the kernel takes them."""
        starts = np.searchsorted(level, np.arange(int(level.max()) + 1), side="left")
        marks = np.logical_or.reduceat(self.marks, starts, axis=1)
        return level[self.first], level[self.last], marks.astype(np.uint8), self.row_of, self.free

    def holds(self, codes: np.ndarray, ticks: np.ndarray | None) -> np.ndarray:
        """Whether each row's code (uint16, (n,)) and tick are ones that are left: bool (n,)."""
        left = (codes >= self.first) & (codes <= self.last) & self.marks[self.row_of, codes]
        if ticks is not None and self.lowest is not None and self.highest is not None:
            left &= (ticks >= self.lowest) & (ticks <= self.highest)
        return left | (codes == self.free)


def closed(plan: Plan) -> tuple[Ordering, ...]:
    """The orderings of a plan and those that follow: a ≤ b ≤ c, where b is never missing, gives a ≤ c.

    c may be drawn before b, and must leave room for it.
    """
    strict = {(rule.low, rule.high): rule.strict for rule in plan.orderings}
    names = {name for pair in strict for name in pair}
    middle = sorted(name for name in names if not _may_be_missing(plan, name))
    for through in middle:
        below = [low for low, high in strict if high == through]
        above = [high for low, high in strict if low == through]
        for low in below:
            for high in above:
                both = strict[low, through] or strict[through, high]
                strict[low, high] = strict.get((low, high), False) or both
    return tuple(Ordering(low, high, is_strict) for (low, high), is_strict in strict.items() if low != high)


def _may_be_missing(plan: Plan, name: str) -> bool:
    column: Any = plan.by_name[name]
    return not isinstance(column.codec, Numbers) or column.codec.missing


class Bindings:
    """The rules of a plan, by the coded column that is drawn last of those they depend on.

    A side that another column fixes is settled with that column: it may be looked up before it is drawn, and
    bound by leaving its determinant only some codes.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        place = {column.name: number for number, column in enumerate(plan.columns)}
        self._orderings: dict[str, list[tuple[Ordering, str]]] = {}
        self._pairs: dict[str, list[Pair]] = {}
        for rule in closed(plan):
            low, high = self._source(rule.low), self._source(rule.high)
            if low != high:
                later = max(low, high, key=place.__getitem__)
                bound = rule.low if later == low else rule.high
                self._orderings.setdefault(later, []).append((rule, bound))
        for pair in plan.pairs:
            self._pairs.setdefault(pair.second, []).append(pair)

    def _source(self, name: str) -> str:
        """The coded column that fixes ``name``, or is it."""
        column: Any = self._plan.by_name[name]
        while isinstance(column, DerivedColumn):
            column = self._plan.by_name[column.determinant]
        return column.name

    def of(self, column: CodedColumn, drawn: Mapping[str, Any], n: int) -> Bound | None:
        """What ``drawn`` leaves ``column``; None: anything."""
        orderings, pairs = self._orderings.get(column.name, []), self._pairs.get(column.name, [])
        if not orderings and not pairs:
            return None
        own = [rule for rule, bound in orderings if bound == column.name]
        first, last = np.zeros(n, np.int64), np.full(n, column.n_codes - 1, np.int64)
        lowest = highest = None
        free = -1
        if own and isinstance(column.codec, Numbers) and len(column.codec.knots):
            lowest, highest = self._limits(column, column.codec, own, drawn, n)
            first, last = column.codec.bins_of(lowest), column.codec.bins_of(highest, upper=True)
            free = 0 if column.codec.missing else -1
        lines = [_Lines(np.asarray(drawn[pair.first].codes).astype(np.int64), pair.allowed) for pair in pairs]
        lines += [
            self._through(column, rule, bound, drawn) for rule, bound in orderings if bound != column.name
        ]
        marks, row_of = _marks(column, lines, n)
        return Bound(lowest, highest, first, last, marks, row_of, free)

    def _limits(
        self, column: CodedColumn, codec: Numbers, rules: list[Ordering], drawn: Mapping[str, Any], n: int
    ) -> tuple[np.ndarray, np.ndarray]:
        ends = (-np.inf, np.inf) if codec.grid.decimals is None else (-(1 << 62), 1 << 62)
        lowest = np.full(n, ends[0], codec.grid.dtype)
        highest = np.full(n, ends[1], codec.grid.dtype)
        for rule in rules:
            up = rule.high == column.name
            limit, there = self._limit(codec, rule, drawn, up=up)
            if up:
                lowest = np.where(there, np.maximum(lowest, limit), lowest)
            else:
                highest = np.where(there, np.minimum(highest, limit), highest)
        return lowest, highest

    def _limit(
        self, codec: Numbers, rule: Ordering, drawn: Mapping[str, Any], *, up: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """(the lowest or highest tick that the other side leaves each row, whether it has one)."""
        other: Any = self._plan.by_name[rule.low if up else rule.high]
        codes, ticks = self._looked_up(other, drawn)
        limit = codec.grid.compare(other.codec.grid, ticks, up=up, strict=rule.strict)
        return limit, codes >= int(other.codec.missing)

    def _looked_up(self, column: Any, drawn: Mapping[str, Any]) -> tuple[np.ndarray, Any]:
        """(codes, ticks) of a column that is drawn, or fixed by one that is."""
        if column.name in drawn:
            return drawn[column.name].codes, drawn[column.name].ticks
        source, _ = self._looked_up(self._plan.by_name[column.determinant], drawn)
        return column.of_code[source], None if column.ticks is None else column.ticks[source]

    def _through(self, column: CodedColumn, rule: Ordering, bound: str, drawn: Mapping[str, Any]) -> _Lines:
        """An ordering of a column that ``column`` fixes, as the codes that it leaves ``column``."""
        side: Any = self._plan.by_name[bound]
        up = rule.high == bound
        every = np.arange(column.codec.n_codes)
        codes, ticks = self._looked_up(side, {column.name: _Code(every, None)})
        limit, there = self._limit(side.codec, rule, drawn, up=up)
        steps = np.unique(ticks)
        rank = np.searchsorted(steps, limit, side="left" if up else "right")
        # line r leaves the ticks from steps[r] on (up), or those before it; the last line leaves all
        lines = np.arange(len(steps) + 1)[:, None]
        place = np.searchsorted(steps, ticks)[None, :]
        allowed = (place >= lines if up else place < lines) | (codes < int(side.codec.missing))[None, :]
        allowed = np.concatenate([allowed, np.ones((1, len(every)), bool)])
        return _Lines(np.where(there, rank, len(steps) + 1), allowed)


@dataclass(frozen=True, slots=True)
class _Code:
    codes: np.ndarray
    ticks: np.ndarray | None


@dataclass(frozen=True, slots=True)
class _Lines:
    """``allowed`` (bool, (lines, codes)): what each row's line (int64, (n,)) leaves a column."""

    line: np.ndarray
    allowed: np.ndarray


def _marks(column: CodedColumn, lines: list[_Lines], n: int) -> tuple[np.ndarray, np.ndarray]:
    """One line of marks for each combination of lines that occurs, and each row's line."""
    if not lines:
        return np.ones((1, column.n_codes), bool), np.zeros(n, np.int64)
    distinct, row_of = np.unique(np.stack([one.line for one in lines]), axis=1, return_inverse=True)
    marks = np.zeros((distinct.shape[1], column.n_codes), bool)
    marks[:, : column.codec.n_codes] = True
    for one, line in zip(lines, distinct, strict=True):
        marks[:, : column.codec.n_codes] &= one.allowed[line]
    return marks, row_of.reshape(-1).astype(np.int64)
