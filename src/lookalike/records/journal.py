"""The `Sink` of the command line: a file of JSON lines beside the output, only ever added to.

The first line says which job it is. A process that is killed leaves at most half a last line, which the next
one cuts off. Two processes cannot have it open at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from lookalike.errors import Damaged, UsageError, WrongState
from lookalike.records.sink import (
    Accepted,
    Candidate,
    Entry,
    Granted,
    Rejected,
    Reserved,
    Settled,
    Worked,
    of_dict,
    to_dict,
)
from lookalike.tables.atomic import told_as_cannot_write

FORM = "lookalike-records"
VERSION = 1


def key_of(entry: Entry) -> tuple[Any, ...]:
    """What an entry may be there only once for."""
    match entry:
        case Reserved() | Settled():
            return (type(entry), entry.call)
        case Accepted():
            return (Accepted, entry.slot)
        case Candidate() | Rejected():
            return (type(entry), entry.slot, entry.number)
        case Granted():
            return (Granted, entry.run)
        case Worked():
            return (Worked, entry.run, entry.part)


class Journal:
    """A log in a file. ``identity`` says what the job is: a file of another one is refused.

    Raises `UsageError` for another job's file, `WrongState` while another process writes to it, `Damaged`
    when a line in its midst is none, `CannotWrite` for the disk.
    """

    def __init__(self, path: str | os.PathLike[str], identity: str, filters: str = "") -> None:
        self.path = Path(path)
        self._keys: set[tuple[Any, ...]] = set()
        with told_as_cannot_write(str(path)):
            self._file: BinaryIO = open(self.path, "a+b", buffering=0)  # noqa: SIM115, PTH123
        try:
            self._lock()
            self._open(identity, filters)
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise WrongState(
                f"Another process is writing to {self.path}.",
                hint="Wait for it to end, or give another -o.",
            ) from error

    def _open(self, identity: str, filters: str) -> None:
        lines = self._whole_lines()
        if not lines:
            self._append([{"is": FORM, "version": VERSION, "identity": identity, "filters": filters}])
            return
        head = self._parsed(lines[0], 1)
        if head.get("is") != FORM or head.get("version") != VERSION:
            raise UsageError(f"{self.path} is not the journal of a write job.", file=str(self.path))
        if head.get("identity") != identity:
            raise UsageError(
                f"{self.path} belongs to another spec: other columns, prompts, models or seeds.",
                hint="Give another -o, or begin anew with --restart.",
                file=str(self.path),
            )
        said = filters
        for number, line in enumerate(lines, 1):
            entry = self._parsed(line, number)
            said = entry.get("filters", said)
        if said != filters:
            # what was decided by other filters is decided anew; what was paid for stays
            self._append([{"is": "rejudged", "filters": filters}])
        self._keys = {key_of(entry) for entry in self.replay()}

    def _whole_lines(self) -> list[bytes]:
        """The lines of the file; what a killed process left of another one is cut off."""
        with told_as_cannot_write(str(self.path)):
            self._file.seek(0)
            data = self._file.read()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                self._file.truncate(whole)
        return data[:whole].splitlines()

    def _parsed(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line)
        except ValueError as error:
            raise Damaged(f"Line {number} of {self.path} is no JSON.", file=str(self.path)) from error
        if not isinstance(found, dict):
            raise Damaged(f"Line {number} of {self.path} is no entry.", file=str(self.path))
        return found

    def _append(self, entries: Sequence[dict[str, Any]]) -> None:
        data = b"".join(json.dumps(entry, ensure_ascii=True).encode() + b"\n" for entry in entries)
        with told_as_cannot_write(str(self.path)):
            end = self._file.seek(0, os.SEEK_END)
            try:
                view = memoryview(data)
                while view:
                    view = view[self._file.write(view) :]
                os.fdatasync(self._file.fileno())
            except OSError:
                # half a batch must not stand before the next one
                with contextlib.suppress(OSError):
                    self._file.truncate(end)
                raise

    def write(self, entries: Sequence[Entry]) -> list[bool]:
        """Whether each is new, once they are on the disk."""
        keys = [key_of(entry) for entry in entries]
        fresh: dict[tuple[Any, ...], Entry] = {}
        new: list[bool] = []
        for key, entry in zip(keys, entries, strict=True):
            new.append(key not in self._keys and key not in fresh)
            if new[-1]:
                fresh[key] = entry
        if fresh:
            self._append([to_dict(entry) for entry in fresh.values()])
            self._keys.update(fresh)
        return new

    def replay(self) -> Iterator[Entry]:
        """All entries; what was decided by earlier filters is passed over."""
        kept: list[Entry] = []
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                found = self._parsed(line, number)
                if found.get("is") == "rejudged":
                    kept = [e for e in kept if not _was_judged(e)]
                elif found.get("is") != FORM:
                    try:
                        kept.append(of_dict(found))
                    except (KeyError, TypeError) as error:
                        raise Damaged(
                            f"Line {number} of {self.path} is no entry.", file=str(self.path)
                        ) from error
        yield from kept

    def close(self) -> None:
        self._file.close()


def _was_judged(entry: Entry) -> bool:
    return isinstance(entry, Accepted) or (isinstance(entry, Rejected) and entry.kind == "filter")
