"""The Protocols every model is written to, and the description of what to sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
import pyarrow as pa

from lookalike.schema import Schema
from lookalike.tables.blocks import BLOCK_ROWS as BLOCK_ROWS
from lookalike.watch import Watch

Json = Any


@dataclass(frozen=True, slots=True)
class Condition:
    """Column ``column`` is one of ``values``, or lies in ``low`` … ``high`` (both ends included; None: open).

    Values and bounds are spelled as in the column's text form; a missing value is ``None`` in ``values``.
    """

    column: str
    values: tuple[str | None, ...] = ()
    low: str | None = None
    high: str | None = None

    def __str__(self) -> str:
        if self.values:
            return f"{self.column}={','.join('' if v is None else v for v in self.values)}"
        return f"{self.column}={self.low or ''}..{self.high or ''}"


@dataclass(frozen=True, slots=True)
class Share:
    """The part ``share`` (0 to 1) of the rows of every block meets ``condition``."""

    condition: Condition
    share: float


@dataclass(frozen=True, slots=True)
class SampleSpec:
    """Everything beside the model that row i depends on."""

    seed: int = 0
    where: tuple[Condition, ...] = ()
    shares: tuple[Share, ...] = ()
    balance: str | None = None

    def to_dict(self) -> dict[str, Json]:
        def condition(c: Condition) -> dict[str, Json]:
            if c.values:
                return {"column": c.column, "values": list(c.values)}
            return {"column": c.column, "low": c.low, "high": c.high}

        return {
            "seed": self.seed,
            "where": [condition(c) for c in self.where],
            "shares": [{"condition": condition(s.condition), "share": s.share} for s in self.shares],
            "balance": self.balance,
        }

    @classmethod
    def of_dict(cls, data: Mapping[str, Json]) -> Self:
        def condition(c: Mapping[str, Json]) -> Condition:
            return Condition(c["column"], tuple(c.get("values", ())), c.get("low"), c.get("high"))

        return cls(
            seed=data["seed"],
            where=tuple(condition(c) for c in data["where"]),
            shares=tuple(Share(condition(s["condition"]), s["share"]) for s in data["shares"]),
            balance=data["balance"],
        )


@runtime_checkable
class Sampler(Protocol):
    """Thread-safe and pure: rows ``start`` … ``stop - 1``, whoever asks and in whatever order.

    One whose blocks may take longer than 0.2 s says with ``rows_at_once`` how many rows to ask for in a call.

    A sampler that cannot draw any number of rows has a method ``plan(rows: int) -> None`` as well, which
    raises `BadInput` when the rows 0 … ``rows - 1`` are too many; it is called before anything is drawn.
    """

    def rows(self, start: int, stop: int) -> pa.RecordBatch: ...


@runtime_checkable
class FittedModel(Protocol):
    """What `fit` returns. Immutable; no unfitted state exists."""

    name: ClassVar[str]
    schema: Schema

    def prepare(self, spec: SampleSpec) -> Sampler:
        """A sampler for ``spec``; `Unsatisfiable` when a condition cannot be met."""
        ...

    def arrays(self) -> tuple[Json, Mapping[str, np.ndarray]]:
        """What determines the rows: a JSON object and named arrays. `lookalike.models.file` zips them."""
        ...

    @classmethod
    def of_arrays(cls, meta: Json, arrays: Mapping[str, np.ndarray]) -> Self:
        """The inverse of `arrays`; `BadModelFile` when they do not fit together."""
        ...


@runtime_checkable
class Model(Protocol):
    """A way to learn a table. The constructor only stores its settings."""

    name: ClassVar[str]

    def fit(self, table: pa.Table, schema: Schema, *, seed: int, watch: Watch) -> FittedModel: ...
