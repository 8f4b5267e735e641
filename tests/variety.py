"""Tables for the tests of models: one with a column of every kind, and the shapes that break things."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pyarrow as pa

ROWS = 2_000
EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


def every_kind(rows: int = ROWS) -> pa.Table:
    """(rows, 15): ids, e-mails, numbers on a grid and off it, labels, dates, spans, a constant, nothing."""
    dice = np.random.default_rng(1)
    age = dice.integers(17, 90, rows)
    older = age + dice.normal(size=rows) * 10 > 50
    return pa.table(
        {
            "id": [f"C-{number:07d}" for number in dice.permutation(90_000)[:rows]],
            "email": [f"u{number}@mail{number % 7}.org" for number in range(rows)],
            "age": with_gaps(age, dice.random(rows) < 0.1),
            "ratio": dice.random(rows).round(3),
            "real": dice.normal(size=rows),
            "city": with_gaps(dice.choice(["Ulm", "Bonn", "Kiel", "Rom"], rows), dice.random(rows) < 0.05),
            "rare": [f"only {number}" if number < 3 else "common" for number in range(rows)],
            "flag": age > 40,
            "agreed": dice.choice(["yes", "no"], rows),
            "born": [dt.date(2000, 1, 1) + dt.timedelta(days=int(d)) for d in dice.integers(0, 3_000, rows)],
            "seen": [EPOCH + dt.timedelta(minutes=int(m)) for m in dice.integers(0, 300_000, rows)],
            "span": [dt.timedelta(seconds=int(s)) for s in dice.integers(0, 3_000, rows)],
            "one": ["k"] * rows,
            "nothing": pa.nulls(rows),
            "income": np.where(older, ">50K", "<=50K"),
        }
    )


def with_gaps(values: np.ndarray, missing: np.ndarray) -> pa.Array:
    """``values`` without those where ``missing`` (bool, the same length) is true."""
    return pa.array(values, mask=missing)


def thousand_columns() -> pa.Table:
    """(200, 1000): labels and numbers in turn."""
    dice = np.random.default_rng(2)
    return pa.table(
        {
            f"c{j}": dice.choice(["a", "b", "c"], 200) if j % 2 else dice.integers(0, 50, 200)
            for j in range(1_000)
        }
    )


SHAPES: dict[str, Callable[[], pa.Table]] = {
    "one row": lambda: every_kind(1),
    "two rows": lambda: every_kind(2).drop_columns("rare"),  # two ids with one digit have few to come
    "fewer rows than a label needs": lambda: every_kind(4).drop_columns("rare"),
    "one column of labels": lambda: every_kind().select(["city"]),
    "one column of numbers": lambda: every_kind().select(["real"]),
    "one column of ids": lambda: every_kind().select(["id"]),
    "a thousand columns": thousand_columns,
    "constants": lambda: pa.table({"text": ["k"] * 50, "number": [7] * 50, "flag": [True] * 50}),
    "all null": lambda: pa.table(
        {"a": pa.nulls(50), "b": pa.nulls(50, "int64"), "c": pa.nulls(50, "string")}
    ),
    "one row fifty times": lambda: every_kind(1).take([0] * 50),
    "a value in one row of fifty": lambda: pa.table({"a": [None] * 49 + [1.5], "b": ["x"] + [None] * 49}),
    "extreme numbers": lambda: pa.table(
        {
            "wide": pa.array([-(2**63), 2**63 - 1, 0, 1] * 50),
            "unsigned": pa.array([0, 2**64 - 1, 5, 2**63] * 50, "uint64"),
            "tiny": [5e-324, -5e-324, 0.0, -0.0] * 50,
            "huge": [1.7e308, -1.7e308, 1e300, 0.0] * 50,
            "small": pa.array([-128, 127, 0, 1] * 50, "int8"),
            "wei": pa.array(
                [Decimal(10) ** 30, Decimal("1.5"), Decimal(0), Decimal(-7)] * 50, pa.decimal256(60, 18)
            ),
        }
    ),
    "names that are hard to spell": lambda: pa.table(
        {"": ["a", "b"] * 50, "a\nb": [1, 2] * 50, 'c"=..,': [3, 4] * 50, "\x1f": ["x", "y"] * 50}
    ),
}
