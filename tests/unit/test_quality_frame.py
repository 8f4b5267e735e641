"""Tables side by side: the same value is the same code, whatever each table calls its type."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from compared import frames_of, schema_of
from lookalike.quality.columns import figures, histogram, spelled
from lookalike.quality.frame import aligned, generator, sampled


def test_categories_of_all_tables_share_their_codes() -> None:
    real = pa.table({"kind": pa.array(["b", "a", None]).dictionary_encode()})
    synth = pa.table({"kind": ["c", None, "a"]})
    (side,) = frames_of(schema_of(real, kind={"kind": "categorical"}), real=real, synth=synth)
    assert side.labels == ("a", "b", "c")
    assert side["real"].tolist() == [1, 0, 3]
    assert side["synth"].tolist() == [2, 3, 0]
    assert side.missing("synth").tolist() == [False, True, False]


def test_whole_numbers_and_their_floats_are_one_category() -> None:
    real = pa.table({"code": [1, 2, 3]})
    schema = schema_of(real, code={"kind": "categorical"})
    (side,) = frames_of(schema, real=real, synth=pa.table({"code": [1.0, 3.0, 3.0]}))
    assert side.labels == ("1", "2", "3")
    assert side["synth"].tolist() == [0, 2, 2]


def test_times_are_microseconds_and_infinite_numbers_are_missing() -> None:
    real = pa.table({"at": pa.array([1, 2], pa.timestamp("s")), "x": [1.0, float("inf")]})
    at, x = frames_of(schema_of(real, at={"kind": "datetime"}), real=real, synth=real)
    assert at["real"].tolist() == [1e6, 2e6]
    assert np.isnan(x["real"]).tolist() == [False, True]
    assert spelled(at, [1e6]) == ["1970-01-01 00:00:01"]


def test_what_is_made_new_is_left_out_and_what_differs_is_named() -> None:
    real = pa.table({"id": ["a", "b"], "x": [1.0, 2.0], "y": [1.0, 2.0]})
    schema = schema_of(real, id={"kind": "id"})
    frames, unlike = aligned({"real": real, "synth": pa.table({"x": ["big", "small"], "y": [1, 2]})}, schema)
    assert frames.names == ("y",)
    assert [(entry.column, entry.table, entry.found) for entry in unlike] == [("x", "synth", "string")]


def test_a_sample_is_seeded_sorted_and_without_repeats() -> None:
    first, again = (sampled(1000, 50, generator(1, "x")) for _ in range(2))
    assert first.tolist() == again.tolist() == sorted(set(first.tolist()))
    assert sampled(1000, 50, generator(2, "x")).tolist() != first.tolist()
    assert sampled(5, 50, generator(1, "x")).tolist() == [0, 1, 2, 3, 4]


def test_a_column_has_histograms_that_add_up_and_summaries() -> None:
    rng = np.random.default_rng(0)
    real = pa.table(
        {"x": rng.integers(0, 9, 300), "kind": [f"k{i % 30}" for i in range(300)], "id": range(300)}
    )
    synth = pa.table({"x": [1, 2, None], "kind": ["k1", "new", None], "id": [1, 2, 3]})
    schema = schema_of(real, x={"decimals": 0}, id={"kind": "id"})
    frames = frames_of(schema, real=real, synth=synth)
    x, kind, key = figures(
        schema, frames, {"real": real, "synth": synth}, shapes={"x": 0.9}, shape_references={}, drops={}
    )
    assert x.histogram is not None
    assert kind.histogram is not None
    assert kind.histogram.other
    for one in (x.histogram, kind.histogram):
        assert sum(one.real) == pytest.approx(1)
        assert sum(one.synth) == pytest.approx(1)
    assert x.shape == 0.9
    assert x.synth is not None
    assert (x.synth.missing, x.synth.least, x.synth.greatest) == (1 / 3, 1, 2)
    assert not key.compared
    assert "made new" in key.why
    assert key.real.distinct == 300


def test_a_long_tail_is_cut_and_said_to_be() -> None:
    rng = np.random.default_rng(0)
    real = pa.table({"x": [*rng.normal(size=5000), 1e6]})
    (side,) = frames_of(schema_of(real), real=real, synth=real)
    drawn = histogram(side)
    assert drawn.clipped
    assert drawn.edges[-1] < 100
    assert sum(drawn.real) == pytest.approx(1)
