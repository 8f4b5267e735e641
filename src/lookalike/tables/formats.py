"""What a file says it is (its name) and what it is (its first bytes)."""

from __future__ import annotations

import re
from pathlib import PurePath

from lookalike.errors import BadTable, UsageError

TEXT_FORMATS = ("csv", "tsv")
FORMATS = ("csv", "tsv", "parquet", "arrow", "jsonl", "xlsx")
_ALIASES = {"feather": "arrow", "ipc": "arrow", "ndjson": "jsonl", "pq": "parquet"}

_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_ARCHIVE_SUFFIX = {".gz": "gz", ".gzip": "gz", ".zst": "zst", ".zstd": "zst", ".zip": "zip"}

_NAMES = {
    "csv": "a CSV file",
    "tsv": "a TSV file",
    "parquet": "a Parquet file",
    "arrow": "an Arrow (Feather) file",
    "jsonl": "a JSON Lines file",
    "xlsx": "an Excel workbook",
    "gz": "a gzip file",
    "zst": "a Zstandard file",
    "zip": "a zip archive",
    "text": "text",
}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"FEA1", "a Feather file of version 1"),
    (b"PARE", "an encrypted Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an Excel file of the old kind, or one with a password"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"\x89HDF", "an HDF5 file"),
    (b"Obj\x01", "an Avro file"),
    (b"ORC", "an ORC file"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
)
_TEXTUAL_MAGIC = (b"%PDF", b"{\\rtf")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f-\xff]")
_MARKUP = re.compile(rb"\s*<(!doctype html|html|head|body|table)\b", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b")
_HINTS = {
    "a Feather file of version 1": "Write it again as Feather version 2, or as Parquet.",
    "an encrypted Parquet file": "Write it again without encryption.",
    "an Excel file of the old kind, or one with a password": "Save it as .xlsx, without a password.",
    "a web page": "The download may have led to a sign-in page; download the table itself.",
}


def named_format(name: str) -> tuple[str | None, str | None]:
    """``(format, archive)`` that the file's name promises; None where its ending says nothing."""
    path = PurePath(name.lower())
    archive = _ARCHIVE_SUFFIX.get(path.suffix)
    if archive is not None:
        path = path.with_suffix("")
    return _BY_SUFFIX.get(path.suffix), archive


def asked_format(name: str | None) -> str | None:
    """The format called ``name``; `UsageError` when there is none of that name."""
    if name is None:
        return None
    lowered = name.lower().lstrip(".")
    found = _ALIASES.get(lowered, lowered)
    if found not in FORMATS:
        raise UsageError(f"There is no format {name!r}.", hint=f"The formats are {', '.join(FORMATS)}.")
    return found


def real_format(head: bytes) -> str:
    """What the first bytes are: a format, an archive, ``"text"``, or words for something else."""
    for magic, kind in _MAGIC:
        # a column may be called PAR1 or ORC: a printable magic counts only before bytes that are no text
        if head.startswith(magic) and (magic in _TEXTUAL_MAGIC or _CONTROL.search(head)):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(text):
        return "a web page"
    if _XML.match(text):
        return "an XML document"
    return "text"


def called(kind: str) -> str:
    """The kind in words that fit after 'this is'."""
    return _NAMES.get(kind, kind)


def not_as_named(name: str, expected: str | None, real: str) -> BadTable:
    """The refusal of a file whose content is ``real``, though its name or the caller said ``expected``."""
    if expected is None:
        message = f"This is {called(real)}, which Lookalike does not read."
    else:
        message = f"This should be {called(expected)}, but its content is {called(real)}."
    hint = _HINTS.get(real)
    if hint is None and (real in FORMATS or real == "text" or real in _ARCHIVE_SUFFIX.values()):
        hint = "Give the file the ending of what it is."
    elif hint is None:
        hint = "Save the table as CSV, TSV, Parquet, Arrow, JSON Lines or XLSX, and read that."
    return BadTable(message, hint=hint, file=name)
