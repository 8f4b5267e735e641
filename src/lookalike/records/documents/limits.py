"""How much of an untrusted document is accepted before it is refused."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lookalike.errors import BadDocument, UsageError


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What a reader accepts.

    max_bytes: of the file, and of what a packed part of it unpacks to. max_pages: of a PDF.
    max_characters: of its text. max_items: rows or passages. seconds: for all of it, looked at between pages.
    """

    max_bytes: int = 256 << 20
    max_pages: int = 5_000
    max_characters: int = 20_000_000
    max_items: int = 200_000
    seconds: float = 120.0

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_pages", "max_characters", "max_items", "seconds"):
            if getattr(self, name) <= 0:
                raise UsageError(f"The limit {name} is {getattr(self, name)}; it must be more than 0.")


class Budget:
    """What is left of the limits while one file is read; every method raises `BadDocument` beyond them."""

    def __init__(self, limits: DocumentLimits, file: str) -> None:
        self.limits = limits
        self._file = file
        self._until_s = time.monotonic() + limits.seconds
        self._characters = 0

    def pages(self, count: int) -> None:
        if count > self.limits.max_pages:
            raise self._over(f"The document has {count:,} pages; {self.limits.max_pages:,} are read.")

    def unpacked(self, size_bytes: int) -> None:
        if size_bytes > self.limits.max_bytes:
            raise self._over(f"The document unpacks to more than {self.limits.max_bytes:,} bytes.")

    def text(self, text: str, page: int | None = None) -> str:
        """``text``, counted."""
        self._characters += len(text)
        if self._characters > self.limits.max_characters:
            raise self._over(f"The document holds more than {self.limits.max_characters:,} characters.", page)
        self.time(page)
        return text

    def items(self, count: int) -> None:
        if count > self.limits.max_items:
            raise self._over(f"The file gives more than {self.limits.max_items:,} items.")

    def time(self, page: int | None = None) -> None:
        if time.monotonic() > self._until_s:
            raise self._over(f"Reading the document took longer than {self.limits.seconds:,.0f} s.", page)

    def _over(self, message: str, page: int | None = None) -> BadDocument:
        hint = "Split it, and give the parts that matter."
        return BadDocument(message, hint=hint, file=self._file, page=page)
