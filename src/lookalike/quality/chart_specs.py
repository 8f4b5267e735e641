"""The charts of a check as Vega-Lite specs: plain JSON with their data inside, for a page that draws them.

    charts(check_json)["roc"]

Names are stable, so that a page can ask for one by name; what was not measured has no chart. Text from the
tables is data or a title in a spec, never the name of a field and never part of an expression, and is made
visible and cut as in the report (`report_markup.visible`).
"""

from __future__ import annotations

from collections.abc import Sequence

from lookalike.quality.chart_marks import (
    HOLDOUT,
    LONGEST,
    MOST_BARS,
    REAL,
    SCHEMA,
    SECOND,
    SYNTH,
    Json,
    bars_and_ticks,
    distinct,
    intervals,
    matrix,
    overlay,
    short,
    spec,
    upright,
)
from lookalike.quality.report_markup import visible

__all__ = ["SCHEMA", "charts"]


def charts(check_json: Json) -> dict[str, Json]:
    """Vega-Lite specs by name, from what ``Check.to_json()`` gives.

    ``column/<name>/histogram`` of every column that is compared; ``heat/real``, ``heat/synth``,
    ``heat/difference``; ``roc``, ``gives_away``; ``utility``, ``importances``; ``distance/closest``,
    ``distance/ratio``, ``copies``, ``membership``, ``attacks``; ``rules``.
    """
    found: dict[str, Json] = {}
    for column in check_json["columns"]:
        spec = _column(column)
        if spec is not None:
            found[f"column/{column['name']}/histogram"] = spec
    parts = (
        _heat(check_json["fidelity"]["association"]),
        _detection(check_json["detection"]),
        _utility(check_json["utility"]),
        _privacy(check_json["privacy"]),
        _rules(check_json["diagnostic"]["rules"]),
    )
    for part in parts:
        found |= part
    return found


# ---- columns


def _column(column: Json) -> Json | None:
    histogram = column["histogram"]
    if histogram is None:
        return None
    title = visible(column["name"], LONGEST)
    if histogram["form"] == "categories":
        return _categories(title, histogram) if histogram["labels"] else None
    return overlay(title, "", histogram, ("real", "synth")) if len(histogram["edges"]) > 1 else None


def _categories(title: str, histogram: Json) -> Json:
    """Bars of the real shares, and a tick on each for the synthetic one."""
    labels = distinct(histogram["labels"])
    rows = [
        {"label": label, "real": real, "synth": synth}
        for label, real, synth in zip(labels, histogram["real"], histogram["synth"], strict=True)
    ]
    return bars_and_ticks(title, rows, "share of rows", "%")


# ---- association


def _heat(association: Json | None) -> dict[str, Json]:
    if association is None:
        return {}
    names = distinct(association["columns"])
    most = max((abs(v) for row in association["difference"] for v in row if v is not None), default=0.0)
    different = {"domain": [-max(most, 0.05), 0, max(most, 0.05)], "range": ["#a45c10", "#eeeeee", "#0d7f76"]}
    alike = {"domain": [0, 1], "range": ["#eef1f4", "#123f6b"]}
    return {
        f"heat/{part}": matrix(title, names, association[part], scale)
        for part, title, scale in (
            ("real", "Real", alike),
            ("synth", "Synthetic", alike),
            ("difference", "Synthetic less real", different),
        )
    }


# ---- detection and utility


def _detection(detection: Json | None) -> dict[str, Json]:
    if detection is None:
        return {}
    colours = {"train": SYNTH, "holdout": HOLDOUT, "reference": SECOND}
    sides = [(detection[part], colour) for part, colour in colours.items() if detection[part] is not None]
    rows = [
        {"fpr": short(fpr), "tpr": short(tpr), "between": one["between"]}
        for one, _ in sides
        for fpr, tpr in zip(one["roc"]["fpr"], one["roc"]["tpr"], strict=True)
    ]
    scale = {"domain": [one["between"] for one, _ in sides], "range": [colour for _, colour in sides]}
    encoding = {
        "x": {"field": "fpr", "type": "quantitative", "title": "real rows taken for synthetic"},
        "y": {"field": "tpr", "type": "quantitative", "title": "synthetic rows found out"},
        "color": {"field": "between", "type": "nominal", "title": None, "scale": scale},
    }
    chance = {
        "data": {"values": [{"fpr": 0, "tpr": 0}, {"fpr": 1, "tpr": 1}]},
        "mark": {"type": "line", "strokeDash": [3, 3], "color": REAL},
        "encoding": {name: encoding[name] for name in ("x", "y")},
    }
    curves = {"mark": {"type": "line"}, "encoding": encoding}
    found = {
        "roc": spec(
            "Told apart", rows, {"layer": [chance, curves], "width": 280, "height": 280}, ordered="fpr"
        )
    }
    columns = [(one["name"], one["drop"], one["low"], one["high"]) for one in detection["columns"]]
    if columns:
        found["gives_away"] = intervals("Columns that give it away", "AUC lost when shuffled", columns, 0.0)
    return found


def _utility(utility: Json | None) -> dict[str, Json]:
    if utility is None:
        return {}
    sides = [
        (words, one["value"], one["low"], one["high"])
        for words, one in (
            ("learned from real", utility["real"]),
            ("learned from synthetic", utility["synth"]),
        )
        if one["value"] is not None
    ]
    found: dict[str, Json] = {}
    if sides:
        found["utility"] = intervals(
            "Trained on synthetic, tested on real", utility["metric"], sides, utility["chance"]
        )
    ordered = sorted(utility["importances"], key=lambda one: -max(one["real"], one["synth"]))[:MOST_BARS]
    if ordered:
        labels = distinct([one["name"] for one in ordered])
        rows = [
            {"label": label, "real": one["real"], "synth": one["synth"]}
            for label, one in zip(labels, ordered, strict=True)
        ]
        axis = f"{utility['metric']} lost when shuffled"
        found["importances"] = bars_and_ticks("What the predictors go by", rows, axis, ".3f")
    return found


# ---- privacy and rules


def _privacy(privacy: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, title in (("closest", "Distance to the closest training row"), ("ratio", "Neighbour ratio")):
        one = privacy[name]
        if one is not None and one["holdout"] is not None:
            found[f"distance/{name}"] = overlay(title, title.lower(), one, ("holdout", "synth"))
    copied = [
        (f"{words}, {what}", rate["share"], rate["low"], rate["high"])
        for what, copies in (("exact", privacy["copies"]), ("near", privacy["near"]))
        if copies is not None
        for words, rate in (("synthetic", copies["synth"]), ("holdout", copies["holdout"]))
        if rate is not None and rate["share"] is not None
    ]
    told = [
        (f"membership by {one['name']}", one["auc"]["value"], one["auc"]["low"], one["auc"]["high"])
        for one in privacy["membership"]
        if one["auc"]["value"] is not None
    ]
    nearer = privacy["nearer"] and privacy["nearer"]["share"]
    if nearer and nearer["value"] is not None:
        told.insert(0, ("nearer to train", nearer["value"], nearer["low"], nearer["high"]))
    attacked = [
        (_attack(one), one["risk"]["value"], one["risk"]["low"], one["risk"]["high"])
        for one in sorted(privacy["attacks"], key=lambda one: (one["column"] is not None, -_risk(one)))
        if one["risk"]["value"] is not None
    ]
    for name, title, axis, entries, line in (
        ("copies", "Rows equal or near to a training row", "share of rows", copied, 0.0),
        ("membership", "Told from unseen people", "0.5 is a coin’s toss", told, 0.5),
        ("attacks", "Attacks", "risk beyond the holdout’s", attacked, 0.0),
    ):
        if entries:
            found[name] = intervals(title, axis, entries, line)
    return found


def _attack(one: Json) -> str:
    return one["name"] if one["column"] is None else f"{one['name']}: {one['column']}"


def _risk(one: Json) -> float:
    return one["risk"]["value"] or 0.0


def _rules(rules: Sequence[Json]) -> dict[str, Json]:
    broken = [(one["rule"], one["breaks"] / one["of"]) for one in rules if one["breaks"] and one["of"]]
    broken = sorted(broken, key=lambda one: -one[1])[:MOST_BARS]
    if not broken:
        return {}
    labels = distinct([rule for rule, _ in broken])
    rows = [{"label": label, "share": share} for label, (_, share) in zip(labels, broken, strict=True)]
    encoding = {
        "y": upright(),
        "x": {
            "field": "share", "type": "quantitative", "title": "rows that break it", "axis": {"format": "%"}
        },
    }  # fmt: skip
    return {
        "rules": spec("Rules broken", rows, {"mark": {"type": "bar", "color": SYNTH}, "encoding": encoding})
    }
