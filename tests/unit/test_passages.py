"""Passages: none too large, nothing lost, the overlap as asked, always the same."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lookalike.errors import UsageError
from lookalike.records.documents.passages import Cut, passages

WORDS = st.text(alphabet="ab \n.!?…。 \t", max_size=400)


@st.composite
def cuts(draw: st.DrawFn) -> Cut:
    size = draw(st.integers(1, 60))
    return Cut(size, draw(st.integers(0, size - 1)), draw(st.sampled_from(["characters", "words"])))


@settings(max_examples=300, deadline=None)
@given(WORDS, cuts())
def test_every_word_is_in_a_passage_and_no_passage_is_too_large(text: str, cut: Cut) -> None:
    found = list(passages(text, cut))
    covered = [False] * len(text)
    for offset, passage in found:
        assert text[offset : offset + len(passage)] == passage
        assert passage == passage.strip() != ""
        size = len(passage) if cut.unit == "characters" else len(passage.split())
        assert size <= cut.size
        covered[offset : offset + len(passage)] = [True] * len(passage)
    assert all(seen or char.isspace() for char, seen in zip(text, covered, strict=True))
    assert found == list(passages(text, cut))
    offsets = [offset for offset, _ in found]
    assert offsets == sorted(set(offsets))


@settings(max_examples=200, deadline=None)
@given(WORDS, cuts())
def test_neighbours_overlap_by_no_more_than_asked(text: str, cut: Cut) -> None:
    found = list(passages(text, cut))
    for (offset, passage), (following, _) in pairwise(found):
        shared = text[following : offset + len(passage)]
        size = len(shared) if cut.unit == "characters" else len(shared.split())
        assert size <= cut.overlap


def test_neighbours_share_whole_sentences_where_the_overlap_has_room() -> None:
    text = "One two. Three four. Five six. Seven eight."
    found = [passage for _, passage in passages(text, Cut(size=22, overlap=12))]
    assert found == ["One two. Three four.", "Three four. Five six.", "Five six. Seven eight."]


def test_a_passage_ends_with_a_paragraph_where_most_of_it_is_before_that() -> None:
    text = "A first paragraph here.\n\nA second one. It goes on and on."
    found = [passage for _, passage in passages(text, Cut(size=42, overlap=0))]
    assert found == ["A first paragraph here.", "A second one. It goes on and on."]


def test_a_word_longer_than_a_passage_is_cut() -> None:
    assert [passage for _, passage in passages("x" * 25, Cut(size=10, overlap=0))] == [
        "x" * 10,
        "x" * 10,
        "x" * 5,
    ]


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (10, 10), (10, -1)])
def test_passages_that_never_end_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(UsageError):
        Cut(size, overlap)
