"""Privacy: a measure tells a copy of train from fresh real rows, and says what it could not measure."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pyarrow as pa
import pytest

from compared import bundled, frames_of, halves, schema_of, some
from lookalike.errors import Cancelled
from lookalike.quality import attacks, closeness, copies, membership, privacy, singling_out
from lookalike.quality.ground import Ground, Neighbourhood, lay, neighbourhood
from lookalike.quality.result import Figure
from lookalike.schema import Schema
from lookalike.watch import Unwatched


def measured(schema: Schema, *, seed: int = 0, **tables: pa.Table) -> privacy.Found:
    return privacy.measure(schema, frames_of(schema, **tables), tables, seed=seed, watch=Unwatched())


def by_name(found: privacy.Found) -> dict[str, Figure]:
    return {figure.name: figure for figure in found.figures}


def ground_of(schema: Schema, **tables: pa.Table) -> tuple[Ground, Neighbourhood]:
    ground = lay(frames_of(schema, **tables), seed=0, watch=Unwatched())
    return ground, neighbourhood(ground, copies.count(ground))


def small(name: str, rows: int = 2500) -> tuple[Schema, dict[str, pa.Table], pa.Table]:
    """(schema, tables in which half of the test rows is synthetic, the training rows)."""
    schema, train, test = bundled(name)
    real, (synth, holdout) = some(train, rows), halves(some(test, 1200))
    return schema, {"real": real, "synth": synth, "holdout": holdout}, real


def test_on_adult_membership_tells_a_copy_from_fresh_rows() -> None:
    schema, train, test = bundled("adult")
    synth, holdout = halves(test)
    fresh, copied = (
        lay(frames_of(schema, real=train, **tables), seed=0, watch=Unwatched())
        for tables in ({"synth": synth, "holdout": holdout}, {"synth": train, "holdout": test})
    )
    for attempt in membership.attempts(copied):
        assert (attempt.attack.auc.value or 0) > 0.95
        assert attempt.attack.tpr_at_1 > 0.9
    figure = membership.figure(membership.attempts(fresh))
    assert figure.low is not None
    assert figure.high is not None
    assert figure.low < 0.5 < figure.high
    assert figure.high - figure.low < 0.05


@pytest.mark.parametrize("name", ["shoppers", "default"])
def test_fresh_rows_are_not_surely_worse_in_any_figure_and_a_copy_is(name: str) -> None:
    schema, tables, real = small(name)
    for figure in measured(schema, **tables).figures:
        assert figure.surely_worse is not None
        assert figure.surely_worse <= 0, figure.name
    copied = by_name(measured(schema, **{**tables, "synth": some(real, len(real), seed=1)}))
    for what in ("copies", "near_copies", "distance", "ratio", "membership", "linkability", "inference"):
        assert (copied[f"privacy.{what}"].surely_worse or 0) > 0, what


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    schema, tables, _ = small("magic", 1500)
    first, again, other = (measured(schema, seed=seed, **tables) for seed in (3, 3, 4))
    assert first == again
    assert by_name(first)["privacy.singling_out"] != by_name(other)["privacy.singling_out"]


def test_what_is_measured_can_be_written_as_json() -> None:
    schema, tables, _ = small("shoppers", 600)
    found = measured(schema, **tables)
    json.dumps([dataclasses.asdict(found.data), *map(dataclasses.asdict, found.figures)], allow_nan=False)


def test_without_a_holdout_nothing_passes() -> None:
    schema, tables, _ = small("shoppers", 600)
    del tables["holdout"]
    found = measured(schema, **tables)
    for name in privacy.AGAINST_HOLDOUT:
        figure = by_name(found)[name]
        assert figure.value is None
        assert figure.surely_worse is None
        assert "no holdout" in figure.unmeasured
    assert found.data.copies.holdout is None
    assert found.data.membership == ()
    assert found.data.nearer is None


@pytest.mark.parametrize("part", ["real", "synth", "holdout"])
def test_a_handful_of_rows_says_nothing_of_people(part: str) -> None:
    schema, tables, _ = small("magic", 200)
    tables[part] = tables[part].slice(0, 5)
    found = measured(schema, **tables)
    assert "5 rows" in by_name(found)["privacy.membership"].unmeasured
    assert "5 rows" in found.data.unmeasured


def test_tables_with_nothing_to_compare_say_so() -> None:
    words = pa.table({"note": [f"note {i}" for i in range(100)]})
    schema = schema_of(words, note={"kind": "text"})
    found = measured(schema, real=words, synth=words, holdout=words)
    assert "no column" in by_name(found)["privacy.copies"].unmeasured
    alike = pa.table({"x": pa.nulls(100, pa.float64()), "y": [1.0] * 100})
    found = measured(schema_of(alike), real=alike, synth=alike, holdout=alike)
    assert "the same" in by_name(found)["privacy.copies"].unmeasured


def test_one_column_and_a_hundred_columns_are_measured() -> None:
    rng = np.random.default_rng(0)

    def table(columns: int) -> pa.Table:
        return pa.table({f"x{j}": rng.normal(size=150) for j in range(columns)})

    for columns in (1, 100):
        tables = {part: table(columns) for part in ("real", "synth", "holdout")}
        figures = measured(schema_of(tables["real"]), **tables).figures
        assert all(figure.value is not None for figure in figures)


def test_measuring_stops_when_asked() -> None:
    class Impatient(Unwatched):
        def stop(self) -> bool:
            return True

    schema, tables, _ = small("magic", 500)
    with pytest.raises(Cancelled):
        privacy.measure(schema, frames_of(schema, **tables), tables, seed=0, watch=Impatient())


def test_more_rows_than_are_looked_at_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.quality import ground

    schema, tables, _ = small("magic", 900)
    monkeypatch.setattr(ground, "QUERIES", 300)
    monkeypatch.setattr(ground, "BASE", 400)
    samples = {sample.what: (sample.rows, sample.of) for sample in measured(schema, **tables).samples}
    assert samples["privacy: rows of real whose neighbours are looked for"] == (300, 900)
    assert (
        samples["privacy: rows of real that may be a neighbour"] == (400, 900)
        or 400 in samples["privacy: rows of real that may be a neighbour"]
    )


# ---- closeness


def test_distances_are_histograms_of_all_rows_and_percentiles_of_them() -> None:
    schema, tables, real = small("default")
    _, around = ground_of(schema, **tables)
    found = closeness.closest(around)
    assert sum(found.synth) == pytest.approx(1)
    assert len(found.edges) == len(found.synth) + 1
    assert found.synth_p5 == pytest.approx(np.quantile(around.distance["synth"][:, 0], 0.05))
    assert found.synth_p5 < found.synth_median
    _, copied = ground_of(schema, **{**tables, "synth": real})
    assert closeness.closest(copied).synth_median == 0
    assert closeness.ratio(copied).synth_p5 == 0
    assert closeness.ratio(around).synth_p5 > 0.2


def test_nearer_counts_ties_as_half_and_sees_a_copy() -> None:
    schema, tables, real = small("magic", 600)
    same = ground_of(schema, real=real, synth=tables["synth"], holdout=some(real, 600, seed=5))[0]
    assert closeness.nearer(same)[0].share.value == 0.5
    copied, error = closeness.nearer(ground_of(schema, **{**tables, "synth": real})[0])
    assert (copied.share.value or 0) > 0.9
    assert (closeness.nearer_figure(copied, error).surely_worse or 0) > 0.3
    assert copied.base == 600


def test_one_real_row_that_is_nearest_to_all_is_no_evidence() -> None:
    """A lone training row in the middle draws every synthetic row; that is one person's luck, not a leak."""
    rng = np.random.default_rng(0)

    def ring(rows: int) -> pa.Table:
        angle = rng.uniform(0, 2 * np.pi, rows)
        return pa.table({"x": 10 * np.cos(angle), "y": 10 * np.sin(angle)})

    middle = pa.table({"x": [0.0], "y": [0.0]})
    real = pa.concat_tables([ring(99), middle]).combine_chunks()
    synth = pa.table({"x": rng.normal(0, 0.5, 300), "y": rng.normal(0, 0.5, 300)})
    found, error = closeness.nearer(ground_of(schema_of(real), real=real, synth=synth, holdout=ring(100))[0])
    assert (found.share.value or 0) > 0.8
    assert error > 0.25


# ---- attacks


def test_inference_finds_the_column_that_leaks() -> None:
    """Only the secret of training rows is copied; everything else about them is common knowledge."""
    rng = np.random.default_rng(0)

    def people(rows: int) -> dict[str, np.ndarray]:
        return {
            "a": rng.normal(size=rows),
            "b": rng.normal(size=rows),
            "secret": rng.choice(list("uvwxyz"), rows),
        }

    real = people(2000)
    tables = {"real": pa.table(real), "synth": pa.table(real), "holdout": pa.table(people(2000))}
    found = attacks.inference(ground_of(schema_of(tables["real"]), **tables)[0])
    risks = {attack.column: attack.risk.value or 0.0 for attack in found.attacks}
    assert risks["secret"] > 0.95
    # two random ranks are within 1/32 of each other in about one of sixteen cases
    assert next(a for a in found.attacks if a.column == "a").baseline == pytest.approx(1 / 16, abs=0.02)
    assert next(a for a in found.attacks if a.column == "secret").baseline == pytest.approx(1 / 6, abs=0.05)
    fresh = attacks.inference(
        ground_of(schema_of(tables["real"]), **{**tables, "synth": pa.table(people(2000))})[0]
    )
    assert abs(fresh.mean) < 3 * fresh.error


def test_risk_is_what_the_control_leaves() -> None:
    value, low, high = attacks.risk((60, 100), (20, 100), 1.96)
    assert value == pytest.approx(0.5)
    assert low < value < high
    assert attacks.risk((5, 100), (5, 100), 1.96)[0] == 0
    assert attacks.risk((100, 100), (100, 100), 1.96)[0] == 0


def test_linking_finds_copied_people_only() -> None:
    schema, tables, real = small("beijing", 1500)
    fresh = attacks.linkability(ground_of(schema, **tables)[0])
    copied = attacks.linkability(ground_of(schema, **{**tables, "synth": real})[0])
    assert (attacks.linkability_figure(fresh).surely_worse or 0) <= 0
    assert (copied.attack.risk.value or 0) > 0.5


def test_singling_out_by_one_column_finds_values_that_one_person_has() -> None:
    rng = np.random.default_rng(0)

    def table(low: int) -> pa.Table:
        return pa.table({"x": np.arange(low, low + 400) * 1.0, "y": rng.normal(size=400)})

    real, holdout = table(0), table(1000)
    ground = ground_of(schema_of(real), real=real, synth=real, holdout=holdout)[0]
    one = singling_out.attempts(ground)[0].attack
    assert (one.attack.share or 0) > 0.99
    assert (one.control.share or 0) < 0.01
    assert (singling_out.figure(singling_out.attempts(ground)).surely_worse or 0) > 0.9


def test_one_person_found_by_many_conditions_is_one_person() -> None:
    """The row of a giant is singled out by every condition that reaches far; it is still one row."""
    rng = np.random.default_rng(0)
    columns = [f"x{j}" for j in range(6)]

    def table(extra: float) -> pa.Table:
        values = rng.normal(size=(500, 6))
        values[0] = extra
        return pa.table(dict(zip(columns, values.T, strict=True)))

    tables = {"real": table(50.0), "synth": table(4.0), "holdout": table(0.0)}
    found = singling_out.attempts(ground_of(schema_of(tables["real"]), **tables)[0])[1]
    assert found.train[1] < 0.6 * found.attack.attack.of
    assert found.train[0] / found.train[1] == pytest.approx(found.attack.attack.share)
