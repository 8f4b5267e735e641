"""JSON Schemas of structured columns: what may be asked, what is sent, and whether an answer follows.

An answer is always held against the original schema, here; what a provider is sent leaves out what makes its
grammars slow or is refused by many.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

from lookalike.errors import BadSpec

Json = Any
MOST_BYTES = 64 << 10
MOST_DEPTH = 12
MOST_NODES = 2_000
MOST_ENUM = 1_000
LONGEST_SENT = 100
"""A bound on lengths above this is not sent: grammars unroll it, and some become very slow."""
_UNSENT = frozenset(("pattern", "format", "$schema", "$id", "$comment", "examples", "default", "title"))
_BOUNDS = frozenset(("maxLength", "minLength", "maxItems", "minItems"))
_NAMED = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_FENCE = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)


class Shape:
    """A schema that was checked, and a validator for it. sent: what providers are given."""

    def __init__(self, schema: Json, column: str) -> None:
        refuse(schema, column)
        self.schema = schema
        self.sent = sendable(schema)
        self.strict = is_strict(schema)
        try:
            # patterns by automata: none takes more than linear time, whoever wrote it
            self._validator = jsonschema_rs.validator_for(
                schema, validate_formats=True, offline=True, pattern_options=jsonschema_rs.RegexOptions()
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            message = f"The JSON Schema is none: {str(error).splitlines()[0]}"
            raise BadSpec(message, column=column) from error

    def faults(self, value: Json) -> list[str]:
        """What is wrong with ``value``, at most five sentences; none: it follows the schema."""
        found: list[str] = []
        for error in self._validator.iter_errors(value):
            place = "/".join(str(part) for part in error.instance_path)
            found.append(f"at /{place}: {error.message}"[:300])
            if len(found) == 5:
                break
        return found


def refuse(schema: Json, column: str) -> None:
    """`BadSpec` for a schema that is too large, too deep, endless, or that looks elsewhere."""

    def no(reason: str, hint: str | None = None) -> BadSpec:
        return BadSpec(f"The JSON Schema {reason}.", column=column, hint=hint)

    if not isinstance(schema, Mapping):
        raise no("is not an object")
    try:
        size = len(json.dumps(schema))
    except (TypeError, ValueError, RecursionError) as error:
        raise no("is no JSON") from error
    if size > MOST_BYTES:
        raise no(f"has {size:,} bytes; at most {MOST_BYTES:,} may be")
    nodes = 0

    def walk(node: Json, depth: int, open_refs: tuple[str, ...]) -> None:
        nonlocal nodes
        nodes += 1
        if nodes > MOST_NODES:
            raise no(f"describes more than {MOST_NODES:,} parts")
        if depth > MOST_DEPTH:
            raise no(f"is more than {MOST_DEPTH} levels deep", "Flatten it, or split the column in two.")
        if not isinstance(node, Mapping):
            return
        reference = node.get("$ref")
        if reference is not None:
            if not isinstance(reference, str) or not reference.startswith("#"):
                raise no("refers to another document", "Only references within it (#/$defs/…) can be used.")
            if reference in open_refs:
                raise no("refers to itself, so that an answer may be endless")
            walk(_resolved(schema, reference, no), depth, (*open_refs, reference))
        if "$dynamicRef" in node or "$recursiveRef" in node:
            raise no("refers to itself by $dynamicRef")
        if isinstance(node.get("enum"), list) and len(node["enum"]) > MOST_ENUM:
            raise no(f"has a list of more than {MOST_ENUM:,} values")
        for child in _children(node):
            walk(child, depth + 1, open_refs)

    walk(schema, 0, ())


def _children(node: Mapping[str, Json]) -> Iterator[Json]:
    for name, value in node.items():
        if name in ("$defs", "definitions", "enum", "const", "examples", "default", "required"):
            continue  # definitions are walked where they are used
        if name in _NAMED and isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        elif isinstance(value, Mapping):
            yield value


def _resolved(schema: Json, reference: str, no: Any) -> Json:
    node: Json = schema
    for part in reference.lstrip("#").split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, Mapping) or part not in node:
            raise no(f"refers to {reference}, which is not there")
        node = node[part]
    return node


def sendable(schema: Json) -> Json:
    """The schema as a provider is given it: without what many refuse, or unroll into huge grammars."""
    if isinstance(schema, list):
        return [sendable(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    made: dict[str, Json] = {}
    for name, value in schema.items():
        if name in _NAMED and isinstance(value, Mapping):
            made[name] = {key: sendable(part) for key, part in value.items()}
        elif name in ("enum", "const", "required"):
            made[name] = value
        elif name in _UNSENT or (name in _BOUNDS and isinstance(value, int) and value > LONGEST_SENT):
            continue
        else:
            made[name] = sendable(value)
    return made


def is_strict(schema: Json) -> bool:
    """Whether every object of it says all its fields and no others, as OpenAI's strict mode wants."""
    if isinstance(schema, list):
        return all(is_strict(part) for part in schema)
    if not isinstance(schema, Mapping):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        fields = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(fields):
            return False
    return all(is_strict(child) for child in _children(schema))


def parsed(text: str) -> Json:
    """The JSON in an answer, be it inside a fence or between words; `ValueError` when there is none."""
    text = text.strip()
    for tried in (text, *(fenced.strip() for fenced in _FENCE.findall(text)), _between(text)):
        if tried:
            try:
                return json.loads(tried, parse_constant=_no_constant)
            except (ValueError, RecursionError):
                continue
    raise ValueError("the answer is not JSON")


def _between(text: str) -> str:
    """From the first bracket to the last one of its kind."""
    places = [place for place in (text.find("{"), text.find("[")) if place >= 0]
    if not places:
        return ""
    start = min(places)
    return text[start : text.rfind("}" if text[start] == "{" else "]") + 1]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
