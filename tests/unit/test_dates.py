"""The pattern language of dates against Python's own calendar."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.tables import date_text, dates

EPOCH = dt.datetime(1970, 1, 1)
quick = settings(max_examples=100, deadline=None, derandomize=True)


def parse(cells: list[str | None], pattern: str, **options: bool) -> list[int | None]:
    numbers, ok = dates.parse(pa.array(cells, pa.string()), pattern, **options)
    return [int(number) if good else None for number, good in zip(numbers, ok, strict=True)]


@given(st.integers(-719_162, 2_932_896))
@quick
def test_days_and_dates_are_inverse_and_pythons(day: int) -> None:
    date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
    year, month, of_month = dates.civil_of(np.array([day]))
    assert (year[0], month[0], of_month[0]) == (date.year, date.month, date.day)
    found, valid = dates.days_of(year, month, of_month)
    assert (found[0], valid[0]) == (day, True)


def test_days_that_do_not_exist_are_invalid() -> None:
    cells: list[str | None] = [
        "2021-02-29",
        "2020-02-30",
        "1900-02-29",
        "2020-13-01",
        "2020-00-10",
        "2020-04-31",
    ]
    assert parse(cells, "%Y-%m-%d") == [None] * 6
    assert parse(["2020-02-29", "2000-02-29"], "%Y-%m-%d") == [
        18_321 * 86_400_000_000,
        11_016 * 86_400_000_000,
    ]


PATTERNS = ["%Y-%m-%d %H:%M:%S.%f", "%d %B %Y %I:%M:%S.%f %p", "%A, %b %d %y %H.%M.%S,%f", "%Y%m%dT%H%M%S%f"]


@pytest.mark.parametrize("pattern", PATTERNS)
@given(st.lists(st.datetimes(dt.datetime(1969, 1, 1), dt.datetime(2068, 12, 31)), max_size=20))
@quick
def test_patterns_mean_what_they_mean_to_python(pattern: str, moments: list[dt.datetime]) -> None:
    cells: list[str | None] = [moment.strftime(pattern) for moment in moments]
    numbers = [(moment - EPOCH) // dt.timedelta(microseconds=1) for moment in moments]
    assert parse(cells, pattern) == numbers
    assert date_text.spell(np.array(numbers, np.int64), pattern).to_pylist() == cells


@pytest.mark.parametrize(
    ("cell", "pattern"),
    [
        ("2020-1-31", "%Y-%m-%d"),
        ("2020-01-31 ", "%Y-%m-%d"),
        ("2020-01-3", "%Y-%m-%d"),
        ("20200131", "%Y-%m-%d"),
        ("01/2/2020", "%-m/%-d/%Y"),
        ("24:00:00", "%H:%M:%S"),
        ("13:00 PM", "%I:%M %p"),
        ("jan 5", "%b %-d"),
        ("Mon 2020-01-01", "%a %Y-%m-%d"),
        ("2020-01-01T00:00:00+0200", "%Y-%m-%dT%H:%M:%S%:z"),
        ("", "%Y"),
        ("٢٠٢٠", "%Y"),
        ("Septembre 5", "%B %-d"),
    ],
)
def test_cells_that_would_be_written_otherwise_do_not_fit(cell: str, pattern: str) -> None:
    assert parse([cell], pattern) == [None]


def test_leniency_takes_zeros_and_fractions_as_they_come() -> None:
    cells: list[str | None] = ["2020-1-02T03:04:05", "2020-01-2T03:04:05.5", "2020-01-02T03:04:05.123456"]
    first = 1_577_934_245_000_000
    found = parse(cells, "%Y-%m-%dT%H:%M:%S.%6f", lenient=True)
    assert found == [first, first + 500_000, first + 123_456]
    assert parse(["2020-01-02T03:04:05."], "%Y-%m-%dT%H:%M:%S.%6f", lenient=True) == [None]


def test_missing_cells_are_zero_and_fit() -> None:
    assert parse([None, "1970-01-02", None], "%Y-%m-%d") == [0, 86_400_000_000, 0]


def test_offsets_are_taken_off_and_put_back() -> None:
    numbers, ok = dates.parse(pa.array(["2020-01-01 00:30 +02:00"]), "%Y-%m-%d %H:%M %:z")
    assert ok.all()
    assert numbers[0] == 1_577_831_400_000_000
    texts = date_text.spell(numbers, "%Y-%m-%d %H:%M %:z", offsets_s=np.array([7200]))
    assert texts.to_pylist() == ["2020-01-01 00:30 +02:00"]


@given(st.lists(st.integers(-(10**9), 10**9), max_size=30))
@quick
def test_durations_of_any_size_and_sign(seconds: list[int]) -> None:
    numbers = np.array(seconds, np.int64) * 1_000_000
    for pattern in ("%H:%M:%S", "%-H:%M:%S", "%-d days %H:%M:%S"):
        texts = date_text.spell(numbers, pattern, duration=True)
        found, ok = dates.parse(texts, pattern, duration=True)
        assert ok.all()
        assert found.tolist() == numbers.tolist()


def test_slices_and_slabs_are_read_alike() -> None:
    texts = date_text.spell(
        np.arange(200_000, dtype=np.int64) * 86_400_000_000 // 7, "%-d.%-m.%Y %H:%M:%S.%6f"
    )
    whole, ok = dates.parse(texts, "%-d.%-m.%Y %H:%M:%S.%6f")
    assert ok.all()
    part, _ = dates.parse(texts.slice(99_999, 1001), "%-d.%-m.%Y %H:%M:%S.%6f")
    assert np.array_equal(part, whole[99_999:101_000])


@pytest.mark.parametrize("pattern", ["%Q", "%", "%Y-%", "%^Y", "%0f", "%-M"])
def test_unknown_parts_are_named(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a known part"):
        dates.tokens(pattern)
