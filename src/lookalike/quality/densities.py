"""How far apart two samples are in a column, a pair, a triple; by SDMetrics' definition where it has one.

Everything takes plain arrays: numbers as float64 with NaN where missing, categories as int64 codes below k,
where code k − 1 is a missing value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Coded = tuple[Ints, Ints, int]
"""The codes of two tables, and how many codes there are."""

TOP = 10
"""Bins of a number and categories that count, where columns are binned (`coarse`)."""
_DENSE = 1 << 20


def kolmogorov_smirnov(a: Floats, b: Floats) -> float:
    """The greatest difference of two empirical distribution functions; NaN when one has no values."""
    a, b = np.sort(a[~np.isnan(a)]), np.sort(b[~np.isnan(b)])
    if not len(a) or not len(b):
        return float("nan")
    at = np.concatenate([a, b])
    below_a = np.searchsorted(a, at, side="right") / len(a)
    return float(np.abs(below_a - np.searchsorted(b, at, side="right") / len(b)).max())


def total_variation(a: Ints, b: Ints, k: int) -> float:
    """Half the summed difference of the shares of k codes: 0 the same, 1 nothing in common."""
    if k > _DENSE:
        both = np.unique(np.concatenate([a, b]), return_inverse=True)[1].ravel()
        a, b, k = both[: len(a)], both[len(a) :], int(both.max(initial=-1)) + 1
    p = np.bincount(a, minlength=k) / max(len(a), 1)
    q = np.bincount(b, minlength=k) / max(len(b), 1)
    return float(np.abs(p - q).sum() / 2)


def joint(*columns: Coded) -> Coded:
    """One code per combination of the codes of several columns."""
    a, b, size = columns[0]
    for further_a, further_b, k in columns[1:]:
        a, b, size = a * k + further_a, b * k + further_b, size * k
    return a, b, size


def category_variation(column: Coded) -> float:
    """SDMetrics' 1 − TVComplement: missing values are left out. NaN when a table has no values."""
    a, b, k = column
    a, b = a[a < k - 1], b[b < k - 1]
    return total_variation(a, b, k) if len(a) and len(b) else float("nan")


def ten_bins(a: Floats, b: Floats, *, shared: bool) -> Coded:
    """Two tables' numbers in ten equal bins: each by its own range, as SDMetrics 0.32 does, or ``shared``.

    Codes 1 … 10, and 11 for the greatest value and for a missing one (SDMetrics' way).
    """
    both = np.concatenate([a, b])
    binned: list[Ints] = []
    for values in (a, b):
        ranged = both if shared else values
        ranged = ranged[~np.isnan(ranged)]
        edges = _ten_edges(ranged if len(ranged) else np.zeros(1))
        binned.append(np.digitize(values, edges).astype(np.int64))
    return binned[0], binned[1], 12


def _ten_edges(values: Floats) -> Floats:
    """NumPy's ten equal bins, also where the range is beyond the largest double."""
    with np.errstate(over="ignore"):
        wide = not np.isfinite(values.max() - values.min())
    return np.histogram_bin_edges(values / 4) * 4 if wide else np.histogram_bin_edges(values)


def correlations(table: Floats) -> Floats:
    """Pearson correlations of the columns of (n_rows, n_columns); NaN where a column is constant.

    Missing values are left out pair by pair.
    """
    if len(table) < 2:
        return np.full((table.shape[1],) * 2, np.nan)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if not np.isnan(table).any():
            return np.atleast_2d(np.corrcoef(table, rowvar=False)) if table.shape[1] else np.zeros((0, 0))
        found = np.full((table.shape[1],) * 2, np.nan)
        for i in range(table.shape[1]):
            for j in range(i, table.shape[1]):
                pair = table[:, [i, j]][~np.isnan(table[:, [i, j]]).any(axis=1)]
                if len(pair) > 1:
                    found[i, j] = found[j, i] = np.atleast_2d(np.corrcoef(pair, rowvar=False))[0, 1]
        return found


def coarse_codes(column: Coded) -> Coded:
    """The `TOP` most frequent categories of the first table, and one code for all others."""
    a, b, k = column
    counts = np.bincount(a, minlength=k)
    rank = np.full(k, TOP)
    rank[np.argsort(-counts, kind="stable")[:TOP]] = np.arange(min(TOP, k))
    return rank[a], rank[b], TOP + 1


def coarse_numbers(a: Floats, b: Floats) -> Coded:
    """Quantile bins of the first table (`TOP` at most), and one code for a missing value."""
    known = a[~np.isnan(a)]
    edges = np.unique(np.quantile(known, np.arange(1, TOP) / TOP)) if len(known) else np.zeros(0)
    first, second = (np.where(np.isnan(x), TOP, np.searchsorted(edges, x, side="right")) for x in (a, b))
    return first, second, TOP + 1


def cramers_v(a: Ints, b: Ints, k: int) -> float:
    """Bias-corrected Cramér's V of two columns of codes below k: 0 unrelated, 1 one fixes the other.

    Bergsma, "A bias-correction for Cramér's V and Tschuprow's T" (J. Korean Stat. Soc. 2013). NaN when a
    column has one value.
    """
    n = len(a)
    counts = np.bincount(a * k + b, minlength=k * k).reshape(k, k).astype(float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, columns = counts.shape
    if min(rows, columns) < 2 or n < 2:
        return float("nan")
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
    phi = ((counts - expected) ** 2 / expected).sum() / n
    phi = max(0.0, phi - (rows - 1) * (columns - 1) / (n - 1))
    rows_left = rows - (rows - 1) ** 2 / (n - 1)
    columns_left = columns - (columns - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi / max(min(rows_left, columns_left) - 1, 1e-9)).clip(0, 1))
