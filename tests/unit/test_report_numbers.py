"""How a report writes numbers."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookalike.quality import report_numbers as numbers

SPACE = "\u00a0"
finite = st.floats(-1e300, 1e300)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0044, "0.44 %"),
        (0.0213, "2.13 %"),
        (0.509, "50.9 %"),
        (0.09996, "10.0 %"),
        (0.0, "0 %"),
        (2.7e-20, "0 %"),
        (1.0, "100 %"),
        (0.99999, "99.99 %"),
        (0.9994, "99.94 %"),
        (0.0000001, "< 0.001 %"),
        (-0.0000001, "> −0.001 %"),
        (-0.0044, "−0.44 %"),
        (2.5, "250.0 %"),
        (None, "–"),
        (math.nan, "–"),
    ],
)
def test_shares_are_per_cents_that_never_round_to_nothing_or_all(value: float | None, text: str) -> None:
    assert numbers.share(value).replace(SPACE, " ") == text


@given(value=st.floats(1e-9, 1 - 1e-9))
def test_a_share_that_is_neither_nothing_nor_all_is_not_written_so(value: float) -> None:
    assert numbers.share(value) not in (f"0{SPACE}%", f"100{SPACE}%", f"0.00{SPACE}%", f"100.0{SPACE}%")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.53417, "0.534"), (1.0, "1.000"), (0.0, "0.000"), (0.00251, "0.0025"), (-0.02, "−0.020"), (None, "–")],
)
def test_scores_have_three_decimals_or_two_digits(value: float | None, text: str) -> None:
    assert numbers.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00049, "0.000"), (-0.00049, "0.000"), (-0.00251, "−0.003"), (0.0821, "0.082")],
)
def test_small_numbers_in_a_column_have_equal_decimals(value: float, text: str) -> None:
    assert numbers.fixed(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (38.5816, "38.58"),
        (1484705.0, "1,484,705"),
        (40.0, "40"),
        (-0.5, "−0.5"),
        (1.7e308, "1.7e+308"),
        (0.00001, "1e-05"),
        (0.0, "0"),
        (math.inf, "–"),
    ],
)
def test_amounts_have_four_digits(value: float, text: str) -> None:
    assert numbers.amount(value) == text


@given(value=finite)
def test_amounts_are_right_to_four_digits(value: float) -> None:
    text = numbers.amount(value).replace("−", "-").replace(",", "")
    assert float(text) == pytest.approx(value, rel=1e-2 if abs(value) >= 1e12 or abs(value) < 1e-4 else 5e-4)


def test_points_carry_their_sign() -> None:
    assert numbers.points(-0.0251) == "−2.5"
    assert numbers.points(0.00051) == "+0.05"
    assert numbers.points(0.0) == "0"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("detection.auc", 0.534, "0.534"),
        ("privacy.membership", 0.51, "0.510"),
        ("privacy.distance", 0.02, "0.020"),
        ("privacy.copies", 0.0213, "2.13 %"),
        ("utility.loss", 0.011, "1.10 %"),
        ("utility.loss", None, "–"),
    ],
)
def test_a_headline_figure_is_written_as_its_name_asks(name: str, value: float | None, text: str) -> None:
    assert numbers.figure(name, value).replace(SPACE, " ") == text


def test_differences_of_shares_are_points_and_of_scores_are_scores() -> None:
    assert "".join(numbers.gap("privacy.copies", 0.01)) == f"1{SPACE}point"
    assert "".join(numbers.gap("privacy.copies", 0.0199)) == f"2{SPACE}points"
    assert "".join(numbers.gap("privacy.copies", 0.0065)) == f"0.65{SPACE}points"
    assert "".join(numbers.gap("fidelity.shape", 0.25)) == f"25{SPACE}points"
    assert "".join(numbers.gap("detection.auc", 0.15)) == "0.150"
    assert "".join(numbers.gap("privacy.distance", 0.272354)) == f"27{SPACE}%"


def test_intervals_say_their_unit_once() -> None:
    assert numbers.between(0.526, 0.542) == "0.526 to 0.542"
    assert numbers.between(0.012, 0.019, numbers.share) == f"1.20 to 1.90{SPACE}%"
    assert numbers.between(None, 0.5) == numbers.between(0.5, 0.5) == ""


def test_one_is_not_many() -> None:
    assert numbers.plural(1, "row") == "1 row"
    assert numbers.plural(2000, "row") == "2,000 rows"
    assert numbers.plural(0, "canary", "canaries") == "0 canaries"


@given(value=finite)
def test_a_minus_is_a_minus_and_not_a_hyphen(value: float) -> None:
    for write in (
        numbers.share,
        numbers.score,
        numbers.amount,
        numbers.points,
        numbers.tick,
        numbers.tick_share,
    ):
        assert not re.match(r"-", write(value))
