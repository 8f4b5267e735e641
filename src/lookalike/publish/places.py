"""The places that are built in, by name, and what each must be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lookalike.errors import UsageError
from lookalike.publish.base import Publisher
from lookalike.publish.local import LocalPublisher
from lookalike.stores.blobs import BlobStore, DiskBlobs

if TYPE_CHECKING:
    from lookalike.settings import Settings

SIGNER_FILE = "signer.key"
"""Within the data folder: the key of who publishes from the command line."""
STORE_FOLDER = "published"
"""Within the data folder: the local store of the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What is known of nodes and gateways. local_gateway: the URL before ``/ipfs/CID`` of the local store."""

    local_gateway: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As an installation is set up."""
        return cls(local_gateway=settings.public_url or None)


def _local(places: Places, blobs: BlobStore) -> Publisher:
    return LocalPublisher(blobs, gateway=places.local_gateway)


PLACES: dict[str, Callable[[Places, BlobStore], Publisher]] = {"local": _local}


def open_place(where: str, places: Places, blobs: BlobStore) -> Publisher:
    """The publisher of that name. ``blobs``: what the local store keeps its files in."""
    if where not in PLACES:
        raise UsageError(f"There is no place {where!r} to publish to.", hint=f"Known: {', '.join(PLACES)}.")
    return PLACES[where](places, blobs)


def store_in(home: Path) -> BlobStore:
    """The local store of the command line, made now when it is not there."""
    return DiskBlobs(home / STORE_FOLDER)
