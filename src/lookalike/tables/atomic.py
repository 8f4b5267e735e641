"""Where a file's bytes go: under a temporary name until all of them are on the disk, then renamed.

Whatever happens in between (an error, Ctrl-C, a full disk), nothing new stands under the asked name and a
file that stood there is untouched; only a killed process leaves its ``.NAME.XXXXXXXX.part`` behind.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import secrets
import stat
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO

from lookalike import faults
from lookalike.errors import CannotWrite

_BUFFER_BYTES = 1 << 20

_HINTS: dict[int, tuple[str, str]] = {
    errno.ENOSPC: (
        "the disk is full",
        "Free some space, ask for fewer rows, or choose a folder on another disk.",
    ),
    errno.EDQUOT: ("your disk quota is used up", "Free some space, or choose a folder on another disk."),
    errno.EFBIG: ("the file would be larger than is allowed here", "Ask for fewer rows, or raise the limit."),
    errno.EACCES: ("permission denied", "Choose a folder that you may write to."),
    errno.EPERM: ("permission denied", "Choose a folder that you may write to."),
    errno.EROFS: ("the file system is read-only", "Choose a folder that you may write to."),
    errno.ENOENT: ("its folder does not exist", "Create the folder first."),
    errno.ENOTDIR: ("its folder is a file", "Choose another folder."),
    errno.EISDIR: ("that is a folder", "Give the name of a file in it."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
    errno.EPIPE: ("whoever was reading closed the pipe", "Nothing to do if that was meant, as with `head`."),
}


class Sink(io.RawIOBase):
    """A binary stream that counts and hashes what passes; every failure is a `CannotWrite` naming the file.

    sha256 is fed with all bytes in order; size_bytes is their number.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__()
        self._stream = stream
        self._name = name
        self._abandoned = False
        self.sha256 = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.size_bytes

    def write(self, data: bytes | bytearray | memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        """All of ``data``, always."""
        view = memoryview(data).cast("B")
        if self._abandoned:
            return len(view)
        with told_as_cannot_write(self._name):
            faults.hit("before-write")
            self._stream.write(view)
        self.sha256.update(view)
        self.size_bytes += len(view)
        return len(view)

    def abandon(self) -> None:
        """From now on swallow what is written: a library that closes its file late must not fail again."""
        self._abandoned = True


@contextlib.contextmanager
def open_sink(path: str | Path) -> Generator[Sink, None, None]:
    """A `Sink` for a new file at ``path``, which appears, whole, when the body ends without an error.

    ``-`` is standard output. What exists and is not a regular file (a pipe, a device) is written directly.
    """
    if str(path) == "-":
        yield from _standard_output()
        return
    with told_as_cannot_write(str(path)):
        target = Path(os.path.realpath(path))
        mode = _mode(target)
    if mode is not None and not stat.S_ISREG(mode):
        yield from _directly(target, str(path))
    else:
        yield from _atomically(target, str(path), mode)


def write_bytes(path: str | Path, data: bytes) -> None:
    """Put a small file in place atomically."""
    with open_sink(path) as sink:
        sink.write(data)


def create_private(path: str | Path, data: bytes) -> bool:
    """Put a new small file in place, whole and durable, for its owner alone; False when there is one, which
    stays. `CannotWrite`, and nothing is left, when it cannot be made."""
    target = Path(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    with told_as_cannot_write(str(path)):
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(handle, "wb") as file:  # noqa: PTH123  (it is open already)
                file.write(data)
                file.flush()
                os.fsync(handle)
            try:
                os.link(part, target)  # unlike a rename, it never replaces what is there
            except FileExistsError:
                return False
            except OSError:  # a file system without hard links: FAT, some shares
                if os.path.lexists(target):
                    return False
                part.rename(target)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(target.parent)
    return True


def _atomically(target: Path, name: str, mode: int | None) -> Iterator[Sink]:
    shown = target.name.encode(errors="surrogateescape")[:200].decode(errors="ignore")
    part = target.with_name(f".{shown}.{secrets.token_hex(4)}.part")
    renamed = False
    try:
        with told_as_cannot_write(name):
            faults.hit("before-open")
            stream = part.open("xb", buffering=_BUFFER_BYTES)
        sink = Sink(stream, name)
        try:
            yield sink
            with told_as_cannot_write(name):
                faults.hit("before-fsync")
                stream.flush()
                os.fsync(stream.fileno())
                if mode is not None:
                    part.chmod(stat.S_IMODE(mode))
        finally:
            sink.abandon()
            with contextlib.suppress(OSError):
                stream.close()
        with told_as_cannot_write(name):
            faults.hit("before-rename")
            part.replace(target)
            renamed = True
            faults.hit("after-rename")
            _sync_folder(target.parent)
    finally:
        if not renamed:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)


def _directly(target: Path, name: str) -> Iterator[Sink]:
    with told_as_cannot_write(name):
        stream = target.open("wb", buffering=_BUFFER_BYTES)
    sink = Sink(stream, name)
    try:
        yield sink
        with told_as_cannot_write(name):
            stream.flush()
    finally:
        sink.abandon()
        with contextlib.suppress(OSError):
            stream.close()


def _standard_output() -> Iterator[Sink]:
    stream = sys.stdout.buffer
    sink = Sink(stream, "standard output")
    try:
        yield sink
        with told_as_cannot_write("standard output"):
            stream.flush()
    except CannotWrite:
        # what is still buffered would fail again when the interpreter ends, and say so
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise
    finally:
        sink.abandon()


def _mode(target: Path) -> int | None:
    """The mode bits of what is at ``target``; None when nothing is."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return mode


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can (Windows cannot open a folder)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def told_as_cannot_write(name: str) -> Generator[None, None, None]:
    """`CannotWrite` with a hint in place of an `OSError`."""
    try:
        yield
    except CannotWrite:
        raise
    except OSError as problem:
        reason, hint = _HINTS.get(problem.errno or 0, (problem.strerror or str(problem), None))
        raise CannotWrite(f"Cannot write {name}: {reason}.", hint=hint, file=name) from problem
