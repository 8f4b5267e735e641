"""A zip of one JSON document and NumPy arrays, written whole or not at all, and read as if from a stranger.

    model.json            any JSON object; its field ``arrays`` lists each array's dtype and shape
    arrays/<name>.npy     numbers and booleans only, C order, little endian, never pickled

Reading allocates nothing whose size has not been checked first against what the zip declares, and that
against the size of the file itself. Arrays come out writable and aligned.
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lookalike.errors import BadModelFile, UsageError
from lookalike.tables.atomic import write_bytes

DOCUMENT = "model.json"

MAX_MEMBERS = 20_000
MAX_DOCUMENT_BYTES = 256 << 20
MAX_TOTAL_BYTES = 8 << 30
MAX_EXPANSION = 100
ALWAYS_ALLOWED_BYTES = 1 << 20
"""A file may expand to this much, or to `MAX_EXPANSION` times its own size, whichever is more."""

DTYPES = frozenset(
    np.dtype(code).str for code in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")
)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    RuntimeError,  # an encrypted member; its subclasses: an unknown packing, JSON nested too deep
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
    MemoryError,
    OSError,
)
"""What the standard library raises on bytes that are not what they claim to be."""

_PIECE_BYTES = 1 << 14
_MOMENT = (1980, 1, 1, 0, 0, 0)  # members carry no time: the same model saved twice is the same bytes
_MAGIC = b"\x93NUMPY\x01\x00"
_HEADER = re.compile(rb"\{'descr': '([^']{2,4})', 'fortran_order': False, 'shape': \(([0-9, ]*)\), \} *\n")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


def canonical(value: Any) -> bytes:
    """``value`` as JSON with sorted keys and no spaces; `UsageError` when it is not JSON (NaN is not)."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError) as error:
        raise UsageError(f"This model cannot be stored as JSON: {error}.") from error


def listing(arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Name → dtype and shape, in name order; `UsageError` for an array that a model file cannot hold."""
    listed: dict[str, Any] = {}
    for name in sorted(arrays):
        array = arrays[name]
        if array.dtype.str not in DTYPES:
            raise UsageError(
                f"The array {name!r} has the type {array.dtype}; a model file holds numbers and booleans.",
                hint="Keep text in the JSON part of the model.",
            )
        if not _NAME.fullmatch(name):
            raise UsageError(f"The array name {name!r} must be made of letters, digits, '_', '-' and '.'.")
        listed[name] = {"dtype": array.dtype.str, "shape": list(array.shape)}
    return listed


def write(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray], path: Path) -> None:
    """Put what `packed` gives at ``path``; `CannotWrite` for the disk."""
    write_bytes(path, packed(document, arrays))


def packed(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The zip of ``document`` (its ``arrays`` is filled in here) and ``arrays``."""
    text = canonical({**document, "arrays": listing(arrays)})
    parts = [(DOCUMENT, memoryview(text)), *((_member(name), _npy(arrays[name])) for name in sorted(arrays))]
    data = _zipped(parts, deflate=True)
    if sum(len(part) for _, part in parts) > _allowed(len(data)):
        data = _zipped(parts, deflate=False)  # so empty that `read` would take it for a bomb
    return data


def read(path: Path, data: bytes | None = None) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The document and the arrays; `BadModelFile` for whatever is wrong with the container.

    ``data``: the bytes of the file, where they are at hand; then ``path`` is only what errors call it.
    """
    try:
        with path.open("rb") if data is None else io.BytesIO(data) as file, zipfile.ZipFile(file) as archive:
            members = _members(archive, file.seek(0, os.SEEK_END))
            document = _document(archive, members)
            return document, _arrays(archive, members, document["arrays"])
    except BadModelFile as error:
        error.file = str(path)
        raise
    except FileNotFoundError as error:
        hint = "Check the path; `lookalike fit` makes a model file."
        raise BadModelFile("There is no such file.", hint=hint, file=str(path)) from error
    except (IsADirectoryError, PermissionError) as error:
        raise BadModelFile(f"It cannot be read: {error.strerror}.", file=str(path)) from error
    except BROKEN as error:
        raise damaged(str(error) or type(error).__name__, path) from error


def damaged(why: str, path: Path | None = None) -> BadModelFile:
    """The error for a file that is not a model file, or no longer one."""
    return BadModelFile(
        f"This is not a model file, or it was damaged: {why}.",
        hint="Copy it again from where it was made, or fit the model again.",
        file=None if path is None else str(path),
    )


def _member(name: str) -> str:
    return f"arrays/{name}.npy"


def _npy(array: np.ndarray) -> memoryview:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array, order="C"), (1, 0), allow_pickle=False)
    return buffer.getbuffer()


def _zipped(parts: Sequence[tuple[str, memoryview]], *, deflate: bool) -> bytes:
    """The bytes of the zip; a member is deflated where a few pieces of it say that this pays."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts:
            info = zipfile.ZipInfo(name, date_time=_MOMENT)
            info.external_attr = 0o644 << 16
            packed = deflate and _pays(data)
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            archive.writestr(info, data, compresslevel=1)
    return out.getvalue()


def _pays(data: memoryview) -> bool:
    step = max(_PIECE_BYTES, len(data) // 8)
    pieces = b"".join(data[at : at + _PIECE_BYTES] for at in range(0, len(data), step))
    return len(zlib.compress(pieces, 1)) < 0.8 * len(pieces)


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise damaged(f"it has {len(infos):,} members")
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if info.filename in members:
            raise damaged(f"the member {info.filename!r} is there twice")
        if info.flag_bits & 0x1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged(f"the member {info.filename!r} is encrypted or packed in an unknown way")
        members[info.filename] = info
    total = sum(info.file_size for info in infos)
    if total > _allowed(size):
        raise damaged(f"its members expand to {total:,} bytes, more than the {_allowed(size):,} allowed")
    return members


def _allowed(size: int) -> int:
    """What the members of a file of ``size`` bytes may come to."""
    return min(MAX_TOTAL_BYTES, max(ALWAYS_ALLOWED_BYTES, MAX_EXPANSION * size))


def _document(archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo]) -> dict[str, Any]:
    info = members.get(DOCUMENT)
    if info is None:
        raise damaged(f"there is no {DOCUMENT} in it")
    if info.file_size > MAX_DOCUMENT_BYTES:
        raise damaged(f"{DOCUMENT} is {info.file_size:,} bytes long")
    document = json.loads(archive.read(info).decode(), parse_constant=_refuse)
    if not isinstance(document, dict) or not isinstance(document.get("arrays"), dict):
        raise damaged(f"{DOCUMENT} does not describe a model")
    return document


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _arrays(
    archive: zipfile.ZipFile, members: Mapping[str, zipfile.ZipInfo], listed: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    stray = {_member(name) for name in listed} ^ (set(members) - {DOCUMENT})
    if stray:
        raise damaged(f"the member {min(stray)!r} is missing, or not listed")
    return {name: _array(archive, members[_member(name)], listed[name]) for name in sorted(listed)}


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, entry: Any) -> np.ndarray:
    """A new array; its header must say what the document says, and its bytes must be that many."""
    dtype, shape = entry["dtype"], entry["shape"]
    if dtype not in DTYPES or len(shape) > 8 or any(type(n) is not int or n < 0 for n in shape):
        raise damaged(f"the array {info.filename!r} has an impossible type or shape")
    nbytes = math.prod(shape) * np.dtype(dtype).itemsize
    if not nbytes < info.file_size <= nbytes + 4096:
        raise damaged(f"the array {info.filename!r} is not as long as its shape says")
    with archive.open(info) as member:
        if _header(member) != (dtype, shape):
            raise damaged(f"the array {info.filename!r} is not of the type and shape listed")
        array = np.empty(shape, dtype)
        if nbytes:
            _fill(member, array.reshape(-1).view(np.uint8).data)
        if member.read(1):
            raise damaged(f"the array {info.filename!r} is longer than its shape says")
    if dtype == "|b1" and nbytes and array.reshape(-1).view(np.uint8).max() > 1:
        raise damaged(f"the array {info.filename!r} has booleans that are neither true nor false")
    return array


def _header(member: Any) -> tuple[str, list[int]]:
    """dtype and shape of a .npy header, read with a pattern: NumPy's own reader evaluates a literal."""
    if member.read(len(_MAGIC)) != _MAGIC:
        raise damaged("an array does not begin like one")
    (length,) = struct.unpack("<H", member.read(2))
    match = _HEADER.fullmatch(member.read(length))
    if match is None:
        raise damaged("an array has a header that cannot be read")
    return match[1].decode("ascii"), [int(n) for n in match[2].split(b",") if n.strip()]


def _fill(member: Any, view: memoryview) -> None:
    done = 0
    while done < len(view):
        piece = member.read(min(1 << 20, len(view) - done))
        if not piece:
            raise EOFError("an array ends early")
        view[done : done + len(piece)] = piece
        done += len(piece)
