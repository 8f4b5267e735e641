"""What each figure must reach and is meant to reach, and how a measured one is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.published import best

Bound = Callable[[str, Mapping[str, float]], float]
"""(table, the references of that table) → the bound there."""


@dataclass(frozen=True)
class Figure:
    """A line of the benchmark. ``key``: in what `bench.quality.measure` returns.

    lower: the less the better, or per table. shown: how a value is printed. published: its key in
    `bench.published`, whose scores are shown as ``as_ours`` makes of them. reference: the key in
    `measures.references`, with the name of what scored it.
    """

    key: str
    title: str
    how: str
    shown: str = "{:.3f}"
    lower: bool | Callable[[str], bool] = False
    must: Bound | None = None
    goal: Bound | None = None
    published: str | None = None
    as_ours: Callable[[float], float] = float
    ideal: float | None = None
    reference: tuple[str, str] | None = None

    def is_lower(self, table: str) -> bool:
        return self.lower(table) if callable(self.lower) else self.lower

    def text(self, value: float) -> str:
        return self.shown.format(value)

    def meets(self, value: float, bound: float, table: str) -> bool:
        return value <= bound if self.is_lower(table) else value >= bound

    def bound_text(self, bound: float, table: str) -> str:
        return f"{'≤' if self.is_lower(table) else '≥'} {self.text(bound)}"

    def best_published(self, table: str) -> tuple[float, str] | None:
        """The best published value in our unit, and whose it is."""
        if self.published is None:
            return None

        def badness(value: float) -> float:
            ours = self.as_ours(value)
            if self.ideal is not None:
                return abs(ours - self.ideal)
            return ours if self.is_lower(table) else -ours

        found = best(self.published, table, badness)
        return None if found is None else (self.as_ours(found[0]), found[1])


def _at_most(times: float, key: str) -> Bound:
    return lambda _, real: times * real[key]


def _constant(value: float) -> Bound:
    return lambda _, __: value


def _error(score: float) -> float:
    return 1 - score


PERCENT = "{:.2%}"
HARD = ("default", "beijing")


def _utility_goal(table: str, real: Mapping[str, float]) -> float:
    """The harder of the best published and 0.99 × trained on real (for RMSE, divided by 0.99)."""
    found = FIGURES["utility"].best_published(table)
    if table == "beijing":
        own = real["utility"] / 0.99
        return own if found is None else min(own, found[0])
    own = 0.99 * real["utility"]
    return own if found is None else max(own, found[0])


FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        Figure(
            "detection",
            "Detection, against train",
            "XGBoost with its defaults in three folds; 1: cannot be told from train, 0: always can",
            must=lambda table, _: 0.82 if table in HARD else 0.95,
            goal=_constant(0.97),
            published="detection",
        ),
        Figure(
            "holdout",
            "Detection, against the holdout",
            "the same against `test.csv`, of equal size, which rewards no copying",
            goal=lambda _, real: real["holdout"] - 0.03,
            reference=("holdout", "train, against the holdout"),
        ),
        Figure(
            "shape",
            "Shape, error",
            "1 − SDMetrics Column Shapes",
            shown=PERCENT,
            lower=True,
            goal=_at_most(1.1, "shape"),
            published="shape",
            as_ours=_error,
            reference=("shape", "a bootstrap of train"),
        ),
        Figure(
            "trend",
            "Trend, error",
            "1 − SDMetrics Column Pair Trends, all pairs, thresholds 0; each table binned by its own range",
            shown=PERCENT,
            lower=True,
            goal=_at_most(1.1, "trend"),
            published="trend",
            as_ours=_error,
            reference=("trend", "a bootstrap of train"),
        ),
        Figure(
            "trend_shared",
            "Trend with shared bin edges, error",
            "the same, both tables binned by one range, so that a single outlier cannot ruin a pair",
            shown=PERCENT,
            lower=True,
            goal=_at_most(1.1, "trend_shared"),
            reference=("trend_shared", "a bootstrap of train"),
        ),
        Figure(
            "triples",
            "Triples, error",
            "mean total variation of three-column densities, ten quantile bins or top categories",
            shown=PERCENT,
            lower=True,
            goal=_at_most(1.1, "triples"),
            reference=("triples", "a bootstrap of train"),
        ),
        Figure(
            "utility",
            "Utility: train on synthetic, test on real",
            "LightGBM; AUC, for beijing RMSE of log(clip(y, 1, 20000)), lower is better",
            shown="{:.4f}",
            lower=lambda table: table == "beijing",
            goal=_utility_goal,
            published="utility",
            reference=("utility", "trained on train"),
        ),
        Figure(
            "nearer",
            "Nearer to train than to the holdout",
            "share of 10,000 synthetic rows, equal halves, ties ½; 0.5 is ideal",
            lower=True,
            must=_constant(0.52),
            goal=_constant(0.515),
            published="nearer",
            ideal=0.5,
        ),
        Figure(
            "copies",
            "Exact copies",
            "synthetic rows equal to a training row to six significant digits",
            shown=PERCENT,
            lower=True,
            must=lambda _, real: real["copies"] + 0.001,
            goal=_at_most(1.0, "copies"),
            reference=("copies", "the holdout"),
        ),
        Figure(
            "distance",
            "Nearest distance, 5th percentile",
            "synthetic to train",
            shown="{:.4f}",
            goal=_at_most(1.0, "distance"),
            reference=("distance", "the holdout"),
        ),
        Figure(
            "canaries",
            "Planted canaries",
            "of 20 unique rows planted in train, how many come out in the rows sampled",
            shown="{:.0f}",
            lower=True,
            goal=_constant(0),
        ),
        Figure(
            "fit_s",
            "Fit, seconds",
            "wall time, kernels compiled; median of three (published: seconds on the authors' GPU)",
            shown="{:.1f}",
            lower=True,
            goal=_constant(5),
            published="fit_s",
        ),
    )
}
