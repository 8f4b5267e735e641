"""Rare categories, extremes and real values that came through, beside what a second real sample has."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from compared import bundled, frames_of, halves, schema_of, some
from lookalike.quality import came_through
from lookalike.quality.frame import Frames


def names(counts: dict[str, int]) -> list[str]:
    return [name for name, count in counts.items() for _ in range(count)]


def towns(real: dict[str, int], synth: dict[str, int], holdout: dict[str, int] | None = None) -> Frames:
    tables = {part: pa.table({"town": names(counts)}) for part, counts in (("real", real), ("synth", synth))}
    if holdout is not None:
        tables["holdout"] = pa.table({"town": names(holdout)})
    return frames_of(schema_of(tables["real"]), **tables)


def test_rare_categories_are_those_of_fewer_than_five_rows() -> None:
    found = came_through.rare(
        towns({"Ulm": 90, "Au": 5, "Oy": 4, "Egg": 1}, {"Ulm": 50, "Oy": 1, "Au": 1}, {"Ulm": 52})
    )
    (entry,) = [one.entry for one in found]
    assert (entry.found, entry.of) == (1, 2)
    assert entry.examples == ("Oy",)
    assert entry.expected == 0


def test_a_table_that_keeps_all_rare_categories_is_surely_worse_than_one_that_keeps_few() -> None:
    real = {"Ulm": 900, **{f"t{i}": 1 for i in range(100)}}
    holdout = {"Ulm": 990, **{f"t{i}": 1 for i in range(10)}}
    kept, few = (
        came_through.rare(towns(real, real, holdout)),
        came_through.rare(towns(real, holdout, holdout)),
    )
    assert (came_through.rare_figure(kept).surely_worse or 0) > 0.5
    assert came_through.rare_figure(few).worse == pytest.approx(0)


def test_rarefied_is_the_share_of_all_samples_that_hold_the_category() -> None:
    rows, size = 7, 3
    for count in range(rows + 1):
        samples = list(combinations(range(rows), size))
        share = np.mean([any(row < count for row in sample) for sample in samples])
        assert came_through.rarefied(np.array([count]), rows, size)[0] == pytest.approx(share)


def numbers(real: list[float], synth: list[float], holdout: list[float]) -> Frames:
    tables = {"real": real, "synth": synth, "holdout": holdout}
    made = {part: pa.table({"x": values}) for part, values in tables.items()}
    return frames_of(schema_of(made["real"]), **made)


def test_extremes_are_the_outermost_values_of_one_row_each() -> None:
    rng = np.random.default_rng(0)
    real = [*rng.normal(size=200), 90.0, 90.0, 91.0, -80.0]  # two people share 90
    found = came_through.extremes(numbers(real, [0.0, 90.0, 91.0, -80.0], list(rng.normal(size=50))))
    (entry,) = [one.entry for one in found]
    assert entry.of == 9
    assert entry.found == 2
    assert set(entry.examples) == {"91", "-80"}
    assert entry.expected == 0


def test_a_copy_brings_all_extremes_and_fresh_rows_do_not() -> None:
    schema, train, test = bundled("magic")
    synth, holdout = halves(test)
    fresh = came_through.extremes_figure(
        came_through.extremes(frames_of(schema, real=train, synth=synth, holdout=holdout))
    )
    copied = came_through.extremes_figure(
        came_through.extremes(frames_of(schema, real=train, synth=train, holdout=test))
    )
    assert (fresh.surely_worse or 0) <= 0
    assert copied.value == 1
    assert (copied.surely_worse or 0) > 0.5


def test_a_table_without_rare_values_has_none_that_came_through() -> None:
    frames = towns({"Ulm": 90}, {"Ulm": 9, "Au": 3}, {"Ulm": 9})
    assert came_through.rare_figure(came_through.rare(frames)).surely_worse == 0
    assert came_through.extremes_figure(came_through.extremes(frames)).value == 0


def test_real_ids_and_names_are_found_beside_those_that_chance_makes() -> None:
    real = pa.table(
        {"id": [f"C-{i}" for i in range(100)], "name": ["Ann", "Bo"] * 30 + [f"n{i}" for i in range(40)]}
    )
    schema = schema_of(real, id={"kind": "id"}, name={"kind": "text", "action": "fake", "content": "name"})
    holdout = pa.table({"id": [f"D-{i}" for i in range(100)], "name": ["Ann"] * 60 + ["Cy"] * 40})
    tables = {"real": real, "synth": holdout, "holdout": holdout}
    found, chance = came_through.real_values(schema, tables)
    assert [(one.column, one.rate.hits) for one in found] == [("id", 0), ("name", 60)]
    assert chance == [(0, 100), (60, 100)]
    assert (came_through.real_values_figure(found, chance, held=True).surely_worse or 0) <= 0
    found, chance = came_through.real_values(schema, {**tables, "synth": some(real, 50)})
    figure = came_through.real_values_figure(found, chance, held=True)
    assert figure.value == 1
    assert (figure.surely_worse or 0) > 0.7
    assert found[0].example is not None


def test_without_a_holdout_names_that_train_repeats_are_chance() -> None:
    real = pa.table({"name": ["Ann", "Bo"] * 30 + [f"n{i}" for i in range(40)]})
    schema = schema_of(real, name={"kind": "text", "action": "fake"})
    chance = came_through.real_values(schema, {"real": real, "synth": real})[1]
    assert chance == [(30, 50)]
