"""Every error Lookalike raises on purpose, in one tree.

    LookalikeError
    ├── UsageError            also ValueError     the call itself is wrong
    │   └── ConsentNeeded                         it cannot be undone, and nobody said that it may be done
    ├── BadInput              also ValueError     a table, schema or condition that cannot be used
    │   ├── BadTable                              bytes that are not the table they claim to be
    │   ├── BadSchema                             a schema file, or a schema that does not fit its table
    │   ├── BadDocument                           a document that cannot be read; ``page`` says where
    │   ├── BadSpec                               a spec of records that cannot be read or carried out
    │   └── Unsatisfiable                         a condition the model cannot meet
    ├── BadModelFile          also ValueError     not a model file, or one that was damaged
    ├── VerificationFailed                        a file that is not what its manifest says
    ├── GateRefused                               quality or privacy fell short of the gate
    ├── PublishRefused                            a node or gateway that answers no
    │   ├── NotEnoughFunds                        the wallet has less than the publication costs
    │   └── OverSpendingLimit                     a service's wallet has paid all that it may
    ├── FewerThanAsked                            records: the ceiling, a cap or the meter came before N
    ├── ProviderFailed                            a language model that refuses to work, or does not answer
    ├── CannotWrite           also OSError        the disk, the permissions, the folder
    ├── NotFound              also LookupError    no such object, or none that the caller may see
    ├── NotSignedIn                               no sign-in, or one that is over
    │   └── RefreshUnderWay                       a refresh token that another request uses just now
    ├── Forbidden                                 signed in, but without the right to do it
    ├── TooMany                                   asked for too often; ``retry_after_s`` says when again
    ├── TooLarge                                  more bytes than a request may have
    ├── TooSlow                                   a request whose bytes came too slowly
    ├── WrongState                                the object is not in a state that allows it
    ├── OverLimit                                 more time or memory than a task may have
    ├── Damaged                                   stored bytes that were changed or cut off
    ├── Unavailable                               a store does not answer in time
    └── Cancelled                                 the caller asked to stop

Each class carries a stable ``code``, the exit status of the CLI, the HTTP status of the service, and
whether trying again may help. The message says what is wrong; ``hint`` says what to do next.
"""

from __future__ import annotations

from typing import Any, ClassVar


class LookalikeError(Exception):
    """The root. Fields that are known say where: ``file``, ``row`` (1-based data row), ``column``."""

    code: ClassVar[str] = "internal"
    exit_status: ClassVar[int] = 1
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.file = file
        self.row = row
        self.column = column

    def __str__(self) -> str:
        return self.message

    def place(self) -> str:
        """Where it happened, as ``file, row 3, column 'age'``; empty when nothing is known."""
        parts: list[str] = []
        if self.file is not None:
            parts.append(self.file)
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column!r}")
        return ", ".join(parts)

    def to_dict(self) -> dict[str, Any]:
        """The fields that are set, for ``--json`` and for problem details."""
        fields = {"code": self.code, "message": self.message, "hint": self.hint}
        fields |= {"file": self.file, "row": self.row, "column": self.column}
        return {name: value for name, value in fields.items() if value is not None}


class UsageError(LookalikeError, ValueError):
    """The call itself is wrong: options that exclude each other, a number out of range."""

    code = "usage"
    exit_status = 2
    http_status = 400


class ConsentNeeded(UsageError):
    """It cannot be undone, and needs a consent that was not given."""

    code = "consent-needed"


class BadInput(LookalikeError, ValueError):
    """Input that cannot be used as it is."""

    code = "bad-input"
    exit_status = 4
    http_status = 400


class BadTable(BadInput):
    """Bytes that are not the table they claim to be."""

    code = "bad-table"


class BadSchema(BadInput):
    """A schema that cannot be read, or does not fit its table."""

    code = "bad-schema"


class BadDocument(BadInput):
    """A document that cannot be read, or is more than may be read; ``page`` is 1-based, of a PDF."""

    code = "bad-document"

    def __init__(
        self, message: str, *, hint: str | None = None, file: str | None = None, page: int | None = None
    ) -> None:
        super().__init__(message, hint=hint, file=file)
        self.page = page

    def place(self) -> str:
        """Where it happened, as ``handbook.pdf, page 3``."""
        parts = [super().place(), "" if self.page is None else f"page {self.page}"]
        return ", ".join(part for part in parts if part)

    def to_dict(self) -> dict[str, Any]:
        fields = super().to_dict()
        return fields if self.page is None else fields | {"page": self.page}


class BadSpec(BadInput):
    """A spec of records that cannot be read, or asks for what cannot be; ``column`` says where."""

    code = "bad-spec"


class Unsatisfiable(BadInput):
    """A condition the model cannot meet; ``rarity`` is its estimated probability per row."""

    code = "unsatisfiable"

    def __init__(
        self, message: str, *, condition: str, rarity: float | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.condition = condition
        self.rarity = rarity

    def to_dict(self) -> dict[str, Any]:
        fields = super().to_dict() | {"condition": self.condition}
        return fields if self.rarity is None else fields | {"rarity": self.rarity}


class BadModelFile(LookalikeError, ValueError):
    """Not a model file, a damaged one, or one of an unknown version."""

    code = "bad-model-file"
    exit_status = 5
    http_status = 400


class VerificationFailed(LookalikeError):
    """A file that is not what its manifest says."""

    code = "verification-failed"
    exit_status = 6
    http_status = 409


class GateRefused(LookalikeError):
    """Quality or privacy fell short of the gate."""

    code = "gate-refused"
    exit_status = 3
    http_status = 409


class PublishRefused(LookalikeError):
    """A node, gateway or bundler that answers no: trying the same again will not help."""

    code = "publish-refused"
    exit_status = 8
    http_status = 502


class NotEnoughFunds(PublishRefused):
    """The wallet has less than the publication costs; nothing was sent."""

    code = "not-enough-funds"
    http_status = 409


class OverSpendingLimit(PublishRefused):
    """A service's wallet has paid all that it may: an administrator can raise the limit."""

    code = "over-spending-limit"
    http_status = 409


class FewerThanAsked(LookalikeError):
    """The job ended before all records were accepted.

    counts: how far it came. reason: ``ceiling``, ``alike``, ``tokens``, ``money``, ``time``, or
    ``chosen``. What was accepted is safe.
    """

    code = "fewer-than-asked"
    exit_status = 9
    http_status = 409

    def __init__(self, message: str, *, reason: str, counts: dict[str, int], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason
        self.counts = counts

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"reason": self.reason, "counts": self.counts}


class ProviderFailed(LookalikeError):
    """A language model that no call gets through to: no credit, a wrong key, or no answer for too long.

    reason: the kind of the failure, such as ``quota``, ``auth`` or ``transport``. What was made is safe.
    """

    code = "provider-failed"
    exit_status = 8
    http_status = 502
    retryable = True

    def __init__(self, message: str, *, reason: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"reason": self.reason}


class CannotWrite(LookalikeError, OSError):
    """The output cannot be written: no space, no permission, no such folder."""

    code = "cannot-write"
    exit_status = 7
    http_status = 507
    retryable = True


class NotFound(LookalikeError, LookupError):
    """There is no such object, or none that the caller may see."""

    code = "not-found"
    exit_status = 8
    http_status = 404


class NotSignedIn(LookalikeError):
    """There is no sign-in, or one that is over, revoked or not to be believed."""

    code = "not-signed-in"
    exit_status = 8
    http_status = 401


class RefreshUnderWay(NotSignedIn):
    """Another request uses this refresh token just now; its answer holds the next one."""

    code = "refresh-under-way"


class Forbidden(LookalikeError):
    """Signed in, but without the role, or with a token that does not reach so far."""

    code = "forbidden"
    exit_status = 8
    http_status = 403


class TooMany(LookalikeError):
    """Asked for too often; it may be tried again after ``retry_after_s`` seconds."""

    code = "too-many"
    exit_status = 8
    http_status = 429
    retryable = True

    def __init__(self, message: str, *, retry_after_s: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_s = retry_after_s

    def to_dict(self) -> dict[str, Any]:
        return super().to_dict() | {"retry_after_s": self.retry_after_s}


class TooLarge(LookalikeError):
    """More bytes than a request may have."""

    code = "too-large"
    exit_status = 8
    http_status = 413


class TooSlow(LookalikeError):
    """A request whose bytes came too slowly, or stopped coming."""

    code = "too-slow"
    exit_status = 8
    http_status = 408
    retryable = True


class WrongState(LookalikeError):
    """The object is not in a state that allows what was asked."""

    code = "wrong-state"
    exit_status = 8
    http_status = 409


class Contested(WrongState):
    """Two processes did the same work; this one came second. What the other did is read by a next try."""

    code = "contested"
    retryable = True


class OverLimit(LookalikeError):
    """The task needed more time or memory than it may have."""

    code = "over-limit"
    exit_status = 8
    http_status = 409


class Damaged(LookalikeError):
    """Stored bytes that were changed, swapped or cut off, or whose key no longer fits."""

    code = "damaged"
    exit_status = 6
    http_status = 500


class Unavailable(LookalikeError):
    """A store that does not answer in time, or cannot be reached."""

    code = "unavailable"
    exit_status = 8
    http_status = 503
    retryable = True


class Cancelled(LookalikeError):
    """The caller asked to stop; nothing half-made is left."""

    code = "cancelled"
    exit_status = 130
    http_status = 409
