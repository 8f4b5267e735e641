"""What inference passes between its steps: a sample of a column, and what was found out about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from lookalike.schema import Kind
from lookalike.tables.numbers import INFINITE, MISSING

SAMPLE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Sample:
    """Different cells of a column of text, from its head and from all over it.

    cells: those that are not spellings of a missing value. missing: such spellings among them.
    """

    cells: tuple[str, ...]
    missing: frozenset[str]

    @classmethod
    def of(cls, values: pa.Array) -> Sample:
        """A sample of an array of strings."""
        rows = len(values)
        if rows > SAMPLE_ROWS:
            half = SAMPLE_ROWS // 2
            spread = np.linspace(half, rows - 1, half).astype(np.int64)
            values = values.take(pa.array(np.concatenate([np.arange(half), spread])))
        different = dict.fromkeys(cell for cell in values.to_pylist() if cell is not None)
        cells = tuple(cell for cell in different if cell not in MISSING and cell not in INFINITE)
        return cls(cells, frozenset(different) - frozenset(cells))


@dataclass(frozen=True, slots=True)
class Finding:
    """A column understood.

    values: the typed column. fields: of `Column`, beside name, kind, type and nulls.
    exact: every cell would be written as it was. notes: sentences without the column's name.
    """

    kind: Kind
    values: pa.Array
    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    exact: bool = True
    notes: tuple[str, ...] = ()
