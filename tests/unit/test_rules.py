"""Rules: what is found, what is not, and how breaking them is counted."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv

from lookalike.schema import Column, Schema
from lookalike.tables.mining import SCREEN_ROWS, spread
from lookalike.tables.rules import Functional, Ordering, Rules, mine, violations

DATA = Path(__file__).parents[2] / "examples" / "data"
KINDS = {"string": "categorical", "bool": "boolean", "date32[day]": "datetime", "double": "numerical"}


def schema_of(table: pa.Table, **changes: object) -> Schema:
    def column(field: pa.Field) -> Column:
        kind = KINDS.get(str(field.type), "numerical")
        decimals = 0 if pa.types.is_integer(field.type) else None
        return Column(name=field.name, kind=kind, type=str(field.type), decimals=decimals)  # type: ignore[arg-type]

    return Schema(tuple(column(field) for field in table.schema))


def found(table: pa.Table) -> Rules:
    return mine(table, schema_of(table))


def letters(codes: np.ndarray) -> list[str]:
    return [f"v{code}" for code in codes]


RNG = np.random.default_rng(0)
CITY = RNG.integers(0, 40, 3000)


def test_a_city_fixes_its_country_and_the_chain_is_minimal() -> None:
    table = pa.table({"country": letters(CITY // 10), "state": letters(CITY // 4), "city": letters(CITY)})
    # ten states of four cities, but a country spans two and a half states: state does not fix country
    assert found(table).functional == (Functional("city", "country"), Functional("city", "state"))
    nested = table.set_column(0, "country", pa.array(letters(CITY // 8)))
    assert found(nested).functional == (Functional("state", "country"), Functional("city", "state"))


def test_columns_that_fix_each_other_keep_one_direction_and_names_lead() -> None:
    table = pa.table({"number": CITY, "name": letters(CITY), "code": letters(CITY + 100)})
    rules = found(table).functional
    assert set(rules) == {Functional("name", "number"), Functional("name", "code")}


def test_a_missing_value_is_a_value() -> None:
    region = [None if c < 5 else f"r{c // 10}" for c in CITY]
    table = pa.table({"city": letters(CITY), "region": region})
    assert found(table).functional == (Functional("city", "region"),)
    holed = pa.table({"city": letters(CITY), "region": [None, *region[1:]]})
    assert region[0] is not None
    assert found(holed).functional == ()


def test_one_exception_is_enough_to_have_no_rule() -> None:
    country = CITY // 10
    country[17] = (country[17] + 1) % 4
    assert found(pa.table({"city": letters(CITY), "country": letters(country)})).functional == ()


def test_values_seen_once_prove_nothing() -> None:
    rng = np.random.default_rng(1)
    codes = np.where(rng.random(5000) < 0.9, 0, np.arange(5000))  # most values occur once, one often
    table = pa.table({"code": letters(codes), "flag": letters((codes > 0) * rng.integers(1, 9, 5000))})
    assert found(table).functional == ()


@given(st.integers(0, 10_000), st.integers(200, 3000), st.integers(2, 8))
@settings(max_examples=40, deadline=None)
def test_unrelated_columns_have_no_rules(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    made = {}
    for i in range(columns):
        k = int(rng.integers(2, 60))
        weights = rng.dirichlet(np.full(k, rng.choice([0.05, 0.5, 5])))
        made[f"c{i}"] = letters(rng.choice(k, rows, p=weights))
        made[f"x{i}"] = rng.normal(rng.normal(), 1, rows)
        made[f"k{i}"] = rng.poisson(rng.exponential(3), rows)
    assert len(found(pa.table(made))) == 0


@given(st.integers(0, 10_000), st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_rules_are_true_and_do_not_depend_on_chunks(seed: int, pieces: int) -> None:
    rng = np.random.default_rng(seed)
    city = rng.integers(0, 30, 900)
    low = rng.normal(size=900)
    table = pa.table(
        {
            "city": letters(city),
            "country": letters(city // int(rng.integers(2, 9))),
            "low": low,
            "high": low + rng.exponential(1, 900),
        }
    )
    whole = found(table)
    assert Functional("city", "country") in whole.functional
    assert whole.orderings == (Ordering("low", "high"),)
    assert all(broken == 0 for broken, _ in violations(whole, table, table).values())
    size = -(-900 // pieces)
    cut = pa.concat_tables([table.slice(start, size) for start in range(0, 900, size)])
    assert found(cut) == whole
    coded = cut.set_column(0, "city", cut["city"].dictionary_encode())
    assert mine(coded, schema_of(cut)) == whole


def test_dates_in_order_are_found_and_transitive_ones_left_out() -> None:
    start = [date(2020, 1, 1) + timedelta(days=int(d)) for d in RNG.integers(0, 900, 800)]
    due = [d + timedelta(days=int(n)) for d, n in zip(start, RNG.integers(0, 60, 800), strict=True)]
    paid = [d + timedelta(days=int(n)) for d, n in zip(due, RNG.integers(0, 60, 800), strict=True)]
    table = pa.table({"paid": paid, "start": start, "due": due})
    assert found(table).orderings == (Ordering("start", "due"), Ordering("due", "paid"))
    gaps = [None if i % 3 == 0 else d for i, d in enumerate(due)]
    holed = pa.table({"paid": paid, "start": start, "due": pa.array(gaps)})
    # where due is missing, the two rules do not say that start comes before paid
    assert set(found(holed).orderings) == {
        Ordering("start", "due"),
        Ordering("due", "paid"),
        Ordering("start", "paid"),
    }


def test_ranges_that_hardly_overlap_are_no_rule() -> None:
    rng = np.random.default_rng(2)
    table = pa.table({"small": rng.uniform(0, 10, 900), "large": rng.uniform(9.9, 1000, 900)})
    assert found(table).orderings == ()


def test_an_ordering_that_random_pairs_seldom_break_is_no_rule() -> None:
    rng = np.random.default_rng(3)
    low = rng.uniform(0, 10, 5000)

    def beside(close: float) -> pa.Table:
        return pa.table({"a": low, "b": np.where(rng.random(5000) < close, low + 0.1, 50 + low)})

    assert found(beside(0.5)).orderings == (Ordering("a", "b"),)  # random pairs break it one time in four
    assert found(beside(0.06)).orderings == ()  # and here one time in 33


def test_every_row_of_a_long_table_is_read() -> None:
    rows = 40_000
    unsampled = int(np.setdiff1d(np.arange(rows), spread(rows, SCREEN_ROWS[1]))[5000])
    city = np.random.default_rng(4).integers(0, 40, rows)
    low = np.random.default_rng(5).normal(size=rows)
    made = {"city": letters(city), "country": letters(city // 10), "low": low, "high": low + 2}
    assert len(found(pa.table(made))) == 2
    made["country"][unsampled] = "elsewhere"
    made["high"][unsampled] = low[unsampled] - 1
    assert len(found(pa.table(made))) == 0


def test_units_are_not_compared_with_others() -> None:
    low = RNG.uniform(0, 50, 900)
    table = pa.table({"rate": low, "price": low + 1})
    schema = schema_of(table)
    assert mine(table, schema).orderings == (Ordering("rate", "price"),)
    assert mine(table, schema.replace("rate", suffix="%")).orderings == ()


def test_strict_needs_ties_that_chance_would_have_made() -> None:
    low = RNG.integers(0, 10, 2000)
    assert found(pa.table({"a": low, "b": low + RNG.integers(1, 5, 2000)})).orderings == (
        Ordering("a", "b", strict=True),
    )
    fine = RNG.uniform(0, 10, 2000)
    assert found(pa.table({"a": fine, "b": fine + RNG.uniform(1, 5, 2000)})).orderings == (
        Ordering("a", "b"),
    )


def test_equal_columns_are_ordered_one_way() -> None:
    values = RNG.normal(size=500)
    assert found(pa.table({"a": values, "b": values})).orderings == (Ordering("a", "b"),)


def closed_table(rows: int = 4000) -> pa.Table:
    rng = np.random.default_rng(5)
    offers = [(size, colour) for size in range(6) for colour in range(8) if (3 * size + colour) % 3 == 0]
    picks = rng.integers(0, len(offers), rows)
    return pa.table(
        {
            "size": letters(np.array([offers[p][0] for p in picks])),
            "colour": letters(np.array([offers[p][1] for p in picks]) % 8),
            "shop": letters(rng.integers(0, 5, rows)),
        }
    )


def test_a_hole_in_a_cross_table_is_a_rule_and_a_tail_is_not() -> None:
    rng = np.random.default_rng(7)
    sex = rng.integers(0, 2, 2000)
    pregnant = (rng.random(2000) < 0.2) & (sex == 1)
    table = pa.table({"sex": letters(sex), "pregnant": pregnant})
    assert found(table).combinations == (("sex", "pregnant"),)
    exception = pa.table({"sex": letters(np.append(sex, 0)), "pregnant": [*pregnant, True]})
    assert found(exception).combinations == ()


def test_combinations_implied_by_others_are_left_out() -> None:
    rng = np.random.default_rng(8)
    plan = rng.integers(0, 4, 6000)
    currency = np.where(plan < 2, rng.integers(0, 2, 6000), rng.integers(2, 5, 6000))
    names = pa.table({"plan": letters(plan), "plan_id": plan, "currency": letters(currency)})
    rules = found(names)
    assert rules.functional == (Functional("plan", "plan_id"),)
    assert rules.combinations == (("plan", "currency"),)


def test_violations_are_counted_against_the_reference() -> None:
    real = pa.table({"city": ["a", "a", "b", None], "country": ["x", "x", "y", "z"], "low": [1, 2, 3, 4]})
    made = pa.table(
        {
            "city": ["a", "b", "new", None, None],
            "country": ["y", "y", "x", "z", "x"],
            "low": [1, 5, 2, None, 3],
        }
    )
    made = made.append_column("high", pa.array([2.0, 4.0, 2.0, 1.0, None]))
    real = real.append_column("high", pa.array([2.0, 4.0, 6.0, 4.0]))
    rules = Rules(
        (Functional("city", "country"), Functional("city", "absent")),
        (Ordering("low", "high"), Ordering("low", "high", strict=True)),
        (("city", "country"),),
    )
    assert violations(rules, made, real) == {
        "city → country": (2, 4),
        "low ≤ high": (1, 3),
        "low < high": (2, 3),
        "city × country: combinations": (2, 4),
    }
    assert violations(rules, made.slice(0, 0), real)["city → country"] == (0, 0)


def test_types_may_differ_from_the_reference() -> None:
    real = pa.table({"n": [1, 2, 3], "c": ["x", "y", "x"]})
    made = pa.table({"n": ["1", "2", "3"], "c": pa.array(["x", "x", "x"]).dictionary_encode()})
    rules = Rules((Functional("n", "c"),))
    assert violations(rules, made, real) == {"n → c": (1, 3)}


def test_rules_go_to_json_and_back() -> None:
    rules = Rules((Functional("a", "b"),), (Ordering("c", "d", strict=True),), (("e", "f"),))
    assert Rules.of_dict(rules.to_dict()) == rules
    assert len(rules) == 3


def test_columns_that_are_not_modelled_have_no_rules() -> None:
    table = pa.table({"city": letters(CITY), "country": letters(CITY // 10)})
    schema = schema_of(table).replace("country", action="fake")
    assert len(mine(table, schema)) == 0


EXPECTED = {
    "adult": ["education → education.num"],
    "default": [],
    "shoppers": [],
    "magic": ["Width ≤ Length", "Conc1 ≤ Conc"],
    "beijing": [],
}


@pytest.mark.parametrize("name", EXPECTED)
def test_rules_of_real_tables_hold_on_their_holdout(name: str) -> None:
    train, test = (csv.read_csv(DATA / name / f"{part}.csv") for part in ("train", "test"))
    counted = violations(found(train), test, train)
    assert list(counted) == EXPECTED[name]
    assert all(broken == 0 and judged == test.num_rows for broken, judged in counted.values())


def test_tables_too_small_or_narrow_have_no_rules() -> None:
    for rows in (0, 1, 2, 30):
        table = pa.table({"a": letters(np.arange(rows) % 2), "b": np.arange(rows) % 2, "c": np.arange(rows)})
        assert len(found(table)) == 0
    assert len(found(pa.table({"a": letters(CITY)}))) == 0
    assert len(found(pa.table({"a": pa.nulls(100, pa.int64()), "b": pa.nulls(100, pa.string())}))) == 0


def test_a_thousand_columns_stay_within_the_budget() -> None:
    rng = np.random.default_rng(9)
    made: dict[str, object] = {f"x{i}": rng.normal(i % 7, 1, 2000) for i in range(300)}
    made |= {f"s{i}": (rng.random(2000) < 0.02).astype(int) for i in range(300)}
    made |= {f"c{i}": rng.integers(0, 30, 2000) for i in range(398)}
    city = rng.integers(0, 30, 2000)
    made |= {"city": letters(city), "country": letters(city // 3)}
    table = pa.table(made)
    start = time.process_time()
    rules = found(table)
    assert rules == Rules((Functional("city", "country"),))
    assert time.process_time() - start < 15
