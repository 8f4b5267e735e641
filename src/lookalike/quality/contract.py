"""Results as JSON, and the JSON Schema of it, both read off the dataclasses of `lookalike.quality.result`."""

from __future__ import annotations

import dataclasses
import math
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from lookalike.quality.chart_specs import SCHEMA as VEGA_LITE
from lookalike.quality.result import CheckData, Limit, Refusal, Score, Verdict

Json = Any


def to_json(value: object) -> Json:
    """Plain objects, lists and numbers; floats to six significant digits, null for what is not finite."""
    if dataclasses.is_dataclass(value):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(name): to_json(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def scores_of(report: Json) -> list[Score]:
    """The scores in a report that `to_json` made."""
    return [Score(**score) for score in report["scores"]]


def verdict_of(report: Json) -> Verdict:
    """The gate's answer in a report that ``Check.to_json()`` made, such as a service's."""
    said = report["gate"]
    return Verdict(
        passed=said["passed"],
        gate=said["gate"],
        refusals=tuple(Refusal(**refusal) for refusal in said["refusals"]),
        limits=tuple(Limit(**limit) for limit in said["limits"]),
        waived=tuple(said["waived"]),
    )


def json_schema() -> Json:
    """The JSON Schema (2020-12) of ``Check.to_json()``: closed objects, every field required.

    ``charts`` are Vega-Lite specs by name (`lookalike.quality.chart_specs`).
    """
    parts: dict[str, Json] = {}
    root = _object(CheckData, parts)
    root["properties"] |= {"gate": _schema(Verdict, parts), "charts": _charts(parts)}
    root["required"] += ["gate", "charts"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What a check of a synthetic table found",
        **root,
        "$defs": dict(sorted(parts.items())),
    }


def _charts(parts: dict[str, Json]) -> Json:
    parts["Chart"] = {
        "type": "object",
        "properties": {"$schema": {"const": VEGA_LITE}},
        "required": ["$schema"],
    }
    return {"type": "object", "additionalProperties": {"$ref": "#/$defs/Chart"}}


def _object(kind: Any, parts: dict[str, Json]) -> Json:
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return {
        "type": "object",
        "properties": {name: _schema(hints[name], parts) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def _schema(kind: Any, parts: dict[str, Json]) -> Json:
    if dataclasses.is_dataclass(kind):
        name = kind.__name__ if isinstance(kind, type) else type(kind).__name__
        if name not in parts:
            parts[name] = {}
            parts[name] = _object(kind, parts)
        return {"$ref": f"#/$defs/{name}"}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(argument, parts) for argument in arguments]}
    if origin is tuple and arguments[-1] is not Ellipsis:
        return {
            "type": "array",
            "prefixItems": [_schema(argument, parts) for argument in arguments],
            "minItems": len(arguments),
            "maxItems": len(arguments),
        }
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], parts)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1], parts)}
    return {"type": _PLAIN[kind]}


_PLAIN: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
