"""The search for rules among columns that are already arrays; `lookalike.tables.rules` says what they mean.

A rule that holds on every row may still be luck, and a false rule is worse than a missed one. So each must be
one that chance would have broken: if the columns were unrelated, it would hold on all rows with a probability
of at most e^-`EVIDENCE` per pair, 0.002 over all pairs of 1,000 columns. What holds on n rows may still break
on 3 in n of new ones (the rule of three).

Two samples of rows refuse most pairs at once; what survives is read in full, within a stated budget.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import gcd, log

import numpy as np

EVIDENCE = 20.0
"""−ln of the probability that a rule between unrelated columns holds by luck."""
SEEN_ONCE = 0.2
"""The largest share of a determinant's values that occur in one row, where nothing was tested."""
MIN_ROWS = 50
"""Rows with both values present that an ordering needs."""
MIN_OVERLAP = 0.05
"""The share of random pairings that must break an ordering, so that it is not a matter of ranges."""
MAX_FILLED = 0.75
"""The largest share of the possible combinations that a closed set may fill."""
RARE = 3
"""A set of combinations is closed only when each was seen at least this often: it has no tail."""

MAX_CODES = 1_000
"""Distinct values of a column that takes part in combinations."""
SCREEN_ROWS = (512, 16_384)
"""Rows of the two samples."""
MAX_PAIRS = 20_000
"""Pairs of columns, for each kind of rule, that are looked at one by one."""
MAX_CELLS = 2_000_000_000
"""Rows × pairs, for each kind of rule, that are read. Pairs past either budget are left without a rule."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column as codes 0 … k-1, int32 (n_rows,), all of which occur, and how often: int64 (k,)."""

    codes: np.ndarray
    counts: np.ndarray


Pair = tuple[int, int]


def functional(columns: Sequence[Coded]) -> tuple[list[Pair], np.ndarray]:
    """(a minimal acyclic set of pairs (i, j) in which i fixes j, boolean (k, k) of all that follow from it).

    Of columns that fix each other, the first stands for all.
    """
    fixes = _fixes(columns)
    further = fixes @ fixes
    while (further & ~fixes).any():
        fixes |= further
        further = fixes @ fixes
    np.fill_diagonal(fixes, False)
    k = len(columns)
    first = np.array([min([i, *np.nonzero(fixes[i] & fixes[:, i])[0]]) for i in range(k)], dtype=int)
    kept: list[Pair] = []
    for a, b in np.argwhere(fixes & (first == np.arange(k))[:, None]).tolist():
        between = fixes[a] & fixes[:, b] & (first != a) & (first != b)
        if first[b] == a or (first[b] == b and not between.any()):
            kept.append((a, b))
    return kept, fixes


def _fixes(columns: Sequence[Coded]) -> np.ndarray:
    """Boolean (k, k): whether the rows say, with enough evidence, that column i fixes column j."""
    k = len(columns)
    fixes = np.zeros((k, k), dtype=bool)
    if k < 2:
        return fixes
    n = len(columns[0].codes)
    few, many = (spread(n, size) for size in SCREEN_ROWS)
    rows = np.stack([column.codes[few] for column in columns], axis=1)
    distinct = np.array([len(column.counts) for column in columns])
    surprise = np.array([-log(column.counts.max() / n) for column in columns])
    pairs: list[Pair] = []
    for a, column in enumerate(columns):
        if (column.counts == 1).mean() > SEEN_ONCE:
            continue
        at = np.unique(rows[:, a], return_inverse=True)[1]
        goes_with = np.empty((int(at.max()) + 1, k), dtype=rows.dtype)
        goes_with[at] = rows
        possible = (goes_with[at] == rows).all(axis=0) & (distinct <= distinct[a])
        # m rows with one value agree by luck with a probability of at most (the largest share)^(m-1)
        possible &= (n - distinct[a]) * surprise >= EVIDENCE
        possible[a] = False
        pairs += [(a, int(b)) for b in np.nonzero(possible)[0]]
    for a, b in _affordable(pairs, n, _apart):
        determinant, dependent = columns[a].codes, columns[b].codes
        fixes[a, b] = all(
            _is_fixed(determinant[part], dependent[part], int(distinct[a])) for part in (many, slice(None))
        )
    return fixes


def _is_fixed(determinant: np.ndarray, dependent: np.ndarray, k: int) -> bool:
    goes_with = np.zeros(k, dtype=dependent.dtype)
    goes_with[determinant] = dependent
    return bool((goes_with[determinant] == dependent).all())


def orderings(columns: Sequence[np.ndarray]) -> list[tuple[int, int, bool]]:
    """(low, high, strict), none of which follows from two others. Columns are float64, NaN where missing."""
    found = _ordered(columns)
    complete = [not np.isnan(values).any() for values in columns]
    after: dict[int, set[int]] = {}
    for a, b in found:
        after.setdefault(a, set()).add(b)
    kept: list[tuple[int, int, bool]] = []
    for (a, b), strict in sorted(found.items()):
        # a ≤ c ≤ b says it too, unless c may be missing, or a < b is more than the two say
        between = [c for c in after[a] if complete[c] and b in after.get(c, ())]
        if not any(not strict or found[a, c] or found[c, b] for c in between):
            kept.append((a, b, strict))
    return kept


def _ordered(columns: Sequence[np.ndarray]) -> dict[Pair, bool]:
    """Pairs (a, b) with a ≤ b on every row and enough evidence, and whether a < b; equal columns one way."""
    if len(columns) < 2:
        return {}
    n = len(columns[0])
    few, many = (spread(n, size) for size in SCREEN_ROWS)
    rows = np.stack([values[few] for values in columns], axis=1)
    low, high = np.array([_tails(values[many]) for values in columns]).T
    pairs: list[Pair] = []
    for a in range(len(columns)):
        # P(a > b) ≤ P(a > t) + P(b < t) for every t, so the tails must overlap
        possible = ~(rows[:, a : a + 1] > rows).any(axis=0) & (high[a] > low)
        possible[a] = False
        pairs += [(a, int(b)) for b in np.nonzero(possible)[0]]
    found: dict[Pair, bool] = {}
    for a, b in _affordable(pairs, n, _apart):
        x, y = columns[a], columns[b]
        if (x[many] > y[many]).any() or (b, a) in found or (x > y).any():
            continue
        both = np.nonzero(~np.isnan(x) & ~np.isnan(y))[0]
        if len(both) < MIN_ROWS:
            continue
        sample = both[spread(len(both), 4096)]
        over, tied = _by_chance(x[sample], y[sample])
        if over >= MIN_OVERLAP and over * len(both) >= EVIDENCE:
            found[a, b] = tied * len(both) >= EVIDENCE and not (x == y).any()
    return found


def _tails(values: np.ndarray) -> tuple[float, float]:
    values = np.sort(values[~np.isnan(values)])
    if not len(values):
        return np.nan, np.nan
    tail = int(len(values) * MIN_OVERLAP / 4)
    return float(values[tail]), float(values[len(values) - 1 - tail])


def _by_chance(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """P(x > y) and P(x = y) when rows are paired at random."""
    y = np.sort(y)
    below, upto = np.searchsorted(y, x, side="left"), np.searchsorted(y, x, side="right")
    return float(below.mean() / len(y)), float((upto - below).mean() / len(y))


def combinations(columns: Sequence[Coded], fixes: np.ndarray) -> list[Pair]:
    """Pairs of which only a closed set of combinations occurs, without those that another rule implies."""
    sizes = [len(column.counts) for column in columns]
    free = ~(fixes | fixes.T) & (np.array(sizes) <= MAX_CODES)
    pairs = [(i, j) for i, j in np.argwhere(free & free.T).tolist() if i < j]
    n = len(columns[0].codes) if columns else 0
    screen = spread(n, SCREEN_ROWS[1])
    found: list[Pair] = []
    for i, j in _affordable(pairs, n, lambda pair: sizes[pair[0]] * sizes[pair[1]]):
        (a, b), full = (columns[i], columns[j]), sizes[i] * sizes[j]
        sample = np.bincount(a.codes[screen] * np.int32(sizes[j]) + b.codes[screen], minlength=full)
        if np.count_nonzero(sample) > MAX_FILLED * full:
            continue
        seen = np.bincount(a.codes * np.int32(sizes[j]) + b.codes, minlength=full)
        if _is_closed(seen, np.outer(a.counts, b.counts).ravel() / n):
            found.append((i, j))
    found.sort()
    return [pair for pair in found if not _said(pair, found, fixes)]


def _is_closed(seen: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the combinations that never occurred are forbidden, and not merely rare.

    Two tests. Chance would have shown the missing ones: those expected at least 5 times if the columns were
    unrelated add up to `EVIDENCE` rows or more. And the set has no tail: by Good and Turing the share of new
    rows with a new combination is the share of rows whose combination was seen once, and here none was seen
    fewer than `RARE` times.
    """
    occurred = seen > 0
    if occurred.mean() > MAX_FILLED or seen[occurred].min() < RARE:
        return False
    missing = expected[~occurred]
    return bool(missing[missing >= 5].sum() >= EVIDENCE)


def _said(pair: Pair, found: Sequence[Pair], fixes: np.ndarray) -> bool:
    """Whether another pair of columns, which fix these, implies it; of equals, the first stays."""

    def covers(one: Pair, other: Pair) -> bool:
        return all(u == v or bool(fixes[u, v]) for u, v in zip(one, other, strict=True))

    return any(
        covers(turned, pair) and (other < pair or not covers(pair, turned))
        for other in found
        if other != pair
        for turned in (other, (other[1], other[0]))
    )


def spread(n: int, size: int) -> np.ndarray:
    """``size`` different rows of n, spread by the golden ratio; all of them when there are no more."""
    if size >= n:
        return np.arange(n)
    step = int(n * 0.6180339887498949) | 1
    while gcd(step, n) != 1:
        step += 2
    return np.sort(np.arange(size, dtype=np.int64) * step % n)


def _affordable(pairs: Sequence[Pair], n: int, cost: Callable[[Pair], int]) -> list[Pair]:
    """The cheapest pairs within the budgets; of equal cost, the first in the table."""
    return sorted(pairs, key=lambda pair: (cost(pair), pair))[: min(MAX_PAIRS, MAX_CELLS // max(n, 1))]


def _apart(pair: Pair) -> int:
    """How far apart two columns stand: those that belong together are often neighbours."""
    return abs(pair[0] - pair[1])
