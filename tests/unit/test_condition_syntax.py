"""Conditions and shares are read as people write them, and refused with a way out."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.errors import BadInput, BadSchema, UsageError
from lookalike.models.base import Condition, Share
from lookalike.models.condition_syntax import condition, conditions, share, shares
from lookalike.schema import Column, Schema

SCHEMA = Schema(
    (
        Column(name="income", kind="categorical", type="string"),
        Column(name="age", kind="numerical", type="int64"),
        Column(name="a", kind="categorical", type="string"),
        Column(name="a=b", kind="categorical", type="string"),
        Column(name="smokes", kind="boolean", type="bool", true_text="yes", false_text="no"),
        Column(name="day", kind="datetime", type="date32[day]", format="%Y-%m-%d"),
    )
)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("income=>50K", Condition("income", (">50K",))),
        ("income=<=50K", Condition("income", ("<=50K",))),
        ("income='>50K'", Condition("income", (">50K",))),
        ('income="Smith, J."', Condition("income", ("Smith, J.",))),
        ("income='it''s',x", Condition("income", ("it's", "x"))),
        ("income=it's", Condition("income", ("it's",))),
        ("income=NY,CA", Condition("income", ("NY", "CA"))),
        ("income=", Condition("income", (None,))),
        ("income=,NY", Condition("income", (None, "NY"))),
        ("income=''", Condition("income", ("",))),
        ("income='a..b'", Condition("income", ("a..b",))),
        ("age=30..40", Condition("age", low="30", high="40")),
        ("age=-5..-1", Condition("age", low="-5", high="-1")),
        ("age=-5", Condition("age", ("-5",))),
        ("age=1.5..2.5", Condition("age", low="1.5", high="2.5")),
        ("age=65..", Condition("age", low="65")),
        ("age=..18", Condition("age", high="18")),
        ("day=2020-01-01..2020-06-30", Condition("day", low="2020-01-01", high="2020-06-30")),
        ("a=b=c", Condition("a=b", ("c",))),
        ("a=c", Condition("a", ("c",))),
    ],
)
def test_a_condition_is_read_as_written(text: str, wanted: Condition) -> None:
    assert condition(text, SCHEMA) == wanted


@pytest.mark.parametrize("text", ["income", "=x", "", "income='open", "income='a'b", "age=.."])
def test_what_is_no_condition_is_refused_with_the_grammar(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        condition(text, SCHEMA)
    assert "COLUMN=" in (caught.value.hint or "")


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(BadSchema, match="'town'"):
        condition("town=Ulm", SCHEMA)
    with pytest.raises(BadSchema, match="'town'"):
        conditions({"town": "Ulm"}, SCHEMA)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_values_can_be_said_with_quotes(values: list[str]) -> None:
    spelled = ",".join("'" + value.replace("'", "''") + "'" for value in values)
    assert condition(f"income={spelled}", SCHEMA) == Condition("income", tuple(values))


@given(st.text())
def test_any_text_is_a_condition_or_a_usage_error(text: str) -> None:
    try:
        assert condition(f"income={text}", SCHEMA).column == "income"
    except UsageError as error:
        assert error.hint  # noqa: PT017


def test_python_values_are_spelled_as_the_column_spells_them() -> None:
    given = {
        "income": [">50K", None],
        "age": range(30, 41),
        "smokes": True,
        "day": [dt.date(2020, 1, 2)],
        "a": {"y", "x"},
    }
    assert conditions(given, SCHEMA) == (
        Condition("income", (">50K", None)),
        Condition("age", low="30", high="40"),
        Condition("smokes", ("yes",)),
        Condition("day", ("2020-01-02",)),
        Condition("a", ("x", "y")),
    )
    assert conditions({"age": 30, "income": None}, SCHEMA) == (
        Condition("age", ("30",)),
        Condition("income", (None,)),
    )


def test_a_list_in_python_is_taken_as_it_is() -> None:
    assert conditions({"income": ["30..40", "a,b"]}, SCHEMA) == (Condition("income", ("30..40", "a,b")),)


def test_the_ends_of_a_range_in_python_are_taken_as_they_are() -> None:
    for ends, low, high in (
        ({"low": "1,200", "high": "a..b"}, "1,200", "a..b"),
        ({"low": 30}, "30", None),
        ({"high": "40"}, None, "40"),
    ):
        assert conditions({"age": ends}, SCHEMA) == (Condition("age", low=low, high=high),)
    for wrong in ({}, {"low": None}, {"low": 3, "top": 4}):
        with pytest.raises(UsageError):
            conditions({"age": wrong}, SCHEMA)


def test_strings_and_conditions_may_be_mixed() -> None:
    ready = Condition("age", low="30")
    assert conditions(["income=x", ready], SCHEMA) == (Condition("income", ("x",)), ready)
    assert conditions("income=x", SCHEMA) == (Condition("income", ("x",)),)
    assert conditions(None, SCHEMA) == ()


def test_two_conditions_on_a_column_are_refused() -> None:
    with pytest.raises(BadInput, match="two conditions on 'age'"):
        conditions(["age=3..", "age=..5"], SCHEMA)


def test_an_empty_list_or_range_is_refused() -> None:
    for nothing in ([], range(3, 3), range(0, 9, 2)):
        with pytest.raises(UsageError):
            conditions({"age": nothing}, SCHEMA)


@pytest.mark.parametrize(("text", "part"), [("0.5", 0.5), ("25%", 0.25), ("1", 1.0), ("0", 0.0)])
def test_a_share_is_a_part_or_per_cent(text: str, part: float) -> None:
    assert share(f"income='>50K':{text}", SCHEMA) == Share(Condition("income", (">50K",)), part)


def test_shares_in_python() -> None:
    wanted = (Share(Condition("income", (">50K",)), 0.3), Share(Condition("income", ("<=50K",)), 0.7))
    assert shares({"income": {">50K": 0.3, "<=50K": 0.7}}, SCHEMA) == wanted
    assert shares(["income=>50K:0.3", wanted[1]], SCHEMA) == wanted
    assert shares(None, SCHEMA) == ()


@pytest.mark.parametrize("text", ["income=x", "income=x:y", "income=x:1.5", "income=x:-0.1", "income=x:nan"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        share(text, SCHEMA)
    with pytest.raises(UsageError):
        shares({"income": 0.5}, SCHEMA)  # type: ignore[dict-item]
