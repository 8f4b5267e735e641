"""Conditions and shares as people write them, in a shell or in Python.

    income=>50K                one value                   {"income": ">50K"}
    state=NY,CA                any of several              {"state": ["NY", "CA"]}
    age=30..40                 a range, both ends in it    {"age": "30..40"}
    age=65..                   open at one end             {"age": "65.."}
    city=                      missing                     {"city": None}
    name='Smith, J.'           quoted: taken as it is      {"name": ["Smith, J."]}
    income=>50K:0.5            a share of the rows         {"income": {">50K": 0.5}}

A quote opens at the start of a value and is doubled inside it. ``''`` is the empty text, nothing at all is a
missing value. In Python a string is read by these rules; anything inside a list is taken as it is, and so are
the ends of ``{"low": "1,200", "high": "5,000"}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from lookalike.errors import BadInput, BadSchema, UsageError
from lookalike.models.base import Condition, Share
from lookalike.schema import Column, Schema
from lookalike.tables.arrow_types import type_of
from lookalike.tables.spell import spell

Conditions = Mapping[str, Any] | Iterable[str | Condition]
Shares = Mapping[str, Mapping[Any, float]] | Iterable[str | Share]

_QUOTES = "'\""
_GRAMMAR = "Write COLUMN=VALUE, COLUMN=A,B,C or COLUMN=LOW..HIGH; quote a value that holds a comma or '..'."


def conditions(given: Conditions | None, schema: Schema) -> tuple[Condition, ...]:
    """``given`` as conditions on the columns of ``schema``; `UsageError` for the spelling.

    Raises `BadInput` for a column that is not there or is conditioned twice.
    """
    if given is None:
        return ()
    if isinstance(given, str):
        given = [given]
    if isinstance(given, Mapping):
        found = [_of_value(schema[str(name)], value) for name, value in given.items()]
    else:
        found = [entry if isinstance(entry, Condition) else condition(entry, schema) for entry in given]
    seen: set[str] = set()
    for one in found:
        schema[one.column]
        if one.column in seen:
            raise BadInput(
                f"There are two conditions on {one.column!r}.",
                hint="Say it in one: a list of values, or a range.",
                column=one.column,
            )
        seen.add(one.column)
    return tuple(found)


def shares(given: Shares | None, schema: Schema) -> tuple[Share, ...]:
    """``given`` as shares; `UsageError` for the spelling, or a share outside 0 to 1."""
    if given is None:
        return ()
    if isinstance(given, str):
        given = [given]
    if isinstance(given, Mapping):
        found: list[Share] = []
        for name, parts in given.items():
            found += _of_parts(schema[str(name)], parts)
    else:
        found = [entry if isinstance(entry, Share) else share(entry, schema) for entry in given]
    for one in found:
        schema[one.condition.column]
        _share(one.share, str(one.condition))
    return tuple(found)


def condition(text: str, schema: Schema) -> Condition:
    """The condition spelled as ``COLUMN=VALUES``. The longest column name that fits is meant."""
    name, rest = _split_name(text, schema)
    return _spec(name, rest, text)


def share(text: str, schema: Schema) -> Share:
    """The share spelled as ``COLUMN=VALUES:SHARE``, SHARE as 0.25 or 25%."""
    spelled, colon, part = text.rpartition(":")
    if not colon:
        hint = "Write COLUMN=VALUE:SHARE, such as income='>50K':0.5."
        raise UsageError(f"{text!r} has no share.", hint=hint)
    return Share(condition(spelled, schema), _share(part, text))


def _split_name(text: str, schema: Schema) -> tuple[str, str]:
    fitting = [name for name in schema.names if text.startswith(f"{name}=")]
    if fitting:
        name = max(fitting, key=len)
        return name, text[len(name) + 1 :]
    name, equals, rest = text.partition("=")
    if not equals or not name:
        raise UsageError(f"{text!r} is not a condition.", hint=_GRAMMAR)
    schema[name]
    return name, rest


def _spec(column: str, text: str, whole: str) -> Condition:
    pieces = _pieces(text, whole)
    if len(pieces) == 1 and not pieces[0][1] and ".." in pieces[0][0]:
        low, _, high = pieces[0][0].partition("..")
        if not low and not high:
            raise UsageError(f"The range in {whole!r} has no end.", hint=_GRAMMAR)
        return Condition(column, low=low.strip() or None, high=high.strip() or None)
    return Condition(column, values=tuple(value if quoted or value else None for value, quoted in pieces))


def _pieces(text: str, whole: str) -> list[tuple[str, bool]]:
    """The values between commas, each with whether it was quoted."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    while True:
        if text[at : at + 1] and text[at] in _QUOTES:
            value, at = _quoted(text, at, whole)
            pieces.append((value, True))
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            pieces.append((text[at:end], False))
            at = end
        if at == len(text):
            return pieces
        if text[at] != ",":
            raise UsageError(f"There is text after a closing quote in {whole!r}.", hint=_GRAMMAR)
        at += 1


def _quoted(text: str, start: int, whole: str) -> tuple[str, int]:
    quote = text[start]
    at = start + 1
    value: list[str] = []
    while True:
        end = text.find(quote, at)
        if end < 0:
            raise UsageError(f"A quote is not closed in {whole!r}.", hint=_GRAMMAR)
        value.append(text[at:end])
        if text[end + 1 : end + 2] != quote:
            return "".join(value), end + 1
        value.append(quote)
        at = end + 2


def _of_parts(column: Column, parts: Any) -> list[Share]:
    if not isinstance(parts, Mapping):
        raise UsageError(
            f"The shares of {column.name!r} are {parts!r}.", hint="Write {'income': {'>50K': 0.5}}."
        )
    return [Share(_of_value(column, value), _share(part, column.name)) for value, part in parts.items()]


def _of_value(column: Column, value: Any) -> Condition:
    if isinstance(value, Condition):
        return value
    if isinstance(value, str):
        return _spec(column.name, value, f"{column.name}={value}")
    if isinstance(value, Mapping):
        return _of_ends(column, value)
    if isinstance(value, range):
        if value.step != 1 or not value:
            raise UsageError(f"The range {value!r} must not be empty, and its step must be 1.")
        return Condition(column.name, low=str(value.start), high=str(value.stop - 1))
    if isinstance(value, Sequence | set | frozenset):
        values = sorted(value, key=repr) if isinstance(value, set | frozenset) else list(value)
        if not values:
            raise UsageError(f"The condition on {column.name!r} has no values.", hint=_GRAMMAR)
        return Condition(column.name, values=tuple(_text(column, v) for v in values))
    return Condition(column.name, values=(_text(column, value),))


def _of_ends(column: Column, ends: Mapping[Any, Any]) -> Condition:
    low, high = ends.get("low"), ends.get("high")
    if set(ends) - {"low", "high"} or (low is None and high is None):
        raise UsageError(
            f"The condition on {column.name!r} is {dict(ends)!r}.", hint="Write {'low': 30, 'high': 40}."
        )
    return Condition(column.name, low=_text(column, low), high=_text(column, high))


def _text(column: Column, value: Any) -> str | None:
    """``value`` in the column's text form."""
    if value is None:
        return None
    if isinstance(value, str):
        return value
    try:
        typed = pa.array([value]).cast(type_of(column.type))
        return spell(typed, column).cast(pa.string())[0].as_py()
    except (pa.ArrowException, BadSchema):
        return str(value)  # not of the column's type: the model says what it cannot read


def _share(part: Any, whole: str) -> float:
    try:
        text = str(part).strip()
        value = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError as error:
        raise UsageError(f"{part!r} in {whole!r} is not a share.", hint="Write 0.25 or 25%.") from error
    if not 0 <= value <= 1:
        raise UsageError(f"The share {part} in {whole!r} is not between 0 and 1.")
    return value
