"""The JSON Schema of a manifest, and the few lines that check a document against it.

Only the keywords that `SCHEMA` uses are understood, each as JSON Schema 2020-12 defines it (but 1.0 is no
integer here); tests compare `mismatch` with a full validator. So reading a manifest needs no further package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

VERSION = 1

_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1 << 53}
_TEXT = {"type": "string"}
_TEXT_OR_NULL = {"type": ["string", "null"]}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


_CONDITION: dict[str, Any] = {
    "oneOf": [
        _closed({"column": _TEXT, "values": {"type": "array", "minItems": 1, "items": _TEXT_OR_NULL}}),
        _closed({"column": _TEXT, "low": _TEXT_OR_NULL, "high": _TEXT_OR_NULL}),
    ]
}

_SPEC = _closed(
    {
        "seed": {"type": "string", "pattern": "^(0|-?[1-9][0-9]{0,99})$"},
        "where": {"type": "array", "items": _CONDITION},
        "shares": {
            "type": "array",
            "items": _closed(
                {"condition": _CONDITION, "share": {"type": "number", "minimum": 0, "maximum": 1}}
            ),
        },
        "balance": _TEXT_OR_NULL,
    }
)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Manifest of a file of sampled rows",
    **_closed(
        {
            "version": {"const": VERSION},
            "model_sha256": _SHA256,
            "schema_sha256": _SHA256,
            "stream_version": {"type": "integer", "minimum": 1, "maximum": 1 << 53},
            "spec": _SPEC,
            "start": _COUNT,
            "rows": {"type": "integer", "minimum": 1, "maximum": 1 << 53},
            "columns": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _TEXT},
            },
            "format": {"enum": ["csv", "tsv", "jsonl", "parquet"]},
            "compression": {"enum": ["none", "snappy", "gzip", "zstd"]},
            "spreadsheet_safe": {"type": "boolean"},
            "bytes": _COUNT,
            "sha256": _SHA256,
            "block_rows": {"const": 10_000},
            "blocks": {"type": "array", "minItems": 1, "items": _SHA256},
            "merkle_root": _SHA256,
            "library": _TEXT,
            "writers": _closed({"numpy": _TEXT, "pyarrow": _TEXT, "zlib": _TEXT}),
        }
    ),
}

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def mismatch(document: object, schema: Mapping[str, Any] = SCHEMA, place: str = "") -> str | None:
    """What is wrong with ``document`` first, as ``blocks[3] …``; None when nothing is."""
    where = place or "the document"
    if "const" in schema and not _same(document, schema["const"]):
        return f"{where} must be {schema['const']!r}"
    if "enum" in schema and not any(_same(document, value) for value in schema["enum"]):
        return f"{where} must be one of {', '.join(schema['enum'])}"
    if "type" in schema and not _has_type(document, schema["type"]):
        kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        return f"{where} must be of type {' or '.join(kinds)}"
    if "oneOf" in schema:
        found = [mismatch(document, choice, place) for choice in schema["oneOf"]]
        if found.count(None) != 1:
            return next((problem for problem in found if problem), f"{where} fits two forms")
    if isinstance(document, str) and "pattern" in schema and not re.fullmatch(schema["pattern"], document):
        return f"{where} must look like {schema['pattern']}"
    if isinstance(document, int | float) and not schema.get("minimum", document) <= document <= schema.get(
        "maximum", document
    ):
        return f"{where} must be between {schema.get('minimum')} and {schema.get('maximum')}"
    if isinstance(document, list) and "items" in schema:
        return _list_mismatch(document, schema, place, where)
    if isinstance(document, dict) and "properties" in schema:
        return _object_mismatch(document, schema, place, where)
    return None


def _list_mismatch(document: list[Any], schema: Mapping[str, Any], place: str, where: str) -> str | None:
    if not schema.get("minItems", 0) <= len(document) <= schema.get("maxItems", len(document)):
        return f"{where} must not have {len(document)} entries"
    problems = (mismatch(item, schema["items"], f"{place}[{i}]") for i, item in enumerate(document))
    return next((problem for problem in problems if problem), None)


def _object_mismatch(
    document: dict[str, Any], schema: Mapping[str, Any], place: str, where: str
) -> str | None:
    properties: Mapping[str, Any] = schema["properties"]
    for name in schema["required"]:
        if name not in document:
            return f"{where} lacks {name!r}"
    for name, value in document.items():
        if name not in properties:
            return f"{where} has an unknown field {name[:40]!r}"
        problem = mismatch(value, properties[name], f"{place}.{name}" if place else name)
        if problem:
            return problem
    return None


def _has_type(document: object, names: str | list[str]) -> bool:
    for name in [names] if isinstance(names, str) else names:
        if isinstance(document, bool) and name != "boolean":
            continue
        if isinstance(document, _TYPES[name]):
            return True
    return False


def _same(a: object, b: object) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)
