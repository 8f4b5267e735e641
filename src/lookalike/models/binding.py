"""Rules at draw time: what the columns drawn so far leave a column to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lookalike.models.codes import Numbers
from lookalike.models.plan import CodedColumn, Pair, Plan
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

    def holds(self, codes: np.ndarray) -> np.ndarray:
        """Whether each row's code (uint16, (n,)) is one that is left: bool (n,)."""
        ranged = (codes >= self.first) & (codes <= self.last) & self.marks[self.row_of, codes]
        return ranged | (codes == self.free)


class Bindings:
    """The rules of a plan, by the column that is drawn last of those they name."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        place = {column.name: number for number, column in enumerate(plan.columns)}
        self._orderings: dict[str, list[Ordering]] = {}
        self._pairs: dict[str, list[Pair]] = {}
        for rule in plan.orderings:
            later = max(rule.low, rule.high, key=place.__getitem__)
            self._orderings.setdefault(later, []).append(rule)
        for pair in plan.pairs:
            self._pairs.setdefault(pair.second, []).append(pair)

    def of(self, column: CodedColumn, drawn: Mapping[str, Any], n: int) -> Bound | None:
        """What ``drawn`` leaves ``column``; None: anything."""
        orderings, pairs = self._orderings.get(column.name, []), self._pairs.get(column.name, [])
        if not orderings and not pairs:
            return None
        first, last = np.zeros(n, np.int64), np.full(n, column.n_codes - 1, np.int64)
        lowest = highest = None
        free = -1
        if orderings and isinstance(column.codec, Numbers) and len(column.codec.knots):
            lowest, highest = self._limits(column, column.codec, orderings, drawn, n)
            first, last = column.codec.bins_of(lowest), column.codec.bins_of(highest, upper=True)
            free = 0 if column.codec.missing else -1
        marks, row_of = _marks(column, pairs, drawn, n)
        return Bound(lowest, highest, first, last, marks, row_of, free)

    def _limits(
        self, column: CodedColumn, codec: Numbers, rules: list[Ordering], drawn: Mapping[str, Any], n: int
    ) -> tuple[np.ndarray, np.ndarray]:
        ends = (-np.inf, np.inf) if codec.grid.decimals is None else (-(1 << 62), 1 << 62)
        lowest = np.full(n, ends[0], codec.grid.dtype)
        highest = np.full(n, ends[1], codec.grid.dtype)
        for rule in rules:
            up = rule.high == column.name
            other: Any = self._plan.by_name[rule.low if up else rule.high]
            found = drawn[other.name]
            there = found.codes >= int(other.codec.missing)
            limit = codec.grid.compare(other.codec.grid, found.ticks, up=up, strict=rule.strict)
            if up:
                lowest = np.where(there, np.maximum(lowest, limit), lowest)
            else:
                highest = np.where(there, np.minimum(highest, limit), highest)
        return lowest, highest


def _marks(
    column: CodedColumn, pairs: list[Pair], drawn: Mapping[str, Any], n: int
) -> tuple[np.ndarray, np.ndarray]:
    """One line of marks for each combination of earlier codes that occurs, and each row's line."""
    if not pairs:
        return np.ones((1, column.n_codes), bool), np.zeros(n, np.int64)
    earlier = np.stack([drawn[pair.first].codes for pair in pairs])
    distinct, row_of = np.unique(earlier, axis=1, return_inverse=True)
    marks = np.zeros((distinct.shape[1], column.n_codes), bool)
    marks[:, : column.codec.n_codes] = True
    for pair, codes in zip(pairs, distinct, strict=True):
        marks[:, : column.codec.n_codes] &= pair.allowed[codes]
    return marks, row_of.reshape(-1).astype(np.int64)
