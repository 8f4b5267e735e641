"""What the tree model keeps of a table: dependence, gaps, rules, conditions; and what it leaves out."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import lookalike as la
from lookalike.errors import Unsatisfiable
from lookalike.tables.rules import Rules, mine, violations
from lookalike.verbs import Table, TableModel
from variety import with_gaps

ADULT = Path(__file__).parents[2] / "examples" / "data" / "adult" / "train.csv"


def share(column: pa.ChunkedArray, value: str | None) -> float:
    """The part of the cells that are ``value``."""
    cells = column.cast(pa.string())
    return (cells.null_count if value is None else pc.sum(pc.equal(cells, value)).as_py() or 0) / len(cells)


def distance(one: pa.Table, other: pa.Table) -> float:
    """The total variation between the combinations of cells in two tables."""
    counts: dict[tuple[Any, ...], list[float]] = {}
    for side, table in enumerate((one, other)):
        for row in zip(
            *(table[name].cast(pa.string()).to_pylist() for name in one.column_names), strict=True
        ):
            counts.setdefault(row, [0.0, 0.0])[side] += 1 / len(table)
    return sum(abs(a - b) for a, b in counts.values()) / 2


@pytest.fixture(scope="module")
def adult() -> Table:
    return la.read(ADULT, target="income")


@pytest.fixture(scope="module")
def census(adult: Table) -> TableModel:
    return la.fit(adult)


def test_missing_values_depend_on_what_they_depend_on() -> None:
    dice = np.random.default_rng(5)
    n = 10_000
    job, age = dice.choice(["clerk", "nurse", "none"], n), dice.integers(18, 80, n)
    chance = np.select([job == "none", (job == "nurse") & (age > 50)], [0.9, 0.5], 0.02)
    income = with_gaps(dice.normal(3_000, 500, n).round(), dice.random(n) < chance)
    rating = with_gaps(dice.choice(["a", "b"], n), np.asarray(income.is_null()))
    code = with_gaps(
        np.array([f"K-{i:07d}" for i in range(n)]), dice.random(n) < np.where(age > 50, 0.6, 0.1)
    )
    real = pa.table({"job": job, "age": age, "income": income, "rating": rating, "code": code})
    schema = la.read(real).schema.replace("code", kind="id", pattern="K-{0000000}")
    made = la.fit(real, schema=schema).sample(n).to_arrow()

    def part_missing(table: pa.Table, column: str, where: pc.Expression) -> float:
        some = table.filter(where)
        return some[column].null_count / len(some)

    old = pc.field("age") > 50
    for where in (pc.field("job") == "none", (pc.field("job") == "nurse") & old, pc.field("job") == "clerk"):
        assert abs(part_missing(made, "income", where) - part_missing(real, "income", where)) < 0.06
    together = pc.equal(pc.is_null(made["income"]), pc.is_null(made["rating"]))
    assert pc.sum(together).as_py() > 0.995 * n
    for where in (old, ~old):
        assert abs(part_missing(made, "code", where) - part_missing(real, "code", where)) < 0.06


def test_four_thousand_codes_in_a_column_are_learned_without_a_column_for_each() -> None:
    dice = np.random.default_rng(6)
    n, codes = 300_000, 4_000
    code = np.minimum(dice.zipf(1.2, n), codes) - 1
    region = np.where(dice.random(n) < 0.9, code % 7, dice.integers(0, 7, n))
    amount = (code % 13) * 10 + dice.integers(0, 10, n)
    product = np.array([f"P{c:04d}" for c in range(codes)])[code]
    real = la.read(pa.table({"product": product, "region": region.astype(str), "amount": amount}))
    assert real.schema["product"].kind == "categorical"
    began = time.monotonic()
    made = la.fit(real).sample(50_000).to_arrow()
    assert time.monotonic() - began < 60  # 4 s on two idle cores; one-hot coding would need 1.2 billion cells
    drawn = np.array([int(text[1:]) for text in made["product"].cast(pa.string()).to_pylist()])
    counts = np.bincount(code, minlength=codes)
    assert set(drawn.tolist()) <= set(np.flatnonzero(counts >= 5).tolist())
    top = np.argsort(-counts)[:50]
    assert abs(np.bincount(drawn, minlength=codes)[top] / 50_000 - counts[top] / n).max() < 0.01
    frequent = np.isin(drawn, np.flatnonzero(counts >= 200))
    agrees = np.array([int(r) for r in made["region"].cast(pa.string()).to_pylist()]) == drawn % 7
    assert agrees[frequent].mean() > 0.8
    assert (made["amount"].to_numpy() // 10 == drawn % 13)[frequent].mean() > 0.8


@pytest.mark.parametrize(("privacy", "k"), [("standard", 5), ("careful", 10), ("strict", 25)])
def test_labels_in_fewer_than_k_rows_and_the_k_outermost_values_are_not_drawn(privacy: Any, k: int) -> None:
    dice = np.random.default_rng(7)
    labels = [f"in {rows}" for rows in range(1, 40) for _ in range(rows)] + ["often"] * 1_220
    n = len(labels)
    born = [dt.date(1900, 1, 1) + dt.timedelta(days=int(day)) for day in dice.integers(0, 40_000, n)]
    real = pa.table(
        {
            "label": dice.permutation(labels),
            "whole": dice.permutation(n) ** 2,
            "real": dice.standard_cauchy(n),
            "born": born,
        }
    )
    made = la.fit(real, privacy=privacy).sample(50_000).to_arrow()
    assert set(made["label"].cast(pa.string()).to_pylist()) == {f"in {r}" for r in range(k, 40)} | {"often"}
    for name in ("whole", "real", "born"):
        ordered = sorted(real[name].to_pylist())
        drawn = made[name].to_pylist()
        assert ordered[k - 1] <= min(drawn), name
        assert max(drawn) <= ordered[-k], name
    assert min(made["whole"].to_pylist()) == sorted(real["whole"].to_pylist())[k - 1]


def ruled(n: int = 6_000) -> pa.Table:
    """(n, 13): constants, functional pairs and chains, orderings of several types, and combinations."""
    dice = np.random.default_rng(8)
    city = dice.integers(0, 30, n)
    grade = dice.integers(0, 6, n)
    ordered = dice.integers(0, 1_000, n)
    shipped = ordered + dice.integers(0, 30, n)
    paid = shipped + dice.geometric(0.05, n)
    cost = dice.gamma(2, 40, n).round(2)
    price = cost * (1 + dice.integers(0, 5, n) / 10)
    plan = dice.integers(0, 4, n)
    pay = np.where(plan == 0, 0, dice.integers(0, 3, n) + (plan == 3))
    day = np.datetime64("2020-01-01")
    return pa.table(
        {
            "system": ["A7"] * n,
            "city": np.char.add("city ", city.astype(str)),
            "state": np.char.add("state ", (city // 4).astype(str)),
            "country": np.char.add("country ", (city // 12).astype(str)),
            "grade": np.char.add("grade ", grade.astype(str)),
            "least age": grade * 8,
            "age": grade * 8 + dice.integers(0, 40, n),
            "ordered": day + ordered,
            "shipped": with_gaps(day + shipped, dice.random(n) < 0.1),
            "paid": with_gaps(day + paid, dice.random(n) < 0.2),
            "cost": cost,
            "price": price.round(2),
            "plan": np.array(["free", "basic", "pro", "team"])[plan],
            "pay": np.array(["none", "card", "bank", "bill"])[pay],
        }
    )


SPECS: dict[str, dict[str, Any]] = {
    "plain": {},
    "a determinant": {"where": {"city": ["city 3", "city 20"]}},
    "a dependent": {"where": {"country": "country 2", "least age": "16..32"}},
    "the low side": {"where": {"ordered": "2022-01-01..", "cost": "100..120"}},
    "the high side": {"where": {"paid": "2020-06-01..2020-07-01", "price": "20..40", "age": "30..35"}},
    "both sides": {"where": {"least age": "24..", "age": "..30", "cost": "50.00..60.00", "price": "..60.00"}},
    "missing": {"where": {"paid": None, "pay": "none"}},
    "shares": {"shares": {"pay": {"none": 0.5}, "state": {"state 1": 0.25}}},
    "balance": {"balance": "plan", "where": {"age": "..20"}},
}


@pytest.fixture(scope="module")
def rules() -> tuple[pa.Table, Rules, TableModel]:
    real = la.read(ruled())
    return real.arrow, mine(real.arrow, real.schema), la.fit(real)


def test_the_rules_of_the_table_are_found(rules: tuple[pa.Table, Rules, TableModel]) -> None:
    found = rules[1]
    assert {str(r) for r in found.functional} >= {"city → state", "state → country", "grade → least age"}
    assert {str(r) for r in found.orderings} >= {
        "ordered ≤ shipped",
        "shipped ≤ paid",
        "cost ≤ price",
        "least age ≤ age",
    }
    assert ("plan", "pay") in found.combinations
    said = "\n".join(rules[2].info()["contains"])  # type: ignore[arg-type]
    for rule in ("city → state", "shipped ≤ paid", "plan and pay"):
        assert rule in said


@pytest.mark.parametrize("spec", SPECS)
def test_no_rule_is_broken_whatever_is_asked_for(
    rules: tuple[pa.Table, Rules, TableModel], spec: str
) -> None:
    real, found, model = rules
    made = model.sample(60_000, seed=2, **SPECS[spec]).to_arrow()
    broken = {rule: count for rule, (count, _) in violations(found, made, real).items() if count}
    assert broken == {}
    assert set(made["system"].to_pylist()) == {"A7"}


@pytest.mark.parametrize(
    "where",
    [
        {"plan": "free", "pay": "card"},
        {"age": "30..31", "least age": "32.."},
        {"city": "city 3", "country": "country 2"},
        {"ordered": "2022-01-01..", "paid": "..2021-01-01"},
    ],
    ids=["a combination", "an ordering with a fixed column", "a pair", "an ordering"],
)
def test_a_condition_that_only_a_broken_rule_could_meet_is_refused(
    rules: tuple[pa.Table, Rules, TableModel], where: dict[str, str]
) -> None:
    with pytest.raises(Unsatisfiable) as caught:
        rules[2].sample(10, where=where)
    assert all(name in str(caught.value) for name in where)
    assert caught.value.rarity is not None
    assert caught.value.rarity < 1e-6


def chain(n: int = 4_000) -> pa.Table:
    """Three dates in order, none missing, so that first ≤ last follows and is not listed."""
    dice = np.random.default_rng(10)
    first = np.datetime64("2020-01-01") + dice.integers(0, 400, n)
    middle = first + dice.integers(0, 60, n)
    kind = dice.integers(0, 8, n)
    return pa.table(
        {
            "first": first,
            "last": middle + dice.integers(0, 60, n),
            "age": kind * 5 + dice.integers(0, 60, n),
            "kind": np.char.add("kind ", kind.astype(str)),
            "least": kind * 5,
            "middle": middle,
        }
    )


@pytest.mark.parametrize("target", [None, "age", "last", "middle"])
@pytest.mark.parametrize("asked", [{}, {"where": {"last": "2020-03-01..2020-03-05"}}], ids=["plain", "where"])
def test_rules_hold_in_whatever_order_columns_are_drawn(target: str | None, asked: dict[str, Any]) -> None:
    """Also where a column that another fixes is bound by one drawn before, or an order follows from two."""
    real = la.read(chain(), target=target)
    found = mine(real.arrow, real.schema)
    names = {str(rule) for rule in found.orderings}
    assert names >= {"first ≤ middle", "middle ≤ last", "least ≤ age"}
    assert "first ≤ last" not in names
    made = la.fit(real).sample(60_000, **asked).to_arrow()
    assert {rule: count for rule, (count, _) in violations(found, made, real.arrow).items() if count} == {}


def test_no_rule_of_the_census_is_broken(adult: Table, census: TableModel) -> None:
    found = mine(adult.arrow, adult.schema)
    assert len(found) >= 1
    for asked in ({}, {"where": {"age": "17..20", "income": ">50K"}}, {"balance": "race"}):
        made = census.sample(100_000, **asked).to_arrow()
        assert sum(count for count, _ in violations(found, made, adult.arrow).values()) == 0


WHERE = {"income": ">50K", "age": "30..40"}


def meets(table: pa.Table) -> pa.Table:
    age = pc.field("age")
    return table.filter((pc.field("income").cast(pa.string()) == ">50K") & (age >= 30) & (age <= 40))


def test_every_row_meets_a_condition(census: TableModel) -> None:
    made = census.sample(20_000, where=WHERE).to_arrow()
    assert len(meets(made)) == 20_000
    assert set(made["income"].cast(pa.string()).to_pylist()) == {">50K"}


def test_rows_under_a_condition_are_as_the_real_rows_that_meet_it(adult: Table, census: TableModel) -> None:
    """Single columns and pairs, against what sampling the real rows anew would miss them by."""
    real = meets(adult.arrow)
    made = census.sample(len(real), seed=1, where=WHERE).to_arrow()
    unconditional = census.sample(400_000, seed=1).to_arrow()
    rejected = meets(unconditional).slice(0, len(real))
    dice = np.random.default_rng(9)
    again = real.take(pa.array(dice.integers(0, len(real), len(real))))
    for names in (
        ["age"], ["sex"], ["relationship"], ["workclass"], ["occupation"], ["hours.per.week"],
        ["sex", "relationship"], ["education", "occupation"], ["marital.status", "workclass"],
    ):  # fmt: skip
        noise = distance(real.select(names), again.select(names))
        here = distance(real.select(names), made.select(names))
        there = distance(real.select(names), rejected.select(names))
        assert here < max(2.0 * noise, 0.02) + 0.03, (names, here, noise)
        # a single draw of so many real rows misses a share by about 0.01, and may miss it by less by luck
        assert here < there + max(noise, 0.02), (
            names,
            "no worse than sampling and throwing away",
            here,
            there,
        )


def test_a_rare_condition_is_met_and_what_never_happens_is_refused(census: TableModel) -> None:
    made = census.sample(2_000, where={"workclass": "Without-pay"}).to_arrow()
    assert set(made["workclass"].cast(pa.string()).to_pylist()) == {"Without-pay"}
    with pytest.raises(Unsatisfiable) as caught:
        census.sample(10, where={"age": "17", "education": "Doctorate", "marital.status": "Widowed"})
    assert caught.value.rarity is not None
    assert caught.value.rarity < 1e-6
    assert "education=Doctorate" in caught.value.condition


def test_shares_are_exact_in_every_block_and_the_rest_keeps_its_proportions(
    adult: Table, census: TableModel
) -> None:
    made = census.sample(
        30_000, shares={"income": {">50K": 0.5}, "race": {"Black": 0.2, "Other": 0.05}}
    ).to_arrow()
    for start in range(0, 30_000, 10_000):
        block = made.slice(start, 10_000)
        assert round(share(block["income"], ">50K") * 10_000) == 5_000
        assert round(share(block["race"], "Black") * 10_000) == 2_000
        assert round(share(block["race"], "Other") * 10_000) == 500
    rest = {name: share(adult.arrow["race"], name) for name in ("White", "Asian-Pac-Islander")}
    ratio = share(made["race"], "White") / share(made["race"], "Asian-Pac-Islander")
    assert 0.6 < ratio / (rest["White"] / rest["Asian-Pac-Islander"]) < 1.6


def test_balance_makes_the_values_equally_frequent(census: TableModel) -> None:
    made = census.sample(10_000, balance="race").to_arrow()
    assert {share(made["race"], name) for name in set(made["race"].cast(pa.string()).to_pylist())} == {0.2}


@pytest.mark.parametrize("name", ["state", "country", "least age"])
def test_a_column_that_another_fixes_can_be_balanced(
    rules: tuple[pa.Table, Rules, TableModel], name: str
) -> None:
    real, found, model = rules
    made = model.sample(10_000, balance=name).to_arrow()
    values = set(real[name].to_pylist())
    for value in values:
        assert abs(share(made[name], str(value)) - 1 / len(values)) < 1e-4 + 1e-9
    assert sum(count for count, _ in violations(found, made, real).values()) == 0


def test_what_has_less_than_k_rows_in_it_is_told() -> None:
    real = pa.table(
        {
            "town": [f"town {i // 2}" for i in range(60)],
            "sex": ["f", "m"] * 29 + ["x", "f"],
            "bonus": [None] * 57 + [1_000, 2_000, 3_000],
        }
    )
    model = la.fit(real)
    assert model.notes == (
        "labels in fewer than 5 rows are not inside and are never drawn: sex",
        "comes out empty, for none of its labels is in 5 rows: town",
        "comes out empty, for fewer than 5 rows have a value: bonus",
    )
    assert set(model.notes) <= set(model.info()["contains"])  # type: ignore[arg-type]
    assert model.sample(1_000).to_arrow()["town"].null_count == 1_000
