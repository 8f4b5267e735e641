"""Text of any encoding as UTF-8: detected, or as the caller says.

Encodings in which a line end is one byte are converted piece by piece (`Decoder`), so that ASCII and UTF-8
cost one look; the others (UTF-16, UTF-32, and all that are asked for by name) through `utf8_stream`.
"""

from __future__ import annotations

import codecs
from typing import Any

from lookalike.errors import BadTable, UsageError
from lookalike.tables.limits import Limits
from lookalike.tables.source import ByteStream

_BOMS: tuple[tuple[bytes, str, str], ...] = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_WITH_BOM = {"utf_16": "utf-16-", "utf_32": "utf-32-"}


def _windows_1252() -> str:
    # as browsers read it: the five bytes that Windows-1252 leaves open are the control characters of latin-1
    table = [bytes([byte]).decode("cp1252", "replace") for byte in range(256)]
    return "".join(chr(byte) if char == "\ufffd" else char for byte, char in enumerate(table))


_TABLE: Any = _windows_1252()  # a string is a faster map than the dict that type checkers expect


class Undecodable(Exception):
    """A byte that is not UTF-8, at ``offset`` of the piece."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Decoder:
    """Pieces of a text, cut at line ends, to UTF-8. ``strict``: the caller said that it is UTF-8."""

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._beyond_ascii = False
        self.latin = False

    def text(self, piece: bytes) -> bytes:
        """``piece`` as UTF-8; `Undecodable` when it is not, and is not Windows-1252 throughout either."""
        if piece.isascii():
            return piece
        if self.latin:
            return _from_latin(piece)
        try:
            codecs.utf_8_decode(piece, "strict", True)
        except UnicodeDecodeError as error:
            if self._strict or self._beyond_ascii or _mostly_utf8(piece):
                raise Undecodable(error.start) from error
            self.latin = True
            return _from_latin(piece)
        self._beyond_ascii = True
        return piece


def _from_latin(piece: bytes) -> bytes:
    return codecs.charmap_decode(piece, "strict", _TABLE)[0].encode()


def _mostly_utf8(piece: bytes) -> bool:
    text = piece.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return beyond_ascii - broken > broken


def asked_encoding(name: str | None) -> str | None:
    """The Python name of the text encoding ``name``; `UsageError` when there is none."""
    if name is None:
        return None
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, ValueError) as error:
        raise UsageError(
            f"There is no text encoding {name!r}.",
            hint="Examples: utf-8, latin-1, cp1252, utf-16, shift_jis.",
        ) from error
    return found.name.replace("-", "_")


def utf8_stream(stream: ByteStream, encoding: str | None) -> tuple[ByteStream, Decoder, list[str]]:
    """``(stream, decoder, notes)``: UTF-8 comes from the stream's pieces passed through the decoder.

    A byte-order mark is taken off. ``encoding`` None: by the mark, by the zero bytes of UTF-16, else UTF-8
    with a fall-back to Windows-1252 in the decoder.
    """
    head = stream.peek(1 << 16)
    marked = next(((bom, name, shown) for bom, name, shown in _BOMS if head.startswith(bom)), None)
    if encoding in _WITH_BOM:
        wide = _WITH_BOM[encoding]
        found = marked[1] if marked and marked[1].startswith(wide) else _wide_order(head, wide)
        if marked and marked[1] == found:
            stream.read(len(marked[0]))
        return _transcoded(stream, found), Decoder(strict=True), []
    if encoding is not None:
        if marked and marked[1].replace("-", "_") == encoding.removesuffix("_sig"):
            stream.read(len(marked[0]))
        if encoding in ("utf_8", "utf_8_sig", "ascii"):
            return stream, Decoder(strict=True), []
        return _transcoded(stream, encoding), Decoder(strict=True), []
    if marked is not None:
        stream.read(len(marked[0]))
        if marked[1] == "utf-8":
            return stream, Decoder(strict=False), []
        return _transcoded(stream, marked[1]), Decoder(strict=True), [f"The text was read as {marked[2]}."]
    unmarked = _unmarked_utf16(head)
    if unmarked is None:
        return stream, Decoder(strict=False), []
    note = "The text was read as UTF-16, though it does not say so."
    return _transcoded(stream, unmarked), Decoder(strict=True), [note]


def _wide_order(head: bytes, wide: str) -> str:
    guess = _unmarked_utf16(head)
    if guess is not None and guess.startswith(wide):
        return guess
    width = 4 if wide == "utf-32-" else 2
    return wide + ("be" if head[:1] == b"\0" and head[width - 1 : width] != b"\0" else "le")


def _unmarked_utf16(head: bytes) -> str | None:
    pairs = len(head) // 2
    if pairs == 0:
        return None
    first, second = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if second > 0.4 * pairs and first < 0.05 * pairs:
        return "utf-16-le"
    if first > 0.4 * pairs and second < 0.05 * pairs:
        return "utf-16-be"
    return None


def _transcoded(stream: ByteStream, encoding: str) -> ByteStream:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 1

    def fetch(count: int) -> bytes:
        nonlocal lines
        while True:
            part = stream.read(count)
            try:
                text = decoder.decode(part, final=not part)
                made = text.encode()
            except UnicodeError as error:
                raise _wrong_encoding(stream.name, encoding, lines, error) from error
            lines += text.count("\n")
            if made or not part:
                return made

    return ByteStream(fetch, stream.name, Limits(), consumed=stream.progress)


def _wrong_encoding(name: str, encoding: str, line: int, error: UnicodeError) -> BadTable:
    if encoding.startswith(("utf-16", "utf-32")) and "truncated" in str(error):
        return BadTable(
            f"The {encoding[:6].upper()} text ends in the middle of a character: the file was cut off.",
            hint="Download or copy the file again.",
            file=name,
        )
    return BadTable(
        f"The text is not {encoding}, at or after line {line:,} of the file.",
        hint="Name the right encoding, or save the file as UTF-8.",
        file=name,
    )
