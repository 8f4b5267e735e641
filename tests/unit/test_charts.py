"""The charts of a check: specs that Vega-Lite draws, with names from a stranger's table in the data only."""

from __future__ import annotations

import json
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa
import pytest
import vl_convert

import lookalike as la
from lookalike.quality.charts_vega import NAMES

HOSTILE = ["<script>alert(1)</script>", "a.b[0]", "datum.x'\"\\", "\u202eright to left", "😀" * 200]


def table(rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    columns: list[Any] = [
        x,
        x + rng.normal(size=rows),
        rng.choice(["<b>", "{{x}}", "plain"], rows),
        (np.datetime64("2024-01-01", "us") + rng.integers(0, 10**12, rows)),
        np.where(x > 0, "yes", "no"),
    ]
    return pa.table(dict(zip(HOSTILE, columns, strict=True)))


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    real = la.read(table(400, 1))
    return la.check(real, table(400, 2), holdout=table(200, 3), target=HOSTILE[-1]).to_json()


def specs(found: dict[str, Any]) -> list[dict[str, Any]]:
    charts = found["charts"]
    return [spec for spec in [*charts["columns"], *(charts[n] for n in NAMES[1:])] if spec is not None]


def test_every_spec_is_vega_lite_and_draws(found: dict[str, Any]) -> None:
    assert len(specs(found)) >= len(found["columns"]) + 8
    for spec in specs(found):
        alt.Chart.from_dict(spec)  # validates against Vega-Lite's schema
        drawn = vl_convert.vegalite_to_svg(json.dumps({**spec, "width": 300} if "width" in spec else spec))
        assert drawn.startswith("<svg")
        assert "<script" not in drawn


def test_there_is_a_chart_for_every_column_that_is_compared(found: dict[str, Any]) -> None:
    charts = found["charts"]["columns"]
    assert len(charts) == len(found["columns"])
    assert all(
        (chart is not None) == one["compared"] for chart, one in zip(charts, found["columns"], strict=True)
    )


def without_data(spec: Any) -> Any:
    if isinstance(spec, dict):
        return {k: without_data(v) for k, v in spec.items() if k not in ("data", "title")}
    return [without_data(v) for v in spec] if isinstance(spec, list) else spec


def test_names_and_values_stand_in_data_and_titles_only(found: dict[str, Any]) -> None:
    for spec in specs(found):
        text = json.dumps(without_data(spec), ensure_ascii=False)
        for hostile in [*(name[:20] for name in HOSTILE), "<b>", "{{x}}"]:
            assert json.dumps(hostile, ensure_ascii=False).strip('"') not in text


def test_what_was_not_measured_has_no_chart() -> None:
    charts = la.check(table(200, 1), table(200, 2)).to_json()["charts"]
    assert charts["privacy_membership"] is None
    assert charts["utility_scores"] is None
    assert charts["detection_roc"] is not None
