"""What reading gives: an item, and where it stands in which file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

Json = Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where an item was read.

    file: the name it was given by. sha256: of the file's bytes, hex. number: 1-based, the row of a table or
    the passage of a document. page: 1-based, of a PDF. offset, length: characters, counted within the page,
    or within the document's text where there are no pages; None for rows.
    """

    file: str
    sha256: str
    number: int
    page: int | None = None
    offset: int | None = None
    length: int | None = None

    def to_dict(self) -> dict[str, Json]:
        """The fields that are known."""
        return {name: value for name, value in dataclasses.asdict(self).items() if value is not None}

    @classmethod
    def of_dict(cls, data: Mapping[str, Json]) -> Self:
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to write from. fields: a row's cells by column, or a document's passage as ``text``."""

    fields: Mapping[str, Json]
    source: Source
