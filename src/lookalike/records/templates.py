"""Prompts and expressions in a small part of Jinja: what a stranger's spec can do here ends soon and reaches
nothing.

The sandbox keeps templates away from Python; what is left out keeps them from running long: no assignments,
macros, calls or inclusion, loops only over what a record holds and two deep, no repetition of texts, and an
end to the output.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from lookalike.errors import BadSpec

MOST_CHARS = 200_000
MOST_PIECES = 100_000
MOST_TEMPLATE_CHARS = 50_000
MOST_LOOPS = 2
MOST_JOINED = 20
_TAKEN = ("self", "caller", "varargs", "kwargs", "super")
FILTERS = (
    "abs", "capitalize", "count", "default", "d", "dictsort", "escape", "e", "first", "float", "int", "items",
    "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace",
    "reverse", "round", "select", "selectattr", "sort", "string", "striptags", "sum", "title", "tojson",
    "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Slice,
    nodes.Filter, nodes.Test, nodes.If, nodes.For, nodes.Const, nodes.Compare, nodes.Operand, nodes.And,
    nodes.Or, nodes.Not, nodes.CondExpr, nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div,
    nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair,
    nodes.Keyword,
)  # fmt: skip


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(("*", "%", "+"))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator in "*%" and not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise TemplateError(f"Only numbers can stand around {operator}.")
        if isinstance(left, str) and isinstance(right, str) and len(left) + len(right) > MOST_CHARS:
            raise TemplateError("The text grows too long.")
        return super().call_binop(context, operator, left, right)


def _environment() -> _Sandbox:
    # Jinja types its table of filters by those that it has itself
    made: Any = _Sandbox(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)
    made.globals.clear()
    filters: dict[str, Any] = {name: made.filters[name] for name in FILTERS}
    made.filters = filters | {"replace": _replace, "join": _join, "tojson": _to_json}
    return made


def _replace(text: Any, old: Any, new: Any) -> str:
    """Jinja's filter, with an end to what it makes."""
    text, old, new = str(text), str(old), str(new)
    if len(text) + text.count(old) * len(new) > MOST_CHARS:
        raise TemplateError("the text grows too long")
    return text.replace(old, new)


def _join(values: Any, between: Any = "", attribute: Any = None) -> str:
    """Jinja's filter, with an end to what it makes."""
    parts = [str(value if attribute is None else value[attribute]) for value in values]
    if sum(map(len, parts)) + len(parts) * len(str(between)) > MOST_CHARS:
        raise TemplateError("the text grows too long")
    return str(between).join(parts)


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_ENVIRONMENT = _environment()


@dataclass(frozen=True, slots=True)
class Template:
    """names: the columns that it speaks of."""

    source: str
    names: frozenset[str]
    _run: Callable[[Mapping[str, Any]], Any]

    def render(self, values: Mapping[str, Any]) -> Any:
        """The text, or an expression's value; `BadSpec` when a value is missing or it grows too long."""
        try:
            return self._run(values)
        except (TemplateError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
            raise BadSpec(
                f"The template cannot be filled in: {error}",
                hint="Say what to do when a value is missing: {{ column.field | default('') }}.",
            ) from error


@lru_cache(maxsize=256)
def template(source: str) -> Template:
    """A prompt; `BadSpec` when it is no template, or asks for more than one may."""
    names = _names(source)
    made = _ENVIRONMENT.from_string(source)

    def run(values: Mapping[str, Any]) -> str:
        parts: list[str] = []
        size = 0
        for number, part in enumerate(made.generate(values)):
            parts.append(part)
            size += len(part)
            if size > MOST_CHARS or number > MOST_PIECES:
                raise TemplateError(f"the text grows beyond {MOST_CHARS:,} characters")
        return "".join(parts).strip()

    return Template(source, names, run)


@lru_cache(maxsize=256)
def expression(source: str) -> Template:
    """An expression over columns, whose value is a number, a text, a truth, a list or an object."""
    names = _names("{{ (" + source + ") }}")
    made = _ENVIRONMENT.compile_expression(source, undefined_to_none=False)

    def run(values: Mapping[str, Any]) -> Any:
        found = made(**values)
        if isinstance(found, Undefined):
            raise TemplateError(f"{source!r} has no value")
        return _plain(found)

    return Template(source, names, run)


def _plain(value: Any) -> Any:
    """``value`` as what JSON has."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if hasattr(value, "__iter__"):
        parts: list[Any] = []
        for part in value:
            parts.append(_plain(part))
            if len(parts) > MOST_PIECES:
                raise TemplateError("the list grows too long")
        return parts
    raise TemplateError(f"a {type(value).__name__} is no value of a column")


def _names(source: str) -> frozenset[str]:
    if len(source) > MOST_TEMPLATE_CHARS:
        raise BadSpec(f"A template has {len(source):,} characters; at most {MOST_TEMPLATE_CHARS:,} may be.")
    try:
        tree = _ENVIRONMENT.parse(source)
        _refuse(tree, 0)
        # filters that are not known are told by the compiler
        _ENVIRONMENT.compile(tree)
        return frozenset(meta.find_undeclared_variables(_ENVIRONMENT.parse(source)))
    except (TemplateError, RecursionError) as error:
        raise BadSpec(f"The template {_short(source)} cannot be read: {error}") from error


def _refuse(node: nodes.Node, loops: int) -> None:
    if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Name) and node.name in _TAKEN):
        raise TemplateError(f"{type(node).__name__.lower()} is not allowed in a template")
    if isinstance(node, nodes.Concat) and len(node.nodes) > MOST_JOINED:
        raise TemplateError(f"at most {MOST_JOINED} texts may be joined by ~")
    if isinstance(node, nodes.For):
        loops += 1
        if loops > MOST_LOOPS or node.recursive:
            raise TemplateError(f"loops may stand {MOST_LOOPS} deep at most")
    for child in node.iter_child_nodes():
        _refuse(child, loops)


def _short(source: str) -> str:
    return repr(source if len(source) < 60 else source[:57] + "…")
