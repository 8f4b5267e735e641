"""The default gate on real tables: what must not leave the house is refused for the right reason.

On a seeded sample of each of the five tables; `make bench-check` does the same on all rows.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import lookalike as la
from lookalike.quality.result import Verdict

DATA = Path(__file__).parents[2] / "examples" / "data"
TABLES = ("adult", "default", "shoppers", "magic", "beijing")
ROWS = 5_000
HELD_OUT = 2_000
SEED = 1


@dataclass(frozen=True)
class Case:
    """A real table in two parts, and what the tree model makes of the first."""

    train: la.Table
    holdout: pa.Table
    drawn: pa.Table

    def verdict(self, synth: pa.Table, holdout: pa.Table | None = None, *, useful: bool = False) -> Verdict:
        """The default gate's; the target is predicted only where utility is to be ``useful``."""
        schema = self.train.schema if useful else self.train.schema.with_target(None)
        real = la.Table(self.train.arrow, schema)
        held = self.holdout if holdout is None else holdout
        return la.check(real, synth, holdout=held, seed=SEED).gate()


def some(table: la.Table, rows: int) -> la.Table:
    order = np.random.default_rng(SEED).permutation(len(table))[:rows]
    return la.Table(table.arrow.take(pa.array(np.sort(order))), table.schema)


@functools.cache
def case(name: str) -> Case:
    meta = json.loads((DATA / name / "meta.json").read_text())
    whole = la.read(DATA / name / "train.csv", target=meta["target"])
    train = some(whole, ROWS)
    holdout = some(la.read(DATA / name / "test.csv", schema=whole.schema), HELD_OUT)
    return Case(train, holdout.arrow, la.fit(train, seed=SEED).sample(ROWS, seed=SEED).to_arrow())


def refused(verdict: Verdict) -> set[str]:
    return {refusal.name for refusal in verdict.refusals}


@pytest.mark.parametrize("name", TABLES)
def test_what_the_tree_model_makes_passes(name: str) -> None:
    verdict = case(name).verdict(case(name).drawn, useful=True)
    assert verdict.passed, [refusal.says for refusal in verdict.refusals]


@pytest.mark.parametrize("name", TABLES)
def test_other_real_rows_pass_as_if_they_were_synthetic(name: str) -> None:
    held = case(name).holdout
    order = np.random.default_rng(SEED).permutation(len(held))
    half, other = (held.take(pa.array(np.sort(part))) for part in np.array_split(order, 2))
    verdict = case(name).verdict(half, other, useful=True)
    assert verdict.passed, [refusal.says for refusal in verdict.refusals]


@pytest.mark.parametrize("name", TABLES)
def test_a_copy_of_train_is_refused_as_one(name: str) -> None:
    assert {"privacy.copies", "privacy.membership"} <= refused(case(name).verdict(case(name).train.arrow))


@pytest.mark.parametrize("name", TABLES)
def test_two_copied_rows_in_a_hundred_are_refused(name: str) -> None:
    drawn = case(name).drawn
    copied = np.random.default_rng(SEED).choice(ROWS, ROWS // 50, replace=False)
    rows = case(name).train.arrow.take(pa.array(copied)).to_pylist()
    leaky = pa.Table.from_pylist(drawn.slice(len(rows)).to_pylist() + rows, schema=plain(drawn.schema))
    assert "privacy.copies" in refused(case(name).verdict(leaky))


@pytest.mark.parametrize("name", TABLES)
def test_columns_drawn_one_by_one_are_refused_for_it(name: str) -> None:
    train = case(name).train
    drawn = la.fit(train, model="independent", seed=SEED).sample(ROWS, seed=SEED).to_arrow()
    assert {"fidelity.trend", "fidelity.triples", "detection.auc"} <= refused(case(name).verdict(drawn))


def plain(schema: pa.Schema) -> pa.Schema:
    """The types that rows of Python objects can be put into."""
    return pa.schema(
        [
            (field.name, field.type.value_type if pa.types.is_dictionary(field.type) else field.type)
            for field in schema
        ]
    )
