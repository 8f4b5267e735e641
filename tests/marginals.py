"""A small, real model for the tests of what stands around models: each column drawn by its own counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa

from lookalike import randomness
from lookalike.errors import BadModelFile
from lookalike.models.base import SampleSpec
from lookalike.schema import Schema
from lookalike.tables.arrow_types import type_of
from lookalike.watch import Watch, check

PLACES = ("marginals:Marginals", "marginals:FittedMarginals")


class Marginals:
    name: ClassVar[str] = "marginals"

    def __init__(self, *, privacy: str = "standard", threads: int | None = None) -> None:
        self.privacy = privacy
        self.threads = threads

    def fit(self, table: pa.Table, schema: Schema, *, seed: int, watch: Watch) -> FittedMarginals:
        labels: dict[str, list[str | None]] = {}
        counts: dict[str, np.ndarray] = {}
        for number, column in enumerate(schema):
            check(watch)
            pairs = sorted(
                (
                    (d["values"], d["counts"])
                    for d in table[column.name].cast("string").value_counts().to_pylist()
                ),
                key=lambda pair: (pair[0] is None, pair[0]),
            )
            labels[column.name] = [label for label, _ in pairs]
            counts[f"c{number}"] = np.array([count for _, count in pairs], "i8")
            watch.progress(number + 1, len(schema))
        meta = {
            "schema": schema.to_dict(),
            "labels": labels,
            "seed": seed,
            "settings": {"privacy": self.privacy},
        }
        return FittedMarginals(meta, counts)


class Deaf(Marginals):
    """Never looks at its watch, as a long call into another library does not."""

    name: ClassVar[str] = "deaf"

    def fit(self, table: pa.Table, schema: Schema, *, seed: int, watch: Watch) -> FittedMarginals:
        watch.progress(1, 2)
        while True:
            np.sort(np.arange(10_000_000)[::-1])


class FittedMarginals:
    name: ClassVar[str] = "marginals"

    def __init__(self, meta: dict[str, Any], counts: Mapping[str, np.ndarray]) -> None:
        self.schema = Schema.of_dict(meta["schema"])
        self._meta = meta
        self._counts = dict(counts)
        for number, column in enumerate(self.schema):
            _check(meta["labels"][column.name], counts[f"c{number}"], column.type)

    def prepare(self, spec: SampleSpec) -> MarginalsSampler:
        return MarginalsSampler(self, spec)

    def arrays(self) -> tuple[Any, Mapping[str, np.ndarray]]:
        return self._meta, self._counts

    @classmethod
    def of_arrays(cls, meta: Any, arrays: Mapping[str, np.ndarray]) -> Self:
        return cls(meta, arrays)


class MarginalsSampler:
    def __init__(self, fitted: FittedMarginals, spec: SampleSpec) -> None:
        self._fitted = fitted
        self._spec = spec

    def rows(self, start: int, stop: int) -> pa.RecordBatch:
        columns = []
        for number, column in enumerate(self._fitted.schema):
            ends = np.cumsum(self._fitted._counts[f"c{number}"])
            stream = randomness.key(self._spec.seed, column.name)
            draws = [randomness.below(randomness.draw(stream, i), int(ends[-1])) for i in range(start, stop)]
            labels = self._fitted._meta["labels"][column.name]
            text = [labels[k] for k in np.searchsorted(ends, draws, side="right")]
            columns.append(_typed(text, labels, type_of(column.type)))
        return pa.record_batch(columns, names=list(self._fitted.schema.names))


def _typed(text: list[str | None], labels: list[str | None], kind: pa.DataType) -> pa.Array:
    """A column of one type whose dictionary, if it has one, is the model's and not the batch's."""
    if not pa.types.is_dictionary(kind):
        return pa.array(text, "string").cast(kind)
    known = [label for label in labels if label is not None]
    codes = pa.array([None if label is None else known.index(label) for label in text], kind.index_type)
    return pa.DictionaryArray.from_arrays(codes, pa.array(known, kind.value_type))


def _check(labels: list[str | None], counts: np.ndarray, type_name: str) -> None:
    if counts.dtype != np.int64 or counts.shape != (len(labels),) or not len(labels):
        raise BadModelFile("A column does not have as many counts as labels.")
    if counts.min() < 1 or counts.max() > 2**40:
        raise BadModelFile("A count is out of range.")
    if not all(label is None or isinstance(label, str) for label in labels):
        raise BadModelFile("A label is not text.")
    try:
        _typed(labels, labels, type_of(type_name))
    except pa.ArrowException as error:
        raise BadModelFile("A label is not of its column's type.") from error
