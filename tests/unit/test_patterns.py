"""Id templates: learned from values, parsed, and turned into values and back."""

from __future__ import annotations

import random
import string
import uuid

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import BadSchema
from lookalike.tables.patterns import learn, parse
from lookalike.tables.template import WORD

DICE = random.Random(7)


def codes(alphabet: str, length: int, n: int = 300) -> list[str]:
    return ["".join(DICE.choices(alphabet, k=length)) for _ in range(n)]


LEARNED = {
    "zeros in front": ([f"C-{i:05d}" for i in range(1, 900)], "C-{00000}"),
    "few values": (["C-001", "C-002", "C-003"], "C-{000}"),
    "one value": (["A-001"], "{A}-{000}"),
    "integers": (list(range(10248, 11078)), "{#}"),
    "integers as text": ([str(i) for i in range(1, 900)], "{#}"),
    "number of any length": ([f"ORD{i}" for i in range(1, 900)], "ORD{#}"),
    "several segments": (
        [f"AB-{2020 + i % 3}-{i // 3:05d}" for i in range(900)],
        "AB-{2020|2021|2022}-{00000}",
    ),
    "constant segment": ([f"AB-2024-{i:05d}" for i in range(900)], "AB-2024-{00000}"),
    "letters": (["ALFKI", "ANATR", "ANTON", "BERGS"], "{AAAAA}"),
    "small letters": (codes(string.ascii_lowercase, 6), "{aaaaaa}"),
    "hexadecimal": (codes("0123456789abcdef", 32), "{x*32}"),
    "hexadecimal capitals": (codes("0123456789ABCDEF", 12), "{X*12}"),
    "both cases": (
        ["cus_" + c for c in codes(string.ascii_letters + string.digits, 14)],
        "cus_{w*14}",
    ),
    "uuid 4": ([str(uuid.UUID(int=DICE.getrandbits(128), version=4)) for _ in range(300)], "{uuid4}"),
    "uuid 4 capitals": (
        [str(uuid.UUID(int=DICE.getrandbits(128), version=4)).upper() for _ in range(300)],
        "{UUID4}",
    ),
    "uuid of no version": ([str(uuid.UUID(int=DICE.getrandbits(128))) for _ in range(300)], "{uuid}"),
    "bank prefix": ([f"4000{DICE.randrange(10**8):08d}" for _ in range(300)], "4000{00000000}"),
    "braces": ([f"INV{{x}}{i}" for i in range(300)], "INV{{x}}{#}"),
    "beyond ASCII": ([f"N°{i:04d}" for i in range(300)], "N°{0000}"),
}


@pytest.mark.parametrize("case", LEARNED)
def test_learns_the_template_and_finds_every_value_in_it(case: str) -> None:
    values, template = LEARNED[case]
    assert learn(pa.array(values)) == template
    pattern = parse(template)
    words, matches = pattern.index(pa.array(values))
    assert matches.all()
    assert pattern.format(*words).to_pylist() == [str(value) for value in values]


@pytest.mark.parametrize(
    "values",
    [[], ["-5", "3"], ["a", "bb", "c1"], ["ä1", "ö2"], ["007", "12"], ["x" * 200, "y" * 200], [-1, 2]],
)
def test_values_without_a_pattern_give_none(values: list[object]) -> None:
    assert learn(pa.array(values)) is None


def test_a_dictionary_column_and_chunks_are_learned_like_plain_ones() -> None:
    values = pa.array(["C-01", "C-02", "C-03"])
    assert learn(values.dictionary_encode()) == learn(pa.array(["C-01", "C-02", "C-03"])) == "C-{00}"


TEMPLATES = [
    "C-{00000}",
    "{#}",
    "{1..500}",
    "{001..500}",
    "{10..99}-{A}",
    "{uuid4}",
    "{UUID}",
    "{x*64}",
    "{0*25}",
    "{[abc]*4}",
    "{red|blue|green}-{1..10000000}",
    "{a|bb}{000}",
    "N°{{{00}}}",
    "AB-{2023|2024}-{#}/{w*12}",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_format_and_index_are_inverse(template: str) -> None:
    pattern = parse(template)
    dice = np.random.default_rng(1)
    words = [dice.integers(0, size, 2_000, dtype=np.uint64) for size in pattern.words]
    for word, size in zip(words, pattern.words, strict=True):
        word[:2] = [0, size - 1]
    texts = pattern.format(*words)
    back, matches = pattern.index(texts)
    assert matches.all()
    assert all((a == b).all() for a, b in zip(words, back, strict=True))


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_text_of_a_pattern_parses_to_the_same_pattern(template: str) -> None:
    pattern = parse(template)
    assert parse(pattern.template) == pattern
    assert all(size <= WORD for size in pattern.words)
    assert pattern.words[0] == max(pattern.words)
    assert np.prod([int(w) for w in pattern.words], dtype=object) == pattern.size


def test_sizes() -> None:
    assert parse("A-{00}").size == 100
    assert parse("{uuid4}").size == 2**122
    assert parse("{red|blue}{AA}").size == 2 * 26**2


def test_index_marks_what_does_not_match() -> None:
    values = pa.array(["C-00042", "C-0042", "D-00042", "C-0004x", None, "C-00042 ", "C-99999"])
    words, matches = parse("C-{00000}").index(values)
    assert matches.tolist() == [True, False, False, False, False, False, True]
    assert words[0].tolist() == [42, 0, 0, 0, 0, 0, 99999]
    words, matches = parse("C-{1..50}").index(pa.array(["C-1", "C-01", "C-51", "C-50", None, "C-"]))
    assert matches.tolist() == [True, False, False, True, False, False]
    assert words[0].tolist() == [0, 0, 0, 49, 0, 0]


def test_index_reads_slices() -> None:
    values = pa.array(["C-1", "C-2", "C-3", "C-4"]).slice(1, 2)
    assert parse("C-{0}").index(values)[0][0].tolist() == [2, 3]


@pytest.mark.parametrize(
    "template",
    [
        "",
        "{",
        "a}",
        "{}",
        "{q}",
        "{5..1}",
        "{01..5}",
        "{a|}",
        "{a|a}",
        "{[aa]*3}",
        "{a*0}",
        "{x*9999}",
        "{#}{1..50}",
        "{a|bb}{b|cc}",
        "{#}-{#}",
        "a" * 20_000,
    ],
)
def test_malformed_templates_are_refused_with_a_hint(template: str) -> None:
    with pytest.raises(BadSchema) as caught:
        parse(template)
    assert caught.value.hint


@given(st.text(alphabet="{}0Aax#.|*[]-12", max_size=24))
@settings(max_examples=400, deadline=None)
def test_any_text_parses_or_is_refused(template: str) -> None:
    try:
        pattern = parse(template)
    except BadSchema:
        return
    assert parse(pattern.template) == pattern


@given(
    st.lists(
        st.from_regex(r"[A-C][0-9]{2}-[a-z0-9]{1,3}", fullmatch=True), min_size=1, max_size=40, unique=True
    )
)
@settings(max_examples=200, deadline=None)
def test_what_is_learned_fits_every_value(values: list[str]) -> None:
    template = learn(pa.array(values))
    if template is not None:
        pattern = parse(template)
        words, matches = pattern.index(pa.array(values))
        assert matches.all()
        assert pattern.format(*words).to_pylist() == values
