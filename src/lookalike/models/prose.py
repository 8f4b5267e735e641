"""Free text with the lengths and the look of a column's own, and none of its words in their order.

Common English words from a frozen list. The first two words of every text are a pair that no text of the
table begins with (see `lookalike.models.room`), so no text of the table can come out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute

from lookalike import randomness
from lookalike.errors import BadModelFile
from lookalike.models import counting

pc: Any = pyarrow.compute
Style = Literal["sentence", "title", "upper", "lower"]

MAX_WORDS = 4_096
CLIPPED = 5
"""The shortest and longest texts are passed over: lengths run from the 5th to the 5th from the end."""
_QUANTILES = 65
_STOP = re.compile(r"[.!?](?=\s|$)")
_PUNCTUATION = ".,;:!?\"'()"


@dataclass(frozen=True, slots=True)
class Prose:
    """How the texts look.

    lengths: words per text, at evenly spaced ranks. sentence: words in one; 0: texts without full stops.
    """

    lengths: tuple[int, ...]
    sentence: int
    style: Style

    @classmethod
    def learn(cls, texts: Sequence[str]) -> Self:
        """The look of ``texts`` (a sample, not empty)."""
        words = [text.split() for text in texts]
        counts = np.sort([min(max(len(w), 2), MAX_WORDS) for w in words])
        edge = CLIPPED - 1 if len(counts) >= 4 * CLIPPED else 0
        counts = counts[edge : len(counts) - edge]
        ranks = np.linspace(0, len(counts) - 1, _QUANTILES).astype(np.int64)
        stops = sum(len(_STOP.findall(text)) for text in texts)
        stopped = sum(text.rstrip()[-1:] in (".", "!", "?") for text in texts) * 2 >= len(texts)
        sentence = max(2, round(sum(map(len, words)) / max(1, stops))) if stopped else 0
        return cls(tuple(int(n) for n in counts[ranks]), sentence, _style(words))

    def compose(self, pair: np.ndarray, words: Sequence[str], counters: np.ndarray, key: int) -> pa.Array:
        """One text per counter (uint64, (n,)), as strings; ``pair`` numbers its first two words."""
        size = len(words)
        table = np.array(self.lengths, np.int64)
        counts = table[
            counting.draw_below(randomness.key(key, "length"), counters, len(table)).astype(np.intp)
        ]
        ends = np.cumsum(counts)
        starts = ends - counts
        total = int(ends[-1]) if len(ends) else 0
        place = np.arange(total, dtype=np.int64) - np.repeat(starts, counts)
        flat = np.repeat(counters * np.uint64(MAX_WORDS), counts) + place.astype(np.uint64)
        chosen = counting.draw_below(randomness.key(key, "word"), flat, size).astype(np.int64)
        first = (pair // np.uint64(size)).astype(np.int64)
        chosen[starts] = first
        chosen[starts + 1] = (pair - pair // np.uint64(size) * np.uint64(size)).astype(np.int64)
        stop = np.zeros(total, np.bool_)
        if self.sentence:
            chance = counting.draw_below(randomness.key(key, "stop"), flat, self.sentence)
            stop = (chance == 0) & (place >= 2)
            stop[1:] &= ~stop[:-1]
            stop[ends - 2] = False
            stop[ends - 1] = True
        capital = np.full(total, self.style == "title")
        if self.style == "sentence":
            capital[starts] = True
            capital[1:] |= stop[:-1]
        spelt = pa.array(self._spelt(words), pa.string()).take(
            pa.array(chosen + size * capital + 2 * size * stop)
        )
        offsets = np.concatenate([np.zeros(1, np.int64), ends]).astype(np.int32)
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), spelt), " ")

    def _spelt(self, words: Sequence[str]) -> list[str]:
        small = [word.upper() if self.style == "upper" else word.lower() for word in words]
        large = [word.upper() if self.style == "upper" else word.capitalize() for word in words]
        return [*small, *large, *(w + "." for w in small), *(w + "." for w in large)]

    def stored(self) -> dict[str, Any]:
        return {"lengths": list(self.lengths), "sentence": self.sentence, "style": self.style}

    @classmethod
    def of_stored(cls, meta: Mapping[str, Any]) -> Self:
        """The inverse of `stored`; `BadModelFile` when it is not one."""
        lengths: Any = meta.get("lengths")
        sentence: Any = meta.get("sentence")
        style: Any = meta.get("style")
        whole = isinstance(lengths, list) and all(type(n) is int and 2 <= n <= MAX_WORDS for n in lengths)
        if (
            not whole
            or not lengths
            or type(sentence) is not int
            or style not in get_args(Style)
            or sentence < 0
        ):
            raise BadModelFile("The model file holds a description of free text that cannot be read.")
        return cls(tuple(lengths), sentence, style)


def _style(words: Sequence[Sequence[str]]) -> Style:
    flat = [word for text in words for word in text if any(c.isalpha() for c in word)]
    capitals = sum(word.isupper() and len(word) > 1 for word in flat)
    titles = sum(word[:1].isupper() for word in flat)
    small = sum(text[0][:1].islower() for text in words if text)
    if 2 * capitals > len(flat):
        return "upper"
    if 10 * titles > 6 * len(flat):
        return "title"
    return "lower" if 2 * small > len(words) else "sentence"


def heads(texts: pa.Array) -> pa.Array:
    """The first two words of each text, small letters, without punctuation: ``"the end"``; null when fewer.

    Two texts with different heads are different texts.
    """
    fields = pc.extract_regex(pc.utf8_lower(texts), r"(?s)^\s*(?P<a>\S+)\s+(?P<b>\S+)")
    trimmed = [pc.utf8_trim(pc.struct_field(fields, name), _PUNCTUATION) for name in ("a", "b")]
    return pc.binary_join_element_wise(*trimmed, " ")
