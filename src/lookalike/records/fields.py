"""YAML or JSON into objects, field by field: every field has its type, and none is passed over in silence."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Any, cast

import yaml

from lookalike.errors import BadSpec

Json = Any
MOST_BYTES = 4 << 20
MOST_DEPTH = 40


class _Loader(yaml.SafeLoader):
    """No aliases (a few lines of them can stand for gigabytes), and no key twice."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("anchors and aliases (& and *) are not used here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.YAMLError(f"{name!r} stands there twice (line {key.start_mark.line + 1})")
            seen.add(name)
        return super().construct_mapping(node, deep)


# dates stay the texts that they are written as
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(text: str, file: str | None = None) -> dict[str, Json]:
    """The mapping in a YAML (or JSON) text; `BadSpec` when it is none."""
    if len(text) > MOST_BYTES:
        raise BadSpec(f"The spec has more than {MOST_BYTES:,} bytes.", file=file)
    try:
        found: Any = yaml.load(text, _Loader)  # noqa: S506  (a safe loader of our own)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        words = " ".join(str(error).split())
        raise BadSpec(f"The spec is no YAML: {words}", file=file) from error
    if not isinstance(found, dict):
        raise BadSpec("The spec is not a list of fields and values.", file=file)
    return cast(dict[str, Json], found)


class Fields:
    """The fields of one object; each is taken once, and `finish` refuses what is left.

    place, column: for messages.
    """

    def __init__(self, given: Json, place: str, column: str | None = None) -> None:
        self.place = place
        self.column = column
        if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
            raise self.bad("is not a list of fields and values")
        self._given: dict[str, Json] = dict(given)
        self._asked: list[str] = []

    def bad(self, what: str, hint: str | None = None) -> BadSpec:
        return BadSpec(f"{self.place} {what}.", hint=hint, column=self.column)

    def has(self, name: str) -> bool:
        return name in self._given

    def raw(self, name: str, default: Json = None) -> Json:
        """The field as it is."""
        self._asked.append(name)
        return self._given.pop(name, default)

    def rest(self) -> dict[str, Json]:
        """All that was not taken yet."""
        left, self._given = self._given, {}
        return left

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw(name, default)
        if not isinstance(value, str) or (not value and default is None):
            raise self.bad(f"needs {name!r}, a text" if value is None else f"has {name!r}, which is no text")
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name) if self._given.get(name) is not None else self.raw(name)

    def number(self, name: str, default: float | None = None) -> float | None:
        value = self.raw(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.bad(f"has {name!r}, which is no number")
        return value

    def whole(self, name: str, default: int | None = None) -> int | None:
        value = self.raw(name, default)
        if value is None:
            return None
        if type(value) is not int or abs(value) >= 2**63:
            raise self.bad(f"has {name!r}, which is no whole number")
        return value

    def truth(self, name: str, default: bool) -> bool:
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self.bad(f"has {name!r}, which is neither true nor false")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, or one."""
        value = self.raw(name)
        if value is None:
            return ()
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self.bad(f"has {name!r}, which is no list of texts")
        return tuple(cast(list[str], value))

    def mapping(self, name: str) -> dict[str, Json]:
        value = self.raw(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise self.bad(f"has {name!r}, which is not a list of fields and values")
        return dict(value)

    def one_of(self, name: str, known: tuple[str, ...], default: str | None = None) -> str:
        value = self.raw(name, default)
        if value not in known:
            raise self.bad(f"has {name!r}, which is none of {', '.join(known)}")
        return cast(str, value)

    def inner(self, name: str) -> Fields | None:
        """The fields of an object inside, or None."""
        value = self.raw(name)
        return None if value is None else Fields(value, f"{self.place}.{name}", self.column)

    def finish(self) -> None:
        """`BadSpec` for the first field that nobody took."""
        for name in self._given:
            near = difflib.get_close_matches(name, self._asked, 1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(set(self._asked)))}."
            raise self.bad(f"has {name!r}, which is not known", hint)
