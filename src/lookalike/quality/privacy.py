"""Does the synthetic table give anyone away? All measures of privacy, run and put beside the holdout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from lookalike.quality import (
    attacks,
    came_through,
    closeness,
    copies,
    headlines,
    intervals,
    membership,
    singling_out,
)
from lookalike.quality.frame import Frames
from lookalike.quality.ground import FEWEST, Ground, lay, neighbourhood
from lookalike.quality.neighbours import IN_WORDS
from lookalike.quality.result import Canaries, Copies, Figure, Privacy, RealValues, Sampled
from lookalike.schema import Schema
from lookalike.watch import Watch, check

AGAINST_HOLDOUT = {
    "privacy.copies": "Copies of lone training rows",
    "privacy.near_copies": "Near copies of training rows",
    "privacy.distance": "Distance to the closest training row, 5th percentile",
    "privacy.ratio": "Nearest-neighbour distance ratio, 5th percentile",
    "privacy.nearer": "Rows nearer to train than to the holdout",
    "privacy.membership": "Membership inference, AUC of the best attack",
    "privacy.singling_out": "Singling out, risk",
    "privacy.linkability": "Linking two halves of a row, risk",
    "privacy.inference": "Inferring one column from the others, mean risk",
    "privacy.rare": "Rare categories that came through",
    "privacy.extremes": "Extreme values that came through",
}
"""The figures that need a holdout, in their order, and their labels."""
NEED_TWO = ("privacy.linkability", "privacy.inference")
"""The figures of attacks that take two columns; with one there is nothing to attack."""


@dataclass(frozen=True, slots=True)
class Found:
    data: Privacy
    figures: tuple[Figure, ...]
    samples: tuple[Sampled, ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """What is measured without distances: values of made columns, and canaries (None: not given)."""

    real_values: tuple[RealValues, ...]
    canaries: Canaries | None
    figures: tuple[Figure, ...]


def measure(
    schema: Schema, frames: Frames, tables: Mapping[str, pa.Table], *, seed: int, watch: Watch
) -> Found:
    """Everything of ``privacy``; the figures of `AGAINST_HOLDOUT`, of made values and of canaries.

    tables: ``real``, ``synth`` and, when given, ``holdout`` and ``canaries``, of which ``frames`` holds the
    compared columns. What can't be measured is a figure without a value that says why. `Cancelled` when the
    caller stops it.
    """
    ground = lay(frames, seed=seed, watch=watch)
    made = _made(schema, ground, tables)
    check(watch)
    why = _why_not(ground)
    if why:
        return _without_holdout(ground, made, why)
    return _with_holdout(ground, made)


def _why_not(ground: Ground) -> str:
    """Why privacy can't be measured; empty when it can."""
    frames = ground.frames
    if "holdout" not in frames:
        return "there is no holdout: real rows that no model saw are what privacy is measured against"
    if not len(frames):
        return "there is no column that can be compared"
    for part, words in (("real", "real table"), ("synth", "synthetic table"), ("holdout", "holdout")):
        if frames.rows[part] < FEWEST:
            return f"the {words} has {frames.rows[part]} rows, and fewer than {FEWEST} say nothing of people"
    if len(ground.base) < 2:
        return "all real rows are the same in the columns that are compared"
    return ""


def _with_holdout(ground: Ground, made: _Made) -> Found:
    counts = copies.count(ground)
    around = neighbourhood(ground, counts)
    near = copies.near(around)
    nearer, error = closeness.nearer(ground)
    told = membership.attempts(ground)
    singled = singling_out.attempts(ground)
    tried = [one.attack for one in singled]
    figures = [
        copies.exact_figure(ground, counts, around),
        copies.near_figure(near),
        closeness.percentile_figure("distance", around),
        closeness.percentile_figure("ratio", around),
        closeness.nearer_figure(nearer, error),
        membership.figure(told),
        singling_out.figure(singled),
    ]
    if len(ground.frames) > 1:
        linked, inferred = attacks.linkability(ground), attacks.inference(ground)
        tried += [linked.attack, *inferred.attacks]
        figures += [attacks.linkability_figure(linked), attacks.inference_figure(inferred)]
    else:
        says = "There is one column to compare, and the attack takes two."
        figures += [headlines.known(name, AGAINST_HOLDOUT[name], 0.0, 0.0, says=says) for name in NEED_TWO]
    rare, extremes = came_through.rare(ground.frames), came_through.extremes(ground.frames)
    figures += [came_through.rare_figure(rare), came_through.extremes_figure(extremes)]
    data = Privacy(
        unmeasured="",
        distance=IN_WORDS,
        copies=copies.exact(counts),
        near=near,
        closest=closeness.closest(around),
        ratio=closeness.ratio(around),
        nearer=nearer,
        membership=tuple(one.attack for one in told),
        attacks=tuple(tried),
        came_through=tuple(one.entry for one in (*rare, *extremes)),
        real_values=made.real_values,
        canaries=made.canaries,
    )
    return Found(data, (*figures, *made.figures), ground.samples)


def _without_holdout(ground: Ground, made: _Made, why: str) -> Found:
    """What can be counted is shown, and every figure against the holdout says why it has no value."""
    nothing = intervals.rate(0, 0)
    shown = Copies(synth=nothing, holdout=None, train=nothing, within=0.0)
    near = closest = ratio = None
    if len(ground.frames):
        counts = copies.count(ground)
        shown = copies.exact(counts)
        if min(ground.frames.rows["real"], ground.frames.rows["synth"]) >= FEWEST:
            around = neighbourhood(ground, counts)
            near, closest, ratio = copies.near(around), closeness.closest(around), closeness.ratio(around)
    through = (*came_through.rare(ground.frames), *came_through.extremes(ground.frames))
    data = Privacy(
        unmeasured=f"Not measured: {why}.",
        distance=IN_WORDS,
        copies=shown,
        near=near,
        closest=closest,
        ratio=ratio,
        nearer=None,
        membership=(),
        attacks=(),
        came_through=tuple(one.entry for one in through),
        real_values=made.real_values,
        canaries=made.canaries,
    )
    figures = [_unmeasured(name, why) for name in AGAINST_HOLDOUT]
    return Found(data, (*figures, *made.figures), ground.samples)


def _made(schema: Schema, ground: Ground, tables: Mapping[str, pa.Table]) -> _Made:
    found, chance = came_through.real_values(schema, tables)
    figures = [came_through.real_values_figure(found, chance, held="holdout" in tables)]
    planted = None
    if "canaries" in tables:
        names = [column.name for column in came_through.made_new(schema)]
        planted = copies.canaries(ground, tables, names)
        figures.append(copies.canaries_figure(planted))
    return _Made(tuple(found), planted, tuple(figures))


def _unmeasured(name: str, why: str) -> Figure:
    better = "higher" if name in ("privacy.distance", "privacy.ratio") else "lower"
    return headlines.nothing(name, AGAINST_HOLDOUT[name], why, better=better)
