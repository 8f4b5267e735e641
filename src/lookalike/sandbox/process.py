"""Untrusted tables and documents are read in a process of their own, which has limits and nothing to lose.

The bytes go in by a pipe as they are opened, so that no plaintext is ever a file.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from lookalike.errors import BadDocument, BadSchema, BadTable, LookalikeError, Unavailable, UsageError
from lookalike.records.documents import Cut, Item, Source

MOST_ANSWER = 64 << 20
_KINDS: dict[str, type[LookalikeError]] = {
    kind.code: kind for kind in (BadTable, BadSchema, BadDocument, UsageError)
}
_PASSED = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one file may take: memory of the process, its processor time, and time by the clock.

    max_bytes: of the upload, and of what it decompresses to. at_once: processes; others wait for their turn.
    """

    max_bytes: int = 1 << 30
    memory_mb: int = 4096
    seconds: int = 120
    at_once: int = 2


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a table is. schema: as `Schema.to_dict`; preview: its first rows as texts, None for missing.

    facts: what was seen in each column, as `lookalike.sandbox.column_facts.facts_of`.
    """

    rows: int
    columns: int
    schema: Mapping[str, Any]
    schema_text: str
    notes: tuple[str, ...]
    preview: list[list[str | None]]
    facts: list[dict[str, Any]]


class Sandbox:
    """Parses tables under ``bounds``; safe from many threads."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self.bounds = bounds or Bounds()
        self._turns = threading.BoundedSemaphore(self.bounds.at_once)

    def parse(self, pieces: Iterable[bytes], name: str, reading: Mapping[str, Any]) -> Parsed:
        """What the table in ``pieces`` is. ``name`` is what its file was called, ``reading`` as `verbs.read`.

        Raises `BadTable` with row and column, also for what needs more than it may; `BadSchema`,
        `UsageError`; `Unavailable` when other tables are being parsed for too long; what ``pieces`` raises.
        """
        table = self._asked(pieces, {"do": "table", "name": name, "reading": dict(reading)})
        table["notes"] = tuple(table["notes"])
        return Parsed(**table)

    def items(self, pieces: Iterable[bytes], name: str, cut: Cut) -> list[Item]:
        """The items of the document or table in ``pieces``, as `lookalike.records.documents.read_items`.

        Raises as `parse` does, and `BadDocument` with the page.
        """
        found = self._asked(pieces, {"do": "items", "name": name, "cut": asdict(cut)})
        return [Item(fields, Source(name, found["sha256"], *place)) for fields, place in found["items"]]

    def _asked(self, pieces: Iterable[bytes], options: Mapping[str, Any]) -> dict[str, Any]:
        """What the process answers, in its turn."""
        if not self._turns.acquire(timeout=self.bounds.seconds):
            raise Unavailable(
                "Too many files are being read just now.", hint="Try again in a minute, with the same file."
            )
        try:
            return self._answer(pieces, options)
        finally:
            self._turns.release()

    def _answer(self, pieces: Iterable[bytes], asked: Mapping[str, Any]) -> dict[str, Any]:
        bounds = self.bounds
        options = {
            **asked,
            "max_bytes": bounds.max_bytes,
            "memory_mb": bounds.memory_mb,
            "cpu_s": bounds.seconds,
        }
        command = [sys.executable, "-m", "lookalike.sandbox.parser"]
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd="/" if os.name == "posix" else None,
            start_new_session=True,
        )
        assert process.stdin is not None  # noqa: S101  (it is a pipe)
        assert process.stdout is not None  # noqa: S101
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(bounds.seconds, end)
        clock.start()
        # not as an argument, which every user of the machine can read: a schema names columns
        head = json.dumps(options).encode() + b"\n"
        feeder = _Feeder(process.stdin, itertools.chain([head], pieces))
        feeder.start()
        said = b""
        try:
            said = process.stdout.read(MOST_ANSWER + 1)
        finally:
            process.stdout.close()
            if len(said) > MOST_ANSWER:
                process.kill()
            status = process.wait()
            clock.cancel()
            clock.join()
            feeder.join()
        if feeder.trouble is not None:
            raise feeder.trouble
        if late.is_set() or status != 0 or len(said) > MOST_ANSWER:
            raise self._too_much(options)
        answer = json.loads(said)
        if "error" in answer:
            self._raise(answer["error"], options)
        return dict(answer["made"])

    def _raise(self, error: Mapping[str, Any], options: Mapping[str, Any]) -> NoReturn:
        if error["code"] == "over-limit":
            raise self._too_much(options)
        kind = _KINDS.get(error["code"], BadTable)
        places = ("hint", "file", "page") if kind is BadDocument else ("hint", "row", "column")
        raise kind(error["message"], **{name: error.get(name) for name in places})

    def _too_much(self, options: Mapping[str, Any]) -> LookalikeError:
        kind, word = (BadTable, "table") if options["do"] == "table" else (BadDocument, "document")
        return kind(
            f"Reading this {word} took more than {self.bounds.memory_mb:,} MB of memory or "
            f"{self.bounds.seconds:,} s, or broke the reader.",
            hint="Check that the file is what it says it is, or upload a part of it.",
        )


class _Feeder(threading.Thread):
    """Writes ``pieces`` to a pipe, whose reader may stop listening at any time."""

    def __init__(self, pipe: Any, pieces: Iterable[bytes]) -> None:
        super().__init__(name="lookalike-feeder", daemon=True)
        self._pipe = pipe
        self._pieces = pieces
        self.trouble: LookalikeError | None = None

    def run(self) -> None:
        try:
            for piece in self._pieces:
                self._pipe.write(piece)
        except OSError:
            pass  # it has heard enough, or died; its answer or its status says so
        except LookalikeError as error:
            self.trouble = error
        finally:
            with contextlib.suppress(OSError):
                self._pipe.close()


def _environment() -> dict[str, str]:
    """Nothing of ours but where Python is: no settings, no keys."""
    kept = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return {
        **kept,
        "ARROW_DEFAULT_MEMORY_POOL": "system",
        "OMP_NUM_THREADS": "2",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
