"""Tables that are in memory already: Arrow, pandas, and whatever speaks Arrow's C stream interface."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from lookalike.errors import BadTable, UsageError
from lookalike.tables.flat import ARROW_ERRORS, flat_table
from lookalike.tables.limits import Limits

_MEMORY = 1 << 62  # what is in memory was paid for


def is_table(source: Any) -> bool:
    """Whether `read_object` can read ``source``."""
    return isinstance(source, pa.Table | pa.RecordBatch | pa.RecordBatchReader) or (
        hasattr(source, "__arrow_c_stream__") or _is_pandas(source)
    )


def called(source: Any) -> str:
    """What messages call the table."""
    kind = type(source)
    return f"<{kind.__module__.split('.')[0]} {kind.__name__}>"


def read_object(source: Any, limits: Limits) -> tuple[pa.Table, list[str]]:
    """``(table, notes)``. Types stay as they are; a pandas index with a name becomes a column."""
    name = called(source)
    notes: list[str] = []
    if _is_pandas(source):
        table, notes = _of_pandas(source, name)
    elif isinstance(source, pa.Table):
        table = source
    else:
        table = _of_arrow(source, name)
    flat, more = flat_table(table, name, limits, _MEMORY)
    return flat, notes + more


def _of_arrow(source: Any, name: str) -> pa.Table:
    try:
        if isinstance(source, pa.RecordBatch):
            return pa.Table.from_batches([source])
        reader = source if isinstance(source, pa.RecordBatchReader) else None
        return (reader or pa.RecordBatchReader.from_stream(source)).read_all()
    except ARROW_ERRORS as error:
        raise UsageError(
            f"{name} gives no table: {error}.", hint="Give a data frame or a table, not a single column."
        ) from error


def _is_pandas(source: Any) -> bool:
    return type(source).__module__.split(".")[0] == "pandas" and hasattr(source, "iloc")


def _of_pandas(frame: Any, name: str) -> tuple[pa.Table, list[str]]:
    if not hasattr(frame, "columns"):
        raise UsageError(f"{name} is one column, not a table.", hint="Call its to_frame() first.")
    notes: list[str] = []
    labels = [label for label in frame.index.names if label is not None]
    if labels:
        notes.append(
            f"The index became {'columns' if len(labels) > 1 else 'a column'}: {', '.join(map(str, labels))}."
        )
    elif type(frame.index).__name__ != "RangeIndex":
        notes.append("The index has no name and was left out.")
    arrays = [
        pa_column
        for label in labels
        for pa_column in [_array(frame.index.get_level_values(label), str(label), name)]
    ]
    headers = [str(label) for label in labels]
    for number, label in enumerate(frame.columns):
        header = " ".join(map(str, label)) if isinstance(label, tuple) else str(label)
        headers.append(header)
        arrays.append(_array(frame.iloc[:, number], header, name))
    notes += [note for _, note in arrays if note]
    return pa.Table.from_arrays([array for array, _ in arrays], names=headers), notes


def _array(column: Any, header: str, name: str) -> tuple[Any, str | None]:
    """The column as Arrow; text when its cells are of several types."""
    try:
        made = pa.Array.from_pandas(column)
    except ARROW_ERRORS:
        pass
    else:
        return made, None
    missing = column.isna()
    cells = [None if gone else str(cell) for cell, gone in zip(column, missing, strict=True)]
    try:
        made = pa.array(cells, pa.string())
    except ARROW_ERRORS as error:
        raise BadTable(
            f"The column cannot be read: {error}.",
            hint="Convert it to numbers, dates or text.",
            file=name,
            column=header,
        ) from error
    return made, f"The column {header!r} holds values of several types; it was read as text."
