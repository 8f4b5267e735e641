"""A text cut into passages that overlap, at the ends of paragraphs and sentences: a pure function."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from lookalike.errors import UsageError

_WORD = re.compile(r"\S+")
_BEGUN = re.compile(r"\S")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE = re.compile(r"[.!?…][\"'”’)\]]{0,3}\s+|[。！？]|\n")


@dataclass(frozen=True, slots=True)
class Cut:
    """How documents are cut.

    size: the most characters (or words) of a passage. overlap: how much of it the next one may begin with.
    """

    size: int = 1200
    overlap: int = 150
    unit: Literal["characters", "words"] = "characters"

    def __post_init__(self) -> None:
        if self.size < 1 or not 0 <= self.overlap < self.size:
            raise UsageError(
                f"Passages of {self.size} {self.unit} cannot overlap by {self.overlap}.",
                hint="The size is at least 1, and the overlap less than it.",
            )
        if self.unit not in ("characters", "words"):
            raise UsageError(f"Passages are not measured in {self.unit!r}.", hint="Known: characters, words.")


def passages(text: str, cut: Cut) -> Iterator[tuple[int, str]]:
    """``(offset, passage)`` in order: stripped, never empty, none larger than asked.

    Every word of ``text`` is in one of them. A passage ends with a paragraph where more than half of it is
    before that, else with a sentence, else with a word; only a word that is longer than a passage is cut.
    """
    ruler = _Ruler(text, cut)
    spans, paragraphs = _spans(text, ruler)
    first = 0
    while first < len(spans):
        last = _last(spans, paragraphs, first, ruler)
        start, end = spans[first][0], spans[last][1]
        yield start, text[start:end].rstrip()
        if last + 1 == len(spans):
            return
        # go back as far as the overlap allows, but at least one sentence on
        following = last + 1
        while following - 1 > first and ruler.measure(spans[following - 1][0], end) <= cut.overlap:
            following -= 1
        first = following


Span = tuple[int, int]


def _last(spans: list[Span], paragraphs: set[int], first: int, ruler: _Ruler) -> int:
    """The last sentence of the passage that begins with sentence ``first``."""
    last, start = first, spans[first][0]
    while last + 1 < len(spans) and ruler.measure(start, spans[last + 1][1]) <= ruler.size:
        last += 1
    if last + 1 < len(spans):
        for earlier in range(last, first - 1, -1):
            if 2 * ruler.measure(start, spans[earlier][1]) < ruler.size:
                break
            if spans[earlier][1] in paragraphs:
                return earlier
    return last


def _spans(text: str, ruler: _Ruler) -> tuple[list[Span], set[int]]:
    """Sentences, each from its first character on, with long ones cut; and where paragraphs end."""
    paragraphs = {found.end() for found in _PARAGRAPH.finditer(text)}
    ends = sorted({*paragraphs, *(found.end() for found in _SENTENCE.finditer(text)), len(text)})
    spans: list[Span] = []
    start = 0
    for end in ends:
        while (begun := _BEGUN.search(text, start, end)) is not None:
            start = begun.start()
            stop = end if ruler.measure(start, end) <= ruler.size else ruler.cut(start, end)
            spans.append((start, stop))
            start = stop
        start = end
    return spans, paragraphs


class _Ruler:
    """Measures spans of a text in the unit asked for."""

    def __init__(self, text: str, cut: Cut) -> None:
        self.size = cut.size
        self._text = text
        self._words = [found.start() for found in _WORD.finditer(text)] if cut.unit == "words" else None

    def measure(self, start: int, end: int) -> int:
        if self._words is None:
            return end - start
        return (
            bisect_right(self._words, end - 1) - bisect_right(self._words, start - 1) + self._is_inside(start)
        )

    def cut(self, start: int, end: int) -> int:
        """The largest end of a span from ``start`` that is not too large, behind a word if there is one."""
        if self._words is not None:
            return self._words[bisect_right(self._words, start - 1) + self.size - self._is_inside(start)]
        most = min(start + self.size, end)
        for at in range(most, start, -1):
            if self._text[at - 1].isspace():
                return at
        return most

    def _is_inside(self, start: int) -> bool:
        """Whether a span from ``start`` begins with the rest of a word."""
        around = self._text[max(start - 1, 0) : start + 1]
        return start > 0 and len(around) > 1 and not (around[0].isspace() or around[1].isspace())
