"""Text → inferred schema → typed → text again gives every cell as it was, in every form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookalike.schema import Column
from lookalike.tables.arrow_types import type_of
from lookalike.tables.infer import infer, infer_typed
from lookalike.tables.spell import spell
from lookalike.tables.typed import typed

quick = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
Cells = list[str | None]


def there_and_back(cells: Cells, name: str = "c") -> tuple[Column, Cells]:
    table = pa.table({name: pa.array(cells, pa.string())})
    schema, notes = infer(table, textual=True)
    found = typed(table, schema, textual=True, source="t.csv")
    column = schema[name]
    assert found[name].type == type_of(column.type)
    one_schema, one_table, one_notes = infer_typed(table, textual=True)
    assert one_schema == schema
    assert one_table.equals(found)
    assert one_notes == notes
    texts = spell(found[name], column).cast(pa.string()).to_pylist()
    return column, [column.null_text or None if text is None else text for text in texts]


def numbers_of(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def fixed(decimals: int) -> st.SearchStrategy[str]:
    return st.integers(-(10**9), 10**9).map(lambda k: f"{k / 10**decimals:.{decimals}f}")


def python_float(x: float) -> str:
    return repr(x)


def bare_float(x: float) -> str:
    return repr(x).removesuffix(".0")


def grouped(mark: str, point: str) -> Callable[[int], str]:
    def spelled(k: int) -> str:
        return f"{k / 100:,.2f}".translate(str.maketrans({",": mark, ".": point}))

    return spelled


floats = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False)
any_float = st.floats(allow_nan=False, allow_infinity=False)
short = st.integers(-(10**7), 10**7).map(lambda k: k / 1000)

NUMBERS: dict[str, st.SearchStrategy[str]] = {
    "integers": numbers_of(-(2**63), 2**63 - 1).map(str),
    "small integers": numbers_of(-5, 5).map(str),
    "unsigned": numbers_of(2**63, 2**64 - 1).map(str),
    "one decimal": fixed(1),
    "two decimals": fixed(2),
    "six decimals": fixed(6),
    "nine decimals": fixed(9),
    "python floats": floats.map(python_float),
    "python floats of any size": any_float.map(python_float),
    "bare floats": floats.map(bare_float),
    "three places": short.map(python_float),
    "three places, bare": short.map(bare_float),
    "always exponents": any_float.map(lambda x: f"{x:.6e}"),
    "capital exponents": any_float.map(lambda x: f"{x:.3E}"),
    "dollars": st.integers(-(10**11), 10**11).map(
        lambda k: f"{'-' if k < 0 else ''}${grouped(',', '.')(abs(k))}"
    ),
    "euros": st.integers(-(10**11), 10**11).map(lambda k: grouped(".", ",")(k) + " €"),
    "swiss": st.integers(0, 10**9).map(lambda k: "CHF " + grouped("'", ".")(k)),
    "percent": st.integers(-100, 100).map(lambda k: f"{k}%"),
    "decimal comma": fixed(2).map(lambda t: t.replace(".", ",")),
    "grouped integers": st.integers(-(10**9), 10**9).map(lambda k: f"{k:,}"),
    "a space in front": numbers_of(-99, 99).map(lambda k: f" {k}"),
    "kilograms": short.map(lambda x: bare_float(x) + " kg"),
}


@pytest.mark.parametrize("form", NUMBERS)
def test_numbers_come_back_as_they_were(form: str) -> None:
    @quick
    @given(st.lists(NUMBERS[form], min_size=3, max_size=60))
    def holds(cells: Cells) -> None:
        # a negative zero has no place on a grid, and a lone spelling may be a code
        plain = ["0.5" if cell is None else cell for cell in cells]
        _, after = there_and_back(list(plain))
        shown = [cell if not is_zero(cell) else cell.lstrip("-") for cell in plain]
        assert [a if a is None or not is_zero(a) else a.lstrip("-") for a in after] == shown

    holds()


def is_zero(cell: str) -> bool:
    return not any(c in "123456789" for c in cell.lower().split("e")[0])


@pytest.mark.parametrize(
    "form",
    [
        "integers",
        "two decimals",
        "python floats",
        "bare floats",
        "three places",
        "dollars",
        "euros",
        "percent",
    ],
)
def test_forms_of_numbers_are_seen_as_numbers(form: str) -> None:
    @quick
    @given(st.lists(NUMBERS[form], min_size=8, max_size=60, unique=True), st.randoms())
    def holds(cells: Cells, random: object) -> None:
        cells = [*cells, cells[0]]  # a repeated value: no id
        column, _ = there_and_back(cells)
        assert column.kind == "numerical"

    holds()


moments = st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2099, 12, 31))


def no_zero(text: str) -> str:
    return text.lstrip("0")


DATES: dict[str, Callable[[dt.datetime], str]] = {
    "%Y-%m-%d": lambda d: f"{d:%Y-%m-%d}",
    "%Y/%m/%d": lambda d: f"{d:%Y/%m/%d}",
    "%d.%m.%Y": lambda d: f"{d:%d.%m.%Y}",
    "%m/%d/%Y": lambda d: f"{d:%m/%d/%Y}",
    "%d/%m/%Y": lambda d: f"{d:%d/%m/%Y}",
    "%-m/%-d/%Y": lambda d: f"{d.month}/{d.day}/{d.year}",
    "%-d.%-m.%Y": lambda d: f"{d.day}.{d.month}.{d.year}",
    "%Y%m%d": lambda d: f"{d:%Y%m%d}",
    "%d %b %Y": lambda d: f"{d:%d %b %Y}",
    "%d-%^b-%Y": lambda d: f"{d:%d-%b-%Y}".upper(),
    "%B %-d, %Y": lambda d: f"{d:%B} {d.day}, {d.year}",
    "%a, %d %b %Y": lambda d: f"{d:%a, %d %b %Y}",
    "%Y-%m-%d %H:%M:%S": lambda d: f"{d:%Y-%m-%d %H:%M:%S}",
    "%Y-%m-%dT%H:%M:%S": lambda d: f"{d:%Y-%m-%dT%H:%M:%S}",
    "%Y-%m-%dT%H:%M:%SZ": lambda d: f"{d:%Y-%m-%dT%H:%M:%SZ}",
    "%Y-%m-%dT%H:%M:%S%:z": lambda d: f"{d:%Y-%m-%dT%H:%M:%S}+05:30",
    "%Y-%m-%d %H:%M:%S%z": lambda d: f"{d:%Y-%m-%d %H:%M:%S}-0800",
    "%Y-%m-%d %H:%M:%S.%6f": lambda d: f"{d:%Y-%m-%d %H:%M:%S.%f}",
    "%Y-%m-%dT%H:%M:%S.%3fZ": lambda d: f"{d:%Y-%m-%dT%H:%M:%S}.{d.microsecond // 1000:03}Z",
    "%Y-%m-%d %H:%M:%S.%9f": lambda d: f"{d:%Y-%m-%d %H:%M:%S.%f}789",
    "%d/%m/%Y %H:%M": lambda d: f"{d:%d/%m/%Y %H:%M}",
    "%-m/%-d/%Y %-I:%M %p": lambda d: f"{d.month}/{d.day}/{d.year} {no_zero(f'{d:%I}')}:{d:%M %p}",
    "%b %d %Y %H:%M:%S": lambda d: f"{d:%b %d %Y %H:%M:%S}",
}
CERTAIN = [dt.datetime(2001, 12, 31, 23, 59, 58, 999999), dt.datetime(2020, 1, 2, 3, 4, 5)]
"""Dates in which day, month, hour of 12 and idle zeros can be told apart."""


@pytest.mark.parametrize("form", DATES)
def test_dates_come_back_as_they_were(form: str) -> None:
    spelled = DATES[form]

    @quick
    @given(st.lists(moments, min_size=1, max_size=40))
    def holds(found: list[dt.datetime]) -> None:
        cells: Cells = [spelled(d) for d in [*CERTAIN, *found]]
        column, after = there_and_back([*cells, None], "day")
        assert (column.kind, column.format) == ("datetime", form)
        assert after == [*cells, None]

    holds()


SPANS: dict[str, Callable[[int], str]] = {
    "%H:%M:%S": lambda s: f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}",
    "%-H:%M": lambda s: f"{s // 3600}:{s // 60 % 60:02}",
    "%H:%M:%S.%3f": lambda s: f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}.{s % 1000:03}",
    "%I:%M %p": lambda s: f"{dt.time(s // 3600 % 24, s // 60 % 60):%I:%M %p}",
    "%-d days %H:%M:%S": lambda s: f"{s // 86400} days {s // 3600 % 24:02}:{s // 60 % 60:02}:{s % 60:02}",
}


@pytest.mark.parametrize("form", SPANS)
def test_times_come_back_as_they_were(form: str) -> None:
    @quick
    @given(st.lists(st.integers(0, 2_000_000), min_size=2, max_size=40))
    def holds(seconds: list[int]) -> None:
        cells: Cells = [SPANS[form](s) for s in [3, 98_765, *seconds]]
        column, after = there_and_back([*cells, None])
        assert (column.kind, column.format) == ("timedelta", form)
        assert after == [*cells, None]

    holds()


@pytest.mark.parametrize(
    "pair",
    [
        ("true", "false"),
        ("True", "False"),
        ("TRUE", "FALSE"),
        ("yes", "no"),
        ("Y", "N"),
        ("t", "f"),
        ("On", "Off"),
    ],
)
@quick
@given(data=st.data())
def test_booleans_come_back_as_they_were(pair: tuple[str, str], data: st.DataObject) -> None:
    cells = [*pair, *data.draw(st.lists(st.sampled_from([*pair, None]), max_size=60))]
    column, after = there_and_back(list(cells))
    assert (column.kind, column.true_text, column.false_text) == ("boolean", *pair)
    assert after == cells


texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


@quick
@given(st.lists(st.one_of(st.none(), texts), min_size=1, max_size=60))
def test_any_text_comes_back_as_it_was_unless_it_spells_a_number(cells: Cells) -> None:
    table = pa.table({"c": pa.array(cells, pa.string())})
    schema, found, _ = infer_typed(table, textual=True)
    if schema["c"].kind in ("categorical", "text", "id", "constant", "null"):
        back = spell(found["c"], schema["c"]).cast(pa.string()).to_pylist()
        assert [c for c in back if c is not None] == [c for c in cells if c is not None]
        assert [c is None for c in back] == [c is None for c in cells]


@quick
@given(st.lists(st.sampled_from(["007", "0123", "42", "00"]), min_size=2, max_size=60))
def test_leading_zeros_are_kept(cells: list[str]) -> None:
    cells = ["007", *cells]
    column, after = there_and_back(list(cells))
    assert "string" in column.type
    assert after == cells


@pytest.mark.parametrize("null_text", ["", "NA", "N/A", "null", "NULL", "NaN", "-", "?"])
@pytest.mark.parametrize(
    "good", [["1", "2", "35"], ["1.50", "2.75"], ["2020-01-31", "2021-12-01"], ["yes", "no"]]
)
def test_missing_values_keep_their_spelling(null_text: str, good: list[str]) -> None:
    cells: Cells = [*good * 3, null_text or None, *good, null_text or None]
    column, after = there_and_back(cells)
    assert column.kind in ("numerical", "datetime", "boolean")
    assert column.nulls
    assert column.null_text == null_text
    assert after == cells


def mixtures() -> Iterator[tuple[str, Cells]]:
    yield "repr of Python with small numbers", ["0.0", "2.73e-05", "0.031188811", "0.2"]
    yield "small numbers without exponent", ["0.00001", "0.5", "0.25", "0.1234"]
    yield "nothing but whole floats", ["14.0", "15.0", "1026.0"]
    yield "17 digits", ["0.30000000000000004", "0.1", "123456.78901234567"]
    yield "negative zero", ["-0.0", "1.5", "2.25"]


@pytest.mark.parametrize(("what", "cells"), list(mixtures()))
def test_mixtures_come_back_as_they_were(what: str, cells: Cells) -> None:
    column, after = there_and_back(cells * 400)
    assert column.kind == "numerical"
    assert after == cells * 400


def test_most_frequent_spelling_of_missing_wins_and_is_told() -> None:
    table = pa.table({"n": ["1", "2", "NA", "NA", "-", "7"]})
    schema, found, notes = infer_typed(table, textual=True)
    assert schema["n"].null_text == "NA"
    assert found["n"].null_count == 3
    assert any("'n'" in note and "2 ways" in note for note in notes)


def test_a_null_and_an_empty_string_stay_apart() -> None:
    cells: Cells = ["a", "", None, "b", "a", ""] * 4
    column, after = there_and_back(cells)
    assert column.kind == "categorical"
    assert after == cells
