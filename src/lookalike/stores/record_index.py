"""The full-text index of a job's records: an FTS5 table of its own, so that dropping it drops all of it.

It holds no text, only the folded words that `lookalike.stores.words` finds, parted by a mark that is in no
word, and for each field a digest of its name and value. SQLite's own tokenizer then parts at spaces only.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable

from lookalike.stores.records import Query, Record
from lookalike.stores.words import phrases, spelled, texts, words

_MARK = " ¶ "


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
    parts = [f'pairs : "{_pair(name, value)}"' for name, value in query.fields.items()]
    if query.text is not None:
        parts += [f'words : "{" ".join(phrase)}"' for phrase in phrases(query.text)]
    if not parts:
        return "1", []
    table = _table(number)
    return f"number IN (SELECT rowid FROM {table} WHERE {table} MATCH ?)", [" AND ".join(parts)]  # noqa: S608


def _table(number: int) -> str:
    return f"found_{int(number)}"


def _pair(name: str, value: str) -> str:
    """One token for a field and what it is. Null is spelled, too, and asked for by nobody."""
    told = f"{len(name)}:{name}{value}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, digest_size=12).hexdigest()
