"""The quality figures of the benchmarks, each by its published definition, on pandas frames.

    from bench import measures
    adult = measures.load("adult")                  # train, test, meta; columns typed as meta.json says
    synth = adult.typed(model.sample(len(adult.train), seed=0).to_pandas())
    measures.fast_figures(adult, synth)             # detection ×2, shape, trend ×2, nearer, copies, utility
    measures.all_figures(adult, synth)              # the same, triples and the nearest distances
    measures.references("adult")                    # what a bootstrap of train, or the holdout, scores

From a shell, for files made by any tool: ``python -m bench.score adult SYNTH.csv [SYNTH2.csv ...]``.

The tables stand in ``examples/data``; ``LOOKALIKE_DATA`` names another folder. Every figure is seeded, takes
``n_jobs`` where a library can use threads (default 1), and is a fraction: 0.0044 is 0.44 %. An "error" is 1
minus the SDMetrics score. `shape_error` and `trend_error` are computed here in NumPy, many times as fast as
SDMetrics and equal to it within 1e-6 (``tests/unit/test_measures.py``).
"""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from bench.datasets import DATA, TABLES, Dataset, bootstrap, load, sampled, stacked
from bench.privacy import (
    encoded,
    escaped,
    exact_copies,
    nearer,
    nearest,
    nearest_distance,
    planted,
    row_keys,
)

__all__ = [
    "DATA",
    "TABLES",
    "Dataset",
    "Figures",
    "all_figures",
    "bootstrap",
    "detection",
    "encoded",
    "escaped",
    "exact_copies",
    "fast_figures",
    "load",
    "nearer",
    "nearest",
    "nearest_distance",
    "planted",
    "references",
    "row_keys",
    "sampled",
    "shape_error",
    "stacked",
    "trend_error",
    "triples_error",
    "utility",
]

Figures = dict[str, float]


def detection(
    real: pd.DataFrame, synth: pd.DataFrame, *, rows: int = 40_000, seed: int = 0, n_jobs: int = 1
) -> tuple[float, float]:
    """(score, AUC) of telling ``real`` from ``synth``: 1 cannot, 0 always can. The AUC is a mean of folds.

    SDMetrics' ``DetectionMetric`` (three stratified shuffled folds, 1 minus the mean of 2·max(AUC, ½) − 1)
    around ``XGBClassifier`` with its defaults and native categories. Equal sizes, at most ``rows`` of each;
    categorical columns with more than 500 categories are left out.
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold
    from xgboost import XGBClassifier

    size = min(len(real), len(synth), rows)
    both = stacked(sampled(real, size, seed), sampled(synth, size, seed))
    wide = [
        c
        for c in both
        if isinstance(both[c].dtype, pd.CategoricalDtype) and len(both[c].cat.categories) > 500
    ]
    both = both.drop(columns=wide)
    label = np.repeat([1, 0], size)
    aucs = []
    for fit, score in StratifiedKFold(n_splits=3, shuffle=True, random_state=seed).split(both, label):
        model = XGBClassifier(enable_categorical=True, random_state=seed, n_jobs=n_jobs)
        model.fit(both.iloc[fit], label[fit])
        aucs.append(roc_auc_score(label[score], model.predict_proba(both.iloc[score])[:, 1]))
    return 1 - float(np.mean([max(0.5, auc) * 2 - 1 for auc in aucs])), float(np.mean(aucs))


def shape_error(real: pd.DataFrame, synth: pd.DataFrame) -> float:
    """1 − SDMetrics Column Shapes: the mean of Kolmogorov–Smirnov statistics and total variations."""
    errors = []
    for name in real:
        if isinstance(real[name].dtype, pd.CategoricalDtype):
            a, b, k = _shared_codes(real[name], synth[name])
            errors.append(_total_variation(a[a < k - 1], b[b < k - 1], k))
        else:
            errors.append(_kolmogorov_smirnov(real[name].to_numpy(float), synth[name].to_numpy(float)))
    return float(np.mean(errors))


def trend_error(real: pd.DataFrame, synth: pd.DataFrame, *, shared_bins: bool = False) -> float:
    """1 − SDMetrics Column Pair Trends over all pairs, both thresholds 0.

    Two numbers: half the difference of their Pearson correlations. Two categories: the total variation of the
    contingency tables. One of each: the same, after ten equal bins. SDMetrics 0.32 bins each table by its own
    range, so one outlier spoils a pair; ``shared_bins`` bins both by the range of the two together.
    """
    numbers = [c for c in real if not isinstance(real[c].dtype, pd.CategoricalDtype)]
    codes = {}
    for name in real:
        if name in numbers:
            a, b = real[name].to_numpy(float), synth[name].to_numpy(float)
            codes[name] = (*_ten_bins(a, b, shared_bins), 12)
        else:
            codes[name] = _shared_codes(real[name], synth[name])
    difference = _correlations(real[numbers]) - _correlations(synth[numbers])
    correlated = dict(
        zip(combinations(numbers, 2), np.abs(difference)[np.triu_indices(len(numbers), 1)], strict=True)
    )
    errors = [
        correlated[pair] / 2 if pair in correlated else _pair_variation(codes[pair[0]], codes[pair[1]])
        for pair in combinations(real, 2)
    ]
    return float(np.nanmean(errors))


def triples_error(real: pd.DataFrame, synth: pd.DataFrame, *, triples: int = 200, seed: int = 0) -> float:
    """The mean total variation of three-column densities over all triples, or ``triples`` random ones.

    Numbers fall in ten quantile bins of ``real``; of categories the ten most frequent in ``real`` count, and
    the rest together; a missing value is a bin of its own.
    """
    codes = [_coarse(real[name], synth[name]) for name in real]
    chosen = list(combinations(range(len(codes)), 3))
    if len(chosen) > triples:
        picks = np.random.default_rng(seed).choice(len(chosen), triples, replace=False)
        chosen = [chosen[i] for i in np.sort(picks)]
    errors = []
    for i, j, k in chosen:
        (a1, b1, _), (a2, b2, n2), (a3, b3, n3) = codes[i], codes[j], codes[k]
        errors.append(
            _total_variation((a1 * n2 + a2) * n3 + a3, (b1 * n2 + b2) * n3 + b3, codes[i][2] * n2 * n3)
        )
    return float(np.mean(errors))


def _shared_codes(a: pd.Series, b: pd.Series) -> tuple[np.ndarray, np.ndarray, int]:
    """Codes of two columns over the categories of both, and their number k; code k − 1 is a missing value."""
    both = pd.api.types.union_categoricals([a, b])
    k = len(both.categories) + 1
    codes = np.where(both.codes < 0, k - 1, both.codes).astype(np.int64)
    return codes[: len(a)], codes[len(a) :], k


def _ten_bins(a: np.ndarray, b: np.ndarray, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    both = np.concatenate([a, b])
    return tuple(
        np.digitize(x, np.histogram_bin_edges((both if shared else x)[~np.isnan(both if shared else x)]))
        for x in (a, b)
    )


def _coarse(a: pd.Series, b: pd.Series) -> tuple[np.ndarray, np.ndarray, int]:
    if isinstance(a.dtype, pd.CategoricalDtype):
        codes_a, codes_b, k = _shared_codes(a, b)
        counts = np.bincount(codes_a, minlength=k)
        rank = np.full(k, 10)
        rank[np.argsort(-counts, kind="stable")[:10]] = np.arange(min(10, k))
        return rank[codes_a], rank[codes_b], 11
    x, y = a.to_numpy(float), b.to_numpy(float)
    edges = np.unique(np.nanquantile(x, np.arange(1, 10) / 10))
    return (
        np.where(np.isnan(x), 10, np.searchsorted(edges, x, side="right")),
        np.where(np.isnan(y), 10, np.searchsorted(edges, y, side="right")),
        11,
    )


def _total_variation(a: np.ndarray, b: np.ndarray, k: int) -> float:
    p = np.bincount(a, minlength=k) / max(len(a), 1)
    q = np.bincount(b, minlength=k) / max(len(b), 1)
    return float(np.abs(p - q).sum() / 2)


def _pair_variation(
    first: tuple[np.ndarray, np.ndarray, int], second: tuple[np.ndarray, np.ndarray, int]
) -> float:
    (a1, b1, k1), (a2, b2, k2) = first, second
    return _total_variation(a1 * k2 + a2, b1 * k2 + b2, k1 * k2)


def _kolmogorov_smirnov(a: np.ndarray, b: np.ndarray) -> float:
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    if not len(a) or not len(b):
        return float("nan")
    at = np.concatenate([a, b])
    return float(
        np.abs(
            np.searchsorted(a, at, side="right") / len(a) - np.searchsorted(b, at, side="right") / len(b)
        ).max()
    )


def _correlations(frame: pd.DataFrame) -> np.ndarray:
    """Pearson correlations; NaN where a column is constant. Missing values are left out pair by pair."""
    values = frame.to_numpy(float)
    if np.isnan(values).any():
        return frame.corr().to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.atleast_2d(np.corrcoef(values, rowvar=False))


def utility(dataset: Dataset, train: pd.DataFrame, *, n_jobs: int = 1) -> float:
    """What gradient boosting that learned from ``train`` scores on the holdout: AUC, or for regression RMSE.

    LightGBM, 300 trees, learning rate 0.05, 31 leaves, seed 0. Regression on log(clip(y, 1, 20000)).
    """
    import lightgbm
    from sklearn.metrics import roc_auc_score

    both = stacked(train, dataset.test)
    features = both.drop(columns=dataset.target)
    fit, score = features.iloc[: len(train)], features.iloc[len(train) :]
    settings = {
        "n_estimators": 300,
        "learning_rate": 0.05,
        "num_leaves": 31,
        "random_state": 0,
        "verbosity": -1,
    }
    settings |= {"n_jobs": n_jobs, "deterministic": True, "force_row_wise": True}
    if dataset.regression:
        y = np.log(np.clip(both[dataset.target].to_numpy(float), 1, 20_000))
        model = lightgbm.LGBMRegressor(**settings).fit(fit, y[: len(train)])
        return float(np.sqrt(np.mean((model.predict(score) - y[len(train) :]) ** 2)))
    y = (both[dataset.target] == dataset.train[dataset.target].cat.categories[-1]).to_numpy()
    if len(set(y[: len(train)])) < 2:
        return 0.5
    model = lightgbm.LGBMClassifier(**settings).fit(fit, y[: len(train)])
    return float(roc_auc_score(y[len(train) :], model.predict_proba(score)[:, 1]))


def fast_figures(dataset: Dataset, synth: pd.DataFrame, *, seed: int = 0, n_jobs: int = 1) -> Figures:
    """The figures that research looks at; ``synth`` as `Dataset.typed` gives it, as many rows as train."""
    score, auc = detection(dataset.train, synth, n_jobs=n_jobs)
    holdout, holdout_auc = detection(dataset.test, synth, n_jobs=n_jobs)
    return {
        "detection": score,
        "detection_auc": auc,
        "holdout": holdout,
        "holdout_auc": holdout_auc,
        "shape": shape_error(dataset.train, synth),
        "trend": trend_error(dataset.train, synth),
        "trend_shared": trend_error(dataset.train, synth, shared_bins=True),
        "nearer": nearer(dataset.train, dataset.test, synth, seed=seed),
        "copies": exact_copies(synth, dataset.train),
        "utility": utility(dataset, synth, n_jobs=n_jobs),
    }


def all_figures(dataset: Dataset, synth: pd.DataFrame, *, seed: int = 0, n_jobs: int = 1) -> Figures:
    """Every figure but membership inference and canaries."""
    return fast_figures(dataset, synth, seed=seed, n_jobs=n_jobs) | {
        "triples": triples_error(dataset.train, synth),
        "distance": nearest_distance(dataset.train, synth),
    }


@cache
def references(name: str, *, seeds: int = 20, n_jobs: int = 1) -> Figures:
    """What a second real sample scores.

    ``shape``, ``trend``, ``trend_shared``, ``triples``: a bootstrap of train against train (the mean of
    ``seeds`` of them; single ones scatter widely, since their extremes set the bins of SDMetrics).
    ``holdout``, ``holdout_auc``: train against the holdout. ``copies``, ``distance``: the holdout, to train.
    ``utility``: trained on train. ``test_*``: the holdout against train, where sizes differ.
    """
    dataset = load(name)
    train, test = dataset.train, dataset.test
    draws = [bootstrap(train, seed) for seed in range(seeds)]
    holdout, holdout_auc = detection(test, train, n_jobs=n_jobs)
    return {
        "shape": float(np.mean([shape_error(train, draw) for draw in draws])),
        "trend": float(np.mean([trend_error(train, draw) for draw in draws])),
        "trend_shared": float(np.mean([trend_error(train, draw, shared_bins=True) for draw in draws])),
        "triples": float(np.mean([triples_error(train, draw) for draw in draws])),
        "holdout": holdout,
        "holdout_auc": holdout_auc,
        "copies": exact_copies(test, train),
        "distance": nearest_distance(train, test),
        "utility": utility(dataset, train, n_jobs=n_jobs),
        "test_shape": shape_error(train, test),
        "test_trend": trend_error(train, test),
        "test_trend_shared": trend_error(train, test, shared_bins=True),
        "test_triples": triples_error(train, test),
    }
