# ruff: noqa: N803, N806  (X, as the kernels have it)
from __future__ import annotations

import numpy as np
import pytest

from lookalike import randomness
from lookalike.models.drawing import _soles
from lookalike.models.growing import Growth, Target, Tree, grow_all
from lookalike.models.kernels import draw_kernels
from lookalike.watch import Unwatched

GROWTH = Growth(lam_labels=0.5, lam_numbers=0.5, g=1.0, alpha=2.0, min_leaf=2, k=2)
N_CODES = np.array([2, 7, 150, 300])
NOMINAL = np.array([True, True, True, False])
STREAM = randomness.key(5, "column", 0)


def codes_of(rows: int, seed: int) -> np.ndarray:
    """Four columns, each of which depends on the ones before: uint16 (4, rows)."""
    random = np.random.default_rng(seed)
    first = random.integers(0, 2, rows)
    second = (first * 3 + random.integers(0, 4, rows)) % 7
    third = (second * 20 + random.integers(0, 40, rows)) % 150
    fourth = np.minimum(third + second * 10 + random.integers(0, 60, rows), 299)
    return np.array([first, second, third, fourth], np.uint16)


def trees() -> list[Tree]:
    """Three steps of trees for a target of 40 codes, with one root, several roots, and roots of one code."""
    X = codes_of(6_000, 0)
    target = ((X[3].astype(int) // 10) + X[0] * 9) % 40
    target[X[1] == 2] = 39
    levels = (np.arange(40) // 8, np.arange(40) // 3, np.arange(40))
    usable = np.ones(6_000, bool)
    wanted = Target(target.astype(np.uint16), usable, levels, 4, nominal=False)
    return grow_all(X, NOMINAL, N_CODES, [wanted], GROWTH, threads=1, watch=Unwatched())[0]


TREES = trees()


def roots_of(tree: Tree) -> int:
    return int((tree.nodes[:, 5] < 0).sum())


def some_roots(tree: Tree, rows: int) -> np.ndarray:
    """A root for each of some rows, of those that hold training rows: uint16 (rows,)."""
    held = np.flatnonzero(tree.nodes[: roots_of(tree), 3] < tree.nodes[: roots_of(tree), 4])
    return np.random.default_rng(2).choice(held, rows).astype(np.uint16)


def leaf_of(X: np.ndarray, row: int, root: int, tree: Tree) -> int:
    node = root
    while tree.nodes[node, 0] >= 0:
        feature, threshold, left = (int(v) for v in tree.nodes[node, :3])
        code = int(X[feature, row])
        if threshold >= 0:
            goes_left = code <= threshold
        else:
            goes_left = bool(int(tree.words[-1 - threshold + code // 64]) >> (code % 64) & 1)
        node = left if goes_left else left + 1
    return node


def drawn(X: np.ndarray, row: int, root: int, tree: Tree, counter: int, unit: int) -> tuple[int, int]:
    """The code that `walk` draws for one row, and what is left of its unit, in Python's own integers."""
    node = leaf_of(X, row, root, tree)
    bits = randomness.draw(STREAM, counter)
    while tree.nodes[node, 5] >= 0 and bits >> 40 >= int(tree.stay[node]):
        node, bits = int(tree.nodes[node, 5]), randomness.mix(bits)
    low, high = (int(v) for v in tree.nodes[node, 3:5])
    mask = (1 << 40) - 1
    place = unit * (high - low) + ((bits & mask) * (high - low) >> 40)
    return int(tree.pool[low + (place >> 40)]), place & mask


@pytest.mark.parametrize("rows", [2, 23, 24, 25, 400, 3_000])
@pytest.mark.parametrize("step", range(3))
def test_rows_that_walk_together_draw_what_each_would_draw_alone(rows: int, step: int) -> None:
    tree = TREES[step]
    X = codes_of(rows, 1)
    root = some_roots(tree, rows)
    counters = np.arange(10**12, 10**12 + rows, dtype=np.uint64)
    out = np.empty(rows, np.uint16)
    stream, soles = np.uint64(STREAM), _soles(tree)
    units = np.random.default_rng(4).integers(0, 1 << 40, rows, dtype=np.uint64)
    units[:2] = 0, (1 << 40) - 1
    given = units.tolist()
    fixed = (X, root, tree.nodes, tree.words, tree.pool, tree.stay, soles, stream, counters)
    draw_kernels().walk(*fixed, units, out)
    for r in range(rows):
        code, left = drawn(X, r, int(root[r]), tree, int(counters[r]), given[r])
        assert out[r] == code
        assert units[r] == (given[r] if soles[root[r]] >= 0 else left)


def test_the_samples_of_every_leaf_are_in_order_so_that_a_greater_unit_draws_a_greater_code() -> None:
    for tree in TREES:
        for low, high in tree.nodes[tree.nodes[:, 0] < 0, 3:5]:
            assert (np.diff(tree.pool[low:high].astype(int)) >= 0).all()


def test_the_trees_of_these_tests_have_every_kind_of_node() -> None:
    assert [roots_of(tree) for tree in TREES] == [1, 5, 14]
    split = TREES[0].nodes[TREES[0].nodes[:, 0] >= 0]
    assert sum(len(tree.nodes) for tree in TREES) > 100
    assert set(split[:, 1] >= 0) == {True, False}
    assert set(_soles(TREES[2]) >= 0) == {True, False}


def test_a_root_counts_as_having_a_sole_code_only_when_all_its_rows_have_it() -> None:
    nodes = np.array([[-1, 0, 0, 0, 3, -1], [-1, 0, 0, 3, 5, -1], [-1, 0, 0, 5, 5, -1]], np.int32)
    pool = np.array([4, 4, 4, 4, 5], np.uint16)
    tree = Tree(nodes, np.zeros(1, np.uint64), pool, np.zeros(3, np.uint32))
    assert _soles(tree).tolist() == [4, -1, -1]


@pytest.mark.parametrize("step", range(3))
def test_with_every_code_wanted_the_mass_of_a_row_stays_one(step: int) -> None:
    tree, rows = TREES[step], 500
    X = codes_of(rows, 3)
    root = some_roots(tree, rows)
    sums = np.concatenate([np.zeros(1), np.cumsum(np.ones(len(tree.pool)))])
    mass, out = np.ones(rows), np.zeros(rows, np.uint16)
    nowhere = np.full(roots_of(tree), -1, np.int32)
    counters = np.arange(rows, dtype=np.uint64)
    fixed = (X, root, tree.nodes, tree.words, tree.pool, tree.stay, sums, nowhere)
    draw_kernels().walk_weighted(*fixed, np.uint64(STREAM), counters, mass, out)
    assert np.allclose(mass, 1.0)
    for row in range(rows):
        below = tree.pool[slice(*tree.nodes[root[row], 3:5])]
        assert out[row] in below


def test_with_one_code_wanted_only_that_is_drawn_and_the_mass_is_its_share() -> None:
    tree, rows = TREES[0], 2_000
    X, root = codes_of(rows, 5), np.zeros(rows, np.uint16)
    wanted = int(tree.pool[17])
    sums = np.concatenate([np.zeros(1), np.cumsum(tree.pool == wanted)])
    mass, out = np.ones(rows), np.full(rows, 999, np.uint16)
    fixed = (X, root, tree.nodes, tree.words, tree.pool, tree.stay, sums, np.full(1, -1, np.int32))
    draw_kernels().walk_weighted(*fixed, np.uint64(STREAM), np.arange(rows, dtype=np.uint64), mass, out)
    assert set(out.tolist()) == {wanted}
    assert mass.min() > 0
    assert abs(mass.mean() - (tree.pool == wanted).mean()) < 0.05
