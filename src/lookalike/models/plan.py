"""Which part of a fitted table each column plays, in which order, and what rules bind it.

A column is *coded* (its codes are drawn from trees and seen by later columns), *derived* (a functional rule
fixes it: a table from the determinant's codes), *made* (ids and personal data, new for every row) or *empty*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lookalike.models.codes import Codec, Numbers
from lookalike.models.fakes import Fakes
from lookalike.models.growing import Tree
from lookalike.models.ids import Ids
from lookalike.tables.rules import Functional, Ordering, Rules


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """``place`` is its row of X: it sees the rows before. n_codes counts codes that are never drawn too."""

    name: str
    place: int
    codec: Codec
    n_codes: int
    levels: tuple[np.ndarray, ...]
    trees: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """Row r holds what ``of_code`` (uint16) says of the determinant's code; numbers hold ``ticks`` of it."""

    name: str
    determinant: str
    codec: Codec
    of_code: np.ndarray
    ticks: np.ndarray | None


@dataclass(frozen=True, slots=True)
class MadeColumn:
    """``presence`` names the coded column that says where a value is missing; None: nowhere."""

    name: str
    maker: Ids | Fakes
    presence: str | None


@dataclass(frozen=True, slots=True)
class EmptyColumn:
    name: str


PlannedColumn = CodedColumn | DerivedColumn | MadeColumn | EmptyColumn


@dataclass(frozen=True, slots=True)
class Pair:
    """Only some combinations occur: ``allowed`` is bool (codes of ``first``, codes of ``second``)."""

    first: str
    second: str
    allowed: np.ndarray


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is drawn, in the order in which it is drawn."""

    columns: tuple[PlannedColumn, ...]
    orderings: tuple[Ordering, ...] = ()
    pairs: tuple[Pair, ...] = ()
    by_name: Mapping[str, PlannedColumn] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})

    @property
    def coded(self) -> tuple[CodedColumn, ...]:
        return tuple(column for column in self.columns if isinstance(column, CodedColumn))


def drawing_order(names: Sequence[str], target: str | None, functional: Sequence[Functional]) -> list[str]:
    """The target first, the rest as in the file, but no column before the one that fixes it."""
    fixed_by = {rule.dependent: rule.determinant for rule in functional}
    ordered: list[str] = []

    def add(name: str) -> None:
        if name in fixed_by and fixed_by[name] not in ordered:
            add(fixed_by[name])
        if name not in ordered:
            ordered.append(name)

    for name in ([target] if target in names else []) + list(names):
        add(str(name))
    return ordered


def kept_rules(rules: Rules, coded: Sequence[str]) -> Rules:
    """The rules on coded columns; of several determinants of one column, the first."""
    known = set(coded)
    functional: list[Functional] = []
    fixed: set[str] = set()
    for rule in rules.functional:
        if {rule.determinant, rule.dependent} <= known and rule.dependent not in fixed:
            functional.append(rule)
            fixed.add(rule.dependent)
    return Rules(
        tuple(functional),
        tuple(rule for rule in rules.orderings if {rule.low, rule.high} <= known),
        tuple(names for names in rules.combinations if set(names) <= known and not set(names) & fixed),
    )


def is_number(column: PlannedColumn) -> bool:
    return isinstance(column, CodedColumn | DerivedColumn) and isinstance(column.codec, Numbers)
