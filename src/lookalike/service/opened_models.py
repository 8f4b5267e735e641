"""The models that were asked for last, opened: for previews and for saying what is wrong with a condition."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import pyarrow as pa

from lookalike import verbs
from lookalike.jobs.model import Job
from lookalike.models.stream import Sample
from lookalike.sandbox.column_facts import facts_of
from lookalike.sandbox.parser import preview
from lookalike.stores.opened import Stores

_REMEMBERED = 2
_DRAWN_ROWS = 10_000
_VALUES = 100


class OpenedModels:
    """Safe from many threads; a model whose key is gone is forgotten when it is asked for next."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._models: OrderedDict[str, verbs.TableModel] = OrderedDict()
        self._columns: dict[str, list[dict[str, Any]]] = {}

    def of(self, fitted: Job) -> verbs.TableModel:
        """The model that a completed fit job made; `NotFound` once its key is destroyed."""
        assert fitted.result is not None  # noqa: S101  (it is completed)
        key = fitted.result["blobs"]["model"]
        with self._lock:
            if not self._stores.keys.exists(fitted.output):
                self._models.pop(key, None)
                self._columns.pop(key, None)
            if key not in self._models:
                data = b"".join(self._stores.sealed(fitted.output).read(key))
                self._models[key] = verbs.loads(data, fitted.output)
                while len(self._models) > _REMEMBERED:
                    gone, _ = self._models.popitem(last=False)
                    self._columns.pop(gone, None)
            self._models.move_to_end(key)
            return self._models[key]

    def sample(self, fitted: Job, rows: int, seed: int, asked: dict[str, Any]) -> Sample:
        """Rows under what was ``asked``: where, shares, balance. Raises as `TableModel.sample`."""
        return self.of(fitted).sample(rows, seed=seed, workers=1, **asked)

    def columns(self, fitted: Job) -> list[dict[str, Any]]:
        """What there is in each column of the rows that the model draws, as `column_facts.facts_of`."""
        model = self.of(fitted)
        assert fitted.result is not None  # noqa: S101
        key = fitted.result["blobs"]["model"]
        if (known := self._columns.get(key)) is None:
            sample = model.sample(_DRAWN_ROWS, workers=1)
            known = facts_of(_table(sample), sample.schema, top=_VALUES)
            with self._lock:
                if key in self._models:
                    self._columns[key] = known
        return known


def shown(sample: Sample) -> dict[str, Any]:
    """The rows as texts, with the columns' names and kinds."""
    columns = [{"name": column.name, "kind": column.kind} for column in sample.schema]
    return {"columns": columns, "rows": preview(_table(sample), sample.schema)}


def _table(sample: Sample) -> pa.Table:
    return pa.Table.from_batches(list(sample.batches()))
