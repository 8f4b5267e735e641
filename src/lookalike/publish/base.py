"""The one Protocol of every place that files are published to, and what passes through it.

Every place passes ``tests/contract/test_publishers_contract.py``. A publisher holds nothing that matters:
what must survive a crash is in the state that `Publisher.push` saves, and another process goes on from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from lookalike.errors import BadInput
from lookalike.watch import Watch

Json = Any
Status = Literal["pending", "final", "failed"]

Save = Callable[[Json], None]
"""Keeps a JSON value durably before it returns. It may raise: then nothing further may be done."""

PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """What is published. name: of the file, for people. sha256: hex, of its bytes; media_type: as in HTTP.

    tags: what a place that keeps words beside the bytes may keep, such as the hash of the model: ASCII, and
    nothing of the data.
    """

    name: str
    size_bytes: int
    sha256: str
    media_type: str = "application/octet-stream"
    tags: Mapping[str, str] = field(default_factory=dict[str, str])


class BlobReader(Protocol):
    """The bytes of one file, which stay as they are for as long as it is used."""

    @property
    def info(self) -> FileInfo: ...

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Bytes ``start`` … ``stop - 1`` in pieces of about 1 MiB (None: to the end), as often as asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What publishing a file would mean.

    price: a whole number of the smallest unit, in digits; ``0`` where nothing is paid. unit: what it counts,
    such as winston. balance: what the wallet has of it, where there is one. forever: it cannot be taken back.
    public: anybody may find it. address: where it will be, when that is known before. notes: sentences.
    """

    where: str
    price: str = "0"
    unit: str = ""
    balance: str | None = None
    forever: bool
    public: bool
    address: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a file now is. address: of the bytes, in the place's own terms (a CID, a transaction's id).

    links: URLs that anybody can open, the best first. detail: JSON that `Publisher.status` needs, and what is
    worth keeping; no secrets.
    """

    where: str
    address: str
    links: tuple[str, ...] = ()
    detail: Mapping[str, Json] = field(default_factory=dict[str, Any])

    def to_dict(self) -> dict[str, Json]:
        return {
            "where": self.where,
            "address": self.address,
            "links": list(self.links),
            "detail": dict(self.detail),
        }

    @classmethod
    def of_dict(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            where=data["where"], address=data["address"], links=tuple(data["links"]), detail=data["detail"]
        )


class Publisher(Protocol):
    """One place. The constructor only stores; settings and secrets are given to it.

    Raises `Unavailable` when the place does not answer or is too busy (it is tried again), `PublishRefused`
    when it answers no, `NotEnoughFunds` before anything is sent, `VerificationFailed` when it made something
    else of the bytes than we did, `Cancelled`. No message quotes a secret.
    """

    @property
    def where(self) -> str:
        """``local``, ``ipfs``, ``arweave``: the word for it in manifests, in the API, on the command line."""
        ...

    def quote(self, file: FileInfo) -> Quote:
        """What `push` would mean and cost now. Sends nothing of the file."""
        ...

    def push(self, file: BlobReader, state: Json | None, save: Save, *, watch: Watch) -> Receipt:
        """The receipt, once the place has all of the file and answers for it.

        state: what the last ``save`` of an earlier try got; None at first. ``save(state)`` comes *before*
        each step that cannot be taken back, and its first call is the point of no return: until then
        `Cancelled` is raised soon after ``watch`` says stop, and nothing is left behind; from then on the
        watch is only told how far it is, in bytes. Whoever is killed at any point is followed by another
        ``push`` with the last state, and nothing is published or paid for twice. The same file again is the
        same publication.
        """
        ...

    def status(self, receipt: Receipt) -> Status:
        """``pending``: the place may still drop it; ``final``: it is kept; ``failed``: it was dropped."""
        ...


class FileReader:
    """A file on this machine as a `BlobReader`. `BadInput` when it is not there, or was changed meanwhile."""

    def __init__(self, path: str | Path, info: FileInfo) -> None:
        self._path = Path(path)
        self.info = info

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = self.info.size_bytes if stop is None else min(stop, self.info.size_bytes)
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                while start < end:
                    piece = file.read(min(PIECE_BYTES, end - start))
                    if not piece:
                        raise BadInput(
                            f"{self._path} became shorter while it was read.", file=str(self._path)
                        )
                    start += len(piece)
                    yield piece
        except OSError as problem:
            raise BadInput(
                f"Cannot read {self._path}: {problem.strerror}.", file=str(self._path)
            ) from problem


@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes in memory as a `BlobReader`."""

    info: FileInfo
    data: bytes

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else min(stop, len(self.data))
        for at in range(start, end, PIECE_BYTES):
            yield self.data[at : min(at + PIECE_BYTES, end)]
