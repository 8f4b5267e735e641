"""The places that are built in, by name, and what each must be told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Self

from lookalike.errors import UsageError
from lookalike.publish.base import Publisher
from lookalike.publish.dag import Layout
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
    arweave_node: a node, or a gateway with GraphQL, which finds what was sent before. arweave_wallet: the
    file of who pays; None: nobody. arweave_bundler, arweave_payments: URLs of who is paid in place of the
    network, and of its prices. arweave_most: what one file may cost at most, in winston; arweave_most_in_all:
    what all that a service publishes may. layout: how a file
    is cut up for IPFS and the local store, on which its CID depends.
    """

    local_gateway: str | None = None
    ipfs_node: str | None = None
    ipfs_gateways: tuple[str, ...] = ("https://ipfs.io",)
    pinning_url: str | None = None
    pinning_token: str | None = field(default=None, repr=False)
    arweave_node: str = "https://arweave.net"
    arweave_wallet: Path | None = None
    arweave_gateways: tuple[str, ...] = ("https://arweave.net",)
    arweave_bundler: str | None = None
    arweave_payments: str | None = None
    arweave_most: int | None = None
    arweave_most_in_all: int | None = None
    timeout_s: float = 60.0
    layout: Layout = field(default_factory=Layout)

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
            arweave_node=settings.arweave_node,
            arweave_wallet=settings.arweave_wallet,
            arweave_gateways=settings.arweave_gateways,
            arweave_bundler=settings.arweave_bundler or None,
            arweave_payments=settings.arweave_payments or None,
            arweave_most=winston_of(settings.arweave_most_ar),
            arweave_most_in_all=winston_of(settings.arweave_most_ar_in_all),
            timeout_s=settings.node_timeout_s,
        )


def _local(places: Places, blobs: BlobStore, prefix: str) -> Publisher:
    return LocalPublisher(blobs, prefix, layout=places.layout, gateway=places.local_gateway)


def _ipfs(places: Places, blobs: BlobStore, prefix: str) -> Publisher:  # noqa: ARG001  (the node keeps it)
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
    return IpfsPublisher(node, pinning=pinning, gateways=places.ipfs_gateways, layout=places.layout)


def _arweave(places: Places, blobs: BlobStore, prefix: str) -> Publisher:  # noqa: ARG001  (the network keeps it)
    from lookalike.publish.arweave import ArweavePublisher
    from lookalike.publish.arweave_bundler import BundlerPublisher
    from lookalike.publish.arweave_node import Node
    from lookalike.publish.arweave_wallet import read_wallet

    if places.arweave_wallet is None:
        raise UsageError(
            "There is no wallet to pay Arweave from.",
            hint="Say --wallet KEY.json; or, for a service, set LOOKALIKE_ARWEAVE_WALLET to its path.",
        )
    node, wallet = Node(places.arweave_node, timeout_s=places.timeout_s), read_wallet(places.arweave_wallet)
    if places.arweave_bundler is None:
        return ArweavePublisher(
            node, wallet, gateways=places.arweave_gateways, most_winston=places.arweave_most
        )
    return BundlerPublisher(
        places.arweave_bundler,
        node,
        wallet,
        payments=places.arweave_payments or "",
        gateways=places.arweave_gateways,
        most_winston=places.arweave_most,
        timeout_s=places.timeout_s,
    )


PLACES: dict[str, Callable[[Places, BlobStore, str], Publisher]] = {
    "local": _local,
    "ipfs": _ipfs,
    "arweave": _arweave,
}


def open_place(where: str, places: Places, blobs: BlobStore, prefix: str = "ipfs") -> Publisher:
    """The publisher of that name. ``blobs``, ``prefix``: what the local store keeps its files in."""
    if where not in PLACES:
        raise UsageError(f"There is no place {where!r} to publish to.", hint=f"Known: {', '.join(PLACES)}.")
    return PLACES[where](places, blobs, prefix)


def winston_of(ar: float) -> int:
    """A sum in AR, to the winston."""
    return int(Decimal(str(ar)) * 10**12)


def store_in(home: Path) -> BlobStore:
    """The local store of the command line, made now when it is not there."""
    return DiskBlobs(home / STORE_FOLDER)
