"""Records as files: JSON Lines, CSV, Parquet, and the two forms that models are trained on.

chat     {"messages": [{"role": "system", …}, {"role": "user", …}, {"role": "assistant", …}]}
alpaca   {"instruction": …, "input": …, "output": …}
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lookalike.errors import UsageError
from lookalike.records.output import PROVENANCE, line

Json = Any
Form = Literal["jsonl", "csv", "parquet", "chat", "alpaca"]
ENDINGS: dict[Form, str] = {
    "jsonl": ".jsonl",
    "csv": ".csv",
    "parquet": ".parquet",
    "chat": ".jsonl",
    "alpaca": ".jsonl",
}
_PER_PIECE = 500


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field plays which part in a training example."""

    prompt: str | None = None
    answer: str | None = None
    system: str | None = None
    input: str | None = None


def pieces(
    records: Iterable[Mapping[str, Json]], form: Form, roles: Roles, columns: Sequence[str]
) -> Iterator[bytes]:
    """The bytes of a file of ``records``, whose fields are ``columns``, piece by piece.

    Of CSV and Parquet a field that is an object or a list is its JSON. `UsageError`, before the first piece,
    when a role is not said or is no field.
    """
    if form in ("chat", "alpaca"):
        _check_roles(form, roles, columns)
        shaped = _chat if form == "chat" else _alpaca
        return _lines(shaped(record, roles) for record in records)
    if form == "jsonl":
        return _lines(records)
    return _csv(records, columns) if form == "csv" else _parquet(records, columns)


def _check_roles(form: str, roles: Roles, columns: Sequence[str]) -> None:
    if roles.prompt is None or roles.answer is None:
        raise UsageError(
            f"The form {form} needs `prompt` and `answer`: which fields these are.",
            hint=f"Fields: {', '.join(columns)}.",
        )
    for name in (roles.prompt, roles.answer, roles.system, roles.input):
        if name is not None and name not in columns:
            raise UsageError(f"The records have no field {name!r}.", hint=f"Fields: {', '.join(columns)}.")


def _chat(record: Mapping[str, Json], roles: Roles) -> dict[str, Json]:
    said = [("system", roles.system), ("user", roles.prompt), ("assistant", roles.answer)]
    return {
        "messages": [
            {"role": role, "content": _text(record.get(name))} for role, name in said if name is not None
        ]
    }


def _alpaca(record: Mapping[str, Json], roles: Roles) -> dict[str, Json]:
    given = "" if roles.input is None else _text(record.get(roles.input))
    asked, answer = record.get(roles.prompt or ""), record.get(roles.answer or "")
    return {"instruction": _text(asked), "input": given, "output": _text(answer)}


def _lines(records: Iterable[Mapping[str, Json]]) -> Iterator[bytes]:
    held: list[bytes] = []
    for record in records:
        held.append(line(record))
        if len(held) == _PER_PIECE:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def _csv(records: Iterable[Mapping[str, Json]], columns: Sequence[str]) -> Iterator[bytes]:
    held = io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(columns)
    for number, record in enumerate(records, 1):
        writer.writerow(["" if record.get(name) is None else _text(record[name]) for name in columns])
        if number % _PER_PIECE == 0:
            yield held.getvalue().encode("utf-8", "replace")
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode("utf-8", "replace")


def _parquet(records: Iterable[Mapping[str, Json]], columns: Sequence[str]) -> Iterator[bytes]:
    """One piece. A column stays one of numbers or truths where all its values are; all else is text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    held = list(records)
    arrays = [_array([record.get(name) for record in held]) for name in columns]
    out = io.BytesIO()
    pq.write_table(pa.table(arrays, names=list(columns)), out, compression="zstd")
    yield out.getvalue()


def _array(values: list[Json]) -> Any:
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool} or (kinds == {int} and all(v is None or abs(v) < 2**63 for v in values)):
        return pa.array(values)
    if kinds and kinds <= {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    texts = [None if value is None else _text(value).encode("utf-8", "replace").decode() for value in values]
    return pa.array(texts, pa.string())


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def fields_of(records: Iterable[Mapping[str, Json]]) -> list[str]:
    """Every field of the records, in the order in which they are first seen."""
    found: dict[str, None] = {}
    for record in records:
        found |= dict.fromkeys(record)
    found.pop(PROVENANCE, None)
    return list(found)
