"""Distances of mixed rows: against a plain oracle, and meaning the same in any unit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from compared import bundled, frames_of, schema_of, some
from lookalike.errors import Cancelled
from lookalike.quality.neighbours import Points, Space, nearest, nearest_without
from lookalike.watch import Unwatched

ONE = 1 << 20
WATCH = Unwatched()


def points(rows: int, numbers: int, codes: int, seed: int) -> Points:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, ONE + 1, (rows, numbers)).astype(np.int32)
    values[rng.random(values.shape) < 0.05] = 4 * ONE  # missing
    return Points(values, rng.integers(0, 3, (rows, codes)).astype(np.int32))


def plain(queries: Points, base: Points, without: int | None = None) -> np.ndarray:
    """(n_queries, n_base) sums over columns, one of them left out."""
    numbers = np.abs(queries.numbers[:, None].astype(np.int64) - base.numbers[None])
    parts = np.concatenate(
        [np.minimum(numbers, ONE), ONE * (queries.codes[:, None] != base.codes[None])], axis=2
    )
    return np.delete(parts, without, axis=2).sum(axis=2) if without is not None else parts.sum(axis=2)


@pytest.mark.parametrize(("numbers", "codes"), [(4, 3), (5, 0), (0, 6), (1, 0)])
def test_nearest_rows_equal_the_plain_distance(numbers: int, codes: int) -> None:
    base, queries = points(2500, numbers, codes, 1), points(300, numbers, codes, 2)
    found, oracle = nearest(queries, base, WATCH), plain(queries, base)
    two = np.sort(oracle, axis=1)[:, :2] / (ONE * (numbers + codes))
    np.testing.assert_allclose(found.distance, two, atol=1e-12)
    assert (found.place[:, 0] == oracle.argmin(axis=1)).all()  # of equals the first row


@pytest.mark.parametrize(("numbers", "codes"), [(4, 3), (3, 0), (0, 3)])
def test_leaving_a_column_out_equals_the_plain_distance(numbers: int, codes: int) -> None:
    base, queries = points(2100, numbers, codes, 3), points(130, numbers, codes, 4)
    found = nearest_without(queries, base, WATCH)
    for j in range(numbers + codes):
        assert (found[:, j] == plain(queries, base, without=j).argmin(axis=1)).all()


def test_where_there_is_no_second_row_it_is_infinitely_far() -> None:
    found = nearest(points(3, 2, 1, 0), points(1, 2, 1, 1), WATCH)
    assert np.isfinite(found.distance[:, 0]).all()
    assert np.isinf(found.distance[:, 1]).all()
    assert (found.place[:, 1] == -1).all()


def test_units_and_skew_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    metres, kind = rng.normal(size=800), [f"k{i}" for i in rng.integers(0, 4, 800)]
    tables = [pa.table({"length": metres * f, "kind": kind}) for f in (1.0, 1000.0)]
    tables.append(pa.table({"length": np.exp(3 * metres), "kind": kind}))
    found = []
    for table in tables:
        space = Space(frames_of(schema_of(table), real=table.slice(0, 400), synth=table.slice(400)))
        found.append(nearest(space.points("synth"), space.points("real"), WATCH).distance)
    np.testing.assert_allclose(found[0], found[1], atol=1e-9)
    # between two real values only the order is known, so a curve moves a value by one rank at most
    np.testing.assert_allclose(found[0], found[2], atol=2 / 400)


def test_a_missing_value_is_far_from_all_but_another() -> None:
    real = pa.table({"x": [0.0, 1.0, 2.0, None], "c": ["a", "b", "a", None]})
    synth = pa.table({"x": [None, 0.0], "c": [None, None]}, schema=real.schema)
    space = Space(frames_of(schema_of(real), real=real, synth=synth))
    found = nearest(space.points("synth"), space.points("real"), WATCH)
    assert found.distance[:, 0].tolist() == [0.0, 0.5]
    assert found.place[0, 0] == 3


def test_a_copy_is_at_no_distance_and_a_stranger_is_not() -> None:
    schema, train, test = bundled("magic")
    frames = frames_of(schema, real=some(train, 2000), synth=some(train, 2000), holdout=some(test, 500))
    space = Space(frames)
    assert (nearest(space.points("synth"), space.points("real"), WATCH).distance[:, 0] == 0).all()
    assert (nearest(space.points("holdout"), space.points("real"), WATCH).distance[:, 0] > 0).mean() > 0.95


def test_a_search_stops_when_asked() -> None:
    class Impatient(Unwatched):
        def stop(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        nearest(points(2000, 3, 3, 0), points(100, 3, 3, 1), Impatient())


def test_the_least_and_the_greatest_value_are_as_far_apart_as_two_categories() -> None:
    real = pa.table({"x": [0.0, 1.0, 50.0, 7.0, 100.0], "kind": ["a", "a", "a", "a", "b"]})
    synth = pa.table({"x": [100.0, 3.0], "kind": ["a", "a"]})
    space = Space(frames_of(schema_of(real), real=real, synth=synth))
    first = Points(*(side[:1] for side in (space.points("real").numbers, space.points("real").codes)))
    found = nearest(space.points("synth"), first, WATCH).distance[:, 0]
    # of the ranks 0, 1/4, 1/2, 3/4, 1 in order of size, 3 lies between 1 and 7
    assert found == pytest.approx([1 / 2, 3 / 8 / 2], abs=1e-6)
