"""Gradient boosting on mixed columns: the classifier and the regressor that detection and utility use.

scikit-learn's histogram gradient boosting (after LightGBM: Ke et al., NeurIPS 2017), 100 trees of 31 leaves,
learning rate 0.1, categories as categories, missing values as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from lookalike.processors import processors
from lookalike.quality.frame import Floats, Frames, Side
from lookalike.randomness import key
from lookalike.watch import Watch, check

Result = TypeVar("Result")

CATEGORIES = 250
"""Categories of a column that are told apart, the most frequent of the tables together; the rest are one."""
WIDE, WIDE_BINS = 60, 63
"""With more columns than this, bins are this many: a tenth of the time, and what they lose shows in no AUC of
a table where that many columns add up. Categories that are told apart are fewer accordingly."""
_BINS = 255
_PLAIN_CATEGORIES = 2


def features(frames: Frames, parts: Sequence[str], without: str | None = None) -> tuple[Floats, list[bool]]:
    """The rows of ``parts`` under each other, (n_rows, n_columns), and which columns are categories.

    Two categories are as good as a number. The column ``without`` is left out.
    """
    sides = [side for side in frames if side.name != without]
    table = np.empty((sum(frames.rows[part] for part in parts), len(sides)), np.float64)
    most = CATEGORIES if len(sides) <= WIDE else WIDE_BINS - 1
    for j, side in enumerate(sides):
        values = np.concatenate([side[part] for part in parts])
        table[:, j] = values if side.numeric else _frequent(values, side.codes, most)
    return table, [not side.numeric and side.codes - 1 > _PLAIN_CATEGORIES for side in sides]


def names(frames: Frames, without: str | None = None) -> list[str]:
    """The columns of `features`."""
    return [side.name for side in frames if side.name != without]


def classifier(categories: Sequence[bool], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**_settings(categories, seed))


def regressor(categories: Sequence[bool], seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(**_settings(categories, seed))


def coded(side: Side, parts: Sequence[str], most: int) -> list[Any]:
    """A target's codes in each of ``parts``: the ``most`` frequent of the first, and one for all others."""
    counts = np.bincount(side[parts[0]], minlength=side.codes)
    place = np.full(side.codes, most)
    order = np.argsort(-counts, kind="stable")[:most]
    place[order] = np.arange(len(order))
    return [place[side[part]] for part in parts]


def run(tasks: Sequence[Callable[[], Result]], watch: Watch) -> list[Result]:
    """The results of ``tasks`` in their order, several at a time.

    Each has one OpenMP thread: so the figures are the same on any machine, and a busy machine does not leave
    threads spinning for each other, which can take a hundred times as long.
    """
    with (
        _warnings_kept(),
        ThreadPoolExecutor(max(1, min(processors(), len(tasks))), initializer=_one_thread) as pool,
    ):
        running = [pool.submit(task) for task in tasks]
        try:
            found: list[Result] = []
            for future in running:
                found.append(future.result())
                check(watch)
        except BaseException:
            for future in running:
                future.cancel()
            raise
    return found


@contextmanager
def _warnings_kept() -> Generator[None]:
    """Keeps the process's warning filters as they are, and one false warning quiet.

    scikit-learn resets the filters while it bins a column, and takes them for lost when another thread looks
    at that moment; threads that put them back in another order would leave them lost.
    """
    with warnings.catch_warnings(record=True) as caught:
        yield
    for entry in caught:
        if "sklearn.utils.parallel" not in str(entry.message):
            warnings.warn_explicit(entry.message, entry.category, entry.filename, entry.lineno)


def _one_thread() -> None:
    """OpenMP keeps its number of threads for each thread that calls it."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(1, user_api="openmp")


def _settings(categories: Sequence[bool], seed: int) -> dict[str, Any]:
    return {
        "max_iter": 100,
        "learning_rate": 0.1,
        "max_leaf_nodes": 31,
        "early_stopping": False,
        "max_bins": _BINS if len(categories) <= WIDE else WIDE_BINS,
        "categorical_features": list(categories) if any(categories) else None,
        "random_state": key(seed, "boosting") % (1 << 32),
    }


def telling(model: Any, columns: int, most: int) -> Any:
    """The ``most`` columns by which ``model`` gained most in its splits, in their order; all if no more."""
    if columns <= most:
        return np.arange(columns)
    gain = np.zeros(columns)
    named = model.is_categorical_ if model.is_categorical_ is not None else np.zeros(columns, bool)
    place = np.concatenate([np.flatnonzero(named), np.flatnonzero(~named)])  # the order inside a model
    for tree in (tree for step in model._predictors for tree in step):
        split = tree.nodes[tree.nodes["is_leaf"] == 0]
        np.add.at(gain, place[split["feature_idx"]], split["gain"])
    return np.sort(np.argsort(-gain, kind="stable")[:most])


def _frequent(codes: Any, k: int, most: int) -> Floats:
    """Codes by frequency, at most ``most``; the missing value (the last code) is NaN."""
    counts = np.bincount(codes, minlength=k)[: k - 1]
    place = np.full(k, float(min(k - 1, most)))
    order = np.argsort(-counts, kind="stable")[:most]
    place[order] = np.arange(len(order))
    place[k - 1] = np.nan
    return place[codes]
