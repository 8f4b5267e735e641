"""The places that the contract suite of `Publisher` runs on. A new one is a line in `PLACES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import arweave_network
import bundler
import kubo
from gate import Gate
from lookalike.publish.arweave_bundler import BundlerPublisher
from lookalike.publish.arweave_node import Node
from lookalike.publish.base import Publisher, Receipt
from lookalike.publish.cid import Cid
from lookalike.publish.dag import SMALL_CHUNK_BYTES, Layout
from lookalike.publish.http import Web
from lookalike.publish.ipfs import IpfsPublisher
from lookalike.publish.kubo import KuboNode
from lookalike.publish.local import LocalPublisher
from lookalike.publish.pinning import PinningService
from lookalike.stores.blobs import DiskBlobs
from pinning_service import TOKEN, PinningDesk, serving


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Place:
    """A real place to publish to.

    publisher: opens the same place as often as it is called, as processes that follow one another do. fetch:
    the bytes that anybody gets from a receipt's address, by other means than the publisher. settle: makes
    what is pending final (mines a block, lets a pin through). things: how many files (pins, transactions)
    of ours the place holds, so that twice can be told from once. stop, start: the server behind it.
    """

    publisher: Callable[[], Publisher]
    fetch: Callable[[Receipt], bytes]
    things: Callable[[], int]
    settle: Callable[[], None] = _nothing
    stop: Callable[[], None] | None = None
    start: Callable[[], None] = _nothing
    sizes: tuple[int, ...] = field(default=(0, 1, 1 << 18, (1 << 18) + 1, (1 << 20) + 1, 5_000_000))


@contextmanager
def _local(folder: Path, layout: Layout | None = None) -> Iterator[Place]:
    def publisher() -> LocalPublisher:
        return LocalPublisher(DiskBlobs(folder / "blobs"), layout=layout, gateway="http://127.0.0.1:5000")

    def fetch(receipt: Receipt) -> bytes:
        return b"".join(publisher().read(Cid.of_text(receipt.address)))

    def things() -> int:
        return sum(not info.key.endswith(".root") for info in DiskBlobs(folder / "blobs").list("ipfs/"))

    yield Place(publisher, fetch, things)


@contextmanager
def _ipfs(folder: Path, *, by: Literal["add", "import"] = "add") -> Iterator[Place]:
    with kubo.running(folder / "node") as node:
        yield _node_place(node, lambda: IpfsPublisher(KuboNode(node.api), gateways=(node.gateway,), by=by))


@contextmanager
def _pinned(folder: Path) -> Iterator[Place]:
    with kubo.running(folder / "node") as node:
        desk = PinningDesk(lambda cid: cid in node.pins())
        with serving(desk) as url:

            def publisher() -> IpfsPublisher:
                service = PinningService(url, TOKEN)
                return IpfsPublisher(KuboNode(node.api), pinning=service, gateways=(node.gateway,))

            yield replace(_node_place(node, publisher), settle=desk.settle, things=lambda: len(desk.pins))


def _node_place(node: kubo.Kubo, publisher: Callable[[], Publisher]) -> Place:
    def fetch(receipt: Receipt) -> bytes:
        return Web(node.gateway, "the gateway").request("GET", f"/ipfs/{receipt.address}").body

    return Place(publisher, fetch, lambda: len(node.pins()), stop=node.stop, start=node.start)


@contextmanager
def _arweave(folder: Path) -> Iterator[Place]:
    with arweave_network.network() as network:
        wallet = arweave_network.wallet()
        network.mint(wallet.address)
        yield Place(
            publisher=lambda: network.publisher(wallet),
            fetch=lambda receipt: network.ask(f"/{receipt.address}"),
            things=lambda: len(network.sent_by(wallet.address)),
            settle=lambda: network.mine(12),
            stop=network.gate.shut,
            start=network.gate.open,
            sizes=(
                1,
                1 << 18,
                (1 << 18) + 1,
                (1 << 18) + (1 << 15),
                5_000_000,
            ),  # Arweave keeps no empty files
        )


@contextmanager
def _bundled(folder: Path) -> Iterator[Place]:
    with arweave_network.network() as network:
        wallet = arweave_network.wallet()
        network.mint(wallet.address)
        desk = bundler.BundlerDesk(network, wallet)
        with bundler.serving(desk) as port:
            gate = Gate(port)
            gate.open()

            def publisher() -> BundlerPublisher:
                return BundlerPublisher(gate.url, Node(network.gate.url), wallet, payments=gate.url)

            yield Place(
                publisher=publisher,
                fetch=lambda receipt: network.ask(f"/{receipt.address}"),
                things=lambda: len(desk.items),
                settle=lambda: network.mine(12),
                stop=gate.shut,
                start=gate.open,
                sizes=(1, (1 << 18) + 1, 1_000_000),
            )
            gate.shut()


PLACES: dict[str, Callable[[Path], AbstractContextManager[Place]]] = {
    "local": _local,
    "ipfs": _ipfs,
    "ipfs-import": lambda folder: _ipfs(folder, by="import"),
    "ipfs-pinned": _pinned,
    "arweave": _arweave,
    "arweave-bundled": _bundled,
    "local-v0": lambda folder: _local(folder, Layout(SMALL_CHUNK_BYTES, 0)),
}
"""Name → what, given an empty folder, runs the place while the context lasts."""
