"""The figures that need the boosting libraries of the bench extra: ``python -m pytest bench``."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bench import measures


def test_detection_tells_shuffled_columns_and_not_a_second_half() -> None:
    train = measures.load("adult").train
    halves = train.iloc[:6000].reset_index(drop=True), train.iloc[6000:12000].reset_index(drop=True)
    rng = np.random.default_rng(0)
    shuffled = pd.DataFrame(
        {c: halves[1][c].iloc[rng.permutation(6000)].reset_index(drop=True) for c in train}
    )
    assert measures.detection(*halves)[0] > 0.93
    assert measures.detection(halves[0], shuffled)[0] < 0.1


def test_utility_falls_when_the_target_says_nothing() -> None:
    dataset = measures.load("magic")
    useless = dataset.train.assign(
        **{dataset.target: dataset.train[dataset.target].sample(frac=1, random_state=0).to_numpy()}
    )
    useless[dataset.target] = pd.Categorical(
        useless[dataset.target], categories=dataset.train[dataset.target].cat.categories
    )
    assert measures.utility(dataset, dataset.train) == pytest.approx(0.952, abs=0.003)
    assert measures.utility(dataset, useless) < 0.65
