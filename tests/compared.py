"""Real tables to compare: slices of the bundled ones, and what others might hand in as synthetic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

import lookalike as la
from lookalike.quality.frame import Frames, aligned
from lookalike.schema import Column, Schema

DATA = Path(__file__).parents[1] / "examples" / "data"
TABLES = ("adult", "shoppers", "magic", "default", "beijing")
KINDS = {"string": "categorical", "bool": "boolean", "timestamp[us]": "datetime", "null": "null"}


@cache
def bundled(name: str) -> tuple[Schema, pa.Table, pa.Table]:
    """(schema, train, test) of a bundled table, all rows."""
    train = la.read(DATA / name / "train.csv")
    return train.schema, train.arrow, la.read(DATA / name / "test.csv", schema=train.schema).arrow


def some(table: pa.Table, rows: int, seed: int = 0) -> pa.Table:
    """``rows`` random rows; all in another order when there are no more."""
    order = np.random.default_rng(seed).permutation(table.num_rows)[:rows]
    return table.take(pa.array(order)).combine_chunks()


def halves(table: pa.Table, seed: int = 0) -> tuple[pa.Table, pa.Table]:
    order = np.random.default_rng(seed).permutation(table.num_rows)
    first, second = np.array_split(order, 2)
    return table.take(pa.array(first)), table.take(pa.array(second))


def plus_copies(table: pa.Table, train: pa.Table, share: float = 0.02, seed: int = 0) -> pa.Table:
    """``table`` with this share of its rows replaced by rows of ``train``."""
    count = round(table.num_rows * share)
    return pa.concat_tables([table.slice(count), some(train, count, seed)]).combine_chunks()


def independent(table: pa.Table, seed: int = 0) -> pa.Table:
    """Each column shuffled by itself."""
    rng = np.random.default_rng(seed)
    return pa.table(
        {name: table[name].take(pa.array(rng.permutation(len(table)))) for name in table.column_names}
    )


def schema_of(table: pa.Table, **changes: Mapping[str, object]) -> Schema:
    """A plain schema by Arrow types; ``changes`` are fields of a column by its name."""
    columns: list[Column] = []
    for field in table.schema:
        fields: dict[str, object] = {"kind": KINDS.get(str(field.type), "numerical"), "type": str(field.type)}
        columns.append(Column(name=field.name, **{**fields, **changes.get(field.name, {})}))  # type: ignore[arg-type]
    return Schema(tuple(columns))


def frames_of(schema: Schema, **tables: pa.Table) -> Frames:
    """The columns that all tables share, side by side."""
    return aligned(tables, schema)[0]
