"""A spec made ready: columns in the order in which they are made, templates read, schemas checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lookalike import randomness
from lookalike.errors import BadSpec
from lookalike.records.checks import pattern_of
from lookalike.records.materials import Materials, TableRows
from lookalike.records.samplers import Draw, sampler
from lookalike.records.spec import (
    Check,
    Column,
    Examples,
    Expression,
    Judge,
    ModelSpec,
    Sampled,
    SeedRow,
    Spec,
    Structured,
    TableRow,
    Written,
)
from lookalike.records.structure import Shape
from lookalike.records.templates import Template, expression, template

Json = Any
EXAMPLES = "examples"
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """A column with all that making it takes; what its kind does not have is None."""

    column: Column
    needs: frozenset[str]
    stream: int
    draw: Draw | None = None
    rows: TableRows | None = None
    prompt: Template | None = None
    system: Template | None = None
    shape: Shape | None = None
    alias: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """spec: with its models complete. columns: in the order in which they are made."""

    spec: Spec
    materials: Materials
    columns: tuple[Planned, ...]

    def identity(self) -> str:
        """Hex SHA-256 over all that determines the requests."""
        return self.spec.identity(*self.materials.facts())


def plan(spec: Spec, materials: Materials) -> Plan:
    """The spec made ready; `BadSpec` says what does not hold together. Nothing is called."""
    _check_names(spec)
    planned = [_planned(column, spec, materials) for column in spec.columns]
    made = Plan(spec, materials, tuple(_ordered(planned)))
    _check_filters(spec, materials)
    return made


def _check_names(spec: Spec) -> None:
    if not spec.columns:
        raise BadSpec("There are no columns.", hint="Say under 'columns' what a record has.")
    if len(spec.columns) > MOST_COLUMNS:
        raise BadSpec(f"There are {len(spec.columns)} columns; at most {MOST_COLUMNS} may be.")
    seen: set[str] = set()
    for column in spec.columns:
        if not column.name.isidentifier() or column.name.startswith("_") or column.name == EXAMPLES:
            raise BadSpec(
                f"{column.name!r} cannot be the name of a column.",
                hint=f"Use letters, digits and _; {EXAMPLES!r} is taken.",
                column=column.name,
            )
        if column.name in seen:
            raise BadSpec("There are two columns of that name.", column=column.name)
        seen.add(column.name)
    if not any(column.keep for column in spec.columns):
        raise BadSpec("No column is kept.")


def _planned(column: Column, spec: Spec, materials: Materials) -> Planned:
    try:
        return _ready(column, spec, materials, randomness.key(spec.seed, "records", column.name))
    except BadSpec as error:
        error.column = error.column or column.name
        raise


def _ready(column: Column, spec: Spec, materials: Materials, stream: int) -> Planned:
    match column:
        case Sampled():
            draw = sampler(column.sampler, column.settings, column.name)
            if (column.sampler == "subcategory") != (column.of is not None):
                raise BadSpec("A subcategory, and nothing else, hangs on a column: 'of'.")
            needs = frozenset(() if column.of is None else (column.of,))
            return Planned(column, needs, stream, draw=draw)
        case TableRow():
            if column.table not in materials.tables:
                raise BadSpec(f"There is no table model {column.table!r}.")
            rows = TableRows(column, materials.tables[column.table], stream >> 1)
            return Planned(column, frozenset(), stream, rows=rows)
        case SeedRow():
            _need_seeds(column.seed, materials)
            return Planned(column, frozenset(), stream)
        case Expression():
            made = expression(column.expression)
            return Planned(column, made.names, stream, prompt=made)
        case Written():
            return _written(column, spec, materials, stream)
        case _:
            raise BadSpec(f"There is no kind of column {column.kind!r}.")


def _need_seeds(name: str, materials: Materials) -> None:
    if name not in materials.seeds:
        raise BadSpec(f"There are no seeds {name!r}.", hint="Say under 'seeds' where they come from.")
    if not materials.seeds[name].rows:
        raise BadSpec(f"The seeds {name!r} hold no row.")


def _written(column: Written, spec: Spec, materials: Materials, stream: int) -> Planned:
    prompt = template(column.prompt)
    system = None if column.system is None else template(column.system)
    needs = prompt.names | (frozenset() if system is None else system.names)
    if isinstance(column.examples, Examples):
        _need_seeds(column.examples.seed, materials)
        if EXAMPLES not in needs:
            raise BadSpec(
                "The prompt does not show its examples.", hint="{% for e in examples %} … {% endfor %}"
            )
    elif EXAMPLES in needs:
        raise BadSpec("The prompt shows examples, and the column has none.", hint="Say which: 'examples'.")
    alias = column.model or (next(iter(spec.models)) if len(spec.models) == 1 else "")
    if alias not in spec.models:
        known = ", ".join(spec.models) or "none"
        raise BadSpec(f"There is no model {alias!r}.", hint=f"Say which: 'model'. Known: {known}.")
    _check_model(alias, spec.models[alias])
    shape = None
    if isinstance(column, Structured):
        shape = Shape(column.schema, column.name)
    elif isinstance(column, Judge):
        shape = Shape(judging_schema(column), column.name)
    return Planned(column, needs - {EXAMPLES}, stream, prompt=prompt, system=system, shape=shape, alias=alias)


def _check_model(alias: str, model: ModelSpec) -> None:
    if model.kind != "local" and not (model.url.startswith(("https://", "http://")) and model.model):
        raise BadSpec(f"The model {alias!r} needs a url and a model.")
    if model.max_tokens < 1 or model.concurrency < 1 or model.timeout_s <= 0:
        raise BadSpec(f"The model {alias!r} has a limit below 1.")
    if model.price.input < 0 or model.price.output < 0:
        raise BadSpec(f"The model {alias!r} has a price below 0.")


def judging_schema(column: Judge) -> Json:
    """The JSON Schema of a judge's answer: reasons first, since what is written first shapes the score."""
    fields: dict[str, Json] = {"why": {"type": "string", "minLength": 1, "maxLength": 500}}
    for name, levels in column.scores.items():
        if isinstance(levels, Mapping):
            values = [int(level) for level in levels]
            words = "; ".join(f"{level}: {meaning}" for level, meaning in levels.items())
        else:
            values, words = [1, 2, 3, 4, 5], f"{levels} 1 is worst, 5 is best."
        fields[name] = {"type": "integer", "enum": values, "description": words}
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def rubric(column: Judge) -> str:
    """The scores of a judge in words, for the end of its prompt."""
    lines: list[str] = []
    for name, levels in column.scores.items():
        if isinstance(levels, Mapping):
            lines.append(f"{name}: " + "; ".join(f"{level} = {meaning}" for level, meaning in levels.items()))
        else:
            lines.append(f"{name}: {levels} (1 is worst, 5 is best)")
    return "Score it:\n" + "\n".join(lines)


def _ordered(planned: Sequence[Planned]) -> list[Planned]:
    """The columns, each after all that it needs, else in the order of the spec; `BadSpec` for a cycle."""
    by_name = {p.column.name: p for p in planned}
    for p in planned:
        for name in sorted(p.needs - set(by_name)):
            raise BadSpec(
                f"It needs {name!r}, which is no column.",
                hint=f"Columns: {', '.join(by_name)}.",
                column=p.column.name,
            )
    done: dict[str, Planned] = {}
    path: list[str] = []

    def visit(name: str) -> None:
        if name in done:
            return
        if name in path:
            circle = " → ".join([*path[path.index(name) :], name])
            raise BadSpec(f"Columns need each other in a circle: {circle}.", column=name)
        path.append(name)
        for needed in by_name:
            if needed in by_name[name].needs:
                visit(needed)
        path.pop()
        done[name] = by_name[name]

    for name in by_name:
        visit(name)
    return list(done.values())


def _check_filters(spec: Spec, materials: Materials) -> None:
    names = {column.name for column in spec.columns}
    filters = spec.filters

    def need(path: str, what: str) -> None:
        if path.partition(".")[0] not in names:
            raise BadSpec(f"{what} speaks of {path!r}, which is no column.")

    for check in filters.checks:
        _check_check(check)
        if check.of is not None:
            need(check.of, "A check")
        if check.that is not None:
            for name in expression(check.that).names:
                need(name, "A check")
    if filters.duplicates is not None:
        for path in filters.duplicates.of:
            need(path, "'duplicates'")
        near = filters.duplicates.near
        if near is not None and not 0.3 <= near <= 1:
            raise BadSpec("'near' is a similarity between 0.3 and 1.")
    if filters.leakage is not None:
        for name in filters.leakage.seeds:
            if name not in materials.seeds:
                raise BadSpec(f"'leakage' speaks of the seeds {name!r}, which are not there.")
        if filters.leakage.tokens < 3:
            raise BadSpec("'leakage' compares at least 3 words in a row.")


def _check_check(check: Check) -> None:
    tests = [check.regex, check.low, check.high, check.least_chars, check.most_chars, check.one_of or None]
    if (check.that is None) == (check.of is None):
        raise BadSpec("A check has either 'of', the value it looks at, or 'that', an expression.")
    if check.of is not None and all(test is None for test in tests):
        raise BadSpec(f"The check of {check.of!r} asks for nothing.")
    if check.regex is not None:
        pattern_of(check.regex)


def with_models(spec: Spec, models: Mapping[str, ModelSpec]) -> Spec:
    """The spec with these models in place of its own."""
    return replace(spec, models=dict(models))
