"""What bytes come in and go out as: camelCase JSON, nothing that is not declared, no guessing of types."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from lookalike.clock import shown

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

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, given: Any) -> Any:
        """5.0 is the integer 5 to JSON Schema, and to every client that has one kind of number."""
        if not isinstance(given, dict):
            return given
        sent = cast("dict[Any, Any]", given)
        return {name: _integral(value) for name, value in sent.items()}


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
        None,
        max_length=4000,
        pattern="^([2-7][0-9a-f])+$",
        description="The `next` of the page before.",
        examples=["6a6f625f30313938"],
    )

    def cursor(self) -> str | None:
        """``after`` as `lookalike.stores.documents.Documents.find` takes it."""
        return None if self.after is None else opened_cursor(self.after)


class Page(Shown, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(None, description="What to send as `after` for the next part; null at the end.")
    total: int = Field(description="How many there are in all parts.")


def sealed_cursor(cursor: str | None) -> str | None:
    """A cursor of the store as clients carry it: hexadecimal, so that what it may look like can be said."""
    return None if cursor is None else cursor.encode("ascii").hex()


def opened_cursor(sealed: str) -> str:
    """What `sealed_cursor` was given."""
    return bytes.fromhex(sealed).decode("ascii")


def _integral(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
