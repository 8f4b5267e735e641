"""How typed columns are written: the fewest changes, and no Python per row where Arrow will do."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.schema import Column
from lookalike.tables.spell import spell


def texts(values: Any, **fields: Any) -> list[str | None]:
    array = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)
    kind = fields.pop("kind", "numerical")
    column = Column(name="c", kind=kind, type=str(array.type), **fields)
    return spell(array, column).cast(pa.string()).to_pylist()


@pytest.mark.parametrize(
    ("values", "fields", "expected"),
    [
        ([1, None, -3], {}, ["1", None, "-3"]),
        ([1.5, 2.0, None], {"decimals": 2, "fixed": True}, ["1.50", "2.00", None]),
        ([0.0, 31.25, -2.0], {}, ["0.0", "31.25", "-2.0"]),
        ([0.0, 31.25, -2.0], {"whole_text": ""}, ["0", "31.25", "-2"]),
        ([1e-05, 1e16, 12345678901.5], {}, ["1e-05", "1e+16", "12345678901.5"]),
        ([1e-05, 1e16], {"format": "%f"}, ["0.00001", "10000000000000000.0"]),
        ([1234.5, -2.0], {"format": "%.3e"}, ["1.234e+03", "-2.000e+00"]),
        ([1234567.5, -2.0, None], {"prefix": "$", "thousands": ",", "decimals": 2, "fixed": True},
         ["$1,234,567.50", "-$2.00", None]),
        ([1234567, -200, None], {"thousands": " "}, ["1 234 567", "-200", None]),
        ([1234.5, -2.0], {"suffix": "€", "thousands": ".", "decimal_mark": ",", "decimals": 2, "fixed": True},
         ["1.234,50€", "-2,00€"]),
        ([12, -7], {"suffix": "%"}, ["12%", "-7%"]),
        ([12, -7], {"prefix": " "}, [" 12", " -7"]),
        ([0.0000001, 0.0], {"decimals": 7, "fixed": True}, ["0.0000001", "0.0000000"]),
        ([Decimal("1.50"), None], {}, ["1.50", None]),
        ([Decimal("0.00000001")], {}, ["0.00000001"]),
    ],
)  # fmt: skip
def test_numbers(values: list[Any], fields: dict[str, Any], expected: list[str | None]) -> None:
    assert texts(values, **fields) == expected


def test_float32_is_written_with_the_digits_of_a_float32() -> None:
    assert texts(pa.array([0.1, 1e-05, 3.0], pa.float32())) == ["0.1", "1e-05", "3.0"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_floats_are_written_as_python_writes_them(values: list[float]) -> None:
    assert texts(pa.array(values, pa.float64())) == [repr(value) for value in values]


@given(st.lists(st.integers(-500, 500), min_size=1), st.integers(0, 4), st.booleans())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_long_columns_of_few_numbers_are_written_as_short_ones_are(
    points: list[int], decimals: int, fixed: bool
) -> None:
    numbers = pa.array(np.array(points * (9000 // len(points) + 1)) / 10**decimals)
    fields = {"decimals": decimals, "fixed": fixed}
    assert texts(numbers, **fields)[: len(points)] == texts(numbers[: len(points)], **fields)


@pytest.mark.parametrize(
    ("values", "fields", "expected"),
    [
        ([dt.date(2020, 1, 31), None], {}, ["2020-01-31", None]),
        ([dt.date(2020, 1, 31), None], {"format": "%-m/%-d/%y"}, ["1/31/20", None]),
        ([dt.datetime(2020, 1, 31, 9, 5)], {}, ["2020-01-31T09:05:00.000000"]),
        ([dt.datetime(2020, 1, 31, 9, 5)], {"step_us": 60_000_000}, ["2020-01-31T09:05:00"]),
        ([dt.datetime(1890, 1, 31, 9, 5, 1, 500)], {"format": "%Y-%m-%d %H:%M:%S"}, ["1890-01-31 09:05:01"]),
        (
            [dt.datetime(2020, 1, 31, 0, 5), None],
            {"format": "%d %b %Y, %I:%M %p"},
            ["31 Jan 2020, 12:05 AM", None],
        ),
        ([dt.timedelta(hours=30, seconds=5), None], {"step_us": 1_000_000}, ["30:00:05", None]),
        ([dt.timedelta(seconds=-5)], {"format": "%H:%M:%S"}, ["-00:00:05"]),
        ([dt.time(9, 5, 1)], {"format": "%H:%M:%S"}, ["09:05:01"]),
    ],
)
def test_dates_and_times(values: list[Any], fields: dict[str, Any], expected: list[str | None]) -> None:
    assert texts(values, kind="datetime", **fields) == expected


def test_zones_are_written_in_their_own_time() -> None:
    summer = pa.array([1_593_597_600_000_000, 1_577_836_800_000_000], pa.timestamp("us", tz="Europe/Berlin"))
    assert texts(summer, kind="datetime", step_us=1_000_000) == [
        "2020-07-01T12:00:00+02:00",
        "2020-01-01T01:00:00+01:00",
    ]
    utc = pa.array([0], pa.timestamp("us", tz="UTC"))
    assert texts(utc, kind="datetime", step_us=1_000_000) == ["1970-01-01T00:00:00Z"]


def test_booleans() -> None:
    values = pa.array([True, None, False])
    assert texts(values, kind="boolean", true_text="TRUE", false_text="FALSE") == ["TRUE", None, "FALSE"]
    assert spell(values, Column(name="c", kind="boolean", type="bool")) is values


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (pa.array([1, 2, None]), {"kind": "numerical"}),
        (pa.array(["a", None]), {"kind": "categorical"}),
        (pa.array(["a", None]).dictionary_encode(), {"kind": "categorical"}),
        (pa.array([18_000], pa.date32()), {"kind": "datetime", "format": "%Y-%m-%d"}),
        (pa.array([1.25, None]), {"kind": "numerical", "whole_text": ""}),
    ],
)
def test_what_arrow_writes_right_is_left_as_it_is(values: pa.Array, fields: dict[str, Any]) -> None:
    assert spell(values, Column(name="c", type=str(values.type), **fields)) is values


def test_chunks_are_written_as_the_whole_is() -> None:
    values = pa.chunked_array([[1.5, 2.0], [], [None, 1e-7]], pa.float64())
    assert texts(values) == ["1.5", "2.0", None, "1e-07"]
    assert texts(pa.chunked_array([], pa.float64())) == []


def test_columns_without_rows_can_be_written() -> None:
    for kind in (pa.float64(), pa.int64(), pa.timestamp("us"), pa.duration("us"), pa.bool_(), pa.null()):
        for fields in ({}, {"prefix": "$", "thousands": ","}, {"decimals": 2, "fixed": True}):
            assert texts(pa.array([], kind), **fields) == []
    assert texts(pa.array([], pa.timestamp("us")), format="%d/%m/%Y %H:%M:%S") == []
