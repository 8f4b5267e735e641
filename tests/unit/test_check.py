"""A check of any two tables: every figure, the same each time, and an answer for the worst inputs."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow as pa
import pytest

import lookalike as la
from lookalike.errors import BadSchema, BadTable, Cancelled, CannotWrite, UsageError
from lookalike.quality.contract import json_schema
from lookalike.quality.thresholds import THRESHOLDS

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "contracts/check.schema.json").read_text())
ALWAYS = {name for name in THRESHOLDS if name != "privacy.canaries"}


def table(rows: int, seed: int, columns: int = 5) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows).round(4)
    known: dict[str, Any] = {
        "x": x,
        "y": (x + rng.normal(size=rows)).round(4),
        "n": rng.integers(0, 50, rows),
        "town": rng.choice(["Ulm", "Bonn", "Kiel"], rows),
        "flag": np.where(x + rng.normal(size=rows) > 0, "yes", "no"),
    }
    for i in range(columns - 5):
        known[f"c{i}"] = rng.normal(size=rows) if i % 2 else rng.choice(list("abcd"), rows)
    return pa.table(dict(list(known.items())[:columns]))


REAL, SYNTH, HOLDOUT = table(300, 1), table(300, 2), table(150, 3)


def checked(synth: Any = SYNTH, holdout: Any = HOLDOUT, real: Any = REAL, **options: Any) -> la.Check:
    """A check without a warning, whose JSON is as the contract says, and whose report can be drawn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = la.check(real, synth, holdout=holdout, **options)
    jsonschema.validate(found.to_json(), SCHEMA, cls=jsonschema.Draft202012Validator)
    assert str(found)
    return found


def refused(found: la.Check) -> set[str]:
    return {refusal.name for refusal in found.gate().refusals}


def test_the_contract_is_the_one_that_the_code_makes() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json_schema() == SCHEMA


def test_a_second_sample_passes_with_every_figure() -> None:
    found = checked(target="flag")
    assert set(found.figures) == ALWAYS
    assert found.gate().passed, refused(found)
    assert all(value is not None for value in found.scores.values())
    assert found.data.tables.holdout is not None
    assert found.data.tables.holdout.rows == 150


def test_the_same_call_gives_the_same_figures() -> None:
    assert checked(target="flag", seed=3).to_json() == checked(target="flag", seed=3).to_json()


def test_without_a_holdout_privacy_is_unmeasured_and_refused(tmp_path: Path) -> None:
    found = checked(holdout=None, target="flag")
    private = {name for name in ALWAYS if name.startswith("privacy.")}
    blind = {refusal.name for refusal in found.gate().refusals if refusal.unmeasured}
    assert blind >= private - {"privacy.real_values"}
    assert found.scores["privacy"] is None
    gate = tmp_path / "gate.yaml"
    gate.write_text("waive:\n" + "".join(f"  - {name}\n" for name in sorted(blind)))
    verdict = found.gate(gate)
    assert verdict.passed
    assert set(verdict.waived) == blind


def test_the_real_table_itself_is_refused_as_a_copy() -> None:
    found = checked(synth=REAL)
    assert "privacy.copies" in refused(found)
    assert "privacy.membership" in refused(found)
    assert (found.scores["privacy"] or 0) < 20


def test_a_holdout_that_is_the_real_table_is_not_used() -> None:
    found = checked(synth=REAL, holdout=REAL)
    assert found.data.tables.holdout is None
    assert any("300 of the 300 holdout rows" in note for note in found.data.notes)
    assert "privacy.copies" in refused(found)


def test_planted_canaries_that_come_out_are_refused() -> None:
    canaries = table(5, 77)
    real, leaky = (pa.concat_tables([part, canaries]) for part in (REAL, SYNTH))
    assert checked(real=real, canaries=canaries).figures["privacy.canaries"].value == 0
    found = checked(real=real, synth=leaky, canaries=canaries)
    assert found.data.tables.canaries == 5
    assert "privacy.canaries" in refused(found)


@pytest.mark.parametrize(
    ("synth", "name"),
    [
        (pa.table({"a": [1, 2, 3] * 100, "b": ["u", "v", "w"] * 100}), "diagnostic.columns"),
        (SYNTH.drop_columns(["x"]), "diagnostic.columns"),
        (SYNTH.append_column("new", pa.array([1.5] * 300)), "diagnostic.columns"),
        (
            pa.table({
                "x": ["a"] * 300, "y": ["?"] * 300, "n": [0.5] * 300, "town": [1] * 300, "flag": [None] * 300
            }),
            "diagnostic.columns",
        ),
        (pa.table({name: pa.nulls(100, SYNTH[name].type) for name in SYNTH.column_names}), "fidelity.shape"),
        (
            pa.table({
                "x": [np.inf, np.nan] * 100, "y": [1e308, -1e308] * 100, "n": [2**40] * 200,
                "town": ["Ulm"] * 200, "flag": ["yes"] * 200,
            }),
            "fidelity.shape",
        ),
        (HOLDOUT.slice(0, 1), "detection.auc"),
        (HOLDOUT.slice(0, 10), "detection.auc"),
    ],
    ids=["other", "one missing", "one more", "other kinds", "nothing", "extremes", "one row", "ten rows"],
)  # fmt: skip
def test_the_worst_tables_are_measured_and_refused(synth: pa.Table, name: str) -> None:
    for holdout in (table(200, 8), None):
        found = checked(synth=synth, holdout=holdout, target="flag")
        assert name in refused(found)


def test_an_empty_table_is_refused_as_one() -> None:
    with pytest.raises(BadTable):
        la.check(REAL, SYNTH.slice(0, 0))


def test_one_column_is_compared_as_far_as_that_goes() -> None:
    found = checked(real=REAL.select(["x"]), synth=SYNTH.select(["x"]), holdout=HOLDOUT.select(["x"]))
    assert found.gate().passed, refused(found)
    assert {"fidelity.trend", "fidelity.triples", "privacy.linkability"}.isdisjoint(found.figures)


def test_values_of_another_type_are_read_as_the_real_ones_are() -> None:
    strings = pa.table({name: SYNTH[name].cast(pa.string()) for name in SYNTH.column_names})
    found = checked(synth=strings)
    assert "diagnostic.columns" not in refused(found)
    assert found.figures["detection.auc"].value == checked().figures["detection.auc"].value


def test_a_target_that_is_no_column_is_refused() -> None:
    with pytest.raises(BadSchema, match="nothing"):
        la.check(REAL, SYNTH, target="nothing")


@pytest.mark.parametrize("part", ["holdout", "canaries"])
def test_real_rows_that_lack_a_column_are_a_mistake(part: str) -> None:
    with pytest.raises(BadTable, match="lack") as caught:
        la.check(REAL, SYNTH, **{part: HOLDOUT.drop_columns(["y"])})
    assert caught.value.column == "y"


def test_auto_holds_out_what_fit_held_out() -> None:
    whole = table(400, 4)
    found = checked(real=whole, holdout="auto", seed=2)
    rest, aside = la.set_aside(whole, seed=2)
    apart = checked(real=rest, holdout=aside, seed=2)
    assert found.data.tables == apart.data.tables
    assert found.data.figures == apart.data.figures
    assert any("--holdout auto" in note for note in found.data.notes)
    with pytest.raises(UsageError):
        la.check(table(10, 1), SYNTH, holdout="auto")


def test_the_report_is_saved_or_nothing_is(tmp_path: Path) -> None:
    found = checked()
    assert found.save(tmp_path / "r.html").read_text().startswith("<!doctype html>")
    with pytest.raises(CannotWrite):
        found.save(tmp_path / "none" / "r.html")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CannotWrite):
        found.save(tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "r.html"]


def test_it_tells_how_far_it_is_and_stops_when_asked() -> None:
    class Watching:
        def __init__(self, patience: int) -> None:
            self.seen: list[tuple[int, int]] = []
            self.patience = patience

        def progress(self, done: int, total: int) -> None:
            self.seen.append((done, total))

        def stop(self) -> bool:
            return len(self.seen) >= self.patience

    watch = Watching(99)
    la.check(REAL, SYNTH, holdout=HOLDOUT, watch=watch)
    assert watch.seen == [(done, 6) for done in range(1, 7)]
    for patience in range(1, 6):
        with pytest.raises(Cancelled):
            la.check(REAL, SYNTH, holdout=HOLDOUT, watch=Watching(patience))
