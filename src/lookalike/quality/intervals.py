"""Confidence intervals: of shares, of differences of shares, of AUCs."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from lookalike.quality.result import SHOWN, SURE, Estimate, Rate

Floats = npt.NDArray[np.float64]

Z_SHOWN = NormalDist().inv_cdf((1 + SHOWN) / 2)
Z_SURE = NormalDist().inv_cdf((1 + SURE) / 2)


def wilson(hits: float, of: float, z: float = Z_SHOWN) -> tuple[float, float]:
    """The score interval of a share (Wilson, "Probable inference", JASA 1927); (0, 1) of nothing."""
    if of <= 0:
        return 0.0, 1.0
    share, square = hits / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * np.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def rate(hits: int, of: int) -> Rate:
    """``hits`` of ``of`` with its interval; without a share when ``of`` is 0."""
    if not of:
        return Rate(hits=0, of=0, share=None, low=None, high=None)
    low, high = wilson(hits, of)
    return Rate(hits=int(hits), of=int(of), share=hits / of, low=low, high=high)


def difference(
    first: tuple[float, float], second: tuple[float, float], z: float = Z_SHOWN
) -> tuple[float, float]:
    """The interval of share(first) − share(second), each as (hits, of), of independent samples.

    Newcombe's hybrid of two score intervals ("Interval estimation for the difference between independent
    proportions", Statistics in Medicine 1998, method 10).
    """
    p, q = (hits / of if of else 0.0 for hits, of in (first, second))
    (p_low, p_high), (q_low, q_high) = wilson(*first, z), wilson(*second, z)
    low = p - q - np.hypot(p - p_low, q_high - q)
    high = p - q + np.hypot(p_high - p, q - q_low)
    return float(low), float(high)


def around(value: float, error: float, z: float = Z_SHOWN) -> tuple[float, float]:
    """value ± z standard errors."""
    return value - z * error, value + z * error


def estimate(value: float, error: float, *, least: float = -np.inf, most: float = np.inf) -> Estimate:
    """A value with its normal interval, cut at what is possible."""
    low, high = around(value, error)
    return Estimate(value=value, low=max(least, low), high=min(most, high))


def auc(positive: Floats, negative: Floats) -> tuple[float, float]:
    """(area, standard error) of the ROC of scores that ought to be higher for ``positive``; ties count ½.

    The error is that of DeLong, DeLong, Clarke-Pearson ("Comparing the areas under two or more correlated
    receiver operating characteristic curves", Biometrics 1988), by the midranks of Sun and Xu (2014).
    """
    m, n = len(positive), len(negative)
    if not m or not n:
        return 0.5, float("inf")
    among = midranks(np.concatenate([positive, negative]))
    above = (among[:m] - midranks(positive)) / n  # the share of negatives below each positive
    below = 1 - (among[m:] - midranks(negative)) / m  # the share of positives above each negative
    error = np.sqrt(_variance(above) / m + _variance(below) / n)
    # an area of 0 or 1 has no spread; one row the other way is what it can't rule out
    return float(above.mean()), float(max(error, 1 / (2 * min(m, n)) if error == 0 else 0.0))


def midranks(values: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean."""
    ordered = np.sort(values)
    low = np.searchsorted(ordered, values, side="left")
    return (low + np.searchsorted(ordered, values, side="right") + 1) / 2.0


def roc(positive: Floats, negative: Floats, points: int = 101) -> tuple[list[float], list[float]]:
    """(false positive rates, true positive rates) from (0, 0) to (1, 1), at most ``points`` of them."""
    if not len(positive) or not len(negative):
        return [0.0, 1.0], [0.0, 1.0]
    cuts = np.unique(np.concatenate([positive, negative]))[::-1]
    up, down = np.sort(positive), np.sort(negative)
    tpr = np.concatenate([[0.0], 1 - np.searchsorted(up, cuts, side="left") / len(up)])
    fpr = np.concatenate([[0.0], 1 - np.searchsorted(down, cuts, side="left") / len(down)])
    if len(fpr) > points:
        keep = np.unique(np.searchsorted(fpr + tpr, np.linspace(0, 2, points)).clip(0, len(fpr) - 1))
        keep = np.unique(np.concatenate([[0], keep, [len(fpr) - 1]]))[-points:]
        keep[0] = 0
        fpr, tpr = fpr[keep], tpr[keep]
    return fpr.tolist(), tpr.tolist()


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if len(values) > 1 else 0.25
