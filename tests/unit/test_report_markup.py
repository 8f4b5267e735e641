"""Markup is escaped by construction, and hostile text is shown for what it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hostile_text import HOSTILE
from lookalike.quality.report_markup import called, join, prose, raw, tag, visible
from page import parsed

anything = st.text(st.characters(codec=None, categories=None), max_size=300)  # lone surrogates too


@given(text=anything)
def test_any_text_is_one_text_and_nothing_else(text: str) -> None:
    html = tag("p", text, called(text), prose(text), title=text)
    page = parsed(html)
    assert page.elements == ["p", "bdi", "bdi"]
    html.encode("utf-8")


@given(text=st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1, max_size=60))
def test_text_that_can_be_shown_is_shown_as_it_is(text: str) -> None:
    assert parsed(called(text)).text == text
    page = parsed(tag("p", title=text))
    assert page.attributes == [("p", "title", text)]


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_shown_hides_nothing_and_turns_nothing(kind: str) -> None:
    shown = visible(HOSTILE[kind])
    assert len(shown) <= 64 * 8
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u2028\u2029\n\r\t\x00]", shown)


def test_control_characters_and_turning_marks_are_named() -> None:
    assert visible("a\x00b\nc\u202ed") == "a␀b␤c⟨U+202E⟩d"


def test_what_scripts_and_emoji_are_written_with_stays() -> None:
    family = "👩‍👩‍👧"
    assert visible(family) == family
    assert visible("می\u200cخواهم") == "می\u200cخواهم"


def test_a_long_text_is_cut_and_a_longer_part_kept_for_the_pointer() -> None:
    page = parsed(called("x" * 100_000))
    assert page.text == "x" * 63 + "…"
    assert page.attributes[-1][1:] == ("title", "x" * 239 + "…")
    assert "title" not in called("x" * 64)


def test_an_empty_text_is_said_to_be_empty() -> None:
    assert parsed(called("")).text == "(empty)"


def test_what_was_marked_up_is_not_escaped_twice() -> None:
    inner = tag("b", "<&>")
    assert tag("p", inner, [inner, None, 3]) == f"<p>{inner}{inner}3</p>"
    assert join(inner, "<") == f"{inner}&lt;"
    assert tag("p", raw("<i>")) == "<p><i></p>"


def test_elements_without_content_close_themselves() -> None:
    assert tag("br") == "<br>"
    assert tag("path", d="M0 0") == '<path d="M0 0"/>'
    assert tag("rect", tag("title", "x")) == "<rect><title>x</title></rect>"
    assert tag("td") == "<td></td>"


@pytest.mark.parametrize("name", ["onclick", "onload", "on", "a b", 'x"', "", "1a", "a>"])
def test_event_handlers_and_what_is_no_attribute_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not an attribute"):
        tag("p", **{name: "x"})


def test_attributes_of_none_and_false_are_left_out() -> None:
    assert tag("p", hidden=True, open=False, title=None, class_="a", aria_label="b", tabindex=0) == (
        '<p hidden class="a" aria-label="b" tabindex="0"></p>'
    )
