"""Compressed bytes to the one file inside: gzip, Zstandard, and zip with a single member.

A member is refused when it grows beyond ``max_expansion`` times what it was, before it is held in memory.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pyarrow as pa

from lookalike.errors import BadTable
from lookalike.tables.limits import EXPANSION_FLOOR, Limits
from lookalike.tables.source import ByteStream

_CALLED = {"gz": "gzip", "zst": "Zstandard", "zip": "zip"}
_DAMAGED = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


class _Raw(io.RawIOBase):
    """A `ByteStream` in the shape that the decompressors ask for."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.failure: BadTable | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        try:
            return self._stream.read_all() if size < 0 else self._stream.read(size)
        except BadTable as failure:
            self.failure = failure
            raise

    def readinto(self, buffer: Any, /) -> int:
        part = self.read(len(buffer))
        buffer[: len(part)] = part
        return len(part)


def decompress(stream: ByteStream, kind: str, limits: Limits) -> ByteStream:
    """The bytes inside ``stream``, which is ``kind``: ``gz``, ``zst`` or ``zip``."""
    if kind == "zip":
        return _open_zip(stream, limits)
    raw = _Raw(stream)
    opened: Any = (
        gzip.GzipFile(fileobj=io.BufferedReader(raw, 1 << 18), mode="rb")
        if kind == "gz"
        else pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd")
    )
    fetch = _guarded(opened.read, stream, kind, limits)
    return ByteStream(fetch, stream.name, limits, consumed=stream.progress)


def _guarded(
    read: Callable[[int], bytes],
    stream: ByteStream,
    kind: str,
    limits: Limits,
    packed: int | None = None,
) -> Callable[[int], bytes]:
    """``read`` with its errors made `BadTable`, stopped when the output outgrows the input."""
    produced = 0

    def fetch(count: int) -> bytes:
        nonlocal produced
        try:
            part = read(count)
        except BadTable:
            raise
        except EOFError as error:
            raise _truncated(stream.name, kind) from error
        except _DAMAGED as error:
            if "runcated" in str(error):
                raise _truncated(stream.name, kind) from error
            raise BadTable(
                f"The {_CALLED[kind]} data is damaged: {error}.",
                hint="Download or copy the file again.",
                file=stream.name,
            ) from error
        produced += len(part)
        known = packed if packed is not None else stream.size
        refuse_expansion(produced, known or stream.progress()[0], stream.name, limits)
        return part

    return fetch


def refuse_expansion(produced: int, packed: int, name: str, limits: Limits) -> None:
    """`BadTable` when ``packed`` bytes have become ``produced``, beyond the allowed ratio."""
    if produced > EXPANSION_FLOOR and produced > limits.max_expansion * max(packed, 1):
        raise BadTable(
            f"The file grows to more than {limits.max_expansion} times its size when decompressed.",
            hint="If you trust it, decompress it yourself, or raise the limit (--limit expansion=N).",
            file=name,
        )


def _truncated(name: str, kind: str) -> BadTable:
    return BadTable(
        f"The {_CALLED[kind]} data ends too early: the file was cut off.",
        hint="Download or copy the file again.",
        file=name,
    )


def _open_zip(stream: ByteStream, limits: Limits) -> ByteStream:
    try:
        archive = zipfile.ZipFile(stream.path if stream.path is not None else io.BytesIO(stream.read_all()))
        member = _one_member(archive, stream.name)
        refuse_expansion(member.file_size, member.compress_size, stream.name, limits)
        opened = archive.open(member)
    except BadTable:
        raise
    except _DAMAGED as error:
        raise BadTable(
            f"The zip archive is damaged: {error}.", hint="Download or copy the file again.", file=stream.name
        ) from error
    fetch = _guarded(opened.read, stream, "zip", limits, packed=member.compress_size)
    name = f"{stream.name}:{member.filename}"
    return ByteStream(fetch, name, limits, size=member.file_size)


def _one_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The only file of the archive. What macOS adds beside it does not count."""
    members = [
        info
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith("__MACOSX/")
        and PurePosixPath(info.filename).name != ".DS_Store"
    ]
    if len(members) != 1:
        held = "no file" if not members else f"{len(members)} files"
        raise BadTable(
            f"The zip archive holds {held}; it must hold exactly one.",
            hint="Unpack it, and name the table you want.",
            file=name,
        )
    member = members[0]
    inside = member.filename.replace("\\", "/")
    if inside.startswith("/") or ".." in inside.split("/") or inside[1:2] == ":":
        raise BadTable(
            f"The zip archive holds {member.filename!r}, a path that leads outside of it.",
            hint="Do not trust this archive. If you must, unpack it in an empty folder and look.",
            file=name,
        )
    if member.flag_bits & 0x1:
        raise BadTable(
            "The zip archive is encrypted.",
            hint="Unpack it with its password, and read the table.",
            file=name,
        )
    return member
