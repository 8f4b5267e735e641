"""The models that were asked for last, opened: for previews and for saying what is wrong with a condition."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from lookalike import verbs
from lookalike.jobs.model import Job
from lookalike.models.stream import Sample
from lookalike.sandbox.parser import preview
from lookalike.stores.opened import Stores

_REMEMBERED = 2


class OpenedModels:
    """Safe from many threads; a model whose key is gone is forgotten when it is asked for next."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lock = threading.Lock()
        self._models: OrderedDict[str, verbs.TableModel] = OrderedDict()

    def of(self, fitted: Job) -> verbs.TableModel:
        """The model that a completed fit job made; `NotFound` once its key is destroyed."""
        assert fitted.result is not None  # noqa: S101  (it is completed)
        key = fitted.result["blobs"]["model"]
        with self._lock:
            if not self._stores.keys.exists(fitted.output):
                self._models.pop(key, None)
            if key not in self._models:
                data = b"".join(self._stores.sealed(fitted.output).read(key))
                self._models[key] = verbs.loads(data, fitted.output)
                while len(self._models) > _REMEMBERED:
                    self._models.popitem(last=False)
            self._models.move_to_end(key)
            return self._models[key]

    def sample(self, fitted: Job, rows: int, seed: int, asked: dict[str, Any]) -> Sample:
        """Rows under what was ``asked``: where, shares, balance. Raises as `TableModel.sample`."""
        return self.of(fitted).sample(rows, seed=seed, workers=1, **asked)


def shown(sample: Sample) -> dict[str, Any]:
    """The rows as texts, with the columns' names and kinds."""
    import pyarrow as pa

    table = pa.Table.from_batches(list(sample.batches()))
    columns = [{"name": column.name, "kind": column.kind} for column in sample.schema]
    return {"columns": columns, "rows": preview(table, sample.schema)}
