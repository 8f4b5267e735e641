"""Form and rules: what breaks them is counted, and fresh real rows are not blamed."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from compared import TABLES, bundled, halves, independent, schema_of
from lookalike.quality import diagnostic
from lookalike.quality.frame import aligned, generator
from lookalike.quality.result import Figure, ValueTest
from lookalike.schema import Schema
from lookalike.watch import Unwatched


def measured(schema: Schema, **tables: pa.Table) -> diagnostic.Found:
    frames, unlike = aligned(tables, schema)
    return diagnostic.measure(schema, frames, tables, unlike, watch=Unwatched())


def by_name(found: diagnostic.Found) -> dict[str, Figure]:
    return {figure.name: figure for figure in found.figures}


def broken(found: diagnostic.Found) -> dict[tuple[str, str], int]:
    return {(test.column, test.test): test.breaks for test in found.data.values if test.breaks}


def only(found: diagnostic.Found, column: str, test: str) -> ValueTest:
    return next(one for one in found.data.values if (one.column, one.test) == (column, test))


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("name", TABLES)
def test_half_of_the_test_rows_keeps_form_and_rules(name: str, held: bool) -> None:
    schema, train, test = bundled(name)
    synth, holdout = halves(test)
    found = measured(schema, real=train, synth=synth, **({"holdout": holdout} if held else {}))
    for figure in found.figures:
        assert figure.surely_worse is not None
        assert figure.surely_worse <= 0, figure.name


def test_shuffled_columns_break_the_rules_of_adult() -> None:
    schema, train, test = bundled("adult")
    found = measured(schema, real=train, synth=independent(train), holdout=test)
    (rule,) = found.data.rules
    assert rule.rule == "education → education.num"
    assert rule.breaks > 0.5 * rule.of
    assert rule.holdout_breaks == 0
    assert (by_name(found)["diagnostic.rules"].surely_worse or 0) > 0.5


REAL = pa.table(
    {
        "id": [f"C-{i:04d}" for i in range(100)],
        "size": [float(i % 10) / 2 for i in range(100)],
        "kind": ["a", "b"] * 50,
        "day": pa.array([i * 86_400_000_000 for i in range(100)], pa.timestamp("us")),
        "unit": ["kg"] * 100,
    }
)
SCHEMA = schema_of(
    REAL,
    id={"kind": "id", "pattern": "C-{0000}"},
    size={"decimals": 1, "step": 5},
    day={"step_us": 86_400_000_000},
    unit={"kind": "constant", "value": "kg"},
)


def changed(**columns: list[object]) -> pa.Table:
    """Ten rows of `REAL`, with some cells replaced."""
    table = REAL.slice(0, 10)
    for name, values in columns.items():
        at = table.column_names.index(name)
        cells = values + table[name].to_pylist()[len(values) :]
        table = table.set_column(at, name, pa.array(cells, table[name].type))
    return table


def test_the_real_rows_break_nothing() -> None:
    found = measured(SCHEMA, real=REAL, synth=REAL.slice(0, 10), holdout=REAL.slice(10, 80))
    assert broken(found) == {}
    assert all(figure.surely_worse is not None and figure.surely_worse <= 0 for figure in found.figures)


def test_each_kind_of_break_is_counted_with_an_example() -> None:
    synth = changed(
        id=["C-0001", "C-0001", "X-1"],
        size=[-1.0, 0.25, None],
        kind=["c", "c", None],
        day=[5, 0],
        unit=["lb"],
    )
    found = measured(SCHEMA, real=REAL, synth=synth)
    assert broken(found) == {
        ("id", "unique"): 1,
        ("id", "pattern"): 1,
        ("size", "bounds"): 1,
        ("size", "grid"): 1,
        ("size", "missing"): 1,
        ("kind", "categories"): 2,
        ("kind", "missing"): 1,
        ("day", "grid"): 1,
    }
    assert only(found, "kind", "categories").example == "c"
    assert only(found, "id", "unique").example == "C-0001"
    assert only(found, "size", "bounds").example == "-1"
    (constant,) = [rule for rule in found.data.rules if rule.kind == "constant"]
    assert (constant.rule, constant.breaks, constant.of) == ("unit = kg", 1, 10)
    figures = by_name(found)
    assert figures["diagnostic.values"].value == pytest.approx(0.3)
    assert figures["diagnostic.keys"].value == pytest.approx(0.1)


def test_a_schema_widens_the_bounds() -> None:
    schema = SCHEMA.replace("size", low=-5)
    assert ("size", "bounds") not in broken(measured(schema, real=REAL, synth=changed(size=[-1.0])))


def test_columns_that_lack_are_new_or_hold_something_else_are_named() -> None:
    synth = REAL.drop_columns(["kind"]).append_column("more", pa.array([1] * 100))
    synth = synth.set_column(1, "size", pa.array(["big"] * 100))
    synth = synth.set_column(0, "id", pa.array(range(100)))
    found = measured(SCHEMA, real=REAL, synth=synth)
    assert found.data.missing_columns == ("kind",)
    assert found.data.extra_columns == ("more",)
    assert {entry.column for entry in found.data.retyped} == {"id", "size"}
    assert by_name(found)["diagnostic.columns"].value == pytest.approx(1 - 4 / 6)
    assert by_name(found)["diagnostic.columns"].surely_worse == pytest.approx(4 / 6)


def test_whole_numbers_as_floats_are_the_same_kind() -> None:
    real = pa.table({"n": list(range(100))})
    found = measured(schema_of(real), real=real, synth=pa.table({"n": [float(i) for i in range(100)]}))
    assert found.data.retyped == ()


def test_without_a_holdout_real_rows_that_stand_alone_are_what_chance_breaks() -> None:
    """One in four towns has one row, so a second sample has towns that train lacks."""
    real = pa.table({"town": [f"t{i}" for i in range(50)] + ["big"] * 150})
    synth = pa.table({"town": [f"u{i}" for i in range(50)] + ["big"] * 150})
    figure = by_name(measured(schema_of(real), real=real, synth=synth))["diagnostic.values"]
    assert figure.reference == pytest.approx(0.25)
    assert figure.reference_from == "train"
    assert figure.worse == pytest.approx(0)


def test_a_table_without_rows_is_not_passed() -> None:
    found = by_name(measured(SCHEMA, real=REAL, synth=REAL.slice(0, 0)))
    assert found["diagnostic.values"].unmeasured
    assert found["diagnostic.rules"].unmeasured


def test_without_a_holdout_rules_of_one_half_that_the_other_breaks_are_chance() -> None:
    rng = np.random.default_rng(0)
    low = rng.integers(0, 50, 1000)
    second = generator(0, "rules").permutation(1000)[-1]  # in the half whose rows the rules are tried on
    high = low + rng.integers(0, 9, 1000)
    odd = high + 100
    odd[second] = -1
    real = pa.table({"low": low, "high": high, "odd": odd})
    figure = by_name(measured(schema_of(real), real=real, synth=real))["diagnostic.rules"]
    assert figure.reference_from == "halves"
    assert figure.value == 0
    assert 0 < (figure.reference or 0) <= 1 / 500
