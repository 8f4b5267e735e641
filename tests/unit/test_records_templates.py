"""Templates of a stranger's spec: they reach nothing, and end soon."""

from __future__ import annotations

import time

import pytest

from lookalike.errors import BadSpec
from lookalike.records.templates import MOST_CHARS, expression, template

VALUES = {"a": "word", "n": 3, "list": list(range(2000)), "o": {"x": {"y": [1, 2]}}, "text": "z" * 100_000}


def test_values_conditions_loops_and_filters() -> None:
    loop = "{% for i in o.x.y %} {{ i * n }}{% endfor %}"
    made = template("{{ o.x.y[1] }} {% if n > 2 %}many{% endif %}" + loop + " {{ a|upper }}")
    assert made.render(VALUES) == "2 many 3 6 WORD"
    assert made.names == {"o", "n", "a"}


def test_an_expression_has_a_value() -> None:
    assert expression("o.x.y | sum + n").render(VALUES) == 6
    assert expression("a ~ '!'").render(VALUES) == "word!"
    assert expression("{'k': [n, a]}").render(VALUES) == {"k": [3, "word"]}
    assert expression("n > 2 and 'w' in a").render(VALUES) is True


@pytest.mark.parametrize(
    "source",
    [
        "{{ a.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ a.__init__.__globals__ }}",
        "{{ a['__class__'] }}",
        "{{ a | attr('__class__') }}",
        "{{ self }}",
        "{{ range(10) }}",
        "{{ a.upper() }}",
        "{{ '%s' | format(a) }}",
        "{{ '%9999999999d' % n }}",
        "{{ a * 999999999 }}",
        "{{ list * 99999 }}",
        "{% set x = 1 %}",
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% for i in list recursive %}{{ loop(list) }}{% endfor %}",
        "{% for i in list %}{% for j in list %}{% for k in list %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ a | center(9999999999) }}",
        "{{ a | indent(9999999999) }}",
        "{{ n ** 99999999 }}",
        "{{ lipsum }}",
        "{{ text | replace('z', text) }}",
        "{{ list | join(text) }}",
        "{{ nobody }}",
        "{{ o.z }}",
        "{{ n / 0 }}",
    ],
)
def test_what_reaches_out_or_runs_long_is_refused(source: str) -> None:
    began = time.monotonic()
    with pytest.raises(BadSpec):
        template(source).render(VALUES)
    assert time.monotonic() - began < 5


def test_the_output_ends() -> None:
    began = time.monotonic()
    with pytest.raises(BadSpec, match=f"{MOST_CHARS:,}"):
        template("{% for i in list %}{% for j in list %}{{ text }}{% endfor %}{% endfor %}").render(VALUES)
    with pytest.raises(BadSpec):
        template("{{ text ~ text ~ text ~ text }}").render(VALUES)
    assert time.monotonic() - began < 5


def test_what_a_value_says_is_not_a_template() -> None:
    assert template("{{ a }}").render({"a": "{{ 1 + 1 }}"}) == "{{ 1 + 1 }}"
