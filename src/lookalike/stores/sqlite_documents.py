"""`Documents` in one SQLite file: a table per kind, a JSON column, an index on an expression per field.

How the file is written and read is `lookalike.stores.sqlite_file`. What is deleted is overwritten, and the
log is cut after deleting a secret kind, so that its bytes are nowhere in the files.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lookalike.errors import UsageError
from lookalike.stores.documents import (
    MOST_FOUND,
    Doc,
    Ge,
    In,
    Json,
    Kind,
    Lt,
    Test,
    check_doc,
    check_tests,
    place_of,
)
from lookalike.stores.sqlite_file import BUSY_S, SqliteFile

_ROWS_AT_ONCE = 100


class SqliteDocuments:
    """Documents at ``path``, which is created, with mode 0600, when it is not there."""

    def __init__(self, path: str | Path, kinds: Sequence[Kind], *, busy_s: float = BUSY_S) -> None:
        self._kinds = {kind.name: kind for kind in kinds}
        self._file = SqliteFile(path, busy_s=busy_s)
        statements = [statement for kind in kinds for statement in _tables(kind)]
        self._file.write(lambda to: [to.execute(one) for one in statements])

    def create(self, kind: str, docs: Sequence[Doc]) -> list[bool]:
        rows = self._rows(kind, docs)
        return self._file.write(lambda to: [_insert(to, kind, [row]) == 1 for row in rows])

    def create_in_turn(self, groups: Sequence[tuple[str, Sequence[Doc]]]) -> int:
        made = [(kind, self._rows(kind, docs)) for kind, docs in groups]

        def until_taken(to: sqlite3.Connection) -> int:
            whole = (_insert(to, kind, rows) == len(rows) for kind, rows in made)
            return next((n for n, is_whole in enumerate(whole) if not is_whole), len(made))

        return self._file.write(until_taken)

    def _rows(self, kind: str, docs: Sequence[Doc]) -> list[tuple[str, str]]:
        known = self._kind(kind)
        for doc in docs:
            check_doc(known, doc)
        return [(doc["id"], _text({"v": known.v, **doc, "rev": 1})) for doc in docs]

    def get(self, kind: str, id: str) -> Doc | None:  # noqa: A002
        rows = self._file.read(f'SELECT doc FROM "{self._kind(kind).name}" WHERE id = ?', [id])  # noqa: S608
        return json.loads(rows[0][0]) if rows else None

    def find(
        self,
        kind: str,
        where: Mapping[str, Test],
        *,
        order: str = "id",
        after: str | None = None,
        limit: int = 100,
    ) -> list[Doc]:
        known = self._kind(kind)
        if not 1 <= limit <= MOST_FOUND:
            raise UsageError(f"{limit} documents at a time were asked for; 1 to {MOST_FOUND} can be.")
        condition, values = _condition(known, where)
        by = _order(known, order)
        if after is not None:
            behind, more = _behind(known, order, after)
            condition, values = f"{condition} AND {behind}", [*values, *more]
        statement = f'SELECT doc FROM "{kind}" WHERE {condition} ORDER BY {by} LIMIT {limit}'  # noqa: S608
        return [json.loads(row[0]) for row in self._file.read(statement, values)]

    def count(self, kind: str, where: Mapping[str, Test]) -> int:
        condition, values = _condition(self._kind(kind), where)
        return self._file.read(f'SELECT count(*) FROM "{kind}" WHERE {condition}', values)[0][0]  # noqa: S608

    def update_one(
        self,
        kind: str,
        where: Mapping[str, Test],
        set: Mapping[str, Json],  # noqa: A002
        *,
        inc: Mapping[str, int] = {},
        order: str = "id",
    ) -> Doc | None:
        known = self._kind(kind)
        check_doc(known, dict(set), whole=False)
        check_doc(known, dict(inc), whole=False)
        condition, values = _condition(known, where)
        changed, put = _change(set, {**inc, "rev": 1})
        first = f'SELECT id FROM "{kind}" WHERE {condition} ORDER BY {_order(known, order)} LIMIT 1'  # noqa: S608
        statement = f'UPDATE "{kind}" SET doc = {changed} WHERE id = ({first}) RETURNING doc'  # noqa: S608
        try:
            row = self._file.write(lambda to: to.execute(statement, [*put, *values]).fetchone())
        except sqlite3.IntegrityError as error:
            raise UsageError(f"A {kind} with that value exists already.") from error
        return json.loads(row[0]) if row else None

    def delete(self, kind: str, where: Mapping[str, Test]) -> int:
        known = self._kind(kind)
        condition, values = _condition(known, where)
        statement = f'DELETE FROM "{kind}" WHERE {condition}'  # noqa: S608
        gone = self._file.write(lambda to: to.execute(statement, values).rowcount)
        if known.secret and gone:
            self.cut_log()
        return gone

    def cut_log(self) -> bool:
        """True when the write-ahead log was emptied into the file; False when a reader held on to it."""
        return self._file.cut_log()

    def bell(self) -> Callable[[], bool]:
        """A function that says whether anything was changed since it was last asked, in microseconds."""
        return self._file.bell()

    def close(self) -> None:
        """Close what is idle now, and what is lent when it comes back; use the store no more."""
        self._file.close()

    def _kind(self, name: str) -> Kind:
        if name not in self._kinds:
            raise UsageError(f"There is no kind of document called {name!r}.")
        return self._kinds[name]


def _tables(kind: Kind) -> list[str]:
    """The statements that make a kind's table and indexes where they are not there yet."""
    table = f'"{kind.name}"'
    made = [f"CREATE TABLE IF NOT EXISTS {table} (id TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)"]
    leading = {index[0] for index in kind.indexes}
    plain = [(name,) for name in kind.fields if name not in leading and name not in kind.unique]
    for index in [*kind.indexes, *plain]:
        name, columns = "_".join([kind.name, *index]), ", ".join([*map(_field, index), "id"])
        made.append(f'CREATE INDEX IF NOT EXISTS "{name}" ON {table} ({columns})')
    for field in kind.unique:
        name = f"{kind.name}_unique_{field}"
        made.append(f'CREATE UNIQUE INDEX IF NOT EXISTS "{name}" ON {table} ({_field(field)})')
    return made


def _insert(to: sqlite3.Connection, kind: str, rows: Sequence[tuple[str, str]]) -> int:
    """How many of the rows were inserted: many by one statement, since others wait for each to return."""
    done = 0
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        part = rows[start : start + _ROWS_AT_ONCE]
        places = ", ".join(["(?, ?)"] * len(part))
        statement = f'INSERT INTO "{kind}" (id, doc) VALUES {places} ON CONFLICT DO NOTHING'  # noqa: S608
        done += to.execute(statement, [value for row in part for value in row]).rowcount
    return done


def _field(name: str) -> str:
    """The expression for a field: always spelled alike, or SQLite does not see its index."""
    return "id" if name == "id" else f"json_extract(doc, '$.{name}')"


def _condition(kind: Kind, where: Mapping[str, Test]) -> tuple[str, list[Any]]:
    check_tests(kind, where)
    parts: list[str] = ["1"]
    values: list[Any] = []
    for name, test in where.items():
        if test is None:
            parts.append(f"{_field(name)} IS NULL")
        elif isinstance(test, In):
            parts.append(f"{_field(name)} IN ({', '.join('?' * len(test.values))})")
            values += test.values
        elif isinstance(test, Lt | Ge):
            parts.append(f"{_field(name)} {'<' if isinstance(test, Lt) else '>='} ?")
            values.append(test.value)
        else:
            parts.append(f"{_field(name)} = ?")
            values.append(test)
    return " AND ".join(parts), values


def _order(kind: Kind, order: str) -> str:
    name = order.removeprefix("-")
    kind.type_of(name)
    way = " DESC" if order.startswith("-") else ""
    return f"id{way}" if name == "id" else f"{_field(name)}{way}, id{way}"


def _behind(kind: Kind, order: str, after: str) -> tuple[str, list[Any]]:
    """The condition that picks what comes behind a cursor; null is less than every value."""
    value, id_ = place_of(after, kind, order)
    name, down = order.removeprefix("-"), order.startswith("-")
    sign = "<" if down else ">"
    if name == "id":
        return f"id {sign} ?", [id_]
    field = _field(name)
    if value is None:
        rest = "" if down else f"{field} IS NOT NULL OR "
        return f"({rest}({field} IS NULL AND id {sign} ?))", [id_]
    rest = f"{field} IS NULL OR " if down else ""
    return f"({rest}{field} {sign} ? OR ({field} = ? AND id {sign} ?))", [value, value, id_]


def _change(put: Mapping[str, Json], add: Mapping[str, int]) -> tuple[str, list[Any]]:
    """The expression for the changed document."""
    parts: list[str] = []
    values: list[Any] = []
    for name, value in put.items():
        if not name.isidentifier() or not name.isascii():
            raise UsageError(f"{name!r} cannot be the name of a field.")
        parts.append(f"'$.{name}', json(?)")
        values.append(_text(value))
    for name, step in add.items():
        parts.append(f"'$.{name}', coalesce({_field(name)}, 0) + ?")
        values.append(step)
    return f"json_set(doc, {', '.join(parts)})", values


def _text(value: Json) -> str:
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise UsageError(f"This cannot be stored as JSON: {error}.") from error
