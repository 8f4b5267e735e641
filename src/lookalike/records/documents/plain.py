"""Bytes of a text file → text, in whatever encoding it is."""

from __future__ import annotations

import codecs
import re

from lookalike.errors import BadDocument

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MOST_CONTROL = 0.01


def decoded(data: bytes, file: str, said: str | None = None) -> str:
    """The text of ``data``: by its byte-order mark, as ``said``, as UTF-8, or as Windows-1252.

    Line ends become ``\\n``, and control characters go. `BadDocument` when it is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _cleaned(_strictly(data[len(mark) :], encoding, file), file)
    for encoding in (said, "utf-8"):
        if encoding is not None:
            try:
                return _cleaned(data.decode(encoding), file)
            except (UnicodeError, LookupError):
                continue
    if b"\0" in data[:4096]:
        raise _no_text(file)
    return _cleaned(data.decode("cp1252", "replace"), file)


def _strictly(data: bytes, encoding: str, file: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeError as error:
        raise BadDocument(
            f"The text says that it is {encoding[:6].rstrip('-').upper()}, and is not.",
            hint="Save it as UTF-8, or copy it again if it was cut off.",
            file=file,
        ) from error


def _cleaned(text: str, file: str) -> str:
    control = len(_CONTROL.findall(text))
    if control > 8 and control > _MOST_CONTROL * len(text):
        raise _no_text(file)
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _no_text(file: str) -> BadDocument:
    return BadDocument("This is not text.", hint="Check that the file is what its name says.", file=file)
