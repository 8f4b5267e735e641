"""How much of an untrusted table is accepted before it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from lookalike.errors import UsageError

EXPANSION_FLOOR = 1 << 20
"""Compressed bytes may always grow to this many, whatever their ratio."""

DECODED_FLOOR = 64 << 20
"""Columnar files and workbooks may always decode to this many bytes: honest tables shrink a lot, too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader accepts.

    max_bytes: of the file, and of what it decompresses to; None: no limit.
    max_columns: columns of the table. max_cell_bytes: UTF-8 bytes of one cell.
    max_expansion: how many times larger than the file its content may be.
    """

    max_bytes: int | None = None
    max_columns: int = 1000
    max_cell_bytes: int = 1 << 20
    max_expansion: int = 100

    def __post_init__(self) -> None:
        for name in ("max_columns", "max_cell_bytes", "max_expansion"):
            if getattr(self, name) < 1:
                raise UsageError(f"The limit {name} is {getattr(self, name)}; it must be at least 1.")
        if self.max_bytes is not None and self.max_bytes < 1:
            raise UsageError(f"The limit max_bytes is {self.max_bytes}; it must be at least 1, or None.")

    def decoded_bytes(self, file_bytes: int) -> int:
        """The most bytes that a columnar file or workbook of ``file_bytes`` may take once decoded."""
        most = max(DECODED_FLOOR, self.max_expansion * file_bytes)
        return most if self.max_bytes is None else min(most, max(self.max_bytes, DECODED_FLOOR))
