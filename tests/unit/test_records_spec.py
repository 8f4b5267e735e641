"""Specs: what is read from YAML, what is refused and in which words, and in which order columns are made."""

from __future__ import annotations

from typing import Any

import pytest

from lookalike.errors import BadSpec
from lookalike.records import spec_file
from lookalike.records.materials import Materials, Seeds
from lookalike.records.plan import plan
from lookalike.records.spec import Structured

HEAD = "models: {m: {url: 'http://127.0.0.1:1', model: x}}\n"


def parsed(columns: str) -> Any:
    return plan(spec_file.parse(f"{HEAD}columns:\n{columns}"), Materials({"s": Seeds([{"a": "b"}])}))


def test_columns_are_made_after_those_that_they_need() -> None:
    made = parsed(
        "  a: {text: 'of {{ b.x }} and {{ c }}'}\n"
        "  b: {structured: '{{ c }}', schema: {type: object}}\n"
        "  c: {sampler: uuid}\n"
        "  d: {expression: 'a | length'}\n"
    )
    assert [p.column.name for p in made.columns] == ["c", "b", "a", "d"]
    assert [column.name for column in made.spec.columns] == ["a", "b", "c", "d"]


def test_a_circle_is_refused_and_shown() -> None:
    with pytest.raises(BadSpec, match="in a circle: a → b → c → a"):
        parsed("  a: {text: '{{ b }}'}\n  b: {text: '{{ c }}'}\n  c: {expression: 'a'}\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("columns: []", "list of fields"),
        ("colums: {}", "Did you mean 'columns'?"),
        ("columns: {a: {sampler: category, values: [x]}, a: {sampler: uuid}}", "stands there twice"),
        ("x: &a [1]\ncolumns: *a", "anchors and aliases"),
        ("columns: {a: {}}", "needs exactly one of sampler"),
        ("columns: {a: {sampler: uuid, text: b}}", "needs exactly one of sampler"),
        ("columns: {a: {sampler: dice}}", "no sampler 'dice'"),
        ("columns: {a: {sampler: uuid, low: 3}}", "takes no 'low'"),
        ("columns: {a: {sampler: integer, low: 3, high: 2}}", "above 'high'"),
        ("columns: {a: {sampler: category, values: {x: -1}}}", "Weights"),
        ("columns: {2a: {sampler: uuid}}", "cannot be the name"),
        ("columns: {a: {text: '{{ nobody }}'}}", "needs 'nobody'"),
        ("columns: {a: {text: '{{ b'}}", "cannot be read"),
        ("columns: {a: {text: hi, model: n}}", "no model 'n'"),
        ("columns: {a: {text: hi, promt: n}}", "'promt', which is not known"),
        ("columns: {a: {seed: t}}", "no seeds 't'"),
        ("columns: {a: {table: t.lal}}", "no table model 't.lal'"),
        ("columns: {a: {structured: hi}}", "is not an object"),
        ("columns: {a: {structured: hi, schema: {type: strin}}}", "JSON Schema is none"),
        ("columns: {a: {judge: hi}}", "needs 'scores'"),
        ("columns: {a: {text: hi, examples: {seed: s}}}", "does not show its examples"),
        ("columns: {a: {text: '{{ examples }}'}}", "column has none"),
        ("columns: {a: {sampler: subcategory, values: {x: [y]}}}", "hangs on a column"),
        ("columns: {a: {sampler: uuid, keep: false}}", "No column is kept"),
        ("columns: {a: {sampler: uuid}}\nchecks: [{of: b, low: 1}]", "'b', which is no column"),
        ("columns: {a: {sampler: uuid}}\nchecks: [{of: a}]", "asks for nothing"),
        ("columns: {a: {sampler: uuid}}\nchecks: [{of: a, regex: '(?=x)'}]", "no regular expression"),
        ("columns: {a: {sampler: uuid}}\npersonal: [dreams]", "called 'dreams'"),
        ("columns: {a: {sampler: uuid}}\nlimits: {money: 0}", "not above 0"),
        ("columns: {a: {sampler: uuid}}\nversion: 2", "version 2"),
        ("columns: {a: {sampler: uuid}}\nseeds: {t: {path: a, documents: [b]}}", "either 'path'"),
    ],
)
def test_what_does_not_hold_together_is_refused_in_words(text: str, words: str) -> None:
    seeds = Materials({"s": Seeds([{"a": "b"}])})
    with pytest.raises(BadSpec) as caught:
        plan(spec_file.parse(HEAD + text), seeds)
    assert words in f"{caught.value.message} {caught.value.hint}"


def test_dates_and_words_stay_as_they_are_written() -> None:
    spec = spec_file.parse("columns: {a: {sampler: date, low: 2026-01-01, high: 2026-01-01}}")
    assert plan(spec, Materials()).columns[0].draw is not None


def test_the_identity_is_over_what_shapes_requests_and_nothing_else() -> None:
    base = HEAD + "columns: {a: {text: hi}, b: {sampler: category, values: {1: 2, x: 3}}}\n"
    one = plan(spec_file.parse(base), Materials()).identity()
    for same in ("limits: {tokens: 5}", "checks: [{of: a, regex: x}]", "diversity: {window: 50}", "name: n"):
        assert plan(spec_file.parse(base + same), Materials()).identity() == one
    for other in ("seed: 5", "seeds: {s: {path: q.csv}}"):
        assert plan(spec_file.parse(base + other), Materials()).identity() != one
    assert plan(spec_file.parse(base.replace("hi", "ho")), Materials()).identity() != one
    assert plan(spec_file.parse(base), Materials({"s": Seeds([{"a": 1}])})).identity() != one


def test_a_judge_answers_reasons_and_whole_scores() -> None:
    scores = "{fit: {1: bad, 3: good}, tone: 'Is it kind?'}"
    made = parsed(f"  a: {{text: hi}}\n  g: {{judge: 'Rate {{{{ a }}}}', scores: {scores}}}\n")
    shape = made.columns[1].shape
    assert shape.faults({"why": "so", "fit": 3, "tone": 5}) == []
    assert shape.faults({"why": "so", "fit": 2, "tone": 5})
    assert next(iter(shape.schema["properties"])) == "why"


def test_a_schema_is_kept_for_judging_and_thinned_for_sending() -> None:
    text = "{type: string, pattern: '^x', maxLength: 9000, description: d}"
    schema = f"{{type: object, properties: {{t: {text}}}, required: [t], additionalProperties: false}}"
    made = parsed(f"  a: {{structured: hi, schema: {schema}}}")
    shape = made.columns[0].shape
    assert shape.sent["properties"]["t"] == {"type": "string", "description": "d"}
    assert shape.strict
    assert shape.faults({"t": "y"})
    assert not shape.faults({"t": "xy"})
    assert isinstance(made.columns[0].column, Structured)
