from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import qmc

from lookalike import randomness
from lookalike.models.kernels import draw_kernels
from lookalike.models.spread import DIMENSIONS, byte_tables, direction_numbers

STREAM = randomness.key(3, "a column", "spread")
MASK32 = 0xFFFFFFFF


SHUFFLE = randomness.key(3, "spread")


def spread(dimension: int, counters: np.ndarray, stream: int = STREAM, shuffle: int = SHUFFLE) -> np.ndarray:
    indices, out = np.empty(len(counters), np.uint32), np.empty(len(counters), np.uint64)
    draw_kernels().shuffled(np.uint64(shuffle), counters, indices)
    draw_kernels().spread(byte_tables()[dimension], np.uint64(stream), indices, counters, out)
    return out


def scrambled(number: int, stream: int, counter: int) -> int:
    """A nested uniform scramble of 32 bits, in Python's own integers."""
    key = randomness.mix(stream + (counter >> 32) * randomness.GOLDEN) & MASK32
    x = int(f"{number:032b}"[::-1], 2)
    x ^= x * 0x3D20ADEA & MASK32
    x = (x + key) & MASK32
    x = x * ((key >> 16) | 1) & MASK32
    x ^= x * 0x05526C56 & MASK32
    x ^= x * 0x53A22864 & MASK32
    return int(f"{x:032b}"[::-1], 2)


def by_hand(dimension: int, counter: int) -> int:
    """What `spread` says of one counter, bit by bit."""
    index, number = scrambled(counter & MASK32, SHUFFLE, counter), 0
    for bit, direction in enumerate(direction_numbers()[dimension]):
        number ^= direction if index >> bit & 1 else 0
    return scrambled(number, STREAM, counter) << 8 | randomness.draw(STREAM, counter) >> 56


@pytest.mark.parametrize("dimension", [0, 1, 2, 31, 63])
def test_numbers_are_those_of_the_definition(dimension: int) -> None:
    counters = np.array(
        [0, 1, 2, 255, 256, 65_535, 2**24 + 3, 2**32 - 1, 2**40 + 7, (5 << 56) + 9], np.uint64
    )
    assert spread(dimension, counters).tolist() == [by_hand(dimension, int(c)) for c in counters]


def test_before_the_scramble_they_are_the_sequence_of_joe_and_kuo() -> None:
    points = qmc.Sobol(DIMENSIONS, scramble=False, bits=32).random(64)
    for dimension, numbers in enumerate(direction_numbers()):
        for i in (1, 2, 3, 17, 40, 63):
            gray = i ^ (i >> 1)  # scipy walks the sequence in Gray code's order
            value = 0
            for bit in range(32):
                value ^= numbers[bit] if gray >> bit & 1 else 0
            assert value / 2**32 == points[i, dimension]


@pytest.mark.parametrize("start", [0, 1 << 12, 77 << 12, 1 << 32])
@pytest.mark.parametrize("dimension", [0, 5, 40])
def test_every_aligned_run_falls_once_into_each_equal_part(start: int, dimension: int) -> None:
    units = spread(dimension, np.arange(start, start + 4096, dtype=np.uint64))
    assert sorted((units >> np.uint64(28)).tolist()) == list(range(4096))


def test_pairs_of_the_first_dimensions_fill_the_square_evenly() -> None:
    counters = np.arange(1 << 12, dtype=np.uint64)
    first, second = spread(0, counters), spread(1, counters, STREAM + 1)
    cells = (first >> np.uint64(34)) * np.uint64(64) + (second >> np.uint64(34))
    assert (np.bincount(cells.astype(int), minlength=4096) == 1).all()


def test_another_seed_gives_other_numbers_that_are_not_correlated() -> None:
    counters = np.arange(1 << 14, dtype=np.uint64)
    units = [
        spread(0, counters, randomness.key(seed, "c", "spread"), randomness.key(seed, "spread")).astype(float)
        for seed in range(12)
    ]
    assert np.abs(np.corrcoef(units)[np.triu_indices(12, 1)]).max() < 0.04


def test_candidates_of_the_same_rows_are_not_correlated() -> None:
    rows = np.arange(1 << 13, dtype=np.uint64)
    units = [spread(0, rows + np.uint64(c << 56)).astype(float) for c in range(16)]
    assert np.abs(np.corrcoef(units)[np.triu_indices(16, 1)]).max() < 0.06


def test_columns_are_not_correlated_in_any_pair_of_dimensions() -> None:
    counters = np.arange(1 << 13, dtype=np.uint64)
    units = [spread(d, counters, randomness.key(0, d, "spread")).astype(float) for d in range(DIMENSIONS)]
    correlations = np.corrcoef(units)[np.triu_indices(DIMENSIONS, 1)]
    assert np.abs(correlations).max() < 0.06
