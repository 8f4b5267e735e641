"""The pictures of a check as Vega-Lite 5 specs: plain JSON, data inside, for a page that draws them.

    charts(check_json)["columns"][3]      # one spec a column, None where nothing can be drawn
    charts(check_json)["detection_roc"]

Names and values from the tables stand in the data and in titles only, never where Vega would look for an
expression or a field, and the fields of the data are named here. Colours and sizes are the page's to set
(``config``); a width is always that of its container.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
NAMES = (
    "columns",
    "figures",
    "association",
    "detection_roc",
    "detection_columns",
    "utility_scores",
    "utility_importances",
    "privacy_distance",
    "privacy_ratio",
    "privacy_membership",
    "privacy_attacks",
)
HEAT_COLUMNS = 60
"""Columns that a heat map shows; more can't be told apart."""
SHOWN = 20
"""Bars of a chart of columns."""
LONGEST = 60

_TABLE = {"field": "table", "type": "nominal", "title": None, "sort": ["real", "synthetic", "holdout"]}
_SHARE = {"field": "share", "type": "quantitative", "title": "share of the rows", "axis": {"format": "%"}}
_TABLES = (("real", "real"), ("synth", "synthetic"), ("holdout", "holdout"))


def charts(data: Json) -> Json:
    """Specs by name (`NAMES`): ``columns`` is a list as long as ``data["columns"]``. None where nothing can be
    drawn, because it was not measured or the column is not compared.

    data: what ``Check.to_json()`` gives.
    """
    detection, utility, privacy = data["detection"], data["utility"], data["privacy"]
    return {
        "columns": [column(one) for one in data["columns"]],
        "figures": _figures(data),
        "association": _association(data["fidelity"]["association"]),
        "detection_roc": detection and _rocs([d for d in _detectors(detection) if d], "between"),
        "detection_columns": detection and _drops(detection["columns"]),
        "utility_scores": utility and _predictors(utility),
        "utility_importances": utility and _importances(utility),
        "privacy_distance": _distances(privacy["closest"], "distance to the nearest row of train"),
        "privacy_ratio": _distances(privacy["ratio"], "nearest ÷ second nearest distance"),
        "privacy_membership": _rocs(privacy["membership"], "name") if privacy["membership"] else None,
        "privacy_attacks": _attacks(privacy["attacks"]),
    }


def column(one: Json) -> Json | None:
    """One column's values in all tables over each other; None where there is nothing to draw."""
    drawn = one["histogram"]
    if drawn is None:
        return None
    tables = [(part, name) for part, name in _TABLES if drawn[part] is not None]
    if drawn["form"] == "categories":
        values = [
            {"value": _cut(label), "place": i, "table": name, "share": drawn[part][i]}
            for part, name in tables
            for i, label in enumerate(drawn["labels"])
        ]
        value = {"field": "value", "type": "nominal", "title": None, "sort": {"field": "place"}}
        return _spec(
            values,
            "bar",
            {"y": value, "x": _SHARE, "yOffset": _TABLE, "color": _TABLE},
            title=_cut(one["name"]),
            height={"step": 8},
        )
    named = [(name, drawn[part]) for part, name in tables]
    spec = _steps(drawn["edges"], named, drawn["edge_labels"])
    if one["kind"] in ("datetime", "timedelta"):  # edges are seconds, which no axis should count
        spec["encoding"]["x"]["axis"] = {"labels": False, "ticks": False}
    return {**spec, "title": {"text": _cut(one["name"])}}


def _figures(data: Json) -> Json:
    """How much worse each figure is than a second real sample, with its bounds, in units of its limit."""
    limits = {limit["name"]: limit for limit in data["gate"]["limits"]}
    values = [
        {
            "figure": one["name"],
            "worse": one["worse"] / limits[one["name"]]["limit"],
            "surely": one["surely_worse"] / limits[one["name"]]["limit"],
            "maybe": one["maybe_worse"] / limits[one["name"]]["limit"],
            "state": limits[one["name"]]["state"],
        }
        for one in data["figures"]
        if one["worse"] is not None and limits.get(one["name"], {}).get("limit")
    ]
    y = {"field": "figure", "type": "nominal", "title": None, "sort": None}
    x = {
        "type": "quantitative",
        "title": "worse than a second real sample, in limits of the gate",
        "scale": {"domain": [-1, 3], "clamp": True},
    }
    colour = {
        "field": "state",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ["passed", "refused", "waived"]},
    }
    return _layers(
        values,
        [
            {
                "mark": "rule",
                "encoding": {
                    "y": y,
                    "x": {"field": "surely", **x},
                    "x2": {"field": "maybe"},
                    "color": colour,
                },
            },
            {
                "mark": {"type": "point", "filled": True},
                "encoding": {"y": y, "x": {"field": "worse", **x}, "color": colour},
            },
            {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"x": {"datum": 1, **x}}},
        ],
    )


def _association(found: Json | None) -> Json | None:
    """Real, synthetic and their difference, side by side."""
    if found is None:
        return None
    names = [_cut(name) for name in found["columns"][:HEAT_COLUMNS]]
    values = [
        {
            "row": i,
            "column": j,
            "one": names[i],
            "other": names[j],
            **{key: found[key][i][j] for key in ("real", "synth", "difference")},
        }
        for i in range(len(names))
        for j in range(len(names))
        if found["real"][i][j] is not None or found["synth"][i][j] is not None
    ]

    def heat(key: str, title: str, scheme: str, domain: list[int]) -> Json:
        axis = {"type": "ordinal", "axis": None}
        return {
            "title": title,
            "mark": "rect",
            "width": 240,
            "height": 240,
            "encoding": {
                "x": {"field": "column", **axis},
                "y": {"field": "row", **axis},
                "color": {
                    "field": key,
                    "type": "quantitative",
                    "title": None,
                    "scale": {"scheme": scheme, "domain": domain},
                },
                "tooltip": [
                    {"field": "one", "type": "nominal"},
                    {"field": "other", "type": "nominal"},
                    {"field": key, "type": "quantitative", "format": ".2f"},
                ],
            },
        }

    return {
        "$schema": SCHEMA,
        "data": {"values": values},
        "resolve": {"scale": {"color": "independent"}},
        "hconcat": [
            heat("real", "real", "blues", [0, 1]),
            heat("synth", "synthetic", "blues", [0, 1]),
            heat("difference", "synthetic − real", "blueorange", [-1, 1]),
        ],
    }


def _detectors(detection: Json) -> list[Json | None]:
    return [detection["train"], detection["holdout"], detection["reference"]]


def _rocs(found: Sequence[Json], name: str) -> Json:
    values = [
        {"false": x, "true": y, "who": one[name], "at": i}
        for one in found
        for i, (x, y) in enumerate(zip(one["roc"]["fpr"], one["roc"]["tpr"], strict=True))
    ]
    encoding = {
        "x": {"field": "false", "type": "quantitative", "title": "false positive rate"},
        "y": {"field": "true", "type": "quantitative", "title": "true positive rate"},
        "color": {"field": "who", "type": "nominal", "title": None},
        "order": {"field": "at", "type": "quantitative"},
    }
    return _spec(values, "line", encoding, height=300)


def _drops(found: Sequence[Json]) -> Json:
    values = [{**one, "name": _cut(one["name"]), "place": i} for i, one in enumerate(found[:SHOWN])]
    y = {"field": "name", "type": "nominal", "title": None, "sort": {"field": "place"}}
    drop = {"field": "drop", "type": "quantitative", "title": "AUC lost without it"}
    return _layers(
        values,
        [
            {"mark": "bar", "encoding": {"y": y, "x": drop}},
            {
                "mark": "rule",
                "encoding": {"y": y, "x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
            },
        ],
    )


def _predictors(found: Json) -> Json:
    values = [
        {"trained": name, **found[part]} for part, name in (("real", "on real"), ("synth", "on synthetic"))
    ]
    y = {"field": "trained", "type": "nominal", "title": None}
    return _layers(
        values,
        [
            {
                "mark": {"type": "point", "filled": True},
                "encoding": {
                    "y": y,
                    "x": {
                        "field": "value",
                        "type": "quantitative",
                        "title": found["metric"],
                        "scale": {"zero": False},
                    },
                },
            },
            {
                "mark": "rule",
                "encoding": {"y": y, "x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "rule", "strokeDash": [4, 4]},
                "encoding": {"x": {"datum": found["chance"], "type": "quantitative"}},
            },
        ],
    )


def _importances(found: Json) -> Json:
    values = [
        {"name": _cut(one["name"]), "place": i, "table": name, "loss": one[part]}
        for i, one in enumerate(found["importances"][:SHOWN])
        for part, name in _TABLES[:2]
    ]
    encoding = {
        "y": {"field": "name", "type": "nominal", "title": None, "sort": {"field": "place"}},
        "x": {"field": "loss", "type": "quantitative", "title": f"{found['metric']} lost when shuffled"},
        "yOffset": _TABLE,
        "color": _TABLE,
    }
    return _spec(values, "bar", encoding, height={"step": 8})


def _distances(found: Json | None, title: str) -> Json | None:
    if found is None:
        return None
    named = [(name, found[part]) for part, name in _TABLES[1:] if found[part] is not None]
    spec = _steps(found["edges"], named)
    spec["encoding"]["x"]["title"] = title
    return spec


def _steps(
    edges: Sequence[float], named: Sequence[tuple[str, Sequence[float]]], labels: Sequence[str] = ()
) -> Json:
    """Histograms over the same edges, as the outlines of their bars: areas would hide each other."""
    values = [
        {
            "at": edge,
            "table": name,
            "share": shares[min(i, len(shares) - 1)],
            **({"from": labels[i]} if labels else {}),
        }
        for name, shares in named
        for i, edge in enumerate(edges[: len(shares) + 1])
    ]
    encoding: Json = {
        "x": {"field": "at", "type": "quantitative", "title": None, "scale": {"zero": False, "nice": False}},
        "y": _SHARE,
        "color": _TABLE,
    }
    if labels:
        encoding["tooltip"] = [
            {"field": "table", "type": "nominal"},
            {"field": "from", "type": "nominal"},
            {"field": "share", "type": "quantitative", "format": ".2%"},
        ]
    return _spec(values, {"type": "line", "interpolate": "step-after"}, encoding, height=180)


def _attacks(found: Sequence[Json]) -> Json | None:
    if not found:
        return None
    values = [
        {
            "attack": one["name"] if one["column"] is None else f"{one['name']}: {_cut(one['column'])}",
            **one["risk"],
        }
        for one in found[:SHOWN]
    ]
    y = {"field": "attack", "type": "nominal", "title": None, "sort": None}
    risk = {"type": "quantitative", "title": "risk above that of rows never seen"}
    return _layers(
        values,
        [
            {"mark": "rule", "encoding": {"y": y, "x": {"field": "low", **risk}, "x2": {"field": "high"}}},
            {
                "mark": {"type": "point", "filled": True},
                "encoding": {"y": y, "x": {"field": "value", **risk}},
            },
        ],
    )


def _spec(values: list[Json], mark: Any, encoding: Json, *, height: Any, title: str | None = None) -> Json:
    named = {} if title is None else {"title": {"text": title}}
    return {
        "$schema": SCHEMA,
        **named,
        "width": "container",
        "height": height,
        "data": {"values": values},
        "mark": mark,
        "encoding": encoding,
    }


def _layers(values: list[Json], layers: list[Json]) -> Json:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": {"step": 20},
        "data": {"values": values},
        "layer": layers,
    }


def _cut(name: str) -> str:
    """At most `LONGEST` characters: a label, not a page."""
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
