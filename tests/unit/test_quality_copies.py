"""Copies: rows equal to training rows are counted as what they are, and 2 % of them are seen."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from compared import TABLES, bundled, frames_of, halves, plus_copies, schema_of, some
from lookalike.quality import copies
from lookalike.quality.digests import counted, digests
from lookalike.quality.ground import Ground, Neighbourhood, lay, neighbourhood
from lookalike.quality.result import Figure
from lookalike.schema import Schema
from lookalike.watch import Unwatched


def ground_of(schema: Schema, seed: int = 0, **tables: pa.Table) -> Ground:
    return lay(frames_of(schema, **tables), seed=seed, watch=Unwatched())


def counts_of(ground: Ground) -> tuple[copies.Counts, Neighbourhood]:
    counts = copies.count(ground)
    return counts, neighbourhood(ground, counts)


def figures_of(ground: Ground) -> tuple[Figure, Figure]:
    counts, around = counts_of(ground)
    return copies.exact_figure(ground, counts, around), copies.near_figure(copies.near(around))


def surely(figure: Figure) -> float:
    assert figure.surely_worse is not None
    return figure.surely_worse


@pytest.mark.parametrize("name", TABLES)
def test_half_of_the_test_rows_copies_no_more_than_the_other_half(name: str) -> None:
    schema, train, test = bundled(name)
    synth, holdout = halves(test)
    for figure in figures_of(ground_of(schema, real=train, synth=synth, holdout=holdout)):
        assert surely(figure) <= 0


@pytest.mark.parametrize("name", TABLES)
def test_two_per_cent_of_copied_rows_are_seen_in_half_of_the_test_rows(name: str) -> None:
    schema, train, test = bundled(name)
    synth, holdout = halves(test)
    ground = ground_of(schema, real=train, synth=plus_copies(synth, train), holdout=holdout)
    assert surely(figures_of(ground)[0]) > 0


def test_a_copy_of_train_is_all_copies() -> None:
    schema, train, test = bundled("shoppers")
    ground = ground_of(schema, real=some(train, 3000), synth=some(train, 3000), holdout=test)
    counts, around = counts_of(ground)
    found = copies.exact(counts)
    assert found.synth.share == 1
    assert found.holdout is not None
    assert 0 < (found.holdout.share or 0) < 0.02
    assert copies.near(around).synth.share == 1
    assert min(map(surely, figures_of(ground))) > 0.8


def test_rows_that_many_people_share_are_no_copies_of_one() -> None:
    """All of a table of two columns with few values comes again, in any sample; that gives no one away."""
    rng = np.random.default_rng(0)

    def people(rows: int) -> pa.Table:
        return pa.table({"sex": rng.choice(["f", "m"], rows), "age": rng.integers(20, 60, rows)})

    real = people(3000)
    ground = ground_of(schema_of(real), real=real, synth=people(3000), holdout=people(1000))
    assert copies.exact(copies.count(ground)).synth.share == 1
    assert figures_of(ground)[0].value == pytest.approx(0, abs=0.01)


def test_rows_moved_by_a_hair_are_near_copies_and_not_exact_ones() -> None:
    schema, train, test = bundled("magic")
    real, rng = some(train, 3000), np.random.default_rng(0)
    moved = {
        name: real[name].to_numpy() + rng.normal(0, 1e-3, len(real)) if name != "class" else real[name]
        for name in real.column_names
    }
    ground = ground_of(schema, real=real, synth=pa.table(moved), holdout=test)
    exact, near = figures_of(ground)
    assert exact.value == 0
    assert surely(near) > 0.5


def test_equal_to_six_digits_is_equal_but_whole_numbers_and_times_are_exact() -> None:
    real = pa.table(
        {"x": [1.234567, 0.0], "n": [10_000_001, 5], "t": pa.array([10**15 + 1, 5], pa.timestamp("us"))}
    )
    synth = pa.table(
        {
            "x": [1.2345672, 1.2346, 1.234567, 1.234567, -0.0],
            "n": [10_000_001, 10_000_001, 10_000_002, 10_000_001, 5],
            "t": pa.array([10**15 + 1, 10**15 + 1, 10**15 + 1, 10**15 + 2, 5], pa.timestamp("us")),
        }
    )
    frames = frames_of(schema_of(real, n={"decimals": 0}), real=real, synth=synth)
    assert counted(digests(frames, "synth"), digests(frames, "real")).tolist() == [1, 0, 0, 0, 1]


def test_missing_values_are_equal_to_each_other_only() -> None:
    real = pa.table({"x": [1.0, None, None], "c": ["a", "a", None]})
    synth = pa.table({"x": [None, None, 1.0, 0.0], "c": ["a", None, None, "a"]})
    frames = frames_of(schema_of(real), real=real, synth=synth)
    assert counted(digests(frames, "synth"), digests(frames, "real")).tolist() == [1, 1, 0, 0]


def test_different_rows_have_different_digests() -> None:
    rng = np.random.default_rng(0)
    table = pa.table({f"c{j}": rng.integers(0, 4, 200_000).astype(float) for j in range(9)})
    frames = frames_of(schema_of(table), real=table)
    rows = len(np.unique(np.stack([table[name].to_numpy() for name in table.column_names]), axis=1).T)
    assert len(np.unique(digests(frames, "real"))) == rows


def test_canaries_are_found_by_their_columns_or_by_a_value_of_their_own() -> None:
    real = pa.table({"name": ["Ann", "Bo", "Bo", "Zoe"], "x": [1.0, 2.0, 3.0, 99.0]})
    schema = schema_of(real, name={"kind": "text", "action": "fake"})
    canaries = real.slice(2, 2)

    def found(names: list[str], values: list[float]) -> int:
        tables = {"real": real, "synth": pa.table({"name": names, "x": values}), "canaries": canaries}
        return copies.canaries(ground_of(schema, **tables), tables, ["name"]).found

    assert found(["Cy", "Bo"], [5.0, 6.0]) == 0  # Bo is a name that another person has as well
    assert found(["Cy", "Zoe"], [5.0, 6.0]) == 1
    assert found(["Cy", "Dee"], [99.0, 3.0]) == 2
    assert copies.canaries_figure(copies.Canaries(planted=2, found=1)).surely_worse == 0.5


def test_a_holdout_unlike_train_is_compared_alone() -> None:
    assert copies._by_chance((10, 1000), (20, 2000)) == (20, 2000)
    assert copies._by_chance((10, 1000), (0, 100_000)) == (10, 1000)


def test_a_copied_row_that_others_are_like_is_no_copy_of_a_lone_one() -> None:
    """One in twelve people differs from many others in a number only; a copy of them points at no one."""
    rng = np.random.default_rng(0)
    columns = [f"c{j}" for j in range(8)]

    def people(rows: int, alike: int) -> pa.Table:
        kinds = rng.choice(list("abcd"), (rows, len(columns)))
        kinds[:alike] = "a"
        number = np.where(np.arange(rows) < alike, 5 + rng.normal(0, 1e-3, rows), rng.normal(size=rows))
        return pa.table({**dict(zip(columns, kinds.T, strict=True)), "x": number})

    real, fresh, holdout = people(1200, 100), people(1200, 100), people(600, 50)

    def value(copied: pa.Table) -> float:
        synth = pa.concat_tables([copied, fresh.slice(100)]).combine_chunks()
        found = figures_of(ground_of(schema_of(real), real=real, synth=synth, holdout=holdout))[0].value
        assert found is not None
        return found

    assert value(real.slice(0, 100)) < 0.01
    assert value(real.slice(100, 100)) == pytest.approx(100 / 1200, abs=0.01)
