"""PDF → the text of each page, by pypdf."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

from lookalike.errors import BadDocument
from lookalike.records.documents.limits import Budget

_AGAIN = "Open it in a viewer and print it to a new PDF, or give its text."


def pdf_pages(data: bytes, file: str, budget: Budget) -> Iterator[str]:
    """The text of page 1, 2, …; empty where a page has none. `BadDocument` names the page that is damaged."""
    reader = _opened(data, file)
    budget.pages(_counted(reader, file))
    for number in range(len(reader.pages)):
        budget.time(number + 1)
        yield budget.text(_page(reader, number, file), number + 1)


def _opened(data: bytes, file: str) -> Any:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError

    # it tells every oddity of a file on standard error
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        readable = not reader.is_encrypted or bool(reader.decrypt(""))
    except MemoryError:
        raise
    except DependencyError as error:
        raise BadDocument("The PDF is encrypted in an unknown way.", hint=_AGAIN, file=file) from error
    except Exception as error:
        raise BadDocument("The PDF is damaged: it cannot be opened.", hint=_AGAIN, file=file) from error
    if not readable:
        hint = "Save a copy of it without the password."
        raise BadDocument("The PDF has a password.", hint=hint, file=file)
    return reader


def _counted(reader: Any, file: str) -> int:
    try:
        return len(reader.pages)
    except MemoryError:
        raise
    except Exception as error:
        raise BadDocument("The PDF is damaged: its pages are not found.", hint=_AGAIN, file=file) from error


def _page(reader: Any, number: int, file: str) -> str:
    said = "A page of the PDF is damaged, or unpacks to too much."
    try:
        page = reader.pages[number]
        text: str = page.extract_text()
        lost = not text.strip() and _is_lost(page)
    except MemoryError:
        raise
    except Exception as error:
        raise BadDocument(said, hint=_AGAIN, file=file, page=number + 1) from error
    if lost:
        raise BadDocument(said, hint=_AGAIN, file=file, page=number + 1)
    # surrogates cannot be written anywhere
    return text.replace("\r\n", "\n").replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _is_lost(page: Any) -> bool:
    """Whether the page has content that the reader could not unpack, which it does not tell."""
    found: Any = page.get("/Contents")
    found = None if found is None else found.get_object()
    parts = [part.get_object() for part in found] if isinstance(found, list) else [found]
    return any(part is not None and part._data and not part.get_data() for part in parts)
