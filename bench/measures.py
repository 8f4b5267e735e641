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

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TABLES = ("adult", "default", "shoppers", "magic", "beijing")
DATA = Path(os.environ.get("LOOKALIKE_DATA") or Path(__file__).parent.parent / "examples" / "data")

Figures = dict[str, float]


@dataclass(frozen=True)
class Dataset:
    """A real table in two parts. Categorical columns are pandas categories of text, others numbers."""

    name: str
    meta: dict[str, Any]
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def target(self) -> str:
        return self.meta["target"]

    @property
    def regression(self) -> bool:
        return self.meta["task"] == "regression"

    def typed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """``frame`` with the columns of train, in its order and types; categories that train lacks come last.

        Booleans and whole numbers are spelled as train spells them (``TRUE``, ``2012``).
        """
        columns = {}
        for name in self.meta["columns"]:
            if name in self.meta["categorical"]:
                columns[name] = _spelled(frame[name], self.train[name].cat.categories)
            else:
                columns[name] = pd.to_numeric(frame[name].astype(object), errors="coerce")
        return pd.DataFrame(columns)


def load(name: str, data: Path | str | None = None) -> Dataset:
    """One of `TABLES`, from ``data`` (default: `DATA`)."""
    folder = Path(data or DATA) / name
    meta = json.loads((folder / "meta.json").read_text())
    text = dict.fromkeys(meta["categorical"], str)
    train, test = (
        pd.read_csv(folder / f"{part}.csv", dtype=text, keep_default_na=False, na_values={
            column: [""] for column in meta["numerical"]
        })
        for part in ("train", "test")
    )  # fmt: skip
    for column in meta["categorical"]:
        seen = sorted(set(train[column]) | set(test[column]))
        for frame in (train, test):
            frame[column] = pd.Categorical(frame[column], categories=seen)
    return Dataset(name, meta, train[meta["columns"]], test[meta["columns"]])


def _spelled(values: pd.Series, known: pd.Index) -> pd.Categorical:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    missing = values.isna().to_numpy()
    spelling = {text.casefold(): text for text in known}
    codes, distinct = pd.factorize(values)
    texts = [str(value) for value in distinct]
    texts = [text if text in known else spelling.get(text.casefold(), text) for text in texts]
    text = np.array([*texts, ""], dtype=object)[codes]
    unknown = sorted(set(texts) - set(known))
    found = pd.Categorical(text, categories=[*known, *unknown])
    return (
        found
        if not missing.any()
        else pd.Categorical(np.where(missing, None, text), categories=found.categories)
    )


def sampled(frame: pd.DataFrame, rows: int, seed: int = 0) -> pd.DataFrame:
    """``rows`` rows drawn without replacement, in their order; the frame itself when it has no more."""
    if len(frame) <= rows:
        return frame
    keep = np.sort(np.random.default_rng(seed).choice(len(frame), rows, replace=False))
    return frame.iloc[keep].reset_index(drop=True)


def bootstrap(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """As many rows of ``frame``, drawn with replacement."""
    return frame.iloc[np.random.default_rng(seed).integers(0, len(frame), len(frame))].reset_index(drop=True)


# Detection


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


def stacked(real: pd.DataFrame, synth: pd.DataFrame) -> pd.DataFrame:
    """``real`` above ``synth``, categorical columns with the categories of both."""
    columns = {}
    for name in real:
        if isinstance(real[name].dtype, pd.CategoricalDtype):
            columns[name] = pd.api.types.union_categoricals([real[name], synth[name]])
        else:
            columns[name] = np.concatenate([real[name].to_numpy(float), synth[name].to_numpy(float)])
    return pd.DataFrame(columns)


# Fidelity


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


# Utility


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


# Privacy


def encoded(frames: Sequence[pd.DataFrame], train: pd.DataFrame) -> list[np.ndarray]:
    """Each frame as float64 (n_rows, n_features) in which Euclidean distance is meant.

    Numbers are min–max scaled by ``train`` (missing: 0), categories one-hot ÷ √2 for the 100 most frequent in
    ``train``, so that two different ones are 1 apart.
    """
    parts: list[list[np.ndarray]] = [[] for _ in frames]
    for name in train:
        column = train[name]
        if isinstance(column.dtype, pd.CategoricalDtype):
            top = column.value_counts().index[:100]
            for part, frame in zip(parts, frames, strict=True):
                at = top.get_indexer(frame[name].astype(object))
                hot = np.zeros((len(frame), len(top) + 1))
                hot[np.arange(len(frame)), at] = np.sqrt(0.5)
                part.append(hot[:, :-1])
        else:
            low, high = np.nanmin(column), np.nanmax(column)
            for part, frame in zip(parts, frames, strict=True):
                scaled = (frame[name].to_numpy(float) - low) / ((high - low) or 1)
                part.append(np.nan_to_num(scaled)[:, None])
    return [np.hstack(part) for part in parts]


def nearest(queries: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The Euclidean distance from every query to its nearest row of ``base``; exact to about 1e-12.

    Blocks of a float32 matrix product find the candidates, which are then measured in float64.
    """
    centre = base.mean(axis=0)
    right = (base - centre).astype(np.float32)
    right = np.hstack([-2 * right, (right**2).sum(axis=1, keepdims=True)]).T.copy()
    best = np.empty(len(queries))
    for start in range(0, len(queries), 256):
        block = queries[start : start + 256]
        left = (block - centre).astype(np.float32)
        squared = np.hstack([left, np.ones((len(left), 1), np.float32)]) @ right
        slack = 1e-5 * (1 + (left**2).sum(axis=1, keepdims=True))
        row, at = np.nonzero(squared <= squared.min(axis=1, keepdims=True) + slack)
        exact = np.full(len(block), np.inf)
        np.minimum.at(exact, row, ((block[row] - base[at]) ** 2).sum(axis=1))
        best[start : start + 256] = np.sqrt(exact)
    return best


def nearer(
    train: pd.DataFrame,
    test: pd.DataFrame,
    synth: pd.DataFrame,
    *,
    rows: int = 10_000,
    seed: int = 0,
    halves: int = 5,
) -> float:
    """The share of synthetic rows nearer to a training row than to a holdout row, equal halves; ties count ½.

    Train is subsampled to the holdout's size (at most 20,000 of each). Where train has room for several
    disjoint subsamples, the mean over up to ``halves`` of them: the same quantity with less noise.
    """
    size = min(len(train), len(test), 20_000)
    order = np.random.default_rng(seed).permutation(len(train))
    held, made, learned = encoded([sampled(test, size, seed), sampled(synth, rows, seed), train], train)
    to_held = nearest(made, held)
    shares = []
    for half in range(max(1, min(halves, len(train) // size))):
        to_train = nearest(made, learned[order[half * size : (half + 1) * size]])
        tie = np.isclose(to_train, to_held, rtol=0, atol=1e-9)
        shares.append(np.where(tie, 0.5, to_train < to_held).mean())
    return float(np.mean(shares))


def nearest_distance(
    train: pd.DataFrame, rows: pd.DataFrame, *, percentile: float = 5, limit: int = 10_000, seed: int = 0
) -> float:
    """The 5th percentile of the distances from (at most ``limit``) ``rows`` to their nearest in ``train``."""
    base, queries = encoded([train, sampled(rows, limit, seed)], train)
    return float(np.percentile(nearest(queries, base), percentile))


def exact_copies(rows: pd.DataFrame, train: pd.DataFrame) -> float:
    """The share of ``rows`` equal to a row of ``train`` after rounding to six significant digits."""
    both = row_keys(stacked(train, rows))
    return float(np.isin(both[len(train) :], both[: len(train)]).mean())


def row_keys(frame: pd.DataFrame) -> np.ndarray:
    """One uint64 per row, equal for rows that are equal to six significant digits."""
    keys = {
        name: frame[name].cat.codes.astype(np.int64)
        if isinstance(frame[name].dtype, pd.CategoricalDtype)
        else _six_digits(frame[name].to_numpy(float))
        for name in frame
    }
    return pd.util.hash_pandas_object(pd.DataFrame(keys), index=False).to_numpy()


def _six_digits(x: np.ndarray) -> np.ndarray:
    """An int64 per number: its first six significant digits, sign and exponent."""
    size = np.abs(np.nan_to_num(x))
    exponent = np.floor(np.log10(np.where(size > 0, size, 1))).astype(np.int64)
    digits = np.rint(size / 10.0 ** (exponent - 5)).astype(np.int64)
    carried = digits >= 1_000_000
    digits, exponent = np.where(carried, 100_000, digits), exponent + carried
    code = (digits * 1000 + np.where(digits > 0, exponent + 400, 0)) * np.where(x < 0, -1, 1)
    return np.where(np.isnan(x), np.iinfo(np.int64).min, code)


def planted(dataset: Dataset, *, canaries: int = 20, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(train with the canaries shuffled in, the canaries): cells of the table in rows that no one has.

    Every cell of a canary is drawn from its column on its own; no canary equals another or a row of train.
    """
    rng = np.random.default_rng(seed)
    picks = {
        name: dataset.train[name]
        .iloc[rng.integers(0, len(dataset.train), 4 * canaries)]
        .reset_index(drop=True)
        for name in dataset.train
    }
    rows = pd.DataFrame(picks)
    keys = row_keys(stacked(dataset.train, rows))
    taken, own = keys[: len(dataset.train)], keys[len(dataset.train) :]
    first = np.zeros(len(own), dtype=bool)
    first[np.unique(own, return_index=True)[1]] = True
    rows = rows[first & ~np.isin(own, taken)].head(canaries).reset_index(drop=True)
    both = pd.concat([dataset.train, rows], ignore_index=True)
    return both.iloc[rng.permutation(len(both))].reset_index(drop=True), rows


def escaped(canaries: pd.DataFrame, synth: pd.DataFrame) -> int:
    """How many of the ``canaries`` stand in ``synth``."""
    keys = row_keys(stacked(canaries, synth))
    return int(np.isin(keys[: len(canaries)], keys[len(canaries) :]).sum())


# All of them


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
