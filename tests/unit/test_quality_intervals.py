"""Intervals hold what they promise, and equal the formulas written out."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from lookalike.quality import headlines, intervals


def binomial(n: int, p: float) -> np.ndarray:
    return np.array([comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)])


@pytest.mark.parametrize("p", [0.02, 0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("n", [30, 100, 400])
def test_wilson_covers_a_share_as_often_as_it_says(n: int, p: float) -> None:
    """Summed over all outcomes: no draw of chance in it."""
    bounds = [intervals.wilson(k, n) for k in range(n + 1)]
    covered = sum(w for w, (low, high) in zip(binomial(n, p), bounds, strict=True) if low <= p <= high)
    assert 0.90 < covered < 0.99


@pytest.mark.parametrize(
    ("p", "q", "m", "n"), [(0.02, 0.02, 120, 60), (0.3, 0.1, 80, 50), (0.0, 0.05, 90, 90)]
)
def test_the_interval_of_a_difference_covers_it(p: float, q: float, m: int, n: int) -> None:
    covered = 0.0
    for k, weight in enumerate(binomial(m, p)):
        for j, other in enumerate(binomial(n, q)):
            low, high = intervals.difference((k, m), (j, n))
            covered += weight * other * (low <= p - q <= high)
    assert covered > 0.93


def test_at_the_bounds_of_a_gate_a_false_alarm_is_rare() -> None:
    """Two samples of one table: how often is the first surely worse? By all outcomes, at most 1 in 1,000."""
    for p in (0.005, 0.01, 0.1, 0.4):
        alarm = 0.0
        for k, weight in enumerate(binomial(200, p)):
            for j, other in enumerate(binomial(150, p)):
                if weight * other > 1e-12:
                    low = intervals.difference((k, 200), (j, 150), intervals.Z_SURE)[0]
                    alarm += weight * other * (low > 0)
        assert alarm <= 1e-3


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_share_lies_in_its_interval_and_the_interval_in_what_is_possible(hits: int, more: int) -> None:
    of = hits + more
    low, high = intervals.wilson(hits, of)
    assert 0 <= low <= hits / of <= high <= 1
    assert low < high


def test_nothing_counted_says_nothing() -> None:
    assert intervals.wilson(0, 0) == (0.0, 1.0)
    assert intervals.rate(0, 0).share is None
    assert intervals.difference((0, 0), (0, 0))[0] < 0


def test_auc_and_its_curve_are_those_of_scikit_learn_with_ties() -> None:
    rng = np.random.default_rng(0)
    up, down = rng.integers(1, 9, 300).astype(float), rng.integers(0, 8, 200).astype(float)
    label = np.repeat([1, 0], [300, 200])
    score = np.concatenate([up, down])
    assert intervals.auc(up, down)[0] == pytest.approx(roc_auc_score(label, score))
    fpr, tpr, _ = roc_curve(label, score, drop_intermediate=False)
    assert intervals.roc(up, down)[0] == pytest.approx(fpr)
    assert intervals.roc(up, down)[1] == pytest.approx(tpr)


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    rng = np.random.default_rng(0)
    fpr, tpr = intervals.roc(rng.normal(1, 1, 3000), rng.normal(size=3000))
    assert len(fpr) == len(tpr) <= 101
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(tpr, fpr) == pytest.approx(0.76, abs=0.02)


def test_the_error_of_an_auc_is_its_spread_over_samples() -> None:
    rng = np.random.default_rng(0)
    drawn = [intervals.auc(rng.normal(0.5, 1, 150), rng.normal(size=100)) for _ in range(600)]
    areas, errors = np.array(drawn).T
    assert errors.mean() == pytest.approx(areas.std(), rel=0.1)
    assert np.mean(np.abs(areas - 0.6382) < intervals.Z_SHOWN * errors) > 0.92


def test_an_auc_without_spread_is_not_without_error() -> None:
    area, error = intervals.auc(np.ones(50), np.zeros(50))
    assert area == 1
    assert error == pytest.approx(0.01)
    assert intervals.auc(np.zeros(0), np.zeros(5))[1] == np.inf


def test_the_worst_of_several_figures_has_wider_bounds() -> None:
    one, two = (
        headlines.of_error("privacy.x", "x", 0.6, 0.02, 0.5, "ideal", best_of=count) for count in (1, 2)
    )
    assert one.surely_worse is not None
    assert two.surely_worse is not None
    assert two.surely_worse < one.surely_worse
    assert one.surely_worse == pytest.approx(0.1 - intervals.Z_SURE * 0.02)
