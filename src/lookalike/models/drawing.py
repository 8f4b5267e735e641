"""Sampling: rows from a `Plan`, each a pure function of (model, spec, row number).

Where in its conditional distribution row i draws column c is number i of a scrambled Sobol' sequence, one
dimension per column (`lookalike.models.spread`), so that any run of rows has the model's proportions more
closely than independent rows would; how far to back off is ``draw(key(seed, c, s), i)`` at step s.

Under conditions a row has up to `CANDIDATES` candidates for the columns up to the last conditioned one:
conditioned columns are drawn from the conditional truncated to what is asked, a candidate weighs the product
of the truncated masses, and one is chosen by weight (sequential importance resampling: Liu, Chen, "Sequential
Monte Carlo methods for dynamic systems", JASA 1998). It is exact as the number of candidates grows; with 16 a
rare combination that the early columns seldom lead to comes out a little less often than it should.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike import randomness
from lookalike.errors import Unsatisfiable
from lookalike.models.base import BLOCK_ROWS, SampleSpec
from lookalike.models.binding import Bindings, Bound, closed
from lookalike.models.codes import Numbers
from lookalike.models.counting import draw
from lookalike.models.growing import Tree
from lookalike.models.ids import Ids
from lookalike.models.implied import with_implied
from lookalike.models.kernels import draw_kernels
from lookalike.models.plan import CodedColumn, DerivedColumn, EmptyColumn, MadeColumn, Plan
from lookalike.models.spread import DIMENSIONS, byte_tables
from lookalike.models.strata import Strata
from lookalike.models.wanted import Wanted, read_condition
from lookalike.schema import Schema
from lookalike.tables.arrow_types import type_of

pc: Any = pyarrow.compute

CANDIDATES = 16
TRIED_AT_MOST = 256  # candidates of a row, while all break a rule
MOST_BROKEN = 0.97  # of single candidates; with more, some row in 2,000 would still break one
CANDIDATES_AT_ONCE = 32_000  # in one call; the codes of so many stay near the processor
MOST_CELLS = 1_600_000
_CANDIDATE_BIT = 56  # row numbers stay below 2**53, so (row, candidate) is one counter
PILOT_ROWS = 4096
RAREST = 1e-6
_BROKEN = 1e-9  # what a candidate that breaks a rule still weighs, so that one is always chosen


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column of some rows: codes (uint16, (n,)); ticks ((n,)) for numbers."""

    codes: np.ndarray
    ticks: np.ndarray | None = None

    def take(self, rows: np.ndarray) -> Drawn:
        return Drawn(self.codes[rows], None if self.ticks is None else self.ticks[rows])

    def put(self, rows: np.ndarray, newer: Drawn) -> None:
        """Let ``rows`` hold what ``newer`` holds, in order."""
        self.codes[rows] = newer.codes
        if self.ticks is not None and newer.ticks is not None:
            self.ticks[rows] = newer.ticks


@dataclass(frozen=True, slots=True)
class _Weighted:
    """A conditioned column: per tree, running sums of the weights of its pool, and each group's weight."""

    wanted: Wanted
    sums: tuple[np.ndarray, ...]
    groups: tuple[np.ndarray, ...]


@dataclass(frozen=True, slots=True)
class _Steps:
    """What drawing a column needs beside its trees.

    streams, values, spread: the keys of each step's draws, of the draws inside bins, and of the numbers that
    say where to draw. soles: per tree, int32
    (n_roots,): the code of a root that holds no other, else -1. walked: as many -1.
    """

    streams: tuple[np.uint64, ...]
    values: np.uint64
    spread: np.uint64
    soles: tuple[np.ndarray, ...]
    walked: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, column: CodedColumn, seed: int) -> _Steps:
        soles = tuple(_soles(tree) for tree in column.trees)
        return cls(
            tuple(np.uint64(randomness.key(seed, column.name, step)) for step in range(len(soles))),
            np.uint64(randomness.key(seed, column.name, "tick")),
            np.uint64(randomness.key(seed, column.name, "spread")),
            soles,
            tuple(np.full_like(sole, -1) for sole in soles),
        )


class TreeSampler:
    """Rows of a plan under a spec. Thread-safe and pure; see `rows`."""

    def __init__(self, schema: Schema, plan: Plan, spec: SampleSpec) -> None:
        self._schema = schema
        self._plan = plan
        self._seed = spec.seed
        self._bindings = Bindings(plan)
        self._steps = {column.name: _Steps.of(column, spec.seed) for column in plan.coded}
        asked: dict[str, Wanted] = {}
        for condition in spec.where:
            name, wanted = read_condition(condition, plan, schema)
            asked[name] = asked[name] & wanted if name in asked else wanted
        self._strata = Strata.of(spec, plan, schema)
        self._conditions = [self._merged(asked, stratum) for stratum in self._strata.wanted]
        for conditions in self._conditions:
            self._pilot(conditions)

    @property
    def rows_at_once(self) -> int:
        """How many rows to ask for in one call, so that none takes long; conditions draw a row 16 times."""
        prefix = max((self._prefix(conditions) for conditions in self._conditions), default=0)
        candidates = CANDIDATES if prefix > 1 else 1
        cells = max(len(self._plan.columns), prefix * candidates)
        most = CANDIDATES_AT_ONCE // candidates if prefix > 1 else BLOCK_ROWS
        return max(1, min(most, MOST_CELLS // cells))

    def plan(self, rows: int) -> None:
        """`BadInput` when the rows 0 … ``rows`` - 1 need more ids than there are."""
        for column in self._plan.columns:
            if isinstance(column, MadeColumn) and isinstance(column.maker, Ids):
                column.maker.plan(rows)

    def rows(self, start: int, stop: int) -> pa.RecordBatch:
        """The rows ``start`` … ``stop - 1`` in the schema's columns and types."""
        numbers = np.arange(start, stop, dtype=np.uint64)
        drawn = self._draw_all(numbers)
        columns: dict[str, pa.Array] = {}
        for column in self._plan.columns:
            columns[column.name] = self._arrow(column, drawn, start, stop)
        names = [column.name for column in self._schema if column.action != "drop"]
        return pa.RecordBatch.from_arrays([columns[name] for name in names], names=names)

    def _draw_all(self, numbers: np.ndarray) -> Mapping[str, Drawn]:
        stratum_of = self._strata.assign(numbers, self._seed)
        if stratum_of is None:
            return self._draw(numbers, self._conditions[0])
        parts: list[Mapping[str, Drawn]] = []
        order: list[np.ndarray] = []
        for stratum, conditions in enumerate(self._conditions):
            places = np.flatnonzero(stratum_of == stratum)
            if len(places):
                parts.append(self._draw(numbers[places], conditions))
                order.append(places)
        back = np.argsort(np.concatenate(order), kind="stable")
        return {name: _joined([part[name] for part in parts]).take(back) for name in parts[0]}

    def _draw(self, numbers: np.ndarray, conditions: Mapping[str, _Weighted]) -> dict[str, Drawn]:
        """All coded and derived columns of the rows ``numbers`` (uint64, (n,))."""
        prefix = self._prefix(conditions)
        X, drawn = self._chosen(numbers, conditions, prefix)
        indices = self._indices(numbers)
        for column in self._plan.columns[prefix:]:
            self._next(column, X, drawn, numbers, indices)
        return drawn

    def _prefix(self, conditions: Mapping[str, _Weighted]) -> int:
        """How many columns there are up to the last conditioned one."""
        last = [i for i, column in enumerate(self._plan.columns) if column.name in conditions]
        return max(last) + 1 if last else 0

    def _chosen(
        self, numbers: np.ndarray, conditions: Mapping[str, _Weighted], prefix: int
    ) -> tuple[np.ndarray, dict[str, Drawn]]:
        """The first ``prefix`` columns, one candidate per row, and room for the others."""
        if not prefix:
            return np.empty((len(self._plan.coded), len(numbers)), np.uint16), {}
        # the first column's masses are the same for all candidates, and no rule binds it
        many = CANDIDATES if prefix > 1 else 1
        X, drawn, broken = self._round(numbers, conditions, prefix, many, 0)
        for first in range(CANDIDATES, TRIED_AT_MOST, CANDIDATES):
            again = np.flatnonzero(broken)
            if not len(again) or many == 1:
                break
            newer = self._round(numbers[again], conditions, prefix, many, first)
            X[:, again] = newer[0]
            for name, column in newer[1].items():
                drawn[name].put(again, column)
            broken[again] = newer[2]
        return X, drawn

    def _round(
        self, numbers: np.ndarray, conditions: Mapping[str, _Weighted], prefix: int, many: int, first: int
    ) -> tuple[np.ndarray, dict[str, Drawn], np.ndarray]:
        """One of ``many`` candidates of each row, from number ``first`` on, and whether it breaks a rule."""
        X, drawn, mass, broken = self._candidates(numbers, conditions, prefix, many, first)
        picked = np.zeros(len(numbers), np.int64)
        if many > 1:
            names = ("candidate", first) if first else ("candidate",)
            stream = np.uint64(randomness.key(self._seed, *names))
            draw_kernels().choose(mass, many, stream, numbers, picked)
        rows = np.arange(len(numbers)) * many + np.maximum(picked, 0)
        chosen = {name: column.take(rows) for name, column in drawn.items()}
        return X.take(rows, axis=1), chosen, broken[rows]

    def _candidates(
        self, numbers: np.ndarray, conditions: Mapping[str, _Weighted], prefix: int, many: int, first: int = 0
    ) -> tuple[np.ndarray, dict[str, Drawn], np.ndarray, np.ndarray]:
        """Codes, columns, masses, and which break a rule: ``many`` neighbours for each row."""
        counters = numbers
        if many > 1:
            candidates = np.arange(first, first + many, dtype=np.uint64) << np.uint64(_CANDIDATE_BIT)
            counters = (numbers[:, None] + candidates).reshape(-1)
        X = np.empty((len(self._plan.coded), len(counters)), np.uint16)
        drawn: dict[str, Drawn] = {}
        mass = np.ones(len(counters))
        broken = np.zeros(len(counters), bool)
        indices = self._indices(counters)
        for column in self._plan.columns[:prefix]:
            self._next(column, X, drawn, counters, indices, conditions.get(column.name), mass, broken)
        mass[broken] *= _BROKEN
        return X, drawn, mass, broken

    def _next(
        self,
        column: Any,
        X: np.ndarray,
        drawn: dict[str, Drawn],
        counters: np.ndarray,
        indices: np.ndarray,
        weighted: _Weighted | None = None,
        mass: np.ndarray | None = None,
        broken: np.ndarray | None = None,
    ) -> None:
        """Draw one column of the rows that are the columns of X, from what X holds so far."""
        if isinstance(column, DerivedColumn):
            source = drawn[column.determinant].codes
            ticks = None if column.ticks is None else column.ticks[source]
            drawn[column.name] = Drawn(column.of_code[source], ticks)
        elif isinstance(column, CodedColumn):
            bound = self._bindings.of(column, drawn, len(counters))
            unit = self._units(column, counters, indices)
            if weighted is None or mass is None:
                codes = self._codes(column, X, counters, bound, unit)
            else:
                codes = self._weighted_codes(column, X, counters, weighted, mass)
            X[column.place] = codes
            intervals = None if weighted is None else weighted.wanted.intervals
            ticks = self._ticks(column, codes, counters, unit, bound, intervals)
            drawn[column.name] = Drawn(codes, ticks)
            if broken is not None and bound is not None:
                broken |= ~bound.holds(codes, ticks)

    def _indices(self, counters: np.ndarray) -> np.ndarray:
        """Which points of the spread sequence the rows are: uint32 (n,), the same for all columns."""
        indices = np.empty(len(counters), np.uint32)
        draw_kernels().shuffled(np.uint64(randomness.key(self._seed, "spread")), counters, indices)
        return indices

    def _units(self, column: CodedColumn, counters: np.ndarray, indices: np.ndarray) -> np.ndarray:
        """Where in [0, 1) to draw each row's value, in units of 2**-40: evenly spread over the rows."""
        stream = self._steps[column.name].spread
        if column.place >= DIMENSIONS:
            return draw(int(stream), counters) >> np.uint64(24)
        units = np.empty(len(counters), np.uint64)
        draw_kernels().spread(byte_tables()[column.place], stream, indices, counters, units)
        return units

    def _codes(
        self,
        column: CodedColumn,
        X: np.ndarray,
        counters: np.ndarray,
        bound: Bound | None,
        unit: np.ndarray,
    ) -> np.ndarray:
        """Drawn codes; ``unit`` then says where inside each code's bin. A bound leaves it as it is."""
        kernels, steps = draw_kernels(), self._steps[column.name]
        out = np.zeros(len(counters), np.uint16)
        for step, tree in enumerate(column.trees):
            root, out = out, np.empty(len(counters), np.uint16)
            fixed = (X, root, tree.nodes, tree.words, tree.pool, tree.stay)
            stream = steps.streams[step]
            if bound is None:
                kernels.walk(*fixed, steps.soles[step], stream, counters, unit, out)
            else:
                left = bound.at(column.levels[step])
                kernels.walk_within(*fixed, steps.walked[step], stream, counters, *left, out)
        return out

    def _weighted_codes(
        self, column: CodedColumn, X: np.ndarray, counters: np.ndarray, weighted: _Weighted, mass: np.ndarray
    ) -> np.ndarray:
        kernels, steps = draw_kernels(), self._steps[column.name]
        out = np.zeros(len(counters), np.uint16)
        for step, tree in enumerate(column.trees):
            root, out = out, np.zeros(len(counters), np.uint16)
            fixed = (X, root, tree.nodes, tree.words, tree.pool, tree.stay, weighted.sums[step])
            kernels.walk_weighted(*fixed, steps.walked[step], steps.streams[step], counters, mass, out)
            if step + 1 < len(column.trees):
                # the next step says how much of the group will do, given the row
                mass /= weighted.groups[step][out]
        return out

    def _ticks(
        self,
        column: CodedColumn,
        codes: np.ndarray,
        counters: np.ndarray,
        unit: np.ndarray,
        bound: Bound | None,
        intervals: tuple[tuple[Any, Any], ...] | None,
    ) -> np.ndarray | None:
        codec = column.codec
        if not isinstance(codec, Numbers):
            return None
        ticks = np.zeros(len(codes), codec.grid.dtype)
        if not len(codec.knots):
            return ticks
        bins = np.maximum(codes.astype(np.int64) - codec.missing, 0)
        stream = self._steps[column.name].values
        lowest, highest, bounded = ticks[:1], ticks[:1], False
        if bound is not None and bound.lowest is not None and bound.highest is not None:
            lowest, highest, bounded = bound.lowest, bound.highest, True
        if intervals:
            low, high = _interval_of(codec, bins, intervals, counters, stream)
            if bounded:  # a rule gives way to a condition that leaves it no room
                low, high = _narrowed(low, high, lowest, highest)
            lowest, highest, bounded = low, high, True
        kernels = draw_kernels()
        inside = kernels.reals_in_bins if codec.grid.decimals is None else kernels.ticks_in_bins
        inside(bins, codec.knots, stream, counters, unit, lowest, highest, bounded, ticks)
        return ticks

    def _arrow(self, column: Any, drawn: Mapping[str, Drawn], start: int, stop: int) -> pa.Array:
        if isinstance(column, EmptyColumn):
            return pa.nulls(stop - start, pa.null()).cast(self._type(column.name))
        if isinstance(column, MadeColumn):
            values = column.maker.rows(start, stop, randomness.key(self._seed, column.name))
            kind = self._type(column.name)
            values = values if values.type == kind else values.cast(kind)
            if column.presence is None:
                return values
            presence: Any = self._plan.by_name[column.presence]
            there = presence.codec.decode(drawn[column.presence].codes)
            return pc.if_else(there, values, pa.scalar(None, kind))
        codec, found = column.codec, drawn[column.name]
        if not isinstance(codec, Numbers):
            return codec.decode(found.codes)
        if found.ticks is None or not len(codec.knots):
            return pa.nulls(stop - start, codec.grid.type)
        return codec.grid.arrow(found.ticks, found.codes == 0 if codec.missing else None)

    def _type(self, name: str) -> pa.DataType:
        return type_of(self._schema[name].type)

    def _merged(self, where: Mapping[str, Wanted], stratum: Mapping[str, Wanted]) -> dict[str, _Weighted]:
        """Conditions of all rows and of one stratum, with the running sums of every tree they bear on."""
        merged = dict(where)
        for name, wanted in stratum.items():
            merged[name] = merged[name] & wanted if name in merged else wanted
        merged = with_implied(merged, self._plan, closed(self._plan))
        made: dict[str, _Weighted] = {}
        for name, wanted in merged.items():
            column = self._plan.by_name[name]
            assert isinstance(column, CodedColumn)  # noqa: S101  (`read_condition` names no other)
            made[name] = _weigh(column, wanted)
        return made

    def _pilot(self, conditions: Mapping[str, _Weighted]) -> None:
        """Refuse what is too rare to be drawn well: the mean mass of a fixed sample is its probability."""
        prefix = self._prefix(conditions)
        if not prefix:
            return
        numbers = np.arange(PILOT_ROWS, dtype=np.uint64)
        _, _, mass, broken = self._candidates(numbers, conditions, prefix, 1)
        rarity = float(mass.mean())
        said = " and ".join(w.wanted.text for w in conditions.values() if w.wanted.text)
        if broken.mean() > MOST_BROKEN:
            raise Unsatisfiable(
                f"Hardly a row meets {said} and keeps the rules of the table as well.",
                condition=said,
                rarity=rarity,
                hint="Loosen the condition; `lookalike inspect` lists the rules.",
            )
        if rarity < RAREST:
            raise Unsatisfiable(
                f"Too few rows meet {said}: about {rarity:.1g} of all (at least {RAREST:g} are needed).",
                condition=said,
                rarity=rarity,
                hint="Loosen the condition, or leave one out.",
            )


def _soles(tree: Tree) -> np.ndarray:
    roots = tree.nodes[: int((tree.nodes[:, 5] < 0).sum())]
    soles = np.full(len(roots), -1, np.int32)
    for root in np.flatnonzero((roots[:, 0] < 0) & (roots[:, 3] < roots[:, 4])):
        codes = tree.pool[roots[root, 3] : roots[root, 4]]
        if (codes == codes[0]).all():
            soles[root] = codes[0]
    return soles


def _joined(parts: list[Drawn]) -> Drawn:
    ticks = [part.ticks for part in parts if part.ticks is not None]
    return Drawn(np.concatenate([part.codes for part in parts]), np.concatenate(ticks) if ticks else None)


def _weigh(column: CodedColumn, wanted: Wanted) -> _Weighted:
    weights = np.zeros(column.n_codes)
    weights[: len(wanted.weights)] = wanted.weights
    sums: list[np.ndarray] = []
    groups: list[np.ndarray] = []
    for step, tree in enumerate(column.trees):
        here = weights
        if step + 1 < len(column.trees):
            here = _group_weights(column.levels[step], column.trees[-1], weights)
            groups.append(np.where(here > 0, here, 1.0))
        sums.append(np.concatenate([np.zeros(1), np.cumsum(here[tree.pool])]))
    if not any(sums[0]):
        raise Unsatisfiable(
            f"No row can meet {wanted.text}.", condition=wanted.text, rarity=0.0, hint="Loosen the condition."
        )
    return _Weighted(wanted, tuple(sums), tuple(groups))


def _group_weights(level: np.ndarray, last: Tree, weights: np.ndarray) -> np.ndarray:
    """The mean weight of the training rows of each group."""
    size = int(level.max()) + 1
    groups = level[last.pool]
    rows = np.bincount(groups, minlength=size)
    total = np.bincount(groups, weights=weights[last.pool], minlength=size)
    return np.divide(total, rows, out=np.zeros(size), where=rows > 0)


def _interval_of(
    codec: Numbers,
    bins: np.ndarray,
    intervals: tuple[tuple[Any, Any], ...],
    counters: np.ndarray,
    stream: np.uint64,
) -> tuple[np.ndarray, np.ndarray]:
    """One of the intervals that reach into each row's bin; all of them equally often."""
    lows = np.array([low for low, _ in intervals], codec.grid.dtype)
    highs = np.array([high for _, high in intervals], codec.grid.dtype)
    first = np.searchsorted(highs, codec.knots[bins, 0], side="left")
    last = np.searchsorted(lows, codec.knots[bins, -1], side="right") - 1
    several = np.maximum(last - first + 1, 1).astype(np.uint64)
    salt = randomness.key(int(stream), "interval")
    picked = first + (draw(salt, counters) % several).astype(np.int64)
    picked = np.clip(picked, 0, len(intervals) - 1)
    return lows[picked], highs[picked]


def _narrowed(
    low: np.ndarray, high: np.ndarray, lowest: np.ndarray, highest: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.maximum(low, lowest), np.minimum(high, highest)
    fits = a <= b
    return np.where(fits, a, low), np.where(fits, b, high)
