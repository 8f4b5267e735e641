"""Files by key: on disk, in memory, in S3 or what speaks like it; all through obstore.

Every back end passes ``tests/contract/test_blobs_contract.py``. A blob is put whole or not at all, and never
changed afterwards, only replaced or deleted. What an interrupted put has sent to S3 already is seen by
nobody, but paid for: give the bucket a lifecycle rule that ends unfinished uploads.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from lookalike import faults
from lookalike.errors import CannotWrite, LookalikeError, NotFound, Unavailable, UsageError

PIECE_BYTES = 1 << 20
"""About how many bytes `BlobStore.read` yields at a time."""

_PART_BYTES = 5 << 20  # the smallest part that S3 takes
_PARTS_AT_ONCE = 2
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}(/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}){0,7}")
_STAGED = re.compile(r".+#[0-9]+")


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """key; size_bytes; sha256: hex, of the content, known where all of it has just passed, else None."""

    key: str
    size_bytes: int
    sha256: str | None = None


class BlobStore(Protocol):
    """Safe from many threads and processes. Keys are ``/``-separated words of ``A-Z a-z 0-9 _ - .``."""

    def put(self, key: str, chunks: Iterable[bytes]) -> BlobInfo:
        """The blob under ``key``, there as a whole once this returns, and durable; with its ``sha256``.

        What ``chunks`` raises is raised here, and then nothing new is there. `CannotWrite` for the store.
        """
        ...

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes ``start`` … ``stop - 1`` in pieces (None: to the end; beyond the end is nothing).

        `NotFound` when there is no such blob, at once and not with the first piece.
        """
        ...

    def info(self, key: str) -> BlobInfo | None: ...

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """The blobs whose keys begin with ``prefix``, which is empty or ends in ``/``, in no order."""
        ...

    def delete(self, keys: Iterable[str]) -> None:
        """Make sure that none of them is there."""
        ...


class ObjectBlobs:
    """A `BlobStore` on any store of obstore."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def put(self, key: str, chunks: Iterable[bytes]) -> BlobInfo:
        import obstore

        sha256, size = hashlib.sha256(), 0
        # not obstore.put, which asks an iterator from inside its own runtime, where no other blob can be read
        with _writing(key):
            faults.hit("before-blob")
            writer: Any = obstore.open_writer(
                self._store, _checked(key), buffer_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
        try:
            for chunk in chunks:
                sha256.update(chunk)
                size += len(chunk)
                with _writing(key):
                    writer.write(chunk)
            with _writing(key):
                writer.close()
                self._make_durable(key)
        finally:
            writer = None  # one that was not closed takes back what it wrote
        faults.hit("after-blob")
        return BlobInfo(key, size, sha256.hexdigest())

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        known = self.info(key)
        if known is None:
            raise _absent(key)
        start, stop = clipped(known.size_bytes, start, stop)
        return self._pieces(key, start, stop) if start < stop else iter(())

    def info(self, key: str) -> BlobInfo | None:
        import obstore

        try:
            with _reading(key):
                found = obstore.head(self._store, _checked(key))
        except NotFound:
            return None
        return BlobInfo(key, found["size"])

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        import obstore

        if prefix and not prefix.endswith("/"):
            raise UsageError(f"The prefix {prefix!r} does not end in '/'.")
        with _reading(prefix):
            for page in obstore.list(self._store, prefix or None):
                for found in page:
                    yield BlobInfo(found["path"], found["size"])

    def delete(self, keys: Iterable[str]) -> None:
        import obstore

        for key in keys:
            try:
                with _writing(key):
                    obstore.delete(self._store, _checked(key))
            except NotFound:
                pass

    def _pieces(self, key: str, start: int, stop: int) -> Iterator[bytes]:
        import obstore

        with _reading(key):
            found = obstore.get(self._store, key, options={"range": (start, stop)})
            for piece in found.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)

    def _make_durable(self, key: str) -> None:
        """Whatever a store needs beyond `put` before a power cut can do no harm."""


class DiskBlobs(ObjectBlobs):
    """Blobs as files in a folder, which is created, for its owner alone, when it is not there."""

    def __init__(self, folder: str | Path) -> None:
        from obstore.store import LocalStore

        self._folder = Path(folder)
        with _writing(str(folder)):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            super().__init__(LocalStore(self._folder, automatic_cleanup=True))

    def unfinished(self) -> Mapping[str, tuple[int, int]]:
        """The files of puts that have not ended, by path: ``(size, time of the last change in ns)``.

        Those of a process that was killed never change again; whoever sees that drops them.
        """
        found: dict[str, tuple[int, int]] = {}
        for folder, _, names in os.walk(self._folder):
            for name in names:
                if _STAGED.fullmatch(name):
                    path = Path(folder) / name
                    try:
                        status = path.stat()
                    except FileNotFoundError:
                        continue
                    found[str(path)] = (status.st_size, status.st_mtime_ns)
        return found

    def drop_unfinished(self, paths: Iterable[str]) -> None:
        """Delete files that `unfinished` named."""
        for path in paths:
            if _STAGED.fullmatch(Path(path).name) and Path(path).is_relative_to(self._folder):
                Path(path).unlink(missing_ok=True)

    def _make_durable(self, key: str) -> None:
        """The file, and the folders that lead to it: some of them may be new. (Windows opens no folder.)"""
        path = self._folder / key
        folders = path.parents[: len(path.relative_to(self._folder).parts)] if os.name != "nt" else ()
        for opened in (path, *folders):
            handle = os.open(opened, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def memory_blobs() -> ObjectBlobs:
    """Blobs that end with the process."""
    from obstore.store import MemoryStore

    return ObjectBlobs(MemoryStore())


def clipped(size: int, start: int, stop: int | None) -> tuple[int, int]:
    """A range as it lies within ``size`` bytes; `UsageError` for one that cannot be meant."""
    if start < 0 or (stop is not None and stop < start):
        raise UsageError(f"Bytes {start} to {stop} are no range.")
    return min(start, size), size if stop is None else min(stop, size)


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise UsageError(f"{key!r} cannot be the key of a blob.")
    return key


def _absent(key: str) -> NotFound:
    return NotFound(f"There is no blob {key}.", hint="It was deleted, or never written.")


@contextmanager
def _writing(key: str) -> Generator[None, None, None]:
    """`CannotWrite` in place of what obstore and the system raise."""
    try:
        yield
    except (FileNotFoundError, LookalikeError) as error:
        raise (_absent(key) if isinstance(error, FileNotFoundError) else error) from error
    except Exception as error:
        full = f"os error {errno.ENOSPC}" in str(error) or getattr(error, "errno", None) == errno.ENOSPC
        why = "the disk is full" if full else _first_line(error)
        hint = "Free some space, then try again." if full else "Check the store and its permissions."
        raise CannotWrite(f"Cannot write {key}: {why}.", hint=hint, file=key) from error


@contextmanager
def _reading(key: str) -> Generator[None, None, None]:
    """`NotFound` and `Unavailable` in place of what obstore and the system raise."""
    try:
        yield
    except LookalikeError:
        raise
    except FileNotFoundError as error:
        raise _absent(key) from error
    except Exception as error:
        hint = "Check the store, and try again."
        raise Unavailable(f"Cannot read {key}: {_first_line(error)}.", hint=hint) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
