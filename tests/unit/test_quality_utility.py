"""Utility: a table is as good as real when it predicts as well, and worthless when it is noise."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score, r2_score, roc_auc_score

from compared import bundled, frames_of, halves, independent, schema_of, some
from lookalike.errors import UsageError
from lookalike.quality import utility
from lookalike.schema import Schema
from lookalike.watch import Unwatched


def measured(schema: Schema, target: str, *, seed: int = 0, **tables: pa.Table) -> utility.Found:
    frames = frames_of(schema, **tables)
    assert utility.why_not(frames, target) == ""
    return utility.measure(frames, target, seed=seed, watch=Unwatched())


def test_real_rows_are_as_good_as_real_and_independent_columns_are_worth_nothing() -> None:
    schema, train, test = bundled("adult")
    tables = {"real": some(train, 1500), "holdout": some(test, 1500)}
    fresh = measured(schema, "income", synth=some(train, 1500, seed=7), **tables)
    assert (fresh.data.real.value or 0) > 0.85
    assert abs(fresh.worse) < 4 * fresh.error
    assert fresh.data.importances[0].real > 0.01
    assert (fresh.data.agreement or 0) > 0.5
    shuffled = measured(schema, "income", synth=independent(tables["real"]), **tables)
    assert shuffled.worse > 0.25
    assert shuffled.data.synth.value == pytest.approx(0.5, abs=0.1)
    assert shuffled.data.tested_on == "holdout"


def test_regression_is_measured_by_what_it_explains() -> None:
    rng = np.random.default_rng(0)

    def table(noise: float) -> pa.Table:
        x = rng.normal(size=(800, 3))
        y = 3 * x[:, 0] + x[:, 1] + rng.normal(0, noise, 800)
        return pa.table({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})

    tables = {"real": table(0.3), "synth": table(6.0), "holdout": table(0.3)}
    found = measured(schema_of(tables["real"]), "y", **tables)
    assert found.data.metric == "R²"
    assert (found.data.real.value or 0) > 0.9
    assert found.worse > 3 * found.error > 0
    assert [pair.name for pair in found.data.importances][:2] == ["a", "b"]
    assert found.data.more["RMSE"][0] is not None


def test_without_a_holdout_a_fifth_of_real_is_set_aside() -> None:
    schema, train, test = bundled("magic")
    found = measured(schema, "class", real=some(train, 1000), synth=halves(test)[0])
    assert found.data.tested_on == "split"
    assert found.data.test_rows == 200
    assert found.data.rows == 800


def test_a_target_with_many_classes_and_with_missing_values_is_predicted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(utility, "CLASSES", 2)
    rng = np.random.default_rng(0)

    def table(rows: int) -> pa.Table:
        kind = rng.integers(0, 4, rows)
        texts = np.char.add("k", kind.astype(str)).astype(object)
        texts[rng.random(rows) < 0.1] = None
        return pa.table({"x": kind + rng.normal(0, 0.2, rows), "kind": pa.array(texts.tolist())})

    tables = {"real": table(400), "synth": table(400), "holdout": table(300)}
    found = measured(schema_of(tables["real"]), "kind", **tables)
    assert (found.data.real.value or 0) > 0.95
    assert found.data.test_rows == tables["holdout"]["kind"].length() - tables["holdout"]["kind"].null_count


def test_a_synthetic_table_of_one_class_predicts_nothing() -> None:
    schema, train, test = bundled("magic")
    synth = some(train, 2000)
    synth = synth.set_column(10, "class", pa.array(["g"] * 2000))
    found = measured(schema, "class", real=some(train, 1000), synth=synth, holdout=some(test, 500))
    assert found.data.synth.value == 0.5


def test_what_can_not_be_measured_says_why() -> None:
    schema, train, test = bundled("magic")
    frames = frames_of(schema, real=some(train, 500), synth=some(test, 500))
    assert "no target" in utility.why_not(frames, None)
    assert "not a column" in utility.why_not(frames, "nope")
    assert "no column to predict" in utility.why_not(frames.only(["class"]), "class")
    few = frames_of(schema, real=some(train, 500), synth=some(test, 20))
    assert "too few" in utility.why_not(few, "class")
    with pytest.raises(UsageError):
        utility.measure(frames, "nope", seed=0, watch=Unwatched())


def test_the_metrics_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 400)
    chances = rng.dirichlet(np.ones(3), 400) + np.eye(3)[truth] * 0.3
    chances /= chances.sum(axis=1, keepdims=True)
    expected = roc_auc_score(truth, chances, multi_class="ovr")
    assert utility._auc(truth, chances) == pytest.approx(expected)
    guess = chances.argmax(axis=1)
    assert utility._f1(truth, guess) == pytest.approx(f1_score(truth, guess, average="macro"))
    y, answer = rng.normal(size=100), rng.normal(size=100)
    assert utility._r2(y, answer) == pytest.approx(r2_score(y, answer))


def test_the_same_seed_gives_the_same_figures() -> None:
    schema, train, test = bundled("magic")
    tables = {"real": some(train, 400), "synth": some(test, 300), "holdout": some(test, 300, seed=2)}
    assert measured(schema, "class", **tables) == measured(schema, "class", **tables)
