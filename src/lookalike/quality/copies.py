"""Rows of train that stand in the synthetic table again: exactly, nearly, or planted to be found.

Fresh real rows equal training rows too (1.1 % of them in a table of web sessions, most of which do nothing),
so a share of copies means nothing without the holdout's. Two things make a small share of copies visible:
copies are counted of *lone* training rows, which no other row equals or comes near, since two people seldom
share one of those by chance; and what chance does is estimated from the holdout together with train itself,
each row beside all others, which is many more rows than a holdout has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from lookalike.quality import headlines, intervals
from lookalike.quality.digests import counted
from lookalike.quality.frame import Ints, generator, sampled
from lookalike.quality.ground import QUERIES, Ground, Neighbourhood
from lookalike.quality.headlines import Share
from lookalike.quality.neighbours import nearest
from lookalike.quality.result import Canaries, Copies, Figure
from lookalike.tables.cells import one, pc

ALONE = 0.10
"""The tenth of the training rows with the nearest neighbours is not lone."""
NEAR = 0.01
"""Near is nearer than all but this share of the training rows are to their nearest different row."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each row of a table stands in train; of a row of train, how often again."""

    of: dict[str, Ints]

    def __call__(self, part: str, rows: Ints) -> Ints:
        return self.of[part][rows]


def count(ground: Ground) -> Counts:
    """Over all rows: nothing is sampled here."""
    real = ground.digests["real"]
    return Counts({p: counted(found, real) - (p == "real") for p, found in ground.digests.items()})


def exact(counts: Counts) -> Copies:
    """Rows equal in every compared column (`lookalike.quality.digests`), lone or not."""
    rates = {part: intervals.rate(int((times > 0).sum()), len(times)) for part, times in counts.of.items()}
    return Copies(synth=rates["synth"], holdout=rates.get("holdout"), train=rates["real"], within=0.0)


def exact_figure(ground: Ground, counts: Counts, around: Neighbourhood) -> Figure:
    """privacy.copies: the share of rows that equal exactly one training row, and that one a lone row.

    Lone: its nearest different training row is farther than that of a tenth of the training rows.
    """
    apart = float(np.quantile(around.distance["real"][:, 1], ALONE))
    hits = {part: _lone(ground, part, times, apart) for part, times in counts.of.items()}
    return headlines.of_shares(
        "privacy.copies",
        "Copies of lone training rows",
        hits["synth"],
        _by_chance(hits["holdout"], hits["real"]),
        "holdout",
        says="Rows equal to one training row that no other is like; holdout rows are as well, by chance.",
    )


def near(around: Neighbourhood) -> Copies:
    """Rows within a hair of a training row: `NEAR` of the training rows are that near to a different one."""
    apart = around.distance["real"][:, 1]
    apart = apart[(apart > 0) & np.isfinite(apart)]
    within = float(np.quantile(apart, NEAR)) if len(apart) else 0.0
    rates = {
        part: intervals.rate(int((found[:, 0] <= within).sum()), len(found))
        for part, found in around.distance.items()
    }
    return Copies(synth=rates["synth"], holdout=rates.get("holdout"), train=rates["real"], within=within)


def near_figure(found: Copies) -> Figure:
    """privacy.near_copies: the share of rows within `Copies.within` of a training row, copies among them.

    After the "identical match share" and distance to closest record of Platzer and Reutterer ("Holdout-based
    empirical assessment of mixed-type synthetic data", Frontiers in Big Data 2021).
    """
    holdout, train = found.holdout, found.train
    chance = _by_chance((holdout.hits, holdout.of), (train.hits, train.of)) if holdout else (0.0, 0.0)
    return headlines.of_shares(
        "privacy.near_copies",
        "Near copies of training rows",
        (found.synth.hits, found.synth.of),
        chance,
        "holdout",
        says=f"Rows nearer than {found.within:.4f} to a training row, copies among them.",
    )


def canaries(ground: Ground, tables: Mapping[str, pa.Table], made: list[str]) -> Canaries:
    """How many planted rows stand in the synthetic table: equal in every compared column, or by a value of
    one of the columns ``made`` new that only the canary has."""
    planted = tables["canaries"].num_rows
    found = np.zeros(planted, bool)
    if len(ground.frames) and "canaries" in ground.frames:
        from lookalike.quality.digests import digests

        found |= counted(digests(ground.frames, "canaries"), ground.digests["synth"]) > 0
    for name in made:
        if all(name in tables[part].column_names for part in ("canaries", "synth", "real")):
            texts = {
                part: one(tables[part][name]).cast(pa.string()) for part in ("canaries", "synth", "real")
            }
            seen = pc.is_in(texts["canaries"], value_set=texts["synth"].drop_null().unique())
            times = pc.value_counts(texts["real"].drop_null())
            own = times.field(0).filter(pc.less_equal(times.field(1), 1)) if len(times) else times.field(0)
            found |= pc.and_(seen, pc.is_in(texts["canaries"], value_set=own)).to_numpy(zero_copy_only=False)
    return Canaries(planted=planted, found=int(found.sum()))


def canaries_figure(found: Canaries) -> Figure:
    """privacy.canaries: the share of planted rows that came out (Carlini et al., "The secret sharer", USENIX
    Security 2019)."""
    return headlines.known(
        "privacy.canaries",
        "Canaries that came out",
        found.found / found.planted if found.planted else 0.0,
        0.0,
        says="Rows that were planted in train to be found again; none should be.",
    )


def _lone(ground: Ground, part: str, times: Ints, apart: float) -> Share:
    """(rows of a table that copy a lone row of train, rows of the table); hits beyond `QUERIES` by sample."""
    rows = np.flatnonzero(times == 1)
    if not len(rows):
        return 0.0, len(times)
    looked = rows[sampled(len(rows), QUERIES, generator(ground.seed, "privacy", part, "lone"))]
    distance = nearest(ground.points[part].take(looked), ground.base, ground.watch).distance
    return float((distance[:, 1] >= apart).mean() * len(rows)), len(times)


def _by_chance(holdout: Share, train: Share) -> Share:
    """What chance does, from the holdout and, where the two agree, from train, each row against all others.

    Copies in train come in pairs, so they count half. Where the two differ (a holdout of another time, a
    train without repeats), the holdout stands alone.
    """
    hits, of = train[0] / 2, train[1] / 2
    low, high = intervals.difference(holdout, (hits, of))
    return (holdout[0] + hits, holdout[1] + of) if low <= 0 <= high else holdout
