"""DOCX → its text: the paragraphs and tables of the main document, without what was deleted in it."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO
from xml.parsers import expat  # doctypes are refused, so no entity is ever expanded

from lookalike.errors import BadDocument
from lookalike.records.documents.limits import Budget

_MAIN = "word/document.xml"
_AGAIN = "Open it in a word processor and save it again as .docx, or as PDF."
_READ = 1 << 16


def is_docx(data: bytes) -> bool:
    """Whether ``data`` is a zip archive with a Word document in it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _MAIN in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def docx_text(data: bytes, file: str, budget: Budget) -> str:
    """The text; paragraphs are parted by an empty line, cells by tabs. `BadDocument` for what is no DOCX."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if _MAIN not in names:
                raise BadDocument("This zip archive is not a Word document.", hint=_AGAIN, file=file)
            if names.count(_MAIN) > 1:
                raise BadDocument("The document holds two main parts.", hint=_AGAIN, file=file)
            # what a part claims is what it has: zipfile stops there
            budget.unpacked(archive.getinfo(_MAIN).file_size)
            with archive.open(_MAIN) as part:
                return _Text(file, budget).of(part)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        raise BadDocument(f"The document is damaged: {why}.", hint=_AGAIN, file=file) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        raise BadDocument("The document is damaged, or has a password.", hint=_AGAIN, file=file) from error


class _Text:
    """Collects the text of one part as its XML comes by."""

    def __init__(self, file: str, budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self._pieces: list[str] = []
        self._in_text = False
        self._cells = 0

    def of(self, part: IO[bytes]) -> str:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.StartDoctypeDeclHandler = self._doctype
        while block := part.read(_READ):
            parser.Parse(block, False)
            self._budget.time()
        parser.Parse(b"", True)
        return "".join(self._pieces).strip()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        del attributes
        match _local(name):
            case "t":
                self._in_text = True
            case "tc":
                self._cells += 1
            case "tab":
                self._pieces.append("\t")
            case "br" | "cr":
                self._pieces.append("\n")
            case _:
                pass

    def _end(self, name: str) -> None:
        match _local(name):
            case "t":
                self._in_text = False
            case "tc":
                self._cells -= 1
                self._pieces.append("\t")
            case "tr":
                self._pieces.append("\n")
            case "p" if not self._cells:
                self._pieces.append("\n\n")
            case "p":
                self._pieces.append(" ")
            case _:
                pass

    def _data(self, text: str) -> None:
        if self._in_text:
            self._pieces.append(self._budget.text(text))

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        del name, system, public, internal
        raise BadDocument(
            "The document declares a document type, as no word processor does.", hint=_AGAIN, file=self._file
        )


def _local(name: str) -> str | None:
    space, _, local = name.rpartition(" ")
    return local if "wordprocessingml" in space else None
