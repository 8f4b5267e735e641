"""`RecordStore` in sealed segments, which are blobs, with one SQLite file to find what is in them.

A segment is a sealed blob ``JOB/records/000012`` of records, a line of JSON each. It is put inside the
transaction that lists its records, under the next number of its job: whoever dies before the commit leaves a
blob that the next one overwrites, so segments never contradict the list, and the list (ids, statuses, places)
can be made anew from them. In plain are ids and statuses, and the words of a job that is indexed.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lookalike import faults
from lookalike.errors import Damaged, NotFound
from lookalike.stores import record_index, record_joining
from lookalike.stores.blobs import BlobStore
from lookalike.stores.keys import Keys
from lookalike.stores.record_segments import Segments, parts
from lookalike.stores.records import (
    MOST_LOOKED_AT,
    Page,
    Query,
    Record,
    check_limit,
    check_record,
)
from lookalike.stores.sqlite_file import BUSY_S, SqliteFile

_BATCH = 500
_TABLES = (
    "CREATE TABLE IF NOT EXISTS job (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "segments INTEGER NOT NULL DEFAULT 0, indexed INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS record (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, "
    "job INTEGER NOT NULL, status TEXT NOT NULL, segment INTEGER NOT NULL, place INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS record_status ON record (job, status, id)",
    "CREATE INDEX IF NOT EXISTS record_job ON record (job, id)",
    "CREATE INDEX IF NOT EXISTS record_segment ON record (job, segment)",
)


class SqliteRecords:
    """Records whose segments are in ``blobs``, sealed by ``keys``, listed in the SQLite file at ``path``."""

    def __init__(self, path: str | Path, blobs: BlobStore, keys: Keys, *, busy_s: float = BUSY_S) -> None:
        self._keys = keys
        self._file = SqliteFile(path, busy_s=busy_s)
        self._segments = Segments(blobs, keys)
        with self._file.writing() as connection:
            for statement in _TABLES:
                connection.execute(statement)

    def create(self, records: Sequence[Record]) -> list[bool]:
        for record in records:
            check_record(record)
        new: dict[str, bool] = {}
        for job_id in dict.fromkeys(record.job for record in records):
            self._listed(job_id)
            new |= self._created(job_id, [record for record in records if record.job == job_id])
        # of one id given twice, the first is the one
        return [new.pop(record.id, False) for record in records]

    def get(self, ids: Sequence[str]) -> list[Record | None]:
        found: dict[str, tuple[int, int]] = {}
        for job_id in dict.fromkeys(id_.partition("/")[0] for id_ in ids):
            self._listed(job_id)
        for start in range(0, len(ids), _BATCH):
            part = ids[start : start + _BATCH]
            marks = ", ".join("?" * len(part))
            rows = self._file.read(f"SELECT id, segment, place FROM record WHERE id IN ({marks})", part)  # noqa: S608
            found |= {id_: (segment, place) for id_, segment, place in rows}
        return [self._opened(id_, *found[id_]) if id_ in found else None for id_ in ids]

    def scan(self, job_id: str, status: str | None = None, after: str | None = None) -> Iterator[Record]:
        statuses = () if status is None else (status,)
        after = after or ""
        while rows := self._rows(Query(jobs=(job_id,), statuses=statuses), job_id, after, _BATCH):
            for id_, segment, place in rows:
                yield self._opened(id_, segment, place)
                after = id_

    def counts(self, job_id: str) -> dict[str, int]:
        number = self._listed(job_id)
        rows = self._file.read("SELECT status, count(*) FROM record WHERE job = ? GROUP BY status", [number])
        return dict(rows)

    def search(self, query: Query, after: str | None = None, limit: int = 50) -> Page:
        check_limit(limit)
        passes = query.test()
        found: list[Record] = []
        last = after
        for looked_at, (cursor, record) in enumerate(self._candidates(query, after, limit + 1)):
            if passes(record):
                if len(found) == limit:
                    return Page(found, last)
                found.append(record)
                last = cursor
            elif looked_at >= MOST_LOOKED_AT:
                return Page(found, cursor)
        return Page(found, None)

    def index(self, job_id: str) -> None:
        number = self._listed(job_id)
        with self._file.writing() as connection:
            record_index.make(connection, number)
            connection.execute("UPDATE job SET indexed = 1 WHERE number = ?", (number,))
            rows = connection.execute(
                "SELECT number, id, segment, place FROM record WHERE job = ? ORDER BY segment, place",
                (number,),
            ).fetchall()
            record_index.add(
                connection,
                number,
                ((row, self._opened(id_, segment, place)) for row, id_, segment, place in rows),
            )

    def is_indexed(self, job_id: str) -> bool:
        rows = self._file.read("SELECT indexed FROM job WHERE id = ?", [job_id])
        return bool(rows and rows[0][0])

    def rebuild(self, job_id: str) -> int:
        indexed = self.is_indexed(job_id)
        self._forget(job_id)
        number = self._listed(job_id)
        if indexed:
            self.index(job_id)
        return self._file.read("SELECT count(*) FROM record WHERE job = ?", [number])[0][0]

    def join(self, job_id: str) -> int:
        self._listed(job_id)
        return record_joining.join(self._file, self._segments, job_id)

    def drop(self, *job_ids: str) -> None:
        for job_id in job_ids:
            self._forget(job_id)
            self._segments.drop(job_id)
        self._file.cut_log()

    def close(self) -> None:
        self._file.close()

    def _listed(self, job_id: str) -> int:
        """The number of the job, whose list is made from its segments where there is none."""
        rows = self._file.read("SELECT number FROM job WHERE id = ?", [job_id])
        if rows:
            return rows[0][0]
        with self._file.writing() as connection:
            known = connection.execute("SELECT number FROM job WHERE id = ?", (job_id,)).fetchone()
            if known is not None:
                return known[0]
            if not self._keys.exists(job_id):
                raise NotFound(f"{job_id} has no key: it was deleted, and what it held is lost.")
            found = sorted(self._segments.sizes(job_id))
            last = found[-1] + 1 if found else 0
            made = connection.execute("INSERT INTO job (id, segments) VALUES (?, ?)", (job_id, last))
            number = made.lastrowid
            assert number is not None  # noqa: S101
            for segment in found:
                lines = self._segments.lines(job_id, segment)
                _list(connection, number, segment, [Record.of_text(line) for line in lines])
            return number

    def _created(self, job_id: str, records: Sequence[Record]) -> dict[str, bool]:
        """Which of the job's records are new, by id; those are stored."""
        made: dict[str, bool] = {}
        with self._file.writing() as connection:
            row = connection.execute(
                "SELECT number, segments, indexed FROM job WHERE id = ?", (job_id,)
            ).fetchone()
            if row is None:
                raise NotFound(f"{job_id} was deleted.")
            number, segment, indexed = row
            fresh = [record for record in records if not _is_listed(connection, record.id)]
            unique = {record.id: record for record in reversed(fresh)}
            for part in parts([unique[record.id] for record in fresh if unique[record.id] is record]):
                faults.hit("before-segment")
                self._segments.put(job_id, segment, [record.to_text().encode() for record in part])
                faults.hit("after-segment")
                rows = _list(connection, number, segment, part)
                if indexed:
                    record_index.add(connection, number, zip(rows, part, strict=True))
                made |= dict.fromkeys((record.id for record in part), True)
                segment += 1
            connection.execute("UPDATE job SET segments = ? WHERE number = ?", (segment, number))
        return made

    def _candidates(self, query: Query, after: str | None, batch: int) -> Iterator[tuple[str, Record]]:
        """What may pass, behind ``after``, each with what to go on after: with an index, what it finds."""
        jobs = sorted(set(query.jobs))
        if query.order == "relevance" and query.text is not None:
            indexed = [job_id for job_id in jobs if self.is_indexed(job_id)]
            if after is None or record_index.is_ranked(after):
                yield from self._best(query, indexed, after, batch)
                after = None
            jobs = sorted({*jobs} - {*indexed})
        for job_id in jobs:
            if after is not None and job_id < after.partition("/")[0]:
                continue
            last = after if after is not None and after.startswith(f"{job_id}/") else ""
            while rows := self._rows(query, job_id, last, _BATCH):
                for id_, segment, place in rows:
                    yield id_, self._opened(id_, segment, place)
                    last = id_

    def _best(
        self, query: Query, jobs: Sequence[str], after: str | None, batch: int
    ) -> Iterator[tuple[str, Record]]:
        """What the indexes of ``jobs`` find, the best first."""
        while True:
            behind = record_index.place_of(after)
            rows = heapq.nsmallest(
                batch, (row for job_id in jobs for row in self._ranked(query, job_id, behind, batch))
            )
            for score, id_, segment, place in rows:
                after = record_index.cursor_of(score, id_)
                yield after, self._opened(id_, segment, place)
            if len(rows) < batch:
                return

    def _ranked(
        self, query: Query, job_id: str, behind: tuple[float, str], limit: int
    ) -> list[tuple[float, str, int, int]]:
        number = self._listed(job_id)
        table, values = record_index.ranked(number, query)
        status, statuses = _of_statuses(query)
        statement = (
            f"SELECT score, id, segment, place FROM ({table}) JOIN record ON number = found "  # noqa: S608
            f"WHERE job = ? AND {status} AND (score, id) > (?, ?) ORDER BY score, id LIMIT ?"
        )
        return self._file.read(statement, [*values, number, *statuses, *behind, limit])

    def _rows(self, query: Query, job_id: str, after: str, limit: int) -> list[tuple[str, int, int]]:
        number = self._listed(job_id)
        test, values = record_index.condition(number, query) if self.is_indexed(job_id) else ("1", [])
        status, statuses = _of_statuses(query)
        statement = (
            f"SELECT id, segment, place FROM record WHERE job = ? AND id > ? AND {status} AND {test} "  # noqa: S608
            "ORDER BY id LIMIT ?"
        )
        return self._file.read(statement, [number, after, *statuses, *values, limit])

    def _opened(self, id_: str, segment: int, place: int) -> Record:
        job_id = id_.partition("/")[0]
        try:
            lines = self._segments.lines(job_id, segment)
        except NotFound:
            # perhaps its segment was joined with others after its place was read
            now = self._file.read("SELECT segment, place FROM record WHERE id = ?", [id_])
            if not now or now[0] == (segment, place):
                raise
            return self._opened(id_, *now[0])
        record = Record.of_text(lines[place]) if place < len(lines) else None
        if record is None or record.id != id_:
            raise Damaged(f"The records of {job_id} are not what was stored.", hint="Restore a backup.")
        return record

    def _forget(self, job_id: str) -> None:
        """Drop the list and the index of a job."""
        with self._file.writing() as connection:
            row = connection.execute("SELECT number FROM job WHERE id = ?", (job_id,)).fetchone()
            if row is not None:
                record_index.drop(connection, row[0])
                connection.execute("DELETE FROM record WHERE job = ?", row)
                connection.execute("DELETE FROM job WHERE number = ?", row)


def _of_statuses(query: Query) -> tuple[str, tuple[str, ...]]:
    """The SQL test for what the query says of statuses, and its values."""
    marks = ", ".join("?" * len(query.statuses))
    return (f"status IN ({marks})" if query.statuses else "1"), query.statuses


def _is_listed(connection: sqlite3.Connection, id_: str) -> bool:
    return connection.execute("SELECT 1 FROM record WHERE id = ?", (id_,)).fetchone() is not None


def _list(connection: sqlite3.Connection, number: int, segment: int, records: Iterable[Record]) -> list[int]:
    """The rows of the list where the segment's records stand now; of one listed before, the first stays."""
    statement = (
        "INSERT INTO record (id, job, status, segment, place) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
    )
    rows: list[int] = []
    for place, record in enumerate(records):
        made = connection.execute(statement, (record.id, number, record.status, segment, place))
        rows.append(made.lastrowid or 0)
    return rows
