"""A spec as YAML (or JSON, or the same as Python objects), read strictly; docs/records.md describes it."""

from __future__ import annotations

from typing import Any, cast

from lookalike.records.fields import Fields, load
from lookalike.records.personal import known
from lookalike.records.spec import (
    SPEC_VERSION,
    Check,
    Column,
    Diversity,
    Duplicates,
    Examples,
    Expression,
    Filters,
    Judge,
    Leakage,
    Limits,
    ModelSpec,
    Price,
    Sampled,
    SeedRow,
    SeedSpec,
    Spec,
    Structured,
    TableRow,
    Text,
)

Json = Any
KINDS = ("sampler", "table", "seed", "text", "structured", "expression", "judge")


def parse(text: str, file: str | None = None) -> Spec:
    """The spec in a YAML text; `BadSpec` says what is wrong and where."""
    return of_dict(load(text, file))


def of_dict(given: Json) -> Spec:
    """The spec in plain objects; `BadSpec` says what is wrong and where."""
    fields = Fields(given, "The spec")
    version = fields.whole("version", SPEC_VERSION)
    if version != SPEC_VERSION:
        raise fields.bad(f"has version {version}; {SPEC_VERSION} is known here")
    made = Spec(
        name=fields.text("name", "records"),
        seed=fields.whole("seed", 0) or 0,
        models={alias: _model(alias, one) for alias, one in fields.mapping("models").items()},
        seeds={name: _seeds(name, one) for name, one in fields.mapping("seeds").items()},
        columns=tuple(_column(name, one) for name, one in fields.mapping("columns").items()),
        filters=_filters(fields),
        diversity=_diversity(fields.inner("diversity")),
        limits=_limits(fields.inner("limits")),
    )
    fields.finish()
    return made


def _model(alias: str, given: Json) -> ModelSpec:
    fields = Fields(given, f"The model {alias!r}")
    price = fields.inner("price")
    structure = fields.raw("structure")
    if structure not in (None, "json_schema", "tool", "prompt"):
        raise fields.bad("has 'structure', which is none of json_schema, tool, prompt")
    seed = fields.raw("seed")
    if seed not in (None, True, False):
        raise fields.bad("has 'seed', which is neither true nor false")
    made = ModelSpec(
        kind=cast(Any, fields.one_of("kind", ("openai", "anthropic", "local"), "openai")),
        url=fields.text("url", ""),
        model=fields.text("model", ""),
        key_env=fields.optional_text("key_env"),
        temperature=fields.number("temperature"),
        top_p=fields.number("top_p"),
        max_tokens=fields.whole("max_tokens", 1024) or 0,
        seed=cast(bool | None, seed),
        extra_body=fields.mapping("extra_body"),
        price=Price() if price is None else _price(price),
        structure=cast(Any, structure),
        concurrency=fields.whole("concurrency", 16) or 0,
        timeout_s=fields.number("timeout_s", 120.0) or 0,
    )
    fields.finish()
    return made


def _price(fields: Fields) -> Price:
    made = Price(fields.number("input", 0.0) or 0.0, fields.number("output", 0.0) or 0.0)
    fields.finish()
    return made


def _seeds(name: str, given: Json) -> SeedSpec:
    fields = Fields({"path": given} if isinstance(given, str) else given, f"The seeds {name!r}")
    made = SeedSpec(
        path=fields.optional_text("path"),
        documents=fields.texts("documents"),
        passage_words=fields.whole("passage_words", 200) or 0,
        overlap_words=fields.whole("overlap_words", 40) or 0,
    )
    if (made.path is None) == (not made.documents):
        raise fields.bad("have either 'path', a table, or 'documents'")
    if not 0 <= made.overlap_words < made.passage_words:
        raise fields.bad("have passages that overlap by more than they hold")
    fields.finish()
    return made


def _column(name: str, given: Json) -> Column:
    fields = Fields(given, f"The column {name!r}", name)
    kinds = [kind for kind in KINDS if fields.has(kind)]
    if len(kinds) != 1:
        raise fields.bad("needs exactly one of " + ", ".join(KINDS))
    shared: dict[str, Any] = {
        "name": name,
        "keep": fields.truth("keep", True),
        "flatten": fields.truth("flatten", False),
    }
    made: Column
    match kinds[0]:
        case "sampler":
            kind = fields.text("sampler")
            made = Sampled(sampler=kind, of=fields.optional_text("of"), settings=fields.rest(), **shared)
        case "table":
            made = TableRow(
                table=fields.text("table"),
                columns=fields.texts("columns"),
                where=fields.mapping("where"),
                **shared,
            )
        case "seed":
            order = fields.one_of("order", ("shuffled", "cycled", "once"), "shuffled")
            made = SeedRow(seed=fields.text("seed"), order=cast(Any, order), **shared)
        case "expression":
            made = Expression(expression=fields.text("expression"), **shared)
        case "text":
            made = Text(prompt=fields.text("text"), **_written(fields), **shared)
        case "structured":
            made = Structured(
                prompt=fields.text("structured"), schema=fields.raw("schema"), **_written(fields), **shared
            )
        case _:
            scores = fields.mapping("scores")
            if not scores or not all(_is_scale(levels) for levels in scores.values()):
                raise fields.bad(
                    "needs 'scores'",
                    "scores: {clear: {1: 'not at all', 5: 'entirely'}}, or {clear: 'Is it clear?'}",
                )
            made = Judge(prompt=fields.text("judge"), scores=scores, **_written(fields), **shared)
    fields.finish()
    return made


def _is_scale(levels: Json) -> bool:
    if isinstance(levels, str):
        return True
    return (
        isinstance(levels, dict)
        and len(levels) > 1
        and all(str(level).lstrip("-").isdecimal() for level in levels)
    )


def _written(fields: Fields) -> dict[str, Any]:
    examples = fields.inner("examples")
    shown = None
    if examples is not None:
        shown = Examples(examples.text("seed"), examples.whole("count", 3) or 0)
        if not 1 <= shown.count <= 50:
            raise examples.bad("shows between 1 and 50 rows")
        examples.finish()
    most = fields.whole("max_tokens")
    if most is not None and most < 1:
        raise fields.bad("has 'max_tokens', which is below 1")
    return {
        "system": fields.optional_text("system"),
        "model": fields.optional_text("model"),
        "max_tokens": most,
        "examples": shown,
    }


def _filters(fields: Fields) -> Filters:
    given = fields.raw("checks", [])
    if not isinstance(given, list):
        raise fields.bad("has 'checks', which is no list")
    duplicates: Duplicates | None = Duplicates()
    if fields.has("duplicates"):
        said = fields.raw("duplicates")
        duplicates = (
            None if said is False else _duplicates(Fields({} if said is True else said, "'duplicates'"))
        )
    leakage = None
    if (said := fields.raw("leakage")) not in (None, False):
        leakage = _leakage(Fields({} if said is True else said, "'leakage'"))
    return Filters(
        checks=tuple(_check(number, one) for number, one in enumerate(given, 1)),
        duplicates=duplicates,
        leakage=leakage,
        personal=known(fields.texts("personal")),
    )


def _check(number: int, given: Json) -> Check:
    fields = Fields(given, f"Check {number}")
    values = fields.raw("one_of", [])
    if not isinstance(values, list):
        raise fields.bad("has 'one_of', which is no list")
    made = Check(
        of=fields.optional_text("of"),
        regex=fields.optional_text("regex"),
        low=fields.number("low"),
        high=fields.number("high"),
        least_chars=fields.whole("least_chars"),
        most_chars=fields.whole("most_chars"),
        one_of=tuple(values),
        that=fields.optional_text("that"),
        why=fields.optional_text("why"),
    )
    fields.finish()
    return made


def _duplicates(fields: Fields) -> Duplicates:
    near = fields.raw("near", 0.8)
    if near is False:
        near = None
    if near is not None and (isinstance(near, bool) or not isinstance(near, int | float)):
        raise fields.bad("has 'near', which is neither a number nor false")
    made = Duplicates(of=fields.texts("of"), exact=fields.truth("exact", True), near=near)
    fields.finish()
    return made


def _leakage(fields: Fields) -> Leakage:
    made = Leakage(tokens=fields.whole("tokens", 13) or 0, seeds=fields.texts("seeds"))
    fields.finish()
    return made


def _diversity(fields: Fields | None) -> Diversity:
    if fields is None:
        return Diversity()
    stop = fields.truth("stop", True)
    most = fields.number("most_alike", 0.5)
    made = Diversity(window=fields.whole("window", 200) or 0, most_alike=most if stop else None)
    if made.window < 10 or (most is not None and not 0 < most <= 1):
        raise fields.bad("has a window below 10, or a share that is not between 0 and 1")
    fields.finish()
    return made


def _limits(fields: Fields | None) -> Limits:
    if fields is None:
        return Limits()
    made = Limits(
        candidates=fields.whole("candidates"),
        tokens=fields.whole("tokens"),
        money=fields.number("money"),
        time_s=fields.number("time_s"),
    )
    for name in ("candidates", "tokens", "money", "time_s"):
        value = getattr(made, name)
        if value is not None and value <= 0:
            raise fields.bad(f"has {name!r}, which is not above 0")
    fields.finish()
    return made
