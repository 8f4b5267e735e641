"""The figures of the benchmarks against the libraries that define them, and against what must hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bench import measures, privacy
from hypothesis import given, settings
from hypothesis import strategies as st

SMALL = 1500


def small(name: str) -> measures.Dataset:
    dataset = measures.load(name)
    train = dataset.train.sample(SMALL, random_state=1).reset_index(drop=True)
    return measures.Dataset(name, dataset.meta, train, dataset.test.head(SMALL))


def sdtypes(dataset: measures.Dataset) -> dict[str, object]:
    kinds = {c: "categorical" if c in dataset.meta["categorical"] else "numerical" for c in dataset.train}
    return {"columns": {name: {"sdtype": kind} for name, kind in kinds.items()}}


@pytest.mark.parametrize("name", measures.TABLES)
def test_shape_and_trend_equal_sdmetrics(name: str) -> None:
    from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes

    dataset = small(name)
    plain = [
        frame.astype(dict.fromkeys(dataset.meta["categorical"], object))
        for frame in (dataset.train, dataset.test)
    ]
    shapes = ColumnShapes().get_score(*plain, sdtypes(dataset))
    trends = ColumnPairTrends()
    trends.real_association_threshold = trends.real_correlation_threshold = 0
    assert measures.shape_error(dataset.train, dataset.test) == pytest.approx(1 - shapes, abs=1e-6)
    trend = 1 - trends.get_score(*plain, sdtypes(dataset))
    assert measures.trend_error(dataset.train, dataset.test) == pytest.approx(trend, abs=1e-6)


def test_missing_values_are_treated_as_sdmetrics_treats_them() -> None:
    from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes

    rng = np.random.default_rng(0)

    def table(shift: float) -> pd.DataFrame:
        x, y = rng.normal(size=400), rng.normal(size=400)
        frame = pd.DataFrame({"x": x, "y": x + y + shift, "c": pd.Categorical(np.where(x > shift, "a", "b"))})
        frame.loc[rng.random(400) < 0.1, "x"] = np.nan
        frame.loc[rng.random(400) < 0.1, "c"] = np.nan
        return frame

    real, synth = table(0.0), table(0.3)
    metadata = {
        "columns": {
            "x": {"sdtype": "numerical"},
            "y": {"sdtype": "numerical"},
            "c": {"sdtype": "categorical"},
        }
    }
    plain = [frame.astype({"c": object}) for frame in (real, synth)]
    assert measures.shape_error(real, synth) == pytest.approx(
        1 - ColumnShapes().get_score(*plain, metadata), abs=1e-6
    )
    assert measures.trend_error(real, synth) == pytest.approx(
        1 - ColumnPairTrends().get_score(*plain, metadata), abs=1e-6
    )


def test_nearest_equals_the_plain_distance() -> None:
    rng = np.random.default_rng(3)
    base, queries = rng.normal(size=(700, 9)), rng.normal(size=(300, 9))
    queries[:20] = base[:20]
    plain = np.sqrt(((queries[:, None] - base[None]) ** 2).sum(axis=2)).min(axis=1)
    np.testing.assert_allclose(measures.nearest(queries, base), plain, atol=1e-12)


def test_a_copy_is_nearer_to_train_and_ties_count_half() -> None:
    dataset = small("magic")
    assert measures.nearer(dataset.train, dataset.test, dataset.train) > 0.95
    assert measures.nearer(dataset.test, dataset.test, dataset.train) == 0.5


def test_copies_are_equal_to_six_significant_digits() -> None:
    train = pd.DataFrame({"x": [1.234567, 1000000.0, 0.0], "c": pd.Categorical(["a", "b", "a"])})
    rows = pd.DataFrame(
        {"x": [1.2345671, 1.23458, 1000001.0, 999999.7, 0.0, -0.0], "c": pd.Categorical(list("aabbab"))}
    )
    assert measures.exact_copies(rows, train) == pytest.approx(4 / 6)  # rows 0, 2, 3 and 4


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300))
@settings(max_examples=300)
def test_six_digits_agree_with_printing(x: float) -> None:
    if 0 < abs(x) < 1e-290:
        return
    printed = float(f"{x:.5e}")
    same = privacy._six_digits(np.array([x, printed]))
    halfway = abs(float(f"{x:.12e}") / 10 ** np.floor(np.log10(abs(x) or 1)) * 1e5 % 1 - 0.5) < 1e-6
    assert same[0] == same[1] or halfway


def test_canaries_are_new_plausible_and_found_again() -> None:
    dataset = measures.load("shoppers")
    train, canaries = measures.planted(dataset)
    assert len(canaries) == 20
    assert len(train) == len(dataset.train) + 20
    assert measures.exact_copies(canaries, dataset.train) == 0
    assert measures.exact_copies(canaries, train) == 1
    assert measures.escaped(canaries, train) == 20
    assert measures.escaped(canaries, dataset.test) == 0


def test_typing_restores_the_spelling_of_train(tmp_path: Path) -> None:
    dataset = measures.load("shoppers")
    frame = dataset.train.head(50).copy()
    frame["Weekend"] = (frame["Weekend"] == "TRUE").to_numpy()
    frame["Browser"] = frame["Browser"].astype(str).astype(float)
    assert measures.row_keys(measures.stacked(dataset.train.head(50), dataset.typed(frame)))[
        50:
    ].tolist() == (
        measures.row_keys(measures.stacked(dataset.train.head(50), dataset.train.head(50)))[50:].tolist()
    )
