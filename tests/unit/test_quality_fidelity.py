"""Fidelity: parity with SDMetrics, and what a second real sample scores."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from compared import TABLES, bundled, frames_of, halves, independent, schema_of, some
from lookalike.quality import densities, fidelity
from lookalike.quality.frame import Frames
from lookalike.schema import Schema
from lookalike.watch import Unwatched


def as_pandas(frames: Frames, part: str) -> pd.DataFrame:
    """The compared columns as SDMetrics wants them: numbers, and categories as text or None."""
    columns: dict[str, object] = {}
    for side in frames:
        labels = np.array([*side.labels, None], dtype=object)
        columns[side.name] = side[part] if side.numeric else labels[side[part]]
    return pd.DataFrame(columns)


def sdmetrics_scores(frames: Frames) -> tuple[float, float]:
    from sdmetrics.reports.single_table._properties import ColumnPairTrends, ColumnShapes

    kinds = {side.name: {"sdtype": "numerical" if side.numeric else "categorical"} for side in frames}
    tables = as_pandas(frames, "real"), as_pandas(frames, "synth")
    trends = ColumnPairTrends()
    trends.real_association_threshold = trends.real_correlation_threshold = 0
    found = [each.get_score(*tables, {"columns": kinds}) for each in (ColumnShapes(), trends)]
    return float(found[0]), float(found[1])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", TABLES)
def test_shape_and_trend_are_those_of_sdmetrics(name: str) -> None:
    schema, train, test = bundled(name)
    frames = frames_of(schema, real=train, synth=halves(test)[0])
    found = fidelity.scores(frames, "synth", []).overall
    shape, trend = sdmetrics_scores(frames)
    assert found["shape"] == pytest.approx(shape, abs=1e-6)
    assert found["trend"] == pytest.approx(trend, abs=1e-6)


def test_missing_values_are_treated_as_sdmetrics_treats_them() -> None:
    rng = np.random.default_rng(0)

    def table(shift: float) -> pa.Table:
        x, y = rng.normal(size=400), rng.normal(size=400)
        kind = np.where(x > shift, "a", "b").astype(object)
        kind[rng.random(400) < 0.1] = None
        return pa.table(
            {
                "x": pa.array(x, mask=rng.random(400) < 0.1),
                "y": x + y + shift,
                "kind": pa.array(kind.tolist()),
            }
        )

    real, synth = table(0.0), table(0.3)
    frames = frames_of(schema_of(real), real=real, synth=synth)
    found = fidelity.scores(frames, "synth", []).overall
    assert (found["shape"], found["trend"]) == pytest.approx(sdmetrics_scores(frames), abs=1e-6)


def measured(schema: Schema, **tables: pa.Table) -> fidelity.Found:
    return fidelity.measure(frames_of(schema, **tables), seed=0, watch=Unwatched())


def test_half_of_the_test_rows_scores_as_a_second_sample_and_independent_columns_do_not() -> None:
    schema, train, test = bundled("shoppers")
    fresh = measured(schema, real=train, synth=halves(test)[0])
    for name in ("shape", "trend.shared", "triples"):
        mean, spread = fresh.reference(name)
        assert abs(fresh.synth.overall[name] - mean) < 6 * spread + 0.002
    shuffled = measured(schema, real=train, synth=independent(train))
    for name in ("trend.shared", "triples"):
        mean, spread = shuffled.reference(name)
        assert shuffled.synth.overall[name] < mean - 10 * spread
    assert shuffled.synth.overall["shape"] == pytest.approx(1)


def test_the_worst_pair_is_the_one_that_was_broken() -> None:
    schema, train, _ = bundled("magic")
    real = some(train, 4000)
    synth = real.set_column(0, "Length", some(real.select(["Length"]), 4000, seed=1)["Length"])
    found = measured(schema, real=real, synth=synth)
    assert all("Length" in pair.columns for pair in found.data.worst_pairs[:3])
    assert all("Length" in triple.columns for triple in found.data.worst_triples[:3])


def test_association_is_symmetric_and_the_difference_is_what_the_synthetic_table_has_more() -> None:
    rng = np.random.default_rng(0)
    kind = rng.choice(list("abc"), 2000)
    real = pa.table({"kind": kind, "same": kind, "other": rng.choice(list("xy"), 2000)})
    synth = real.set_column(1, "same", pa.array(rng.choice(list("abc"), 2000)))
    found = measured(schema_of(real), real=real, synth=synth).data.association
    assert found is not None
    assert found.real[0][0] is None
    assert found.real[0][1] == found.real[1][0] == pytest.approx(1, abs=0.01)
    assert found.difference[0][1] == pytest.approx(-1, abs=0.05)
    assert found.real[0][2] == pytest.approx(0, abs=0.06)


def test_more_rows_than_are_looked_at_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fidelity, "ROWS", 500)
    schema, train, test = bundled("magic")
    (sample,) = measured(schema, real=some(train, 1000), synth=some(test, 400)).samples
    assert (sample.rows, sample.of) == (500, 1000)


def test_one_column_has_a_shape_and_no_trend() -> None:
    real = pa.table({"x": [1.0, 2.0, 3.0] * 30})
    found = measured(schema_of(real), real=real, synth=real)
    assert found.synth.overall["shape"] == 1
    assert np.isnan(found.synth.overall["trend"])
    assert found.data.association is None


# ---- densities


def test_kolmogorov_smirnov_is_that_of_scipy() -> None:
    from scipy.stats import ks_2samp

    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 20, 300).astype(float), rng.integers(3, 25, 200).astype(float)
    expected: Any = ks_2samp(a, b)
    assert densities.kolmogorov_smirnov(a, b) == pytest.approx(expected.statistic)
    assert np.isnan(densities.kolmogorov_smirnov(np.array([np.nan]), b))


def test_total_variation_is_half_the_difference_of_shares_also_when_codes_are_many() -> None:
    a, b = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 3])
    assert densities.total_variation(a, b, 4) == pytest.approx(0.5)
    assert densities.total_variation(a * 10**12, b * 10**12, 4 * 10**12) == pytest.approx(0.5)


def test_a_joint_code_stands_for_one_combination() -> None:
    a = (np.array([0, 1, 1]), np.array([0, 0, 1]), 2)
    b = (np.array([2, 0, 2]), np.array([2, 1, 2]), 3)
    first, second, size = densities.joint(a, b)
    assert size == 6
    assert len({*first.tolist()}) == 3
    assert second[0] == first[0]
    assert second[2] == first[2]
    assert second[1] not in first


def test_triples_are_all_or_two_hundred_without_repeats() -> None:
    rng = np.random.default_rng(0)
    for columns, expected in ((5, 10), (15, fidelity.TRIPLES)):
        table = pa.table({f"x{j}": rng.normal(size=80) for j in range(columns)})
        found = measured(schema_of(table), real=table, synth=table)
        assert found.data.triples == len(found.synth.triples) == expected
        assert set(found.synth.triples) <= set(combinations(table.column_names, 3))
