"""Whether a finished candidate fills its slot. Candidates are judged one after the other, in a fixed order,
so that the same candidates give the same records again.

The order of the filters: what looks at one record first, what compares it with those accepted before it last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lookalike.records.alike import Alike, grams, signature, words_of
from lookalike.records.checks import Checks, at, texts_in
from lookalike.records.diversity import Meter
from lookalike.records.materials import Materials
from lookalike.records.personal import found_in, known
from lookalike.records.sink import Candidate, Rejected
from lookalike.records.spec import Judge, Sampled, Spec, TableRow

Json = Any
NEAR = 0.8
"""What the meter takes for a near-duplicate, if the spec does not say."""


class Judging:
    """The filters of a spec, and what they have seen so far."""

    def __init__(self, spec: Spec, materials: Materials, checks: Checks, meter: Meter) -> None:
        self._checks = checks
        self._meter = meter
        self._duplicates = spec.filters.duplicates
        self._personal = known(spec.filters.personal)
        self._written = [c.name for c in spec.written() if not isinstance(c, Judge)]
        self._drawn = [c.name for c in spec.columns if isinstance(c, Sampled | TableRow)]
        said = () if self._duplicates is None else self._duplicates.of
        self._compared: tuple[str, ...] = said or tuple(self._written or [c.name for c in spec.columns])
        self._index = Alike()
        self._leakage = spec.filters.leakage
        self._seen_grams: set[int] = set()
        if self._leakage is not None:
            wanted = self._leakage.seeds or tuple(materials.seeds)
            for name in wanted:
                for text in materials.seeds[name].texts():
                    self._seen_grams.update(self._long_grams(text))

    def judge(self, candidate: Candidate) -> Rejected | None:
        """None: it fills the slot. The index and the meter take note of it."""
        values, slot, number = candidate.values, candidate.slot, candidate.number
        rejected = self._checks.all(values, slot, number) or self._alone(candidate)
        text = self._text(values)
        made = signature(text)
        same = self._index.same(text)
        whose, likeness = self._index.nearest(made)
        near = NEAR if self._duplicates is None or self._duplicates.near is None else self._duplicates.near
        alike = same is not None or likeness >= near
        self._meter.see(text, alike)
        if rejected is None and self._duplicates is not None:
            reason = None
            if self._duplicates.exact and same is not None:
                reason = f"duplicate: the same as record {same}"
            elif self._duplicates.near is not None and likeness >= near:
                reason = f"near-duplicate: {likeness:.2f} like record {whose}"
            if reason is not None:
                rejected = Rejected(slot, number, self._compared[0].partition(".")[0], "filter", reason)
        if rejected is None:
            self._index.add(slot, text, made)
        return rejected

    def remember(self, candidate: Candidate, accepted: bool) -> None:
        """A candidate of an earlier run, with what was decided then."""
        text = self._text(candidate.values)
        made = signature(text)
        near = NEAR if self._duplicates is None or self._duplicates.near is None else self._duplicates.near
        alike = self._index.same(text) is not None or self._index.nearest(made)[1] >= near
        self._meter.see(text, alike)
        if accepted:
            self._index.add(candidate.slot, text, made)

    def _alone(self, candidate: Candidate) -> Rejected | None:
        """Leakage and personal data, which need no other record."""
        values = candidate.values
        for name in self._written:
            texts = texts_in(values[name])
            reason = self._leak(texts) or self._names_somebody(texts, values)
            if reason is not None:
                return Rejected(candidate.slot, candidate.number, name, "filter", reason)
        return None

    def _leak(self, texts: list[str]) -> str | None:
        if self._leakage is None:
            return None
        if any(not self._seen_grams.isdisjoint(self._long_grams(text)) for text in texts):
            return f"leakage: {self._leakage.tokens} words in a row stand in the seeds"
        return None

    def _long_grams(self, text: str) -> set[int]:
        size = 0 if self._leakage is None else self._leakage.tokens
        words = words_of(text)
        return {hash(gram) for gram in grams(words, size)} if len(words) >= size else set()

    def _names_somebody(self, texts: list[str], values: Mapping[str, Json]) -> str | None:
        if not self._personal:
            return None
        own = "\n".join(text for name in self._drawn for text in texts_in(values[name]))
        for text in texts:
            for kind, found in found_in(text, self._personal):
                if found not in own:
                    return f"personal: it holds what looks like one ({kind})"
        return None

    def _text(self, values: Mapping[str, Json]) -> str:
        """What is compared, as one text."""
        parts: list[str] = []
        for path in self._compared:
            value = at(values, path)
            parts += texts_in(value) if not isinstance(value, int | float | None) else [json.dumps(value)]
        return "\n".join(parts)
