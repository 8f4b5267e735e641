"""A path or a file object as one kind of byte stream: peeked, counted, limited, its errors wrapped."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lookalike.errors import BadTable, UsageError
from lookalike.tables.limits import Limits

READ_BYTES = 1 << 20


class ByteStream:
    """Bytes read once, in order. ``fetch(n)`` gives up to n bytes and ``b""`` at the end.

    name: what messages call it. size: in bytes, where known before reading.
    path: of the regular file that these bytes are, for the readers that need to seek.
    consumed: what `progress` answers, where these bytes are made from others.
    """

    def __init__(
        self,
        fetch: Callable[[int], bytes],
        name: str,
        limits: Limits,
        *,
        size: int | None = None,
        path: Path | None = None,
        consumed: Callable[[], tuple[int, int]] | None = None,
    ) -> None:
        self.name = name
        self.size = size
        self.path = path
        self._fetch = fetch
        self._limits = limits
        self._consumed = consumed
        self._ahead = b""
        self._received = 0
        if size is not None:
            self._refuse_above_limit(size)

    def read(self, count: int) -> bytes:
        """Exactly ``count`` bytes, fewer only at the end."""
        if len(self._ahead) >= count:
            taken, self._ahead = self._ahead[:count], self._ahead[count:]
            return taken
        parts, have = [self._ahead], len(self._ahead)
        self._ahead = b""
        while have < count:
            part = self._next(min(count - have, READ_BYTES))
            if not part:
                break
            parts.append(part)
            have += len(part)
        joined = b"".join(parts)
        if have > count:
            self._ahead = joined[count:]
            return joined[:count]
        return joined

    def peek(self, count: int) -> bytes:
        """The next ``count`` bytes (fewer only at the end), which stay to be read."""
        taken = self.read(count)
        self._ahead = taken + self._ahead
        return taken

    def push_back(self, rest: bytes) -> None:
        """Let ``rest``, which was read, be read again."""
        self._ahead = rest + self._ahead

    def read_all(self) -> bytes:
        """Everything that is left."""
        parts: list[bytes] = []
        while part := self.read(16 * READ_BYTES):
            parts.append(part)
        return b"".join(parts)

    def progress(self) -> tuple[int, int]:
        """Bytes of the original file consumed so far, and its size (0: unknown)."""
        return (self._received, self.size or 0) if self._consumed is None else self._consumed()

    def _next(self, count: int) -> bytes:
        try:
            part = self._fetch(count)
        except OSError as error:
            raise BadTable(
                f"The file could not be read: {error.strerror or error}.",
                hint="Check the disk or the connection, and try again.",
                file=self.name,
            ) from error
        self._received += len(part)
        self._refuse_above_limit(self._received)
        return part

    def _refuse_above_limit(self, count: int) -> None:
        most = self._limits.max_bytes
        if most is not None and count > most:
            raise BadTable(
                f"The file is larger than the limit of {most:,} bytes.",
                hint="Raise the limit, or use a part of the table.",
                file=self.name,
            )


def open_path(path: Path, limits: Limits) -> tuple[ByteStream, Callable[[], None]]:
    """The bytes of the file at ``path``, and what closes it. `BadTable` when it cannot be opened."""
    name = str(path)
    try:
        handle = path.open("rb", buffering=0)
    except (OSError, ValueError) as error:
        raise _cannot_open(name, error) from error
    mode = os.fstat(handle.fileno())
    regular = stat.S_ISREG(mode.st_mode)
    try:
        stream = ByteStream(
            handle.read,
            name,
            limits,
            size=mode.st_size if regular else None,
            path=path if regular else None,
        )
    except BadTable:
        handle.close()
        raise
    return stream, handle.close


def _cannot_open(name: str, error: OSError | ValueError) -> BadTable:
    shown = name.replace("\0", "\\0")
    if isinstance(error, FileNotFoundError):
        return BadTable(f"There is no file {shown!r}.", hint="Check the spelling of the path.", file=shown)
    if isinstance(error, IsADirectoryError):
        return BadTable(
            f"{shown!r} is a folder, not a table.", hint="Name one file inside the folder.", file=shown
        )
    if isinstance(error, PermissionError):
        return BadTable(
            f"{shown!r} may not be read by this user.",
            hint="Change its permissions and try again.",
            file=shown,
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return BadTable(f"The file cannot be opened: {reason}.", hint="Check the path.", file=shown)


def open_object(source: Any, limits: Limits) -> ByteStream:
    """The bytes that ``source.read(n)`` gives. `UsageError` when it gives text."""
    given = getattr(source, "name", None)
    name = given if isinstance(given, str) and given else "<stream>"

    def fetch(count: int) -> bytes:
        part = source.read(count)
        if part is None:
            raise BlockingIOError("the stream does not wait for data")
        if isinstance(part, str):
            raise UsageError(
                "The file object gives text; Lookalike reads bytes.", hint="Open it with mode 'rb'."
            )
        return bytes(part)

    return ByteStream(fetch, name, limits)
