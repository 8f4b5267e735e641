"""Tables → items: a row each, its cells as JSON has them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from lookalike.records.documents.limits import Budget

_BATCH = 10_000


def rows(data: bytes, file: str, budget: Budget) -> Iterator[dict[str, Any]]:
    """The rows of a table in any format that `lookalike.tables` reads; `BadTable` says where it is wrong.

    Numbers and truth values stay what they are; whatever else is spelled as the file spelled it.
    """
    import pyarrow as pa

    from lookalike.tables.infer import infer_typed
    from lookalike.tables.limits import Limits
    from lookalike.tables.read import read_raw
    from lookalike.tables.spell import spell

    source: Any = io.BytesIO(data)
    source.name = file
    raw = read_raw(source, limits=Limits(max_bytes=budget.limits.max_bytes))
    budget.items(raw.table.num_rows)
    schema, table, _ = infer_typed(raw.table, textual=raw.textual)
    for start in range(0, table.num_rows, _BATCH):
        part = table.slice(start, _BATCH)
        cells: list[list[Any]] = []
        for column in schema:
            values: Any = part.column(column.name)
            if pa.types.is_boolean(values.type) or pa.types.is_integer(values.type):
                cells.append(values.to_pylist())
            elif pa.types.is_floating(values.type):
                cells.append([_finite(value) for value in values.to_pylist()])
            else:
                spelled: Any = spell(values, column)
                texts = spelled.cast(pa.string()) if not pa.types.is_dictionary(spelled.type) else spelled
                cells.append(texts.to_pylist())
        names = [column.name for column in schema]
        for row in zip(*cells, strict=True):
            budget.time()
            yield dict(zip(names, row, strict=True))


def _finite(value: float | None) -> float | None:
    """JSON has no infinities."""
    return None if value is None or value != value or value in (float("inf"), -float("inf")) else value
