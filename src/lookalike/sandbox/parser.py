"""What the parsing process runs: an untrusted file from standard input, what it is to standard output.

``python -m lookalike.sandbox.parser``, started by `lookalike.sandbox.process` alone. The first line says what
to do, as JSON; the file follows. It has no settings, no stores and no keys, can write no file, and dies at
its limits of memory and time.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PREVIEW_ROWS = 100
MOST_CHARACTERS = 10_000_000
"""Of a document, so that its answer stays well below what is taken from this process."""

MOST_TEXT = 200
"""The most characters of a cell that a preview shows."""


def main(options: dict[str, Any]) -> int:
    """0 once the answer was written: ``{"made": …}`` or ``{"error": …}``, one JSON object."""
    _limit(options["memory_mb"], options["cpu_s"])
    # whatever a library prints may quote a cell: it goes nowhere, and the answer goes where nothing else can
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    json.dump(_answer(options), answer)
    answer.flush()
    return 0


def _limit(memory_mb: int, cpu_s: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(options: dict[str, Any]) -> dict[str, Any]:
    from lookalike.errors import LookalikeError

    try:
        return {"made": _DOES[options["do"]](options)}
    except LookalikeError as error:
        # a table's is the name of the pipe
        told = error.to_dict()
        return {"error": told if options["do"] == "items" else {**told, "file": None}}
    except MemoryError:
        return {"error": {"code": "over-limit", "message": "memory"}}


def _table(options: dict[str, Any]) -> dict[str, Any]:
    from lookalike import verbs
    from lookalike.sandbox.column_facts import facts_of
    from lookalike.tables.limits import Limits
    from lookalike.tables.schema_file import schema_of_text, schema_text

    reading = dict(options["reading"])
    if reading.get("schema") is not None:
        reading["schema"] = schema_of_text(reading["schema"])
    source = _Named(options["name"])
    table = verbs.read(source, limits=Limits(max_bytes=options["max_bytes"]), **reading)
    return {
        "rows": len(table),
        "columns": len(table.schema),
        "schema": table.schema.to_dict(),
        "schema_text": schema_text(table.schema, table.arrow),
        "notes": list(table.notes),
        "preview": preview(table.arrow.slice(0, PREVIEW_ROWS), table.schema.drawn()),
        "facts": facts_of(table.arrow, table.schema.drawn()),
    }


def preview(table: Any, schema: Any) -> list[list[str | None]]:
    """The rows as texts in the form that the file had, None where a value is missing, long ones cut."""
    import pyarrow as pa

    from lookalike.tables.spell import spell

    columns: list[list[str | None]] = []
    for column in schema:
        spelled = spell(table.column(column.name), column)
        texts = spelled.cast(pa.string()) if not pa.types.is_dictionary(spelled.type) else spelled
        columns.append([None if text is None else _cut(str(text)) for text in texts.to_pylist()])
    return [list(row) for row in zip(*columns, strict=True)]


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[: MOST_TEXT - 1]}…"


def _items(options: dict[str, Any]) -> dict[str, Any]:
    """Each item's fields, and its place: number, page, offset, length."""
    from lookalike.records.documents import Cut, DocumentLimits, read_items

    limits = DocumentLimits(
        max_bytes=options["max_bytes"], max_characters=MOST_CHARACTERS, seconds=float(options["cpu_s"])
    )
    found = list(read_items(sys.stdin.buffer, name=options["name"], cut=Cut(**options["cut"]), limits=limits))
    places = [
        (item.source.number, item.source.page, item.source.offset, item.source.length) for item in found
    ]
    fields = [item.fields for item in found]
    return {"sha256": found[0].source.sha256, "items": list(zip(fields, places, strict=True))}


_DOES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"table": _table, "items": _items}


class _Named:
    """Standard input under the name that the file had, which may say what it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.read = sys.stdin.buffer.read


if __name__ == "__main__":
    sys.path[:] = [entry for entry in sys.path if entry and Path(entry) != Path.cwd()]
    sys.exit(main(json.loads(sys.stdin.buffer.readline())))
