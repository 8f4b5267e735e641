"""The report: it draws whatever a check found or could not find, and nothing of the tables becomes markup."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import check_json
from hostile_text import HOSTILE
from lookalike import errors
from lookalike.quality import report
from lookalike.quality.chart_specs import charts
from lookalike.quality.contract import json_schema
from page import parsed

Json = Any
MEGABYTE = 1_000_000


@functools.cache
def whole() -> Json:
    return check_json.whole(check_json.built(), check_json.refused())


@pytest.fixture
def check() -> Json:
    return whole()


def section_of(html: str, anchor: str) -> str:
    found = re.search(rf'<section id="{anchor}".*?</section>', html, re.S)
    assert found, anchor
    return found[0]


def section(html: str, anchor: str) -> str:
    """The words of one section of the page."""
    return parsed(section_of(html, anchor)).text


# ---- what it says


def test_the_head_says_the_answer_the_scores_and_what_fell_short(check: Json) -> None:
    head = parsed(report.html(check)).text.split("Skip to the figures")[1].split("The figures")[0]
    assert "Refused by the default gate" in head
    assert "What fell short: exact copies of train." in head
    assert "could not be measured, and so is not passed: near copies of train." in head
    for score in ("96.4 of 100", "98.9 of 100", "61.5 of 100"):
        assert score in head
    assert "What usually helps: Set rows aside before fitting" in head


def test_a_passed_gate_says_so_and_what_was_waived(check: Json) -> None:
    passed = {**check, "gate": check_json.to_json(check_json.passed("privacy.near"))}
    words = parsed(report.html(passed)).text
    assert "Passed by the gate gate.yaml" in words
    assert "9 figures were held beside" in words
    assert "Waived by the gate file, though they would have refused: privacy.near." in words
    assert "What fell short" not in words


def test_without_a_gate_it_gives_no_answer(check: Json) -> None:
    for gateless in ({**check, "gate": None}, {key: check[key] for key in check if key != "gate"}):
        words = parsed(report.html(gateless)).text
        assert "No gate was asked" in words
        assert "Passed" not in words
        assert "Refused" not in words


def test_every_figure_stands_beside_its_reference_and_its_limit(check: Json) -> None:
    words = section(report.html(check), "figures")
    assert "2.13\u00a0%1.73 to 2.53\u00a0%0.14\u00a0%the holdout2\u00a0points worse, 0.5 allowed" in words
    for figure in check["figures"]:
        assert figure["label"] in words


def test_every_column_has_a_card_the_least_alike_first(check: Json) -> None:
    cards = re.findall(r"<summary><bdi class=\"name\">(.*?)</bdi>", report.html(check))
    assert sorted(cards) == sorted(check_json.NAMES)
    shapes = {one["name"]: one["shape"] for one in check["columns"]}
    compared = [shapes[name] for name in cards if shapes[name] is not None]
    assert compared == sorted(compared)
    assert [shapes[name] for name in cards[len(compared) :]] == [None] * (len(cards) - len(compared))


def test_every_picture_has_a_sentence_for_those_who_cannot_see_it(check: Json) -> None:
    page = parsed(report.html(check))
    pictures = [value for element, name, value in page.attributes if (element, name) == ("svg", "aria-label")]
    assert len(pictures) == page.attributes.count(("svg", "role", "img")) > 5
    assert all(len(words) > 10 for words in pictures)


def test_the_example_that_gave_the_table_away_shows_its_reasons_first(check: Json) -> None:
    told = re.findall(r'<div class="told"><dt><bdi class="name">(.*?)</bdi>', report.html(check))
    assert told == check["detection"]["example"]["because"]


def test_it_is_the_same_bytes_twice(check: Json) -> None:
    assert report.html(check) == report.html(copy.deepcopy(check))


def test_it_is_written_as_a_whole_or_not_at_all(check: Json, tmp_path: Path) -> None:
    report.save(check, tmp_path / "r.html", title="Census")
    assert "<title>Census</title>" in (tmp_path / "r.html").read_text("utf-8")
    with pytest.raises(errors.CannotWrite):
        report.save(check, tmp_path / "absent" / "r.html")


# ---- what it asks of a browser


def test_it_asks_for_nothing_outside_itself(check: Json) -> None:
    page = parsed(report.html(check))
    for element, name, value in page.attributes:
        assert name not in ("src", "srcset", "action", "style", "xlink:href"), (element, name)
        assert not name.startswith("on"), (element, name)
        assert name != "href" or value.startswith("#"), value
    assert page.elements.count("script") == page.elements.count("style") == 1
    assert "link" not in page.elements


def test_its_links_lead_to_parts_that_are_there(check: Json) -> None:
    page = parsed(report.html(check))
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _, name, value in page.attributes:
        if name == "href":
            assert value[1:] in ids
        if name == "aria-labelledby":
            assert value in ids


def test_its_policy_allows_its_own_style_and_script_by_their_hashes_only(check: Json) -> None:
    html = report.html(check)
    policy = next(value for _, name, value in parsed(html).attributes if value.startswith("default-src"))
    style = re.search(r"<style>(.*?)</style>", html, re.S)
    script = re.search(r"<script>(.*?)</script>", html, re.S)
    assert style
    assert script
    assert policy.startswith(f"default-src 'none'; style-src '{report._hash(style[1])}'; script-src")
    assert f"script-src '{report._hash(script[1])}'" in policy
    assert "unsafe" not in policy


# ---- size


@pytest.mark.parametrize(("columns", "most"), [(100, 1.0), (300, 3.0)])
def test_it_is_small_with_many_columns(columns: int, most: float) -> None:
    names = [f"column {i}" for i in range(columns)]
    html = report.html(check_json.whole(check_json.built(names), check_json.refused()))
    assert len(html.encode()) < most * MEGABYTE
    assert len(re.findall(r"<details open class=\"card\"", html)) == 24


def test_it_is_small_with_three_hundred_columns_of_long_words() -> None:
    names = [f"{'n' * 60} {i}" for i in range(300)]
    check = check_json.whole(check_json.built(names, text="t" * 190), check_json.refused())
    bars = {
        "form": "categories",
        "labels": [*(f"{i} {'t' * 190}" for i in range(20)), "(other)"],
        "other": True,
        "real": [0.04] * 21,
        "synth": [0.05] * 21,
    }
    html = report.html(changed(check, ("columns", "histogram"), lambda old: old and {**old, **bars}))
    assert len(html.encode()) < 3 * MEGABYTE
    assert "13 more: 52.0\u00a0% of the real rows, 65.0\u00a0% of the synthetic ones." in parsed(html).text


# ---- hostile text


@pytest.mark.parametrize("kind", HOSTILE)
def test_text_of_the_tables_makes_no_element_and_no_attribute(kind: str) -> None:
    text = HOSTILE[kind]
    names = [f"{text}{i}" for i in range(len(check_json.NAMES))]
    calm_text = "p" * len(text)
    plain = [f"{calm_text}{i}" for i in range(len(check_json.NAMES))]
    html = report.html(check_json.whole(check_json.built(names, text=text), None), title=text)
    calm = report.html(check_json.whole(check_json.built(plain, text=calm_text), None), title=calm_text)
    found, expected = parsed(html), parsed(calm)
    # but for the label of a picture's middle, which is left out where the words are long
    assert [e for e in found.elements if e != "text"] == [e for e in expected.elements if e != "text"]
    extra = {name for _, name, _ in found.attributes} - {name for _, name, _ in expected.attributes}
    assert extra <= {"title"}  # the longer form of a text that was cut
    html.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", html)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029]", html)
    assert "x" * 1000 not in html
    assert len(html) < 3 * len(calm)


def test_a_name_is_told_apart_from_what_stands_beside_it() -> None:
    names = [*check_json.NAMES[:-1], "\u202eevil"]
    html = report.html(check_json.whole(check_json.built(names), None))
    shown = [part for part in re.split(r"<bdi[^>]*>.*?</bdi>", html) if "evil" in part]
    for part in shown:  # only in words for a screen reader, in SVG, and in what a pointer shows
        for around in re.findall(r".{80}evil", part, re.S):
            assert "aria-label" in around or "<text" in around or "title=" in around, around


# ---- what was not measured


def parts(schema: Json, of: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """(path, blank) of everything that a check may lack: what may be null, and lists of things."""
    if "$ref" in of:
        name = of["$ref"].rsplit("/", 1)[1]
        for key, value in schema["$defs"][name]["properties"].items():
            yield from parts(schema, value, (*path, key))
    elif "anyOf" in of:
        yield path, None
        for choice in of["anyOf"]:
            yield from parts(schema, choice, path)
    elif of.get("type") == "array" and "$ref" in of.get("items", {}):
        yield path, []
        yield from parts(schema, of["items"], path)
    elif "properties" in of:
        for key, value in of["properties"].items():
            yield from parts(schema, value, (*path, key))


SCHEMA = json_schema()
BLANKS = list(parts(SCHEMA, {"properties": SCHEMA["properties"]}))


def changed(data: Json, path: tuple[str, ...], change: Callable[[Json], Json]) -> Json:
    """``data`` with `change` made at ``path``, in every element of the lists on its way."""
    if isinstance(data, list) and path:
        return [changed(entry, path, change) for entry in data]
    if not path:
        return change(data)
    if data is None:
        return None
    return {**data, path[0]: changed(data[path[0]], path[1:], change)}


def drawn(data: Json) -> str:
    charts(data)
    html = report.html(data)
    words = parsed(html).text
    for sign in ("None", "nan", "NaN", "inf\u00a0", "undefined"):
        assert sign not in words, sign
    return html


def test_there_is_much_that_a_check_may_lack() -> None:
    assert len(BLANKS) > 80
    assert ((("detection",), None)) in BLANKS
    assert ((("privacy", "copies", "holdout", "share"), None)) in BLANKS


@pytest.mark.parametrize(("path", "blank"), BLANKS, ids=[".".join(path) for path, _ in BLANKS])
def test_whatever_is_lacking_the_report_is_drawn(check: Json, path: tuple[str, ...], blank: Json) -> None:
    drawn(changed(check, path, lambda _: blank))


QUICK = settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])


@given(chosen=st.sets(st.integers(0, len(BLANKS) - 1), min_size=2, max_size=30))
@QUICK
def test_whatever_is_lacking_together_the_report_is_drawn(chosen: set[int]) -> None:
    data = whole()
    for number in chosen:
        path, blank = BLANKS[number]
        data = changed(data, path, lambda _, blank=blank: blank)
    drawn(data)


@given(
    part=st.sampled_from(["columns", "fidelity", "detection", "utility", "privacy", "figures"]),
    number=st.sampled_from([0.0, 1.0, -1.0, 0.5, 1e-300, -1e-300, 1e300, -1e300, 3.0, 1e15]),
    every=st.integers(1, 4),
)
@QUICK
def test_any_finite_numbers_are_drawn(part: str, number: float, every: int) -> None:
    seen, check = 0, whole()

    def other(value: Json) -> Json:
        nonlocal seen
        if isinstance(value, dict):
            return {key: other(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [other(entry) for entry in value]
        if not isinstance(value, float):
            return value
        seen += 1
        return value if seen % every else number

    drawn({**check, part: other(check[part])})


def test_columns_as_wide_as_a_float_can_be_are_drawn() -> None:
    edges = [k * (1.7e308 / 20) for k in range(-20, 21)]
    html = drawn(changed(whole(), ("columns", "histogram", "edges"), lambda old: edges if old else old))
    drawings = re.findall(r'<path d="(.*?)"', section_of(html, "columns"))
    assert len(set(drawings)) > 6


@pytest.mark.parametrize(
    ("anchor", "path", "blank", "sentence"),
    [
        ("pairs", ("fidelity", "association"), None, "There are fewer than two columns to pair."),
        ("detection", ("detection",), None, "Not measured. "),
        ("utility", ("utility",), None, "Not measured. "),
        ("privacy", ("privacy", "closest"), None, "There were no rows to measure."),
        ("privacy", ("privacy", "attacks"), [], "The attacks need a holdout"),
        ("figures", ("figures",), [], "Not measured. No figure was asked for."),
        ("columns", ("columns",), [], "There is no column"),
        ("columns", ("columns", "synth"), None, "The synthetic table has no such column."),
        ("rules", ("diagnostic", "rules"), [], "The real table keeps no rule that could be found."),
    ],
)
def test_what_was_not_measured_is_told_in_a_sentence(
    check: Json, anchor: str, path: tuple[str, ...], blank: Json, sentence: str
) -> None:
    assert sentence in section(drawn(changed(check, path, lambda _: blank)), anchor)


def test_why_it_was_not_measured_is_what_the_figures_say(check: Json) -> None:
    figures = [
        {**one, "value": None, "unmeasured": "no target was named"} if one["group"] == "utility" else one
        for one in check["figures"]
    ]
    words = section(drawn({**check, "utility": None, "figures": figures}), "utility")
    assert "Not measured. No target was named." in words


def test_without_a_holdout_privacy_says_that_it_is_unmeasured(check: Json) -> None:
    bare = {
        **check["privacy"],
        "unmeasured": "there is no holdout, so what is chance and what is not can't be told",
        "near": None,
        "closest": {**check["privacy"]["closest"], "holdout": None, "holdout_p5": None},
        "ratio": None,
        "nearer": None,
        "membership": [],
        "attacks": [],
    }
    html = drawn({**check, "privacy": bare, "tables": {**check["tables"], "holdout": None}})
    words = section(html, "privacy")
    assert words.count("Not measured. There is no holdout, so what is chance") >= 3
    assert "without a holdout" in parsed(html).text


@pytest.mark.parametrize("names", [(), ("id",), ("a", "b")])
def test_tables_of_hardly_any_columns_are_drawn(names: tuple[str, ...]) -> None:
    drawn(check_json.whole(check_json.built(names), None))
