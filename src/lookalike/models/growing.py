"""Fitting: the training rows of one column, as codes, become trees; one for each step of drawing it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass

import numpy as np

from lookalike.models.kernels import tree_kernels
from lookalike.watch import Watch, check

_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Growth:
    """How trees grow. A split must gain more than ``g + lam * (K - 1) / 2`` nats, K the number of target
    codes in the node; sampling leaves a leaf of n rows for its parent with chance ``alpha / (n + alpha)``.

    lam_labels, lam_numbers: ``lam`` for columns of labels, and for numbers and times (drawn in steps).
    k: labels, atoms and extremes rest on at least so many rows.
    """

    lam_labels: float
    lam_numbers: float
    g: float
    alpha: float
    min_leaf: int
    k: int


@dataclass(frozen=True, slots=True)
class Tree:
    """One step of one column. Layouts stand in `lookalike.models._tree_kernels`.

    stay: uint32 (n_nodes,), the chance to draw from a node once there, in units of 2**-24.
    """

    nodes: np.ndarray
    words: np.ndarray
    pool: np.ndarray
    stay: np.ndarray


def stay_of(nodes: np.ndarray, alpha: float) -> np.ndarray:
    """n / (n + α) of every node as a 24-bit integer; a root's is never asked for."""
    size = (nodes[:, 4] - nodes[:, 3]).astype(np.float64)
    total = size + alpha
    share = np.divide(size, total, out=np.zeros_like(size), where=total > 0)
    return np.minimum(share * (1 << 24), 1 << 24).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Target:
    """A column to grow trees for. predictors: the rows of X (the first ones) it may look at.

    levels: code → group for each step. usable: bool (n_rows,), the rows to learn from. nominal: labels.
    """

    codes: np.ndarray
    usable: np.ndarray
    levels: tuple[np.ndarray, ...]
    predictors: int
    nominal: bool


def grow_all(
    X: np.ndarray,
    nominal: np.ndarray,
    n_codes: np.ndarray,
    targets: Sequence[Target],
    growth: Growth,
    *,
    threads: int,
    watch: Watch,
) -> list[list[Tree]]:
    """The trees of each target, in order; the same on any number of threads. `Cancelled` within 0.2 s."""
    stop = np.zeros(1, np.uint8)
    done = threading.Semaphore(0)

    def work(target: Target) -> list[Tree]:
        try:
            return [] if stop[0] else _grow(X, nominal, n_codes, target, growth, stop)
        finally:
            done.release()

    kernels = tree_kernels()
    assert kernels is not None  # noqa: S101  (imported, and compiled, in this thread)
    # the widest first, so that the last to finish is not the longest
    order = sorted(range(len(targets)), key=lambda j: -targets[j].predictors * len(targets[j].levels))
    with ThreadPoolExecutor(threads, thread_name_prefix="lookalike-fit") as pool:
        futures = {j: pool.submit(work, targets[j]) for j in order}
        try:
            finished = 0
            while finished < len(targets):
                finished = len(wait(futures.values(), timeout=_POLL_S).done)
                watch.progress(finished, len(targets))
                check(watch)
        except BaseException:
            stop[0] = 1
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [futures[j].result() for j in range(len(targets))]


def _grow(
    X: np.ndarray, nominal: np.ndarray, n_codes: np.ndarray, target: Target, growth: Growth, stop: np.ndarray
) -> list[Tree]:
    kernels = tree_kernels()
    p = target.predictors
    rows = np.flatnonzero(target.usable).astype(np.int32)
    codes = target.codes[rows]
    outer = np.zeros(len(target.levels[-1]), np.int64)
    trees: list[Tree] = []
    for level in target.levels:
        of_root, y_of_row = outer[codes], level[target.codes].astype(np.int32)
        n_roots, n_groups = int(outer.max(initial=0)) + 1, int(level.max(initial=0)) + 1
        perm = rows[np.argsort(of_root, kind="stable")]
        high = np.cumsum(np.bincount(of_root, minlength=n_roots)).astype(np.int32)
        low = np.concatenate([np.zeros(1, np.int32), high[:-1]])
        nodes, words = kernels.grow(
            X[:p],
            nominal[:p],
            n_codes[:p],
            y_of_row,
            n_groups,
            perm,
            low,
            high,
            growth.g,
            growth.lam_labels if target.nominal else growth.lam_numbers,
            growth.min_leaf,
            stop,
        )
        pool = _in_order(y_of_row[perm].astype(np.uint16), nodes)
        trees.append(Tree(nodes, words, pool, stay_of(nodes, growth.alpha)))
        outer = level
    return trees


def _in_order(pool: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """``pool`` with the codes of each leaf ascending: neither the rows nor their order show."""
    begins = np.sort(nodes[nodes[:, 0] < 0, 3])
    leaf = np.searchsorted(begins, np.arange(len(pool)), side="right")
    return pool[np.lexsort((pool, leaf))]
