"""The privacy figures of the benchmarks: nearness to training rows, copies, planted rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bench.datasets import Dataset, sampled, stacked


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
