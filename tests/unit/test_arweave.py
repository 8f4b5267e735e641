"""Posted to a real local network, read by arweave-js."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

import pytest

from arweave_network import Network, network, read_by_arweave_js, wallet
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
