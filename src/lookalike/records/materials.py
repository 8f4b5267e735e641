"""What a spec only names, opened: seed rows and table models. Who opens them decides where they come from."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from lookalike import randomness
from lookalike.errors import BadSpec
from lookalike.models.base import FittedModel, Sampler, SampleSpec
from lookalike.models.condition_syntax import conditions
from lookalike.records.chat import canonical
from lookalike.records.spec import TableRow
from lookalike.schema import Schema
from lookalike.tables.arrow_types import is_number
from lookalike.tables.spell import spell

Json = Any
Row = Mapping[str, Json]
AT_ONCE = 512


class Model(Protocol):
    """A fitted model and its hash: `lookalike.models.file.Stored` is one."""

    @property
    def fitted(self) -> FittedModel: ...
    @property
    def hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Seeds:
    """Rows that records start from. A passage of a document has ``text`` and says where it stood."""

    rows: Sequence[Row]

    def hash(self) -> str:
        """Hex SHA-256 over the rows."""
        sha = hashlib.sha256()
        for row in self.rows:
            sha.update(canonical(dict(row)) + b"\n")
        return sha.hexdigest()

    def texts(self) -> list[str]:
        """Each row's texts, as one."""
        return ["\n".join(value for value in row.values() if isinstance(value, str)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Materials:
    """seeds, tables: by the names that the spec uses for them."""

    seeds: Mapping[str, Seeds] = field(default_factory=dict[str, Seeds])
    tables: Mapping[str, Model] = field(default_factory=dict[str, Model])

    def facts(self) -> list[str]:
        """The hashes of all, for a job's identity."""
        seeds = [f"{name} {seeds.hash()}" for name, seeds in sorted(self.seeds.items())]
        return [*seeds, *(f"{name} {model.hash}" for name, model in sorted(self.tables.items()))]


class TableRows:
    """Rows of a fitted model's endless table under the conditions of a column, by their numbers."""

    def __init__(self, column: TableRow, model: Model, seed: int) -> None:
        schema = model.fitted.schema.drawn()
        for name in column.columns:
            if name not in schema.names:
                raise BadSpec(f"The model {column.table!r} has no column {name!r}.", column=column.name)
        self._column = column
        self._model = model
        self._seed = seed
        self._names = column.columns or tuple(schema.names)
        self._schema = schema
        self._where = conditions(column.where, schema)
        self._samplers: dict[int, Sampler] = {}
        self._drawn: dict[tuple[int, int], list[dict[str, Json]]] = {}
        self._lock = threading.Lock()
        self._sampler(0)

    def row(self, number: int, again: int) -> dict[str, Json]:
        """Row ``number``; ``again`` > 0 is the same row of another of the model's endless tables."""
        block = number // AT_ONCE
        with self._lock:
            rows = self._drawn.get((again, block))
            if rows is None:
                batch = self._sampler(again).rows(block * AT_ONCE, (block + 1) * AT_ONCE)
                rows = plain_rows(batch, self._schema, self._names)
                if len(self._drawn) >= 8:
                    self._drawn.pop(next(iter(self._drawn)))
                self._drawn[again, block] = rows
        return rows[number % AT_ONCE]

    def _sampler(self, again: int) -> Sampler:
        if again not in self._samplers:
            seed = self._seed if not again else randomness.key(self._seed, "again", again) >> 1
            spec = SampleSpec(seed=seed, where=self._where)
            self._samplers[again] = self._model.fitted.prepare(spec)
        return self._samplers[again]


def plain_rows(batch: pa.RecordBatch, schema: Schema, names: Sequence[str]) -> list[dict[str, Json]]:
    """Rows as JSON has them: numbers and truths as such, all else in the column's own text form."""
    columns: list[list[Json]] = []
    for name in names:
        values = batch.column(batch.schema.get_field_index(name))
        if not (is_number(values.type) or pa.types.is_boolean(values.type)) or pa.types.is_decimal(
            values.type
        ):
            values = spell(values, schema[name]).cast(pa.string())
        columns.append(values.to_pylist())
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def seed_row(seeds: Seeds, order: str, stream: int, slot: int) -> int:
    """The number of the seed row that belongs to ``slot``."""
    count = len(seeds.rows)
    if order != "shuffled":
        return slot % count
    turn = slot // count
    return randomness.permute(randomness.key(stream, "pass", turn), slot % count, count)


def some_rows(seeds: Seeds, count: int, stream: int, not_this: int | None) -> list[int]:
    """The numbers of ``count`` different rows, fewer when there are fewer, and never ``not_this``."""
    rows = len(seeds.rows)
    picked: list[int] = []
    for place in range(rows):
        row = randomness.permute(stream, place, rows)
        if row != not_this:
            picked.append(row)
        if len(picked) == count:
            break
    return picked
