"""The Vega-Lite charts of a check: they compile, they hold their data, and they are small."""

from __future__ import annotations

import json
from typing import Any

import pytest
import vl_convert

import check_json
from lookalike.quality.chart_specs import charts

HOSTILE = '"><script>alert(1)</script>\u202e' + "x" * 1000
FIXED = {
    "heat/real",
    "heat/synth",
    "heat/difference",
    "roc",
    "gives_away",
    "utility",
    "importances",
    "distance/closest",
    "distance/ratio",
    "copies",
    "membership",
    "attacks",
    "rules",
}


@pytest.fixture(scope="module")
def check() -> dict[str, Any]:
    return check_json.whole(check_json.built(), None)


def test_every_measured_thing_has_its_chart_under_its_name(check: dict[str, Any]) -> None:
    compared = {f"column/{one['name']}/histogram" for one in check["columns"] if one["compared"]}
    assert set(charts(check)) == FIXED | compared


def test_every_chart_is_one_that_vega_lite_compiles_and_draws(check: dict[str, Any]) -> None:
    for name, spec in charts(check).items():
        drawn = vl_convert.vegalite_to_svg(json.dumps(spec))
        assert "NaN" not in drawn, name
        assert "undefined" not in drawn, name
        assert drawn.count("<path") > 3, name


def test_every_cell_of_a_heat_map_stands_at_its_columns(check: dict[str, Any]) -> None:
    spec = charts(check)["heat/difference"]
    drawn = vl_convert.vegalite_to_svg(json.dumps(spec))
    names = check["fidelity"]["association"]["columns"]
    for i, below in enumerate(names):
        for j, above in enumerate(names[:i]):
            value = check["fidelity"]["association"]["difference"][i][j]
            assert f"above: {above}; below: {below}; v: {value:.12g}".replace("-", "−") in drawn, (i, j)


def test_a_chart_reaches_for_nothing_outside_itself(check: dict[str, Any]) -> None:
    for name, spec in charts(check).items():
        text = json.dumps({key: value for key, value in spec.items() if key != "$schema"})
        assert "url" not in text, name
        assert "href" not in text, name
        assert "http" not in text, name


def test_text_of_the_tables_is_never_a_field_nor_an_expression() -> None:
    names = [HOSTILE, HOSTILE + "y", "datum.x'] + (1)", "a.b[0]", "", "\u202eab"]
    found = charts(check_json.whole(check_json.built(names, text=HOSTILE), None))

    def fields(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part[key] for key in ("field", "calculate", "expr", "labelExpr", "key") if key in part]
            inner = [value for key, value in part.items() if key != "values"]
            return [text for text in own if isinstance(text, str)] + [t for p in inner for t in fields(p)]
        return [text for entry in part for text in fields(entry)] if isinstance(part, list) else []

    known = {
        text for one in charts(check_json.whole(check_json.built(), None)).values() for text in fields(one)
    }
    for name, spec in found.items():
        assert set(fields(spec)) <= known, name
        drawn = vl_convert.vegalite_to_svg(json.dumps(spec))
        assert "<script" not in drawn, name
        assert "\u202e" not in drawn, name
        assert "x" * 100 not in drawn, name


def test_labels_that_the_cut_made_equal_stay_apart() -> None:
    names = [f"{'x' * 100}{i}" for i in range(4)]
    spec = charts(check_json.whole(check_json.built([*names, *"ab"]), None))["gives_away"]
    labels = [row["label"] for row in spec["data"]["values"]]
    assert len(set(labels)) == len(labels)


def test_what_was_not_measured_has_no_chart(check: dict[str, Any]) -> None:
    nothing = {
        **check,
        "columns": [],
        "detection": None,
        "utility": None,
        "fidelity": {**check["fidelity"], "association": None},
        "diagnostic": {**check["diagnostic"], "rules": []},
        "privacy": {
            **check["privacy"],
            "closest": None,
            "ratio": None,
            "near": None,
            "nearer": None,
            "membership": [],
            "attacks": [],
        },
    }
    assert set(charts(nothing)) == {"copies"}


def test_the_charts_of_a_hundred_columns_are_small() -> None:
    wide = check_json.whole(check_json.built([f"column {i}" for i in range(100)]), None)
    assert len(json.dumps(charts(wide))) < 800_000
