"""Columns as codes: what is merged, what is clamped, and that values come back on their grid."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

import lookalike as la
from lookalike.models.codes import Labels, Numbers
from lookalike.schema import Column

CATEGORY = "dictionary<values=string, indices=int32, ordered=0>"


def numbers(values: pa.Array, every_value: bool = False) -> tuple[Numbers, np.ndarray]:
    column = Column(name="n", kind="numerical", type=str(values.type), decimals=0)
    codec, coded = Numbers.learn(pa.chunked_array([values]), column, 5, every_value=every_value)
    return codec, coded.codes


def test_labels_in_few_rows_share_a_code_that_is_never_drawn() -> None:
    values = pa.chunked_array([pa.array(["a"] * 5 + ["b"] * 4 + ["c"] * 4).dictionary_encode()])
    codec, coded = Labels.learn(values, Column(name="x", kind="categorical", type=CATEGORY), 5)
    assert codec.labels.to_pylist() == ["a"]
    assert coded.n_codes == 2
    assert coded.usable.tolist() == [True] * 5 + [False] * 8


def test_a_column_of_nothing_but_rare_labels_comes_out_missing() -> None:
    values = pa.chunked_array([pa.array(["a", "b", "a", "b", None]).dictionary_encode()])
    codec, coded = Labels.learn(values, Column(name="x", kind="categorical", type=CATEGORY), 5)
    assert codec.decode(coded.codes).null_count == 5
    assert coded.usable.all(), "a tree with no rows to draw from reads beyond its pool"
    assert coded.exact.tolist() == [False] * 4 + [True]


def test_values_at_the_ends_of_64_bits_stay_themselves() -> None:
    ends = np.array([-(2**63), 2**63 - 1, 0, 1] * 50)
    for every_value in (False, True):
        codec, codes = numbers(pa.array(ends), every_value)
        assert len(codec.knots) == 4
        assert (codec.knots[codes, 0] == ends).all()
        assert (codec.knots[codes, -1] == ends).all()


def test_a_handful_of_values_is_not_drawn() -> None:
    values = pa.array([None] * 96 + [123_456, 98_765, 55_555, 44_444])
    codec, codes = numbers(values)
    assert len(codec.knots) == 0
    assert (codes == 0).all()
    made = la.fit(pa.table({"bonus": values, "x": [1, 2] * 50})).sample(10_000).to_arrow()["bonus"]
    assert made.null_count == 10_000
    codec, _ = numbers(pa.concat_arrays([values, pa.array([33_333])]))
    assert len(codec.knots) == 1


def test_extremes_are_clamped_to_the_fifth_from_each_end() -> None:
    codec, _ = numbers(pa.array(np.random.default_rng(1).permutation(1_000)))
    assert codec.knots.min() == 4
    assert codec.knots.max() == 995


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (pa.decimal128(38, 18), [Decimal(cents) / 100 for cents in range(100_000, 102_000)]),
        (pa.decimal256(60, 20), [Decimal(tick).scaleb(-7) for tick in range(10**12, 10**12 + 2_000)]),
        (pa.decimal128(10, 2), [Decimal(tick * 5) / 100 for tick in range(2_000)]),
        (pa.decimal128(38, 2), [Decimal(tick) * 10**30 for tick in range(2_000)]),
        (
            pa.decimal128(38, 18),
            [Decimal(tick**3 * 142_857_142_857).scaleb(-18) for tick in range(50_000, 52_000)],
        ),
        (pa.decimal128(10, -2), [Decimal(tick * 100) for tick in range(2_000)]),
    ],
    ids=[
        "cents in 38 digits",
        "seven places of twenty",
        "steps of 5",
        "beyond 64 bits",
        "all places",
        "100s",
    ],
)
def test_decimals_of_any_width_come_back_in_their_range_and_on_their_grid(
    kind: pa.DataType, values: list[Decimal]
) -> None:
    table = la.read(pa.table({"amount": pa.array(values, kind)}))
    made = la.fit(table).sample(2_000).to_arrow()["amount"]
    assert made.type == kind
    drawn = made.to_pylist()
    assert min(values) <= min(drawn) <= max(drawn) <= max(values)
    assert abs(float(sum(drawn)) / float(sum(values)) - 1) < 0.1
    assert len(set(drawn)) > 500
    column = table.schema["amount"]
    if column.decimals is not None:
        unit = Decimal(column.step).scaleb(-column.decimals)
        assert all(value % unit == 0 for value in drawn)
