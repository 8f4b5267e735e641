"""Small segments joined into larger ones: a slow model leaves one for each answer.

A larger segment is put under a new number of its job, then its records are listed there, then the small ones
are deleted. Whoever dies in between leaves blobs that hold nothing but what is listed elsewhere: the larger
one is overwritten by the next that is put, small ones are deleted by the next who joins. If the list is made
anew from them all, each record is listed once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from lookalike import faults
from lookalike.stores.record_segments import SEGMENT_BYTES, Segments
from lookalike.stores.sqlite_file import SqliteFile

_AT_ONCE = 500


def join(file: SqliteFile, segments: Segments, job_id: str) -> int:
    """How many segments fewer there are. A transaction for each new one: nobody waits for long."""
    sizes = segments.sizes(job_id)
    for group in _groups(sizes):
        with file.writing() as connection:
            _join(connection, segments, job_id, group)
    rest = iter(sorted(sizes))
    while some := list(islice(rest, _AT_ONCE)):
        # while the right to write is ours, no list is made anew of what is being deleted
        with file.writing() as connection:
            gone = _unlisted(connection, job_id, some)
            if gone:
                faults.hit("before-unlist")
                segments.delete(job_id, gone)
                faults.hit("after-unlist")
    return len(sizes) - len(segments.sizes(job_id))


def _groups(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """The numbers of small segments, in groups that together are about as large as one may be."""
    group: list[int] = []
    size = 0
    for number in sorted(sizes):
        if sizes[number] >= SEGMENT_BYTES // 2:
            continue
        group.append(number)
        size += sizes[number]
        if size >= SEGMENT_BYTES or len(group) == _AT_ONCE:
            yield group
            group, size = [], 0
    if len(group) > 1:
        yield group


def _join(connection: sqlite3.Connection, segments: Segments, job_id: str, group: Sequence[int]) -> None:
    """Put what is listed of the segments of ``group`` into a new one, and list it there."""
    job = connection.execute("SELECT number, segments FROM job WHERE id = ?", (job_id,)).fetchone()
    if job is None:
        return
    number, new = job
    rows = _listed(connection, number, group)
    if len({segment for _, segment, _ in rows}) < 2:  # others have joined them meanwhile
        return
    faults.hit("before-join")
    segments.put(job_id, new, [segments.lines(job_id, segment)[place] for _, segment, place in rows])
    faults.hit("after-join")
    connection.executemany(
        "UPDATE record SET segment = ?, place = ? WHERE number = ?",
        [(new, place, row) for place, (row, _, _) in enumerate(rows)],
    )
    connection.execute("UPDATE job SET segments = ? WHERE number = ?", (new + 1, number))


def _listed(connection: sqlite3.Connection, number: int, group: Sequence[int]) -> list[tuple[int, int, int]]:
    """``(row, segment, place)`` of every record that is listed in the segments of ``group``."""
    marks = ", ".join("?" * len(group))
    statement = (
        f"SELECT number, segment, place FROM record WHERE job = ? AND segment IN ({marks}) "  # noqa: S608
        "ORDER BY segment, place"
    )
    return connection.execute(statement, (number, *group)).fetchall()


def _unlisted(connection: sqlite3.Connection, job_id: str, some: Sequence[int]) -> list[int]:
    """Those of ``some`` segments in which no record is listed any more, and none will be."""
    job = connection.execute("SELECT number, segments FROM job WHERE id = ?", (job_id,)).fetchone()
    if job is None:
        return []
    number, following = job
    listed = {segment for _, segment, _ in _listed(connection, number, some)}
    return [segment for segment in some if segment < following and segment not in listed]
