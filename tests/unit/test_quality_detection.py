"""Detection: a copy can't be told apart, independent columns can, and the column at fault is named."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from compared import bundled, frames_of, halves, independent, schema_of, some
from lookalike.errors import Cancelled
from lookalike.quality import detection
from lookalike.quality.detection import Told
from lookalike.schema import Schema
from lookalike.watch import Unwatched


def measured(schema: Schema, *, seed: int = 0, **tables: pa.Table) -> detection.Found:
    found = detection.measure(frames_of(schema, **tables), seed=seed, watch=Unwatched())
    assert found is not None
    return found


def auc(told: Told | None) -> float:
    assert told is not None
    assert told.detector.auc.value is not None
    return told.detector.auc.value


def test_a_copy_and_fresh_rows_are_not_told_from_train_and_independent_columns_are() -> None:
    schema, train, test = bundled("adult")
    real, holdout = some(train, 1500), some(test, 1500)
    copied = measured(schema, real=real, synth=some(real, 1500, seed=1), holdout=holdout)
    # equal rows stand on both sides, so a model that has learned one side is wrong about the other
    assert auc(copied.train) < 0.52
    fresh = measured(schema, real=real, synth=halves(holdout)[0], holdout=halves(holdout)[1])
    for told in (fresh.train, fresh.holdout, fresh.reference):
        assert auc(told) == pytest.approx(0.5, abs=0.06)
    shuffled = measured(schema, real=real, synth=independent(real), holdout=holdout)
    assert auc(shuffled.train) > 0.9
    assert auc(shuffled.holdout) > 0.9


def test_the_shifted_column_is_named_and_explains_the_example() -> None:
    schema, train, test = bundled("magic")
    synth = some(test, 1800)
    at = synth.column_names.index("Alpha")
    shifted = synth.set_column(at, "Alpha", pa.array(synth["Alpha"].to_numpy() + 60))
    found = measured(schema, real=some(train, 1800), synth=shifted)
    assert auc(found.train) > 0.8
    first, second = found.train.columns[:2]
    assert first.name == "Alpha"
    assert first.low > second.high
    assert found.train.example is not None
    assert found.train.example.because[0] == "Alpha"
    assert found.train.example.probability > 0.9
    assert set(found.train.example.cells) == set(synth.column_names)


def test_without_a_holdout_two_halves_of_train_are_the_reference() -> None:
    schema, train, test = bundled("shoppers")
    found = measured(schema, real=some(train, 1500), synth=some(test, 700))
    assert found.holdout is None
    assert found.reference.detector.between == "halves of train"
    assert auc(found.reference) == pytest.approx(0.5, abs=0.06)
    assert found.data.holdout is None


def test_the_same_seed_gives_the_same_figures() -> None:
    schema, train, test = bundled("shoppers")
    tables = {"real": some(train, 400), "synth": some(test, 300)}
    assert measured(schema, **tables).data == measured(schema, **tables).data
    assert measured(schema, **tables).data != measured(schema, seed=1, **tables).data


def test_missing_values_alone_give_a_table_away() -> None:
    rng = np.random.default_rng(0)
    real = pa.table(
        {"x": pa.array(rng.normal(size=500), mask=rng.random(500) < 0.5), "y": rng.normal(size=500)}
    )
    synth = pa.table({"x": rng.normal(size=500), "y": rng.normal(size=500)})
    found = measured(schema_of(real), real=real, synth=synth)
    assert auc(found.train) > 0.65
    assert found.train.columns[0].name == "x"


def test_too_few_rows_or_no_columns_are_not_measured() -> None:
    schema, train, test = bundled("magic")
    few = frames_of(schema, real=some(train, 500), synth=some(test, 30))
    assert detection.measure(few, seed=0, watch=Unwatched()) is None
    none = frames_of(schema, real=some(train, 500), synth=some(test, 500)).only([])
    assert detection.measure(none, seed=0, watch=Unwatched()) is None


def test_detection_stops_when_asked() -> None:
    class Impatient(Unwatched):
        def stop(self) -> bool:
            return True

    schema, train, test = bundled("magic")
    with pytest.raises(Cancelled):
        detection.measure(
            frames_of(schema, real=some(train, 300), synth=some(test, 300)), seed=0, watch=Impatient()
        )
