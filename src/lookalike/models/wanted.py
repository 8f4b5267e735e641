"""Conditions as weights of codes: how much of each code of a column meets a condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lookalike.errors import Unsatisfiable, UsageError
from lookalike.models.base import Condition
from lookalike.models.codes import Labels, Numbers
from lookalike.models.plan import CodedColumn, DerivedColumn, EmptyColumn, Plan
from lookalike.schema import Schema
from lookalike.tables.typed import parse_cell

Interval = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a coded column. weights: float64 (n_codes,), the part of each code that will do.

    intervals: closed intervals of ticks that numbers must lie in, ascending and disjoint; None: anywhere.
    text: the conditions as they were written; empty for what follows from others.
    """

    weights: np.ndarray
    intervals: tuple[Interval, ...] | None
    text: str

    def __and__(self, other: Wanted) -> Wanted:
        if self.intervals is None or other.intervals is None:
            intervals = self.intervals if other.intervals is None else other.intervals
        else:
            both = [
                (max(a, c), min(b, d))
                for a, b in self.intervals
                for c, d in other.intervals
                if max(a, c) <= min(b, d)
            ]
            intervals = tuple(sorted(both))
        weights = np.minimum(self.weights, other.weights)
        if intervals == () and self.intervals and other.intervals:
            weights = np.where(weights < 1.0, 0.0, weights)  # of a bin that each asks a part of, none is left
        texts = (text for text in (self.text, other.text) if text)
        return Wanted(weights, intervals, " and ".join(dict.fromkeys(texts)))

    @classmethod
    def remainder(cls, parts: Sequence[Wanted], codec: Labels | Numbers) -> Self:
        """What none of ``parts`` asks for."""
        weights = np.clip(1.0 - np.sum([part.weights for part in parts], axis=0), 0.0, 1.0)
        intervals = None
        if isinstance(codec, Numbers):
            taken = sorted(i for part in parts for i in part.intervals or ())
            intervals = _gaps(taken, codec)
            missing = np.zeros(codec.n_codes, bool)
            missing[: int(codec.missing)] = True
            # bins that are wholly taken stay out; the others hold what the gaps leave of them
            weights = np.where(missing, weights, codec.weights(intervals, missing=False))
        return cls(weights, intervals, "none of " + " or ".join(part.text for part in parts))


def read_condition(condition: Condition, plan: Plan, schema: Schema) -> tuple[str, Wanted]:
    """(coded column, what is asked of it). A condition on a derived column is one on its determinant.

    Raises `Unsatisfiable` when the model never draws what is asked, `UsageError` for a column that has no
    codes, `BadInput` for a value that is none of the column's.
    """
    column = plan.by_name.get(condition.column)
    if not isinstance(column, CodedColumn | DerivedColumn):
        schema[condition.column]
        if isinstance(column, EmptyColumn):
            raise UsageError(f"{condition.column!r} is missing in every row; no condition changes that.")
        raise UsageError(
            f"The values of {condition.column!r} are made new for every row; they can meet no condition.",
            hint="Put conditions on columns that are modelled.",
        )
    column, wanted = on_source(column, _asked(condition, column, schema), plan)
    if not wanted.weights[: column.codec.n_codes].any():
        raise Unsatisfiable(
            f"No row can meet {condition}: the model has never seen such a value"
            + (" in enough rows to draw it." if isinstance(column.codec, Labels) else "."),
            condition=str(condition),
            rarity=0.0,
            hint=_known(column),
        )
    return column.name, wanted


def on_source(column: CodedColumn | DerivedColumn, wanted: Wanted, plan: Plan) -> tuple[CodedColumn, Wanted]:
    """What is asked of a column, as asked of the coded column that fixes it (or is it)."""
    while isinstance(column, DerivedColumn):
        weights = wanted.weights[column.of_code]
        if column.ticks is not None and wanted.intervals is not None:
            inside = np.zeros(len(column.ticks), bool)
            for low, high in wanted.intervals:
                inside |= (column.ticks >= low) & (column.ticks <= high)
            assert isinstance(column.codec, Numbers)  # noqa: S101  (only numbers have ticks)
            weights = np.where(inside, 1.0, weights * (column.of_code < int(column.codec.missing)))
        wanted = Wanted(weights, None, wanted.text)
        source = plan.by_name[column.determinant]
        assert isinstance(source, CodedColumn | DerivedColumn)  # noqa: S101
        column = source
    return column, wanted


def _asked(condition: Condition, column: CodedColumn | DerivedColumn, schema: Schema) -> Wanted:
    spec = schema[condition.column]
    codec = column.codec
    if isinstance(codec, Labels):
        if not condition.values:
            raise UsageError(
                f"{condition.column!r} has labels, which have no order: a range of them means nothing.",
                hint=f"Name the values: {condition.column}=A,B,C.",
            )
        values = [None if text is None else parse_cell(text, spec) for text in condition.values]
        return Wanted(codec.weights(values), None, str(condition))
    intervals: list[Interval] = []
    missing = False
    for text in condition.values:
        value = None if text is None else parse_cell(text, spec)
        if value is None:
            missing = True
        else:
            tick = codec.grid.tick_of(value)
            intervals.append((tick, tick))
    if not condition.values:
        low = None if condition.low is None else codec.grid.tick_of(parse_cell(condition.low, spec))
        high = None if condition.high is None else codec.grid.tick_of(parse_cell(condition.high, spec))
        ends = (codec.knots[0, 0], codec.knots[-1, -1]) if len(codec.knots) else (0, 0)
        low, high = (ends[0] if low is None else low), (ends[1] if high is None else high)
        if low > high and condition.low is not None and condition.high is not None:
            raise UsageError(f"The range {condition} is empty: its low end is above its high end.")
        intervals = [(low, high)] if low <= high else []
    intervals = sorted(set(intervals))
    return Wanted(_numbers(codec, intervals, missing), tuple(intervals), str(condition))


def _numbers(codec: Numbers, intervals: list[Interval], missing: bool) -> np.ndarray:
    """The codec's weights, with a little for a bin that a single real value lies in."""
    weights = codec.weights(intervals, missing=missing)
    if codec.grid.decimals is None:
        for low, high in intervals:
            if low == high and len(codec.knots) and codec.knots[0, 0] <= low <= codec.knots[-1, -1]:
                at = codec.bins_of(np.array([low]))[0]
                weights[at] = max(weights[at], 1e-6)
    return weights


def _gaps(taken: list[Interval], codec: Numbers) -> tuple[Interval, ...]:
    if not len(codec.knots):
        return ()
    low, end = codec.knots[0, 0], codec.knots[-1, -1]
    gaps: list[Interval] = []
    for a, b in taken:
        before = np.nextafter(a, -np.inf) if codec.grid.decimals is None else a - 1
        if low <= before:
            gaps.append((low, before))
        low = max(low, np.nextafter(b, np.inf) if codec.grid.decimals is None else b + 1)
    if low <= end:
        gaps.append((low, end))
    return tuple(gaps)


def _known(column: CodedColumn) -> str:
    if isinstance(column.codec, Labels):
        shown = ", ".join(repr(label) for label in column.codec.labels[:8].to_pylist())
        return f"Values that are drawn: {shown}{', …' if len(column.codec.labels) > 8 else ''}."
    if not len(column.codec.knots):
        return "The column is always missing."
    ends = column.codec.grid.arrow(column.codec.knots[[0, -1], [0, -1]], None).to_pylist()
    return f"Values that are drawn lie from {ends[0]} to {ends[1]}."
