"""Posted to a real local network, read by arweave-js."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest

from arweave_network import Network, network, read_by_arweave_js, wallet
from bundler import BundlerDesk, serving
from lookalike.errors import NotEnoughFunds, VerificationFailed
from lookalike.publish.arweave_bundler import BundlerPublisher
from lookalike.publish.arweave_node import Node
from lookalike.publish.base import Bytes, FileInfo
from lookalike.watch import Unwatched


@pytest.fixture(scope="module")
def chain() -> Iterator[Network]:
    with network() as made:
        made.mint(wallet().address)
        yield made


def file_of(size: int, seed: int = 0) -> Bytes:
    data = random.Random(seed).randbytes(size)
    info = FileInfo(
        name="rows.csv",
        size_bytes=size,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="text/csv",
        tags={"Model": "0f" * 32},
    )
    return Bytes(info, data)


@pytest.mark.parametrize("size", [1, 1000, 1 << 18, 5_000_000])
def test_what_we_post_arweave_js_fetches_and_verifies(size: int, chain: Network) -> None:
    file = file_of(size, size)
    saved: list[object] = []
    receipt = chain.publisher(wallet()).push(file, None, saved.append, watch=Unwatched())
    chain.mine(12)
    assert chain.publisher(wallet()).status(receipt) == "final"
    read = read_by_arweave_js("fetch", port=chain.port, id=receipt.address)
    assert read == {
        "valid": True,
        "root": True,
        "address": wallet().address,
        "tags": {
            "App-Name": "Lookalike",
            "Content-Type": "text/csv",
            "SHA-256": file.info.sha256,
            "Model": "0f" * 32,
        },
        "sha256": file.info.sha256,
        "sha256_from_chunks": file.info.sha256,
    }


def test_an_item_that_we_send_to_a_bundler_is_valid_and_read_by_others(chain: Network) -> None:
    desk, file = BundlerDesk(chain, wallet()), file_of(300_000, 5)
    saved: list[object] = []
    with serving(desk) as port:
        url = f"http://127.0.0.1:{port}"
        publisher = BundlerPublisher(url, Node(chain.gate.url), wallet(), payments=url)
        quote = publisher.quote(file.info)
        assert (quote.price, quote.balance, quote.forever) == ("1000", str(10**12), True)
        receipt = publisher.push(file, None, saved.append, watch=Unwatched())
        assert saved == [{"id": receipt.address}]
        assert publisher.push(file, None, saved.append, watch=Unwatched()).address == receipt.address
    [item] = desk.items.values()
    assert item["id"] == receipt.address
    assert (item["valid"], item["sha256"]) == (True, file.info.sha256)
    assert item["tags"]["SHA-256"] == file.info.sha256  # type: ignore[index]
    assert desk.credit == 10**12 - 1000
    assert publisher.status(receipt) == "pending"
    chain.mine(12)
    assert publisher.status(receipt) == "final"
    assert chain.ask(f"/{receipt.address}") == file.data


def test_a_bundler_that_makes_something_else_of_a_file_is_told_so(chain: Network) -> None:
    desk = BundlerDesk(chain, wallet())
    desk.lie = True
    with serving(desk) as port:
        publisher = BundlerPublisher(f"http://127.0.0.1:{port}", Node(chain.gate.url), wallet())
        with pytest.raises(VerificationFailed):
            publisher.push(file_of(10, 6), None, lambda state: None, watch=Unwatched())


def test_too_little_credit_is_said_before_anything_is_sent(chain: Network) -> None:
    desk, saved = BundlerDesk(chain, wallet()), list[object]()
    desk.credit = 999
    with serving(desk) as port:
        url = f"http://127.0.0.1:{port}"
        publisher = BundlerPublisher(url, Node(chain.gate.url), wallet(), payments=url)
        with pytest.raises(NotEnoughFunds, match=r"0\.000000001 AR"):
            publisher.push(file_of(10, 7), None, saved.append, watch=Unwatched())
    assert (saved, desk.items) == ([], {})
