"""The tree model: p(row) = ∏ p(column | columns before it), each conditional a decision tree over codes.

`Trees` is the default model. What stands behind each choice, with figures, is in ``docs/how-it-works.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Self

import numpy as np
import pyarrow as pa

from lookalike.errors import UsageError
from lookalike.models import stored_trees
from lookalike.models.base import Json, SampleSpec
from lookalike.models.codes import Codec, Coded, Labels, Numbers
from lookalike.models.drawing import TreeSampler
from lookalike.models.fakes import Fakes
from lookalike.models.growing import Growth, Target, grow_all
from lookalike.models.ids import Ids
from lookalike.models.plan import (
    CodedColumn,
    DerivedColumn,
    EmptyColumn,
    MadeColumn,
    Pair,
    Plan,
    PlannedColumn,
    drawing_order,
    kept_rules,
)
from lookalike.processors import processors
from lookalike.schema import Column, Schema
from lookalike.tables.rules import Functional, Rules, mine
from lookalike.watch import Watch, check

PRIVACY: dict[str, Growth] = {
    "standard": Growth(lam_labels=1.8, lam_numbers=1.2, g=4.0, alpha=2.0, min_leaf=5, k=5),
    "careful": Growth(lam_labels=2.5, lam_numbers=2.5, g=6.0, alpha=5.0, min_leaf=10, k=10),
    "strict": Growth(lam_labels=4.0, lam_numbers=4.0, g=10.0, alpha=10.0, min_leaf=25, k=25),
}


class Trees:
    """Fits decision trees over codes, column by column. privacy: standard, careful or strict."""

    name: ClassVar[str] = "trees"
    looks_back: ClassVar[bool] = True

    def __init__(self, privacy: str = "standard", threads: int | None = None) -> None:
        self.privacy = privacy
        self.threads = threads

    def fit(self, table: pa.Table, schema: Schema, *, seed: int, watch: Watch) -> FittedTrees:
        """A `FittedTrees` of ``table``; the same for the same rows and seed, on any number of threads."""
        if self.privacy not in PRIVACY:
            raise UsageError(
                f"There is no privacy setting {self.privacy!r}.", hint=f"Known: {', '.join(PRIVACY)}."
            )
        fitting = _Fitting(table, schema, PRIVACY[self.privacy], seed, watch, self.looks_back)
        plan = fitting.plan(self.threads or min(8, processors()))
        kind = FittedTrees if self.looks_back else FittedIndependent
        return kind(schema, plan, {"privacy": self.privacy})


class Independent(Trees):
    """Each column drawn by its own distribution alone: the honest baseline."""

    name: ClassVar[str] = "independent"
    looks_back: ClassVar[bool] = False


class FittedTrees:
    """What `Trees.fit` returns. Immutable."""

    name: ClassVar[str] = "trees"

    def __init__(self, schema: Schema, plan: Plan, settings: Mapping[str, Json]) -> None:
        self.schema = schema
        self._plan = plan
        self._settings = dict(settings)

    def prepare(self, spec: SampleSpec) -> TreeSampler:
        """A sampler for ``spec``; `Unsatisfiable` when a condition cannot be met."""
        return TreeSampler(self.schema, self._plan, spec)

    def contains(self) -> list[str]:
        """What of the training data is inside beyond what the schema's kinds tell."""
        lines = [
            f"{column.name}: {column.maker.contains()}"
            for column in self._plan.columns
            if isinstance(column, MadeColumn)
        ]
        lines += self.notes()
        sizes = [len(tree.pool) for column in self._plan.coded for tree in column.trees]
        if self.name == "trees":
            lines.append(
                "for each column, trees that split on the columns before it, with the codes of the training "
                f"rows in each leaf, in an order of its own ({sum(sizes):,} codes; rows cannot be joined up)"
            )
        lines += [f"a rule: {rule}" for rule in self.rules()]
        return lines

    def order(self) -> list[str]:
        """The columns that are drawn, each given those before it."""
        return [name for name in self._plan.by_name if name in set(self.schema.names)]

    def rules(self) -> list[str]:
        """What held in every row and holds in every row that is drawn, in words."""
        told = [
            f"{column.determinant} → {column.name}"
            for column in self._plan.columns
            if isinstance(column, DerivedColumn)
        ]
        told += [str(rule) for rule in self._plan.orderings]
        return told + [f"only some combinations of {p.first} and {p.second}" for p in self._plan.pairs]

    def notes(self) -> list[str]:
        """What will surprise in the rows: labels in too few rows to be drawn, or columns of nothing else."""
        k = PRIVACY[str(self._settings.get("privacy", "standard"))].k
        some: list[str] = []
        none: list[str] = []
        few: list[str] = []
        for column in self._plan.coded:
            if isinstance(column.codec, Numbers):
                few += [] if len(column.codec.knots) else [column.name]
            elif not len(column.codec.labels):
                none.append(column.name)
            elif column.n_codes > column.codec.n_codes:
                some.append(column.name)
        said = {
            f"labels in fewer than {k} rows are not inside and are never drawn": some,
            f"comes out empty, for none of its labels is in {k} rows": none,
            f"comes out empty, for fewer than {k} rows have a value": few,
        }
        return [f"{what}: {', '.join(names)}" for what, names in said.items() if names]

    def arrays(self) -> tuple[Json, Mapping[str, np.ndarray]]:
        """A JSON object and named arrays that determine every row."""
        meta, arrays = stored_trees.pack(self._plan)
        return {"schema": self.schema.to_dict(), "settings": self._settings, **meta}, arrays

    @classmethod
    def of_arrays(cls, meta: Json, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of `arrays`; `BadModelFile` when they do not fit together."""
        schema = Schema.of_dict(meta["schema"])
        return cls(schema, stored_trees.unpack(meta, arrays, schema), meta["settings"])


class FittedIndependent(FittedTrees):
    """What `Independent.fit` returns."""

    name: ClassVar[str] = "independent"


class _Fitting:
    """One run of `fit`: columns to codes, rules to tables, codes to trees."""

    def __init__(
        self, table: pa.Table, schema: Schema, growth: Growth, seed: int, watch: Watch, looks_back: bool
    ) -> None:
        self.table = table
        self.schema = schema
        self.growth = growth
        self.seed = seed
        self.watch = watch
        self.looks_back = looks_back
        self.codecs: dict[str, Codec] = {}
        self.coded: dict[str, Coded] = {}

    def plan(self, threads: int) -> Plan:
        drawn = [column for column in self.schema if column.action != "drop"]
        made = {c.name: self._made(c) for c in drawn if _is_made(c)}
        empty = {c.name: EmptyColumn(c.name) for c in drawn if c.kind == "null" and c.name not in made}
        modelled = [c for c in drawn if c.name not in made and c.name not in empty]
        rules = Rules()
        if self.looks_back:
            rules = kept_rules(mine(self.table, self.schema), [c.name for c in modelled])
        self._code(modelled, rules)
        names = [column.name for column in modelled]
        order = drawing_order(names, self.schema.target, rules.functional)
        # where a value of a made column is missing is drawn last, from all that is known by then
        order += [column.presence for column in made.values() if column.presence is not None]
        derived = {rule.dependent: self._derived(rule) for rule in rules.functional}
        grown = self._grown([name for name in order if name not in derived], threads)
        columns: list[PlannedColumn] = [derived[n] if n in derived else grown[n] for n in order]
        columns += [*made.values(), *empty.values()]
        pairs = [self._pair(*sorted(names, key=order.index)) for names in rules.combinations]
        return Plan(tuple(columns), rules.orderings, tuple(pairs))

    def _code(self, columns: list[Column], rules: Rules) -> None:
        """Codes of every column; where a rule speaks of single values, each value has a code."""
        named = {name for rule in rules.functional for name in (rule.determinant, rule.dependent)}
        named |= {name for names in rules.combinations for name in names}
        for column in columns:
            check(self.watch)
            values = self.table[column.name]
            if column.kind in ("categorical", "boolean", "constant", "text"):
                self.codecs[column.name], self.coded[column.name] = Labels.learn(
                    values, column, self.growth.k
                )
            else:
                self.codecs[column.name], self.coded[column.name] = Numbers.learn(
                    values, column, self.growth.k, every_value=column.name in named
                )

    def _made(self, column: Column) -> MadeColumn:
        check(self.watch)
        values = self.table[column.name].combine_chunks()
        if column.kind == "id" and column.action == "model":
            maker: Ids | Fakes = Ids.learn(values, name=column.name, seed=self.seed, pattern=column.pattern)
        else:
            content = column.content or "words"
            pattern = column.pattern if column.content is None else None
            maker = Fakes.learn(values, content, name=column.name, seed=self.seed, pattern=pattern)
        if values.null_count < self.growth.k:
            return MadeColumn(column.name, maker, None)
        presence = f"{column.name}\x1fpresent"
        flags = pa.chunked_array([values.is_valid()])
        self.codecs[presence], self.coded[presence] = Labels.learn(flags, presence_column(presence), 1)
        return MadeColumn(column.name, maker, presence)

    def _derived(self, rule: Functional) -> DerivedColumn:
        """The dependent's code, and tick, for every code of the determinant."""
        source, goal = self.coded[rule.determinant], self.coded[rule.dependent]
        codec = self.codecs[rule.dependent]
        rows = np.flatnonzero(source.exact & goal.usable)
        codes, first = np.unique(source.codes[rows], return_index=True)
        rows = rows[first]
        of_code = np.zeros(self.codecs[rule.determinant].n_codes, np.uint16)
        of_code[codes] = goal.codes[rows]
        ticks = None
        if isinstance(codec, Numbers):
            values, _ = codec.grid.ticks(self.table[rule.dependent])
            ticks = np.zeros(len(of_code), codec.grid.dtype)
            ticks[codes] = values[rows]
        return DerivedColumn(rule.dependent, rule.determinant, codec, of_code, ticks)

    def _pair(self, first: str, second: str) -> Pair:
        a, b = self.coded[first], self.coded[second]
        rows = a.exact & b.exact
        allowed = np.zeros((self.codecs[first].n_codes, self.codecs[second].n_codes), bool)
        allowed[a.codes[rows], b.codes[rows]] = True
        allowed[~allowed.any(axis=1)] = True
        return Pair(first, second, allowed)

    def _grown(self, names: list[str], threads: int) -> dict[str, CodedColumn]:
        n = self.table.num_rows
        X = np.empty((len(names), n), np.uint16)
        for place, name in enumerate(names):
            X[place] = self.coded[name].codes
            self.coded[name] = replace(self.coded[name], codes=X[place])  # so that they are held once
        nominal = np.array([self.codecs[name].nominal for name in names], np.bool_)
        n_codes = np.array([self.coded[name].n_codes for name in names], np.int32)
        levels = {name: self.codecs[name].levels(self.coded[name].n_codes) for name in names}
        targets = [
            Target(
                self.coded[name].codes,
                self.coded[name].usable,
                levels[name],
                place if self.looks_back else 0,
                self.codecs[name].nominal,
            )
            for place, name in enumerate(names)
        ]
        grown = grow_all(X, nominal, n_codes, targets, self.growth, threads=threads, watch=self.watch)
        return {
            name: CodedColumn(
                name, place, self.codecs[name], int(n_codes[place]), levels[name], tuple(grown[place])
            )
            for place, name in enumerate(names)
        }


def presence_column(name: str) -> Column:
    """The column that says whether a made value is there."""
    return Column(name=name, kind="boolean", type="bool")


def _is_made(column: Column) -> bool:
    return column.kind in ("id", "text") or column.action == "fake"
