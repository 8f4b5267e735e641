"""A file of any known kind → its items."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import IO

from lookalike.errors import BadDocument
from lookalike.records.documents.docx_text import docx_text, is_docx
from lookalike.records.documents.html_text import html_text
from lookalike.records.documents.items import Item, Source
from lookalike.records.documents.limits import Budget, DocumentLimits
from lookalike.records.documents.passages import Cut, passages
from lookalike.records.documents.pdf_text import pdf_pages
from lookalike.records.documents.plain import decoded
from lookalike.records.documents.rows import rows

SUFFIXES = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".markdown": "text",
    ".html": "html",
    ".htm": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".csv": "table",
    ".tsv": "table",
    ".jsonl": "table",
    ".ndjson": "table",
    ".json": "table",
    ".parquet": "table",
    ".xlsx": "table",
}
"""What a file is by the ending of its name. Markdown is read as the text that it is."""

_READ = 1 << 20


def read_items(
    source: str | os.PathLike[str] | IO[bytes],
    *,
    name: str | None = None,
    cut: Cut | None = None,
    limits: DocumentLimits | None = None,
) -> Iterator[Item]:
    """The items of a file at a path, or of a binary file object that is called ``name``, in order.

    A row of a table is one item; a document is cut into passages, of a PDF each page by itself. At least one:
    `BadDocument` says, with file and page, that there is none, or why a file cannot be read; `BadTable` for
    tables.
    """
    limits = limits or DocumentLimits()
    if isinstance(source, str | os.PathLike):
        name = name or PurePath(source).name
        data = _of_path(Path(source), limits)
    else:
        name = name or PurePath(str(getattr(source, "name", "<stream>"))).name
        data = _whole(source, name, limits)
    kind = _kind(name, data)
    return _items(data, name, kind, cut or Cut(), Budget(limits, name))


def _items(data: bytes, name: str, kind: str, cut: Cut, budget: Budget) -> Iterator[Item]:
    sha256 = hashlib.sha256(data).hexdigest()
    number = 0
    if kind == "table":
        for row in rows(data, name, budget):
            number += 1
            yield Item(row, Source(name, sha256, number))
        return
    for page, text in _texts(data, name, kind, budget):
        for offset, passage in passages(text, cut):
            number += 1
            budget.items(number)
            yield Item({"text": passage}, Source(name, sha256, number, page, offset, len(passage)))
    if not number:
        raise BadDocument(
            "The document holds no text.",
            hint="Pages that are pictures must be read by OCR first." if kind == "pdf" else None,
            file=name,
        )


def _texts(data: bytes, name: str, kind: str, budget: Budget) -> Iterator[tuple[int | None, str]]:
    """``(page, text)``; one text without a page where there are none."""
    if kind == "pdf":
        yield from enumerate(pdf_pages(data, name, budget), start=1)
    elif kind == "docx":
        yield None, docx_text(data, name, budget)
    elif kind == "html":
        yield None, budget.text(html_text(data, name))
    else:
        yield None, budget.text(decoded(data, name))


def _kind(name: str, data: bytes) -> str:
    """What the file is, by its name, which must not contradict its first bytes."""
    kind = SUFFIXES.get(PurePath(name).suffix.lower())
    # a PDF may have a few bytes before its mark
    found = "pdf" if b"%PDF-" in data[:1024] else "docx" if data[:2] == b"PK" and is_docx(data) else None
    if kind is None and found is None:
        raise BadDocument(
            "The name of the file does not say what it is.",
            hint=f"Known endings: {' '.join(SUFFIXES)}.",
            file=name,
        )
    if kind in ("pdf", "docx") and found != kind:
        raise BadDocument(
            f"This is no {kind.upper()} file, though its name says so.",
            hint="Check that the file is what its name says.",
            file=name,
        )
    return kind or found or "text"


def _of_path(path: Path, limits: DocumentLimits) -> bytes:
    try:
        with path.open("rb") as handle:
            return _whole(handle, path.name, limits)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BadDocument(f"The file cannot be read: {reason}.", file=path.name) from error


def _whole(handle: IO[bytes], name: str, limits: DocumentLimits) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := handle.read(_READ):
        size += len(part)
        if size > limits.max_bytes:
            raise BadDocument(
                f"The file is larger than the limit of {limits.max_bytes:,} bytes.",
                hint="Split it, and give the parts that matter.",
                file=name,
            )
        parts.append(part)
    if not size:
        raise BadDocument("The file is empty.", file=name)
    return b"".join(parts)
