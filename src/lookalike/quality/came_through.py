"""Rare categories, extreme values and values to be made new that came through into the synthetic table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookalike.quality import headlines, intervals
from lookalike.quality.columns import spelled
from lookalike.quality.frame import Floats, Frames, Ints, Side
from lookalike.quality.headlines import Share
from lookalike.quality.result import CameThrough, Figure, RealValues
from lookalike.schema import Column, Schema
from lookalike.tables.cells import one, pc

RARE = 5
"""A category of fewer rows of train than this is rare."""
ENDS = 5
"""So many of the least and of the greatest values are extreme."""
EXAMPLES = 3
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Traces:
    """One column's entry, and what its figure adds up: (found, of) here, and of a second real sample."""

    entry: CameThrough
    found: Share
    chance: Share


def rare(frames: Frames) -> list[Traces]:
    """Categories that fewer than `RARE` training rows have, and that the synthetic table has too.

    chance: how many of them stand in as many holdout rows. Tables of different sizes are compared at the size
    of the smaller, by the number that a random part of the larger would have (rarefaction: Hurlbert, "The
    nonconcept of species diversity", Ecology 1971).
    """
    found: list[Traces] = []
    for side in frames:
        if side.numeric:
            continue
        counts = {part: np.bincount(side[part], minlength=side.codes)[:-1] for part in _parts(frames)}
        few = np.flatnonzero((counts["real"] > 0) & (counts["real"] < RARE))
        if not len(few):
            continue
        synth = counts["synth"][few]
        shared, chance, expected = (0.0, 0.0), (0.0, 0.0), None
        if "holdout" in counts:
            rows, held = frames.rows["synth"], frames.rows["holdout"]
            size = min(rows, held)
            shared = float(rarefied(synth, rows, size).sum()), len(few)
            chance = float(rarefied(counts["holdout"][few], held, size).sum()), len(few)
            expected = float(_grown(counts["holdout"][few], held, rows).sum())
        entry = _entry(side, "rare", few[synth > 0], len(few), expected)
        found.append(Traces(entry, shared, chance))
    return found


def extremes(frames: Frames) -> list[Traces]:
    """The `ENDS` least and greatest values of a column that one training row each has, found again.

    chance: how many of the holdout's own extremes stand in the synthetic table. They are less extreme, if
    anything, so that chance is not made too small.
    """
    found: list[Traces] = []
    for side in frames:
        if not side.numeric:
            continue
        known = np.unique(side["synth"][~side.missing("synth")])
        lone = {part: _lone_ends(side, part) for part in _parts(frames) if part != "synth"}
        if not len(lone["real"]):
            continue
        again = {part: values[np.isin(values, known)] for part, values in lone.items()}
        chance, expected = (0.0, 0.0), None
        if "holdout" in lone:
            chance = len(again["holdout"]), len(lone["holdout"])
            expected = len(lone["real"]) * chance[0] / chance[1] if chance[1] else 0.0
        entry = _entry(side, "extreme", again["real"], len(lone["real"]), expected)
        found.append(Traces(entry, (len(again["real"]), len(lone["real"])), chance))
    return found


def rare_figure(columns: Sequence[Traces]) -> Figure:
    """privacy.rare: the share of rare categories found again, beside a holdout of the same size (`rare`)."""
    return _figure(
        "privacy.rare",
        "Rare categories that came through",
        columns,
        says="Categories of fewer than five people; a second real sample has some of them as well.",
        none="No column has a rare category.",
    )


def extremes_figure(columns: Sequence[Traces]) -> Figure:
    """privacy.extremes: the share of lone extreme values found again, beside the holdout's (`extremes`)."""
    return _figure(
        "privacy.extremes",
        "Extreme values that came through",
        columns,
        says="The least and greatest values that one person each has; a few occur again by chance.",
        none="No column has extreme values that one person alone has.",
    )


def made_new(schema: Schema) -> list[Column]:
    """The columns whose values ought to be new: ids, free text, personal data."""
    return [c for c in schema if c.action != "drop" and (c.kind in ("id", "text") or c.action == "fake")]


def real_values(schema: Schema, tables: Mapping[str, pa.Table]) -> tuple[list[RealValues], list[Share]]:
    """Per column that is made new, how many of its values are real ones; and by chance, as (hits, of).

    Chance: values of the holdout that stand in train, or without one, values of train that stand there again.
    """
    found: list[RealValues] = []
    chance: list[Share] = []
    for column in made_new(schema):
        if not all(column.name in tables[part].column_names for part in ("real", "synth")):
            continue
        texts = {
            part: one(table[column.name]).cast(pa.string()).drop_null()
            for part, table in tables.items()
            if part in ("real", "synth", "holdout") and column.name in table.column_names
        }
        times = pc.value_counts(texts["real"])
        values, counts = times.field(0), times.field(1)
        real = pc.is_in(texts["synth"], value_set=values)
        hits = texts["synth"].filter(real)
        found.append(
            RealValues(
                column=column.name,
                kind=column.content or column.kind,
                rate=intervals.rate(len(hits), len(texts["synth"])),
                example=hits[0].as_py()[:LONGEST] if len(hits) else None,
            )
        )
        if "holdout" in texts:
            held = pc.sum(pc.is_in(texts["holdout"], value_set=values)).as_py() or 0
            chance.append((held, len(texts["holdout"])))
        else:
            again = pc.sum(counts.filter(pc.greater(counts, 1))).as_py() or 0
            chance.append((again / 2, len(texts["real"]) / 2))
    return found, chance


def real_values_figure(found: Sequence[RealValues], chance: Sequence[Share], *, held: bool) -> Figure:
    """privacy.real_values: of the column where it is worst, the share of values that are real ones."""
    label = "Real values in columns that are made new"
    judged = [(entry, by) for entry, by in zip(found, chance, strict=True) if entry.rate.of]
    if not judged:
        return headlines.known("privacy.real_values", label, 0.0, 0.0, says="No column is made new.")

    def excess(pair: tuple[RealValues, Share]) -> float:
        (hits, of), rate = pair[1], pair[0].rate
        return (rate.share or 0.0) - (hits / of if of else 0.0)

    worst, by = max(judged, key=excess)
    return headlines.of_shares(
        "privacy.real_values",
        label,
        (worst.rate.hits, worst.rate.of),
        by,
        "holdout" if held else "train",
        says="Values of ids, free text and personal data that stand in train; chance makes some of names.",
    )


def rarefied(counts: Ints, rows: int, size: int) -> Floats:
    """(n,) the chance that a category of ``counts`` of ``rows`` rows is in ``size`` of them."""
    from scipy.special import gammaln

    left = rows - counts
    fits = left >= size
    absent = gammaln(np.where(fits, left, size) + 1) - gammaln(np.where(fits, left - size, 0) + 1)
    absent += gammaln(rows - size + 1) - gammaln(rows + 1)
    return np.where(counts == 0, 0.0, np.where(fits, 1 - np.exp(absent), 1.0))


def _grown(counts: Ints, rows: int, size: int) -> Floats:
    """The chance to be in ``size`` fresh rows: as rarefied, or for more rows by the share that was seen."""
    return rarefied(counts, rows, size) if size <= rows else 1 - (1 - counts / rows) ** size


def _parts(frames: Frames) -> list[str]:
    return [part for part in ("real", "synth", "holdout") if part in frames]


def _lone_ends(side: Side, part: str) -> Floats:
    values, counts = np.unique(side[part][~side.missing(part)], return_counts=True)
    ends = np.unique(np.concatenate([np.arange(len(values))[:ENDS], np.arange(len(values))[-ENDS:]]))
    return values[ends[counts[ends] == 1]]


def _entry(side: Side, what: str, again: Ints | Floats, of: int, expected: float | None) -> CameThrough:
    texts = [text for text in spelled(side, again[:EXAMPLES]) if text is not None]
    return CameThrough(
        column=side.name,
        what=what,  # type: ignore[arg-type]
        found=len(again),
        of=of,
        expected=expected,
        examples=tuple(text[:LONGEST] for text in texts),
    )


def _figure(name: str, label: str, columns: Sequence[Traces], *, says: str, none: str) -> Figure:
    if not columns:
        return headlines.known(name, label, 0.0, 0.0, says=none)
    synth, chance = (
        (sum(share[0] for share in shares), sum(share[1] for share in shares))
        for shares in ([c.found for c in columns], [c.chance for c in columns])
    )
    return headlines.of_shares(name, label, synth, chance, "holdout", says=says)
