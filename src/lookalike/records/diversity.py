"""How alike what is being written is, while it is being written: over the last candidates, some 200.

Three figures: the share of near-duplicates; distinct-2, the share of word pairs that differ (Li and others,
"A diversity-promoting objective function for neural conversation models", 2016); and how far the texts
compress, 1 for no repetition at all.
"""

from __future__ import annotations

import zlib
from collections import deque
from dataclasses import dataclass

from lookalike.records.alike import grams, words_of
from lookalike.records.spec import Diversity


@dataclass(frozen=True, slots=True)
class Figures:
    """candidates: how many were looked at. None: too few texts to tell."""

    candidates: int
    near_duplicates: float | None
    distinct_2: float | None
    compression: float | None

    def to_dict(self) -> dict[str, float | int | None]:
        return {
            "candidates": self.candidates,
            "nearDuplicates": self.near_duplicates,
            "distinct2": self.distinct_2,
            "compression": self.compression,
        }


class Meter:
    """Fed with each candidate in the order of judging."""

    def __init__(self, settings: Diversity) -> None:
        self._settings = settings
        self._texts: deque[str] = deque(maxlen=settings.window)
        self._alike: deque[bool] = deque(maxlen=settings.window)

    def see(self, text: str, alike: bool) -> None:
        self._texts.append(text)
        self._alike.append(alike)

    def forget(self) -> None:
        """Count afresh."""
        self._texts.clear()
        self._alike.clear()

    def too_alike(self) -> bool:
        """Whether asking should stop; not before a whole window was seen."""
        most = self._settings.most_alike
        if most is None or len(self._alike) < self._settings.window:
            return False
        return sum(self._alike) > most * len(self._alike)

    def figures(self) -> Figures:
        count = len(self._alike)
        if not count:
            return Figures(0, None, None, None)
        pairs = [pair for text in self._texts for pair in grams(words_of(text), 2)]
        data = "\n".join(self._texts).encode("utf-8", "replace")
        return Figures(
            candidates=count,
            near_duplicates=round(sum(self._alike) / count, 4),
            distinct_2=round(len(set(pairs)) / len(pairs), 4) if pairs else None,
            compression=round(len(zlib.compress(data, 6)) / len(data), 4) if len(data) > 200 else None,
        )
