"""The streaming index of texts, the meter over them, and samplers: by their definitions."""

from __future__ import annotations

import random
import statistics
import time
from typing import Any

import numpy as np
import pytest

from lookalike import randomness
from lookalike.records.alike import Alike, grams, signature, words_of
from lookalike.records.diversity import Meter
from lookalike.records.personal import KINDS, found_in
from lookalike.records.samplers import Draws, sampler
from lookalike.records.spec import Diversity

WORDS = [f"w{n}" for n in range(5000)]


def text_of(chance: random.Random, count: int = 80) -> list[str]:
    return chance.choices(WORDS, k=count)


def jaccard(a: str, b: str) -> float:
    one, other = (set(grams(words_of(text), 3)) for text in (a, b))
    return len(one & other) / len(one | other)


def test_the_estimate_is_the_jaccard_similarity_within_its_error() -> None:
    chance = random.Random(1)
    errors: list[float] = []
    for changed in range(1, 30):
        words = text_of(chance)
        other = list(words)
        for place in chance.sample(range(80), changed // 3):
            other[place] = "changed"
        a, b = " ".join(words), " ".join(other)
        index = Alike()
        index.add(7, a, signature(a))
        whose, likeness = index.nearest(signature(b))
        assert whose == 7
        errors.append(likeness - jaccard(a, b))
    assert statistics.mean(errors) == pytest.approx(0, abs=0.03)
    assert max(map(abs, errors)) < 0.15


def test_of_near_duplicates_among_many_all_are_found() -> None:
    chance = random.Random(2)
    index = Alike()
    texts = [text_of(chance) for _ in range(2000)]
    for number, words in enumerate(texts):
        index.add(number, " ".join(words), signature(" ".join(words)))
    found = 0
    for number in range(0, 2000, 10):
        near = [*texts[number]]
        near[40] = "changed"
        whose, likeness = index.nearest(signature(" ".join(near)))
        found += whose == number and likeness > 0.8
    assert found == 200
    assert all(index.nearest(signature(" ".join(text_of(chance))))[1] < 0.2 for _ in range(100))


def test_case_and_spaces_do_not_make_texts_different() -> None:
    index = Alike()
    index.add(1, "Hello  World", signature("Hello  World"))
    assert index.same("hello world\n") == 1
    assert index.same("hello worlds") is None
    assert signature("… !") is None


def test_many_texts_that_are_alike_do_not_make_it_slow() -> None:
    index = Alike()
    words = " ".join(text_of(random.Random(3)))
    began = time.process_time()
    for number in range(3000):
        text = f"{words} {number}"
        made = signature(text)
        index.nearest(made)
        index.add(number, text, made)
    assert time.process_time() - began < 10


def test_the_meter_tells_repetition_from_variety() -> None:
    chance = random.Random(4)
    varied, same = Meter(Diversity(window=50)), Meter(Diversity(window=50))
    for number in range(50):
        varied.see(" ".join(text_of(chance)), False)
        same.see("the same words again and again", number > 20)
    few, many = varied.figures(), same.figures()
    assert few.distinct_2 > 0.95
    assert many.distinct_2 < 0.05
    assert few.compression > 3 * many.compression
    assert (few.near_duplicates, many.near_duplicates) == (0, 29 / 50)
    assert same.too_alike()
    assert not varied.too_alike()


@pytest.mark.parametrize(
    ("name", "settings", "mean", "sd"),
    [
        ("uniform", {"low": 2, "high": 4}, 3, 2 / 12**0.5),
        ("normal", {"mean": 10, "sd": 2}, 10, 2),
        ("exponential", {"mean": 5}, 5, 5),
        ("poisson", {"mean": 4}, 4, 2),
        ("integer", {"low": 1, "high": 6}, 3.5, (35 / 12) ** 0.5),
        ("lognormal", {"mean": 0, "sd": 0.5}, 1.1331, 0.604),
    ],
)
def test_a_distribution_has_its_moments(name: str, settings: Any, mean: float, sd: float) -> None:
    draw = sampler(name, settings, "c")
    values = np.array([draw(Draws(randomness.key(1, "c", slot)), None) for slot in range(6000)])
    assert values.mean() == pytest.approx(mean, abs=4 * sd / 6000**0.5)
    assert values.std() == pytest.approx(sd, rel=0.08)


def test_a_draw_is_a_pure_function_of_its_stream() -> None:
    for name, settings in (
        ("category", {"values": {"a": 1, "b": 3}}),
        ("person", {}),
        ("uuid", {}),
        ("date", {"low": "2026-01-01", "high": "2026-12-31"}),
        ("boolean", {"true": 0.2}),
    ):
        draw = sampler(name, settings, "c")
        forward = [draw(Draws(randomness.key(5, slot)), None) for slot in range(30)]
        backward = [draw(Draws(randomness.key(5, slot)), None) for slot in reversed(range(30))]
        assert forward == backward[::-1]
        assert name == "boolean" or len({str(value) for value in forward}) > 1


def test_weights_are_kept() -> None:
    draw = sampler("category", {"values": {"a": 1, "b": 3}}, "c")
    drawn = [draw(Draws(randomness.key(2, slot)), None) for slot in range(4000)]
    assert drawn.count("b") / 4000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Write to jane.roe@firm.co.uk.", {"email"}),
        ("Write to jane@example.com or x@mail.test.", set()),
        ("IBAN DE89 3704 0044 0532 0130 00, please", {"iban"}),
        ("IBAN DE88 3704 0044 0532 0130 00, please", set()),
        ("card 4111 1111 1111 1111", {"card"}),
        ("card 4111 1111 1111 1112", set()),
        ("call +49 30 901820 or 212-555-0147", {"phone"}),
        ("SSN 078-05-1120", {"ssn"}),
        ("host 192.168.0.1 and version 1.2.3", {"ip"}),
        ("On 2026-11-25 at 12:30 it cost 1,234.50; order 12345678", set()),
    ],
)
def test_personal_data_is_told_by_its_form(text: str, kinds: set[str]) -> None:
    assert {kind for kind, _ in found_in(text, KINDS)} == kinds
