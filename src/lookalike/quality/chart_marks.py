"""What Vega-Lite charts of a check are built of: overlaid histograms, matrices, intervals, bars with marks.

Text from the tables goes in as data or as a title, made visible and cut (`report_markup.visible`); it is
never the name of a field and never part of an expression.
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


def overlay(title: str, axis: str, shares: Json, series: Sequence[str]) -> Json:
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
        heights = {part: short(shares[part][i] * scale) for part in series}
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
    return spec(title, rows, {"layer": [filled, drawn]})


def matrix(title: str, names: Sequence[str], matrix: Sequence[Sequence[float | None]], scale: Json) -> Json:
    """The lower triangle as a list of numbers, from whose places the row and the column are worked out:
    a hundred columns are 5,000 numbers and not 10,000 objects."""
    values = [
        {"v": None if value is None else short(value)} for i, row in enumerate(matrix) for value in row[:i]
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
    return spec(title, values, {"transform": transform, "mark": "rect", "encoding": encoding, **size})


def intervals(
    title: str, axis: str, entries: Sequence[tuple[str, float, float | None, float | None]], line: float
) -> Json:
    """Dots with their intervals, the first `MOST_BARS`, over an upright line where nothing is found."""
    labels = distinct([entry[0] for entry in entries[:MOST_BARS]])
    rows = [
        {
            "label": label,
            "value": value,
            "low": value if low is None else low,
            "high": value if high is None else high,
        }
        for label, (_, value, low, high) in zip(labels, entries, strict=False)
    ]
    y = upright()
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
    return spec(title, rows, {"layer": layers})


def bars_and_ticks(title: str, rows: Sequence[Json], axis: str, number: str) -> Json:
    y = upright()

    def layer(mark: Json, field: str) -> Json:
        place = {"field": field, "type": "quantitative", "title": axis, "axis": {"format": number}}
        return {"mark": mark, "encoding": {"y": y, "x": place}}

    bars = layer({"type": "bar", "color": REAL}, "real")
    marks = layer({"type": "tick", "color": SYNTH, "thickness": 3}, "synth")
    return spec(title, rows, {"layer": [bars, marks]})


def upright() -> Json:
    return {"field": "label", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 160}}


def spec(title: str, rows: Sequence[Json], body: Json, *, ordered: str = "") -> Json:
    """A whole spec. ordered: the field by which a line goes on, where its places may repeat."""
    if ordered:
        for layer in body["layer"]:
            layer["encoding"] = {**layer["encoding"], "order": {"field": ordered}}
    return {"$schema": SCHEMA, "title": title, "data": {"values": list(rows)}, **body}


def distinct(labels: Sequence[str]) -> list[str]:
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


def short(value: float) -> float:
    return float(f"{value:.4g}")
