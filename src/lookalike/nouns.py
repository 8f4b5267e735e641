"""What the verbs take and return: a `Table`, and a `TableModel`, which draws rows by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from lookalike.errors import UsageError
from lookalike.models import file
from lookalike.models.base import BLOCK_ROWS, Json, SampleSpec
from lookalike.models.condition_syntax import Conditions, Shares, conditions
from lookalike.models.condition_syntax import shares as parts_of
from lookalike.models.stream import Sample
from lookalike.schema import Schema
from lookalike.tables.atomic import write_bytes
from lookalike.tables.schema_file import schema_text

MAX_SEED = 2**63 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A typed table: ``arrow`` of shape (n_rows, n_columns), the ``schema`` it follows, and what was noticed.

    notes: one sentence each on what was repaired or guessed while reading. source: what messages call it.
    """

    arrow: pa.Table
    schema: Schema
    notes: tuple[str, ...] = ()
    source: str = "<table>"

    def __len__(self) -> int:
        return self.arrow.num_rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.arrow.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        shown = ", ".join(f"{column.name}: {column.kind}" for column in list(self.schema)[:6])
        more = f", and {len(self.schema) - 6} more" if len(self.schema) > 6 else ""
        return f"<Table {self.source}: {len(self):,} rows, {len(self.schema)} columns ({shown}{more})>"

    def save_schema(self, path: str | os.PathLike[str]) -> Path:
        """The path of a YAML file with the schema and a comment beside each guess."""
        write_bytes(os.fspath(path), schema_text(self.schema, self.arrow).encode())
        return Path(path)


@dataclass(frozen=True, slots=True, eq=False)
class TableModel:
    """What `fit` and `load` return: a fitted model, immutable, that samples any number of rows."""

    stored: file.Stored

    @property
    def name(self) -> str:
        """``trees``, ``independent``, or what another package calls its model."""
        return self.stored.fitted.name

    @property
    def schema(self) -> Schema:
        return self.stored.fitted.schema

    @property
    def hash(self) -> str:
        """Hex SHA-256 over what determines the rows; the same fit gives the same hash."""
        return self.stored.hash

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out of the model and may surprise in its rows, one sentence each."""
        return self._said("notes")

    @property
    def order(self) -> tuple[str, ...]:
        """The columns in the order in which they are drawn, each given those before; empty where none is."""
        return self._said("order")

    @property
    def rules(self) -> tuple[str, ...]:
        """What held in every row and holds in every row that is drawn, in words."""
        return self._said("rules")

    def _said(self, what: str) -> tuple[str, ...]:
        """What the model says of itself, where its kind says anything of that."""
        own: Any = getattr(self.stored.fitted, what, None)
        said: Any = own() if callable(own) else ()
        return tuple(str(one) for one in said)

    def __repr__(self) -> str:
        rows = self.stored.provenance.get("rows")
        fitted = f", fitted on {rows:,} rows" if isinstance(rows, int) else ""
        return f"<TableModel {self.name} {self.hash[:12]}: {len(self.schema)} columns{fitted}>"

    def sample(
        self,
        rows: int,
        *,
        seed: int = 0,
        start: int = 0,
        where: Conditions | None = None,
        shares: Shares | None = None,
        balance: str | None = None,
        rows_per_chunk: int | None = None,
        workers: int | None = None,
    ) -> Sample:
        """Rows ``start`` … ``start + rows - 1`` of the endless table that model, seed and conditions define.

        A lazy stream that can be walked again: nothing is drawn until it is written or converted. ``where``
        holds for every row, each of ``shares`` for its part of the rows, ``balance`` names a column whose
        values are to come equally often. Chunks and workers change no row. Raises `UsageError` for the call,
        `Unsatisfiable` for a condition that cannot be met, `BadInput` for more rows than there are ids.
        """
        spec = self.spec(seed=seed, where=where, shares=shares, balance=balance)
        return self.sample_spec(spec, rows, start=start, rows_per_chunk=rows_per_chunk, workers=workers)

    def sample_spec(
        self,
        spec: SampleSpec,
        rows: int,
        *,
        start: int = 0,
        rows_per_chunk: int | None = None,
        workers: int | None = None,
    ) -> Sample:
        """`sample` with its conditions ready made, as a manifest keeps them."""
        sampler = self.stored.fitted.prepare(spec)
        plan: Any = getattr(sampler, "plan", None)
        if callable(plan):
            plan(start + rows)
        return Sample(
            sampler=sampler,
            schema=self.stored.fitted.schema.drawn(),
            rows=rows,
            start=start,
            spec=spec,
            model_sha256=self.hash,
            rows_per_chunk=BLOCK_ROWS if rows_per_chunk is None else rows_per_chunk,
            workers=workers,
        )

    def spec(
        self,
        *,
        seed: int = 0,
        where: Conditions | None = None,
        shares: Shares | None = None,
        balance: str | None = None,
    ) -> SampleSpec:
        """Everything beside the model that row i depends on, checked against the schema."""
        check_seed(seed)
        if balance is not None:
            self.schema[balance]
        return SampleSpec(
            seed=seed,
            where=conditions(where, self.schema),
            shares=parts_of(shares, self.schema),
            balance=balance,
        )

    def save(self, path: str | os.PathLike[str]) -> Path:
        """The path of the model file (``.lal``) that was written: no code and no rows in it."""
        file.save(self.stored, path)
        return Path(path)

    def to_bytes(self) -> bytes:
        """What `save` would write, for stores that are no folders; `loads` takes it."""
        return file.dumps(self.stored)

    def info(self) -> dict[str, Json]:
        """What the model is and what of the data is inside, as plain values."""
        return {
            "model": self.name,
            "hash": self.hash,
            "columns": len(self.schema),
            "target": self.schema.target,
            "provenance": dict(self.stored.provenance),
            "contains": file.contents(self.stored.fitted),
        }


def check_seed(seed: int) -> None:
    """`UsageError` for a seed that none of the streams of random numbers takes."""
    if not 0 <= seed <= MAX_SEED:
        raise UsageError(f"The seed {seed} is not between 0 and {MAX_SEED:,}.")
