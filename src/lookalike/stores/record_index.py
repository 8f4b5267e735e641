"""The full-text index of a job's records: an FTS5 table of its own, so that dropping it drops all of it.

It holds no text, only the folded words that `lookalike.stores.words` finds, parted by a mark that is in no
word, and for each field a digest of its name and value. SQLite's own tokenizer then parts at spaces only.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Iterable

from lookalike.errors import UsageError
from lookalike.stores.records import Query, Record
from lookalike.stores.words import phrases, spelled, texts, words

_MARK = " ¶ "
_SCORED = " "


def make(connection: sqlite3.Connection, number: int) -> None:
    """An empty index for job ``number``."""
    drop(connection, number)
    connection.execute(
        f"CREATE VIRTUAL TABLE {_table(number)} USING fts5(words, pairs, content='', tokenize='ascii')"
    )


def drop(connection: sqlite3.Connection, number: int) -> None:
    """No index for job ``number``; its pages are overwritten (``secure_delete``)."""
    connection.execute(f"DROP TABLE IF EXISTS {_table(number)}")


def add(connection: sqlite3.Connection, number: int, records: Iterable[tuple[int, Record]]) -> None:
    """Put records, each with its row number, into the index."""
    statement = f"INSERT INTO {_table(number)} (rowid, words, pairs) VALUES (?, ?, ?)"  # noqa: S608
    for row, record in records:
        told = _MARK.join(" ".join(words(text)) for text in texts(record.fields))
        pairs = " ".join(_pair(name, spelled(value)) for name, value in record.fields.items())
        connection.execute(statement, (row, told, pairs))


def condition(number: int, query: Query) -> tuple[str, list[str]]:
    """The SQL test of ``record.number`` for what the query says of words and fields, and its values."""
    wanted = _wanted(query)
    if not wanted:
        return "1", []
    table = _table(number)
    return f"number IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)", [wanted]  # noqa: S608


def ranked(number: int, query: Query) -> tuple[str, list[str]]:
    """SQL for what the query finds, as ``found`` (a `record.number`) and ``score``; and its values.

    The score is FTS5's ``bm25`` of the words: the lower, the better.
    """
    table = _table(number)
    statement = f"SELECT rowid AS found, bm25({table}, 1.0, 0.0) AS score FROM {table} WHERE {table} MATCH ?"  # noqa: S608
    return statement, [_wanted(query)]


def cursor_of(score: float, id_: str) -> str:
    """What stands for a place in an order by relevance."""
    return f"{score!r}{_SCORED}{id_}"


def is_ranked(cursor: str) -> bool:
    """Whether it is one of `cursor_of`; else it is an id."""
    return _SCORED in cursor


def place_of(cursor: str | None) -> tuple[float, str]:
    """The score and the id that the cursor stands for; None is before all. `UsageError` for another."""
    if cursor is None:
        return -math.inf, ""
    score, _, id_ = cursor.partition(_SCORED)
    try:
        return float(score), id_
    except ValueError as error:
        raise UsageError("`after` is not the `next` of a page of this search.") from error


def _wanted(query: Query) -> str:
    """The query in FTS5's language; empty when it says nothing of words and fields."""
    parts = [f'pairs : "{_pair(name, value)}"' for name, value in query.fields.items()]
    if query.text is not None:
        parts += [f'words : "{" ".join(phrase)}"' for phrase in phrases(query.text)]
    return " AND ".join(parts)


def _table(number: int) -> str:
    return f"found_{int(number)}"


def _pair(name: str, value: str) -> str:
    """One token for a field and what it is. Null is spelled, too, and asked for by nobody."""
    told = f"{len(name)}:{name}{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=12).hexdigest()
