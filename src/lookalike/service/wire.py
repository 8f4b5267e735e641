"""What bytes come in and go out as: camelCase JSON, nothing that is not declared, no guessing of types."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from lookalike.clock import shown
from lookalike.errors import UsageError

T = TypeVar("T")


class Body(BaseModel):
    """What a client sends. An unknown field is refused, so none can be set that is not declared here."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        strict=True,
        frozen=True,
        validate_by_alias=True,
        validate_by_name=False,
    )


class Asking(BaseModel):
    """What a client asks for after the ``?``: text, hence not strict, but with no unknown names either."""

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, validate_by_alias=True, validate_by_name=False
    )


class Shown(BaseModel):
    """What a client is shown; made from the fields' own names."""

    model_config = ConfigDict(
        alias_generator=to_camel, frozen=True, validate_by_alias=True, validate_by_name=True
    )


Time = Annotated[
    str,
    BeforeValidator(lambda at: shown(at) if isinstance(at, int) else at),
    Field(description="UTC, RFC 3339.", examples=["2026-11-25T14:03:00.000250Z"]),
]
"""Made from stored microseconds."""


class PageAsked(Asking):
    """Which part of a list is wanted. Lists subclass it to add their filters."""

    limit: int = Field(50, ge=1, le=200, description="The most items to return.")
    after: str | None = Field(
        None, max_length=2000, description="The `next` of the page before.", examples=["am9iXzAxOTg"]
    )

    def cursor(self) -> str | None:
        """``after`` as `lookalike.stores.documents.Documents.find` takes it."""
        return None if self.after is None else _opened(self.after)


class Page(Shown, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(None, description="What to send as `after` for the next part; null at the end.")
    total: int = Field(description="How many there are in all parts.")


def sealed_cursor(cursor: str | None) -> str | None:
    """A cursor of the store as clients carry it: opaque, and safe in a URL."""
    return None if cursor is None else base64.urlsafe_b64encode(cursor.encode()).decode().rstrip("=")


def _opened(after: str) -> str:
    try:
        return base64.b64decode(after + "=" * (-len(after) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        hint = "Send the `next` of the page before, unchanged."
        raise UsageError("`after` is no place to go on from.", hint=hint) from None
