"""The places that are built in, by name, and what each must be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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
    """What is known of nodes and gateways. local_gateway: the URL before ``/ipfs/CID`` of the local store.

    ipfs_node: the URL of a Kubo node's RPC; None: there is none. pinning_url, pinning_token: a service that
    keeps what the node has. ipfs_gateways: where links lead. timeout_s: for each wait for a node's bytes.
    """

    local_gateway: str | None = None
    ipfs_node: str | None = None
    ipfs_gateways: tuple[str, ...] = ("https://ipfs.io",)
    pinning_url: str | None = None
    pinning_token: str | None = field(default=None, repr=False)
    timeout_s: float = 60.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As an installation is set up."""
        token = settings.pinning_token
        return cls(
            local_gateway=settings.public_url or None,
            ipfs_node=settings.ipfs_node or None,
            ipfs_gateways=settings.ipfs_gateways,
            pinning_url=settings.pinning_url or None,
            pinning_token=None if token is None else token.get_secret_value(),
            timeout_s=settings.node_timeout_s,
        )


def _local(places: Places, blobs: BlobStore) -> Publisher:
    return LocalPublisher(blobs, gateway=places.local_gateway)


def _ipfs(places: Places, blobs: BlobStore) -> Publisher:  # noqa: ARG001  (the node keeps it)
    from lookalike.publish.ipfs import IpfsPublisher
    from lookalike.publish.kubo import KuboNode
    from lookalike.publish.pinning import PinningService

    if places.ipfs_node is None:
        raise UsageError(
            "There is no IPFS node to publish through.", hint="Set LOOKALIKE_IPFS_NODE to the URL of its RPC."
        )
    pinning = None
    if places.pinning_url is not None:
        pinning = PinningService(places.pinning_url, places.pinning_token or "", timeout_s=places.timeout_s)
    node = KuboNode(places.ipfs_node, timeout_s=places.timeout_s)
    return IpfsPublisher(node, pinning=pinning, gateways=places.ipfs_gateways)


PLACES: dict[str, Callable[[Places, BlobStore], Publisher]] = {"local": _local, "ipfs": _ipfs}


def open_place(where: str, places: Places, blobs: BlobStore) -> Publisher:
    """The publisher of that name. ``blobs``: what the local store keeps its files in."""
    if where not in PLACES:
        raise UsageError(f"There is no place {where!r} to publish to.", hint=f"Known: {', '.join(PLACES)}.")
    return PLACES[where](places, blobs)


def store_in(home: Path) -> BlobStore:
    """The local store of the command line, made now when it is not there."""
    return DiskBlobs(home / STORE_FOLDER)
