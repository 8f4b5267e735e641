"""The JSON Schema of a signed manifest; ``contracts/signed_manifest.schema.json`` is its text.

It uses only what `lookalike.tables.manifest_schema.mismatch` understands. Every object is closed.
"""

from __future__ import annotations

from typing import Any

from lookalike.tables.manifest_schema import SCHEMA as ROWS

VERSION = 1

_KEY = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_SHA256 = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_SIGNATURE = {"type": "string", "pattern": "^[0-9a-f]{128}$"}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1 << 53}
_TEXT = {"type": "string"}
_NAMES = {"type": "array", "items": _TEXT}
_NUMBER_OR_NULL = {"type": ["number", "null"]}


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [{"type": "null"}, schema]}


_CIDS = {
    "type": "array",
    "items": _closed(
        {
            "cid": {"type": "string", "pattern": "^(Qm[1-9A-HJ-NP-Za-km-z]{44}|b[a-z2-7]{58})$"},
            "chunk_bytes": {"type": "integer", "minimum": 1, "maximum": 1 << 21},
            "width": {"const": 174},
        }
    ),
}

CHECKED = _closed(
    {
        "report_sha256": _SHA256,
        "scores": {"type": "array", "items": _closed({"name": _TEXT, "value": _NUMBER_OR_NULL})},
        "figures": {
            "type": "array",
            "items": _closed({"name": _TEXT, "value": _NUMBER_OR_NULL, "reference": _NUMBER_OR_NULL}),
        },
        "gate": _closed({"name": _TEXT, "passed": {"type": "boolean"}, "refused": _NAMES, "waived": _NAMES}),
    }
)

_ENCRYPTED = _closed(
    {"format": {"const": "age-encryption.org/v1"}, "bytes": _COUNT, "sha256": _SHA256, "cids": _CIDS}
)

SIGNED = _closed(
    {
        "type": {"const": "lookalike.manifest"},
        "version": {"const": VERSION},
        "name": _TEXT,
        "media_type": _TEXT,
        "licence": {"type": ["string", "null"]},
        "rows": {key: value for key, value in ROWS.items() if key not in ("$schema", "title")},
        "cids": _CIDS,
        "encrypted": _or_null(_ENCRYPTED),
        "checked": _or_null(CHECKED),
        "public_key": _KEY,
    }
)

PUBLICATION = _closed(
    {
        "type": {"const": "lookalike.publication"},
        "manifest_sha256": _SHA256,
        "content": {"enum": ["plain", "encrypted"]},
        "where": _TEXT,
        "address": _TEXT,
        "links": _NAMES,
        "at": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{6}Z$"},
        "override": {"type": ["string", "null"]},
        "public_key": _KEY,
    }
)

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Signed manifest of a published file",
    **_closed(
        {
            "signed": SIGNED,
            "signature": _SIGNATURE,
            "publications": {
                "type": "array",
                "items": _closed({"signed": PUBLICATION, "signature": _SIGNATURE}),
            },
        }
    ),
}
