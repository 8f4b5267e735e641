"""The charts of a check as Vega-Lite specs: plain JSON with their data inside, for a page that draws them.

    charts(check_json)["roc"]

Names are stable, so that a page can ask for one by name; what was not measured has no chart. Text from the
tables is data or a title in a spec, never the name of a field and never part of an expression, and is made
visible and cut as in the report (`report_markup.visible`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from lookalike.quality.report_markup import visible

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
REAL, SYNTH, HOLDOUT, SECOND = "#98a1ab", "#2b7bbd", "#c2781b", "#8a6d1f"
"""Colours that are legible on light and on dark ground."""
LONGEST = 40
MOST_BARS = 30
"""Rows of a chart of bars or intervals."""


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
    return _overlay(title, "", histogram, ("real", "synth")) if len(histogram["edges"]) > 1 else None


def _categories(title: str, histogram: Json) -> Json:
    """Bars of the real shares, and a tick on each for the synthetic one."""
    labels = _distinct(histogram["labels"])
    rows = [
        {"label": label, "real": real, "synth": synth}
        for label, real, synth in zip(labels, histogram["real"], histogram["synth"], strict=True)
    ]
    return _bars_and_ticks(title, rows, "share of rows", "%")


def _overlay(title: str, axis: str, shares: Json, series: Sequence[str]) -> Json:
    """Histograms over each other, each height a share ÷ the width of its bin in typical bins."""
    edges: list[float] = shares["edges"]
    labels: Sequence[str] = shares.get("edge_labels") or ("0",)
    dated = bool(_DATE.match(labels[0]))
    places = [edge * 1000 for edge in edges] if dated else edges  # Vega's times are milliseconds
    typical = (edges[-1] / 2 - edges[0] / 2) / (len(edges) - 1) or 1.0
    rows: list[Json] = []
    for i, (low, high) in enumerate(pairwise(edges)):
        width = high / 2 - low / 2  # halves, since the whole may be too wide for a float
        scale = typical / width if width > 0 else 1.0
        heights = {part: _short(shares[part][i] * scale) for part in series}
        rows.append({"low": places[i], "high": places[i + 1], **heights})
    rows.append({"low": places[-1], "high": places[-1], series[1]: rows[-1][series[1]]})  # the line's end
    scale_of: Json = {"type": "utc"} if dated else {"zero": False}
    x: Json = {
        "field": "low",
        "type": "temporal" if dated else "quantitative",
        "title": axis or None,
        "scale": {**scale_of, "nice": False},
        "axis": {"tickCount": 5},
    }
    if not dated and not _numeric(labels):
        x |= {
            "title": f"{visible(labels[0], 20)} to {visible(labels[-1], 20)}",
            "axis": {"labels": False, "ticks": False},
        }
    ground, line = series

    def layer(mark: Json, part: str) -> Json:
        height = {"field": part, "type": "quantitative", "title": "share of rows", "axis": {"format": "%"}}
        return {"mark": mark, "encoding": {"x": x, "y": height}}

    filled = layer({"type": "bar", "color": REAL}, ground)
    filled["encoding"] |= {"x2": {"field": "high"}, "y2": {"datum": 0}}
    drawn = layer({"type": "line", "interpolate": "step-after", "color": SYNTH}, line)
    return _spec(title, rows, {"layer": [filled, drawn]})


# ---- association


def _heat(association: Json | None) -> dict[str, Json]:
    if association is None:
        return {}
    names = _distinct(association["columns"])
    most = max((abs(v) for row in association["difference"] for v in row if v is not None), default=0.0)
    different = {"domain": [-max(most, 0.05), 0, max(most, 0.05)], "range": ["#a45c10", "#eeeeee", "#0d7f76"]}
    alike = {"domain": [0, 1], "range": ["#eef1f4", "#123f6b"]}
    return {
        f"heat/{part}": _matrix(title, names, association[part], scale)
        for part, title, scale in (
            ("real", "Real", alike),
            ("synth", "Synthetic", alike),
            ("difference", "Synthetic less real", different),
        )
    }


def _matrix(title: str, names: Sequence[str], matrix: Sequence[Sequence[float | None]], scale: Json) -> Json:
    """The lower triangle as a list of numbers, from whose places the row and the column are worked out:
    a hundred columns are 5,000 numbers and not 10,000 objects."""
    values = [
        {"v": None if value is None else _short(value)} for i, row in enumerate(matrix) for value in row[:i]
    ]
    lookup = {"data": {"values": [{"i": i, "name": name} for i, name in enumerate(names)]}, "key": "i"}
    transform = [
        {"window": [{"op": "row_number", "as": "k"}]},
        {"calculate": "floor((1 + sqrt(8 * datum.k - 7)) / 2)", "as": "row"},
        {"calculate": "datum.k - 1 - datum.row * (datum.row - 1) / 2", "as": "column"},
        {"lookup": "row", "from": {**lookup, "fields": ["name"]}, "as": ["below"]},
        {"lookup": "column", "from": {**lookup, "fields": ["name"]}, "as": ["above"]},
    ]
    axis = {"labelLimit": 90, "labelOverlap": True}

    def place(field: str, order: str) -> Json:
        by = {"field": order, "op": "min"}
        return {"field": field, "type": "nominal", "title": None, "axis": axis, "sort": by}

    color = {"field": "v", "type": "quantitative", "title": None, "scale": scale}
    encoding = {"x": place("above", "column"), "y": place("below", "row"), "color": color}
    size = {"width": 300, "height": 300}
    return _spec(title, values, {"transform": transform, "mark": "rect", "encoding": encoding, **size})


# ---- detection and utility


def _detection(detection: Json | None) -> dict[str, Json]:
    if detection is None:
        return {}
    colours = {"train": SYNTH, "holdout": HOLDOUT, "reference": SECOND}
    sides = [(detection[part], colour) for part, colour in colours.items() if detection[part] is not None]
    rows = [
        {"fpr": _short(fpr), "tpr": _short(tpr), "between": one["between"]}
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
        "roc": _spec(
            "Told apart", rows, {"layer": [chance, curves], "width": 280, "height": 280}, ordered="fpr"
        )
    }
    columns = [(one["name"], one["drop"], one["low"], one["high"]) for one in detection["columns"]]
    if columns:
        found["gives_away"] = _intervals("Columns that give it away", "AUC lost when shuffled", columns, 0.0)
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
        found["utility"] = _intervals(
            "Trained on synthetic, tested on real", utility["metric"], sides, utility["chance"]
        )
    ordered = sorted(utility["importances"], key=lambda one: -max(one["real"], one["synth"]))[:MOST_BARS]
    if ordered:
        labels = _distinct([one["name"] for one in ordered])
        rows = [
            {"label": label, "real": one["real"], "synth": one["synth"]}
            for label, one in zip(labels, ordered, strict=True)
        ]
        axis = f"{utility['metric']} lost when shuffled"
        found["importances"] = _bars_and_ticks("What the predictors go by", rows, axis, ".3f")
    return found


# ---- privacy and rules


def _privacy(privacy: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, title in (("closest", "Distance to the closest training row"), ("ratio", "Neighbour ratio")):
        one = privacy[name]
        if one is not None and one["holdout"] is not None:
            found[f"distance/{name}"] = _overlay(title, title.lower(), one, ("holdout", "synth"))
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
            found[name] = _intervals(title, axis, entries, line)
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
    labels = _distinct([rule for rule, _ in broken])
    rows = [{"label": label, "share": share} for label, (_, share) in zip(labels, broken, strict=True)]
    encoding = {
        "y": _upright(),
        "x": {
            "field": "share", "type": "quantitative", "title": "rows that break it", "axis": {"format": "%"}
        },
    }  # fmt: skip
    return {
        "rules": _spec("Rules broken", rows, {"mark": {"type": "bar", "color": SYNTH}, "encoding": encoding})
    }


# ---- what they share


def _intervals(
    title: str, axis: str, entries: Sequence[tuple[str, float, float | None, float | None]], line: float
) -> Json:
    """Dots with their intervals, the first `MOST_BARS`, over an upright line where nothing is found."""
    labels = _distinct([entry[0] for entry in entries[:MOST_BARS]])
    rows = [
        {
            "label": label,
            "value": value,
            "low": value if low is None else low,
            "high": value if high is None else high,
        }
        for label, (_, value, low, high) in zip(labels, entries, strict=False)
    ]
    y = _upright()
    place: Json = {"type": "quantitative", "title": axis, "scale": {"zero": False}}
    layers: list[Json] = [
        {
            "data": {"values": [{"line": line}]},
            "mark": {"type": "rule", "strokeDash": [3, 3], "color": REAL},
            "encoding": {"x": {**place, "field": "line"}},
        },
        {
            "mark": {"type": "rule", "color": SYNTH, "strokeWidth": 2},
            "encoding": {"y": y, "x": {**place, "field": "low"}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "color": SYNTH, "size": 60, "opacity": 1},
            "encoding": {"y": y, "x": {**place, "field": "value"}},
        },
    ]
    return _spec(title, rows, {"layer": layers})


def _bars_and_ticks(title: str, rows: Sequence[Json], axis: str, number: str) -> Json:
    y = _upright()

    def layer(mark: Json, field: str) -> Json:
        place = {"field": field, "type": "quantitative", "title": axis, "axis": {"format": number}}
        return {"mark": mark, "encoding": {"y": y, "x": place}}

    bars = layer({"type": "bar", "color": REAL}, "real")
    marks = layer({"type": "tick", "color": SYNTH, "thickness": 3}, "synth")
    return _spec(title, rows, {"layer": [bars, marks]})


def _upright() -> Json:
    return {"field": "label", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 160}}


def _spec(title: str, rows: Sequence[Json], body: Json, *, ordered: str = "") -> Json:
    """A whole spec. ordered: the field by which a line goes on, where its places may repeat."""
    if ordered:
        for layer in body["layer"]:
            layer["encoding"] = {**layer["encoding"], "order": {"field": ordered}}
    return {"$schema": SCHEMA, "title": title, "data": {"values": list(rows)}, **body}


def _distinct(labels: Sequence[str]) -> list[str]:
    """The labels as they are shown; those that the cut made equal are numbered, as equal ones would merge."""
    seen: dict[str, int] = {}
    shown: list[str] = []
    for label in labels:
        words = visible(label, LONGEST) or "(empty)"
        while words in seen:
            seen[words] += 1
            words = f"{words} ({seen[words]})"
        seen[words] = 1
        shown.append(words)
    return shown


_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _numeric(labels: Sequence[str]) -> bool:
    try:
        float(labels[0].replace(",", ""))
    except ValueError:
        return False
    return True


def _short(value: float) -> float:
    return float(f"{value:.4g}")
