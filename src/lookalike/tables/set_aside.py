"""The tenth of a table that is set aside before anything is learned from it, by a seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookalike import randomness
from lookalike.errors import UsageError
from lookalike.tables.cells import one, pc

PARTS = 10
"""One row in so many is set aside."""

_STEPS = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1))


def set_aside(table: pa.Table, seed: int) -> tuple[pa.Table, pa.Table]:
    """(the rest, the tenth that was set aside), both in the table's order; `UsageError` below 20 rows.

    Which rows: those with the least numbers of the stream ``holdout`` of ``seed``, one number a row. So the
    same seed and number of rows set the same rows aside, anywhere. Neither part remembers the other's
    categories.
    """
    rows = table.num_rows
    if rows < 2 * PARTS:
        raise UsageError(
            f"A tenth of {rows} rows is too little to be set aside.",
            hint="Use --holdout none, or give more rows.",
        )
    aside = np.zeros(rows, np.bool_)
    aside[np.argpartition(_numbers(rows, seed), rows // PARTS)[: rows // PARTS]] = True
    return _part(table, ~aside), _part(table, aside)


def _numbers(rows: int, seed: int) -> npt.NDArray[np.uint64]:
    """`randomness.draw` of 0 … rows − 1: distinct, since it is a bijection of distinct counters."""
    stream = np.uint64(randomness.key(seed, "holdout"))
    with np.errstate(over="ignore"):
        z = stream + np.arange(rows, dtype=np.uint64) * np.uint64(randomness.GOLDEN)
        for shift, factor in _STEPS:
            z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    return z


def _part(table: pa.Table, rows: npt.NDArray[np.bool_]) -> pa.Table:
    """The rows, each category column with the categories that occur in them and no others."""
    kept = table.filter(pa.array(rows))
    columns: list[Any] = []
    for column in kept.columns:
        values = one(column)
        if pa.types.is_dictionary(values.type):
            plain = values.dictionary_decode().dictionary_encode()
            values = pc.cast(plain, values.type)
        columns.append(values)
    return pa.Table.from_arrays(columns, names=table.column_names)
