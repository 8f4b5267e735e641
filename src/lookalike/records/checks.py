"""Validators: what a value must look like, asked as soon as the columns that it speaks of are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs

from lookalike.errors import BadSpec
from lookalike.records.sink import Rejected
from lookalike.records.spec import Check
from lookalike.records.templates import Template, expression

Json = Any
_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Ready:
    check: Check
    needs: frozenset[str]
    pattern: jsonschema_rs.Validator | None
    that: Template | None


def pattern_of(regex: str) -> jsonschema_rs.Validator:
    """What tells whether a text has a part that ``regex`` matches, in time linear in the text.

    A spec may be a stranger's, and Python's own expressions can be made to run for ever.
    """
    try:
        return jsonschema_rs.validator_for(
            {"type": "string", "pattern": regex}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError as error:
        raise BadSpec(
            f"{regex!r} is no regular expression that can be used here.",
            hint="Look-around and references back are left out: they may run for ever.",
        ) from error


class Checks:
    """The checks of a spec, ready to be asked."""

    def __init__(self, checks: tuple[Check, ...]) -> None:
        self._ready: list[_Ready] = []
        for check in checks:
            that = None if check.that is None else expression(check.that)
            needs = that.names if that is not None else frozenset(((check.of or "").partition(".")[0],))
            pattern = None if check.regex is None else pattern_of(check.regex)
            self._ready.append(_Ready(check, needs, pattern, that))

    def after(self, column: str, values: Mapping[str, Json], slot: int, number: int) -> Rejected | None:
        """The first check that fails of those that ``column`` was the last to be needed for."""
        for ready in self._ready:
            if column in ready.needs and ready.needs <= values.keys():
                reason = _fault(ready, values)
                if reason is not None:
                    return Rejected(slot, number, column, "filter", f"check: {ready.check.why or reason}")
        return None

    def all(self, values: Mapping[str, Json], slot: int, number: int) -> Rejected | None:
        """The first check that fails, of all."""
        for ready in self._ready:
            reason = _fault(ready, values)
            if reason is not None:
                name = min(ready.needs)
                return Rejected(slot, number, name, "filter", f"check: {ready.check.why or reason}")
        return None


def _fault(ready: _Ready, values: Mapping[str, Json]) -> str | None:
    check = ready.check
    if ready.that is not None:
        try:
            return None if ready.that.render(values) else f"not {check.that}"
        except BadSpec as error:
            return f"{check.that}: {error.message}"
    path = check.of or ""
    value = at(values, path)
    if value is _MISSING:
        return f"there is no {path}"
    return _fault_of(check, ready.pattern, path, value)


def _fault_of(check: Check, pattern: jsonschema_rs.Validator | None, path: str, value: Json) -> str | None:
    if pattern is not None and not pattern.is_valid(value):
        return f"{path} does not match {check.regex}"
    if check.low is not None or check.high is not None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{path} is no number"
        if check.low is not None and value < check.low:
            return f"{path} is {value:g}, below {check.low:g}"
        if check.high is not None and value > check.high:
            return f"{path} is {value:g}, above {check.high:g}"
    if check.least_chars is not None and len(str(value)) < check.least_chars:
        return f"{path} has {len(str(value))} characters, fewer than {check.least_chars}"
    if check.most_chars is not None and len(str(value)) > check.most_chars:
        return f"{path} has {len(str(value))} characters, more than {check.most_chars}"
    if check.one_of and value not in check.one_of:
        return f"{path} is none of the values that it may be"
    return None


def at(values: Mapping[str, Json], path: str) -> Json:
    """What stands at ``column.field.0``; a mark of its own when there is nothing."""
    found: Json = values
    for part in path.split("."):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return _MISSING
    return found


def texts_in(value: Json) -> list[str]:
    """All texts inside a value, in order."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in texts_in(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts_in(part)]
    return []
