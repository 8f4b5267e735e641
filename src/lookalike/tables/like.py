"""A table read as if it were another one: column by column, and never refused for what it holds."""

from __future__ import annotations

import pyarrow as pa

from lookalike.errors import BadInput
from lookalike.schema import Schema
from lookalike.tables.infer import infer_typed
from lookalike.tables.read import Raw
from lookalike.tables.typed import typed


def like(raw: Raw, schema: Schema) -> pa.Table:
    """The columns of ``raw`` typed as ``schema`` says; those that do not fit as they are, like those that the
    schema does not know. Columns that it drops are left out. Any of its columns may be missing.
    """
    dropped = {column.name for column in schema if column.action == "drop"}
    names = [name for name in raw.table.column_names if name not in dropped]
    known = Schema(tuple(column for column in schema if column.name in names))
    found: dict[str, pa.ChunkedArray | pa.Array] = {}
    try:
        all_known = typed(raw.table.select(list(known.names)), known, textual=raw.textual)
        found = {name: all_known.column(name) for name in known.names}
    except BadInput:
        for column in known:
            one = raw.table.select([column.name])
            try:
                found[column.name] = typed(one, Schema((column,)), textual=raw.textual).column(0)
            except BadInput:
                found[column.name] = _as_it_is(raw, column.name)
    for name in names:
        if name not in found:
            found[name] = _as_it_is(raw, name)
    return pa.table({name: found[name] for name in names})


def _as_it_is(raw: Raw, name: str) -> pa.ChunkedArray:
    return infer_typed(raw.table.select([name]), textual=raw.textual)[1].column(0)
