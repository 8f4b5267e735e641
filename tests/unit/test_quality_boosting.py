"""Gradient boosting in threads: the same answers, and nothing left behind."""

from __future__ import annotations

import threading
import time
import warnings

import numpy as np
import pyarrow as pa
import pytest

from compared import frames_of, schema_of
from lookalike.errors import Cancelled
from lookalike.quality import boosting
from lookalike.watch import Unwatched

WATCH = Unwatched()


def test_results_come_in_the_order_of_the_tasks_and_an_error_is_the_tasks_own() -> None:
    assert boosting.run([lambda i=i: i * i for i in range(20)], WATCH) == [i * i for i in range(20)]

    def wrong() -> int:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        boosting.run([wrong, lambda: 1], WATCH)


def test_warning_filters_are_as_before_and_no_false_warning_is_shown() -> None:
    """scikit-learn resets the filters in every thread that bins a table; many at once, they were lost."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 12)), rng.integers(0, 2, 300)

    def fit() -> int:
        for seed in range(6):
            boosting.classifier([False] * 12, seed).set_params(max_iter=1).fit(x, y)
        return 1

    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        boosting.run([fit] * 8, WATCH)
        assert list(warnings.filters) == before
        assert [str(entry.message) for entry in shown] == []


def test_a_warning_of_a_task_still_reaches_the_caller() -> None:
    with pytest.warns(UserWarning, match="mine"):
        boosting.run([lambda: warnings.warn("mine", UserWarning, stacklevel=1)], WATCH)


def test_each_fit_has_one_thread_and_the_answers_do_not_depend_on_how_many_run() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(400, 5)), rng.integers(0, 2, 400)

    def answer() -> np.ndarray:
        return boosting.classifier([False] * 5, 0).set_params(max_iter=20).fit(x, y).predict_proba(x)

    alone, *others = boosting.run([answer] * 3, WATCH)
    assert all((alone == other).all() for other in others)


def test_stopping_leaves_no_thread_behind() -> None:
    class Impatient(Unwatched):
        def stop(self) -> bool:
            return True

    before = set(threading.enumerate())
    started = time.monotonic()
    with pytest.raises(Cancelled):
        boosting.run([lambda: threading.Event().wait(0.2)] * 200, Impatient())
    assert time.monotonic() - started < 10
    assert set(threading.enumerate()) <= before


def test_features_number_categories_by_frequency_and_keep_missing_values_missing() -> None:
    real = pa.table({"kind": ["b", "b", "a", "c", None], "x": [1.0, None, 3.0, 4.0, 5.0]})
    frames = frames_of(schema_of(real), real=real, synth=real)
    table, categories = boosting.features(frames, ("real",))
    assert table[:, 0].tolist()[:4] == [0, 0, 1, 2]
    assert np.isnan(table[4, 0])
    assert np.isnan(table[1, 1])
    assert categories == [True, False]
    assert boosting.names(frames, "kind") == ["x"]
    assert boosting.features(frames, ("real", "synth"), without="kind")[0].shape == (10, 1)


def test_the_telling_columns_of_a_wide_table_are_found() -> None:
    rng = np.random.default_rng(0)
    table = rng.normal(size=(600, 90))
    table[:, ::2] = rng.integers(0, 5, (600, 45))
    label = ((table[:, 7] > 0) ^ (table[:, 40] > 2)).astype(int)
    model = boosting.classifier([j % 2 == 0 for j in range(90)], 0).fit(table, label)
    assert set(boosting.telling(model, 90, 2)) == {7, 40}
    assert boosting.telling(model, 90, 90).tolist() == list(range(90))
