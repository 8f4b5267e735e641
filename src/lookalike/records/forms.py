"""Records as files: JSON Lines, CSV, Parquet, and the two forms that models are trained on.

chat     {"messages": [{"role": "system", …}, {"role": "user", …}, {"role": "assistant", …}]}
alpaca   {"instruction": …, "input": …, "output": …}
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
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
Kind = Literal["truth", "integer", "number", "text"]
Columns = Mapping[str, Kind]
"""The fields of a file, and what the values of each are in a form that has types."""

_PER_PIECE = 500
_GROUP_ROWS = 10_000
_GROUP_CHARACTERS = 4 << 20


@dataclass(frozen=True, slots=True)
class Roles:
    """Which field plays which part in a training example."""

    prompt: str | None = None
    answer: str | None = None
    system: str | None = None
    input: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of records. provenance: of `jsonl`, whether it says of each record how it was made."""

    form: Form = "jsonl"
    roles: Roles = Roles()
    provenance: bool = False


def pieces(records: Iterable[Mapping[str, Json]], wanted: Wanted, columns: Columns) -> Iterator[bytes]:
    """The bytes of a file of ``records``, whose fields are ``columns``, piece by piece; none is in memory
    whole. The same records give the same bytes.

    Of CSV and Parquet a field that is an object or a list is its JSON. `UsageError`, before the first piece,
    when a role is not said or is no field.
    """
    form, roles = wanted.form, wanted.roles
    if form in ("chat", "alpaca"):
        _check_roles(form, roles, columns)
        shaped = _chat if form == "chat" else _alpaca
        return _lines(shaped(record, roles) for record in records)
    if form == "jsonl":
        return _lines(records)
    return _csv(records, columns) if form == "csv" else _parquet(records, columns)


def _check_roles(form: str, roles: Roles, columns: Columns) -> None:
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


def _csv(records: Iterable[Mapping[str, Json]], columns: Columns) -> Iterator[bytes]:
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


def _parquet(records: Iterable[Mapping[str, Json]], columns: Columns) -> Iterator[bytes]:
    """A piece per row group. Their borders depend on the records alone."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"truth": pa.bool_(), "integer": pa.int64(), "number": pa.float64(), "text": pa.string()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    out = _Out()
    with pq.ParquetWriter(pa.PythonFile(out, mode="w"), schema, compression="zstd") as writer:
        for group in _groups(records):
            arrays = [
                pa.array([_cell(record.get(name), kind) for record in group], types[kind])
                for name, kind in columns.items()
            ]
            writer.write_table(pa.table(arrays, schema=schema))
            yield out.taken()
    yield out.taken()


class _Out(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        held, self._held = bytes(self._held), bytearray()
        return held


def _groups(records: Iterable[Mapping[str, Json]]) -> Iterator[list[Mapping[str, Json]]]:
    """The records in groups of a row group each."""
    held: list[Mapping[str, Json]] = []
    characters = 0
    for record in records:
        held.append(record)
        characters += sum(len(value) for value in record.values() if isinstance(value, str))
        if len(held) >= _GROUP_ROWS or characters >= _GROUP_CHARACTERS:
            yield held
            held, characters = [], 0
    if held:
        yield held


def _cell(value: Json, kind: Kind) -> Json:
    if value is None:
        return None
    if kind == "number":
        return float(value)
    return _text(value).encode("utf-8", "replace").decode() if kind == "text" else value


def _text(value: Json) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def columns_of(records: Iterable[Mapping[str, Json]]) -> dict[str, Kind]:
    """Every field of the records, in the order in which they are first seen, and what its values are.

    A whole number that takes more than 64 bits makes its field a text: no digit is lost.
    """
    found: dict[str, set[str]] = {}
    for record in records:
        for name, value in record.items():
            kinds = found.setdefault(name, set())
            if value is not None:
                kinds.add(_kind_of(value))
    found.pop(PROVENANCE, None)
    return {name: _joined(kinds) for name, kinds in found.items()}


def _kind_of(value: Json) -> Kind:
    if isinstance(value, bool):
        return "truth"
    if isinstance(value, int):
        return "integer" if -(2**63) <= value < 2**63 else "text"
    return "number" if isinstance(value, float) else "text"


def _joined(kinds: set[str]) -> Kind:
    if kinds == {"truth"}:
        return "truth"
    if kinds == {"integer"}:
        return "integer"
    return "number" if kinds and kinds <= {"integer", "number"} else "text"
