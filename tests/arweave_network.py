"""A real local Arweave network (npm arlocal) for tests, and arweave-js as an independent reader of it.

The network listens on a Unix socket alone; a `Gate` on loopback stands before it. Wallets are of one RSA key
each, made once per process: 4,096 bits take a moment.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from gate import Gate
from lookalike.publish.arweave import ArweavePublisher
from lookalike.publish.arweave_node import Node
from lookalike.publish.arweave_wallet import EXPONENT, KEY_BYTES, Wallet
from lookalike.publish.http import Web

FOLDER = Path(__file__).parent / "arweave"
PLENTY = 10**15


def needed() -> None:
    """Skips without node and the packages; where everything must be tested, fails."""
    if not shutil.which("node") or not (FOLDER / "node_modules" / ".ready").is_file():
        if os.environ.get("CI"):
            pytest.fail("make tests/arweave/node_modules/.ready was not run")
        pytest.skip("no Arweave network: make tests/arweave/node_modules/.ready")


@functools.cache
def key(number: int) -> rsa.RSAPrivateKey:
    """An RSA key as a wallet has it; the same number is the same key in this process."""
    return rsa.generate_private_key(EXPONENT, 8 * KEY_BYTES)


def wallet(number: int = 0) -> Wallet:
    return Wallet(key(number))


def read_by_arweave_js(ask: str, **fields: Any) -> Any:
    """The answer of tests/arweave/reader.cjs."""
    needed()
    asked = json.dumps({"ask": ask, **fields})
    done = subprocess.run(
        ["node", str(FOLDER / "reader.cjs")],
        input=asked,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Network:
    """One arlocal, with a gate before it. Nothing is mined unless `mine` is asked."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            ["node", str(FOLDER / "serve.cjs"), str(folder / "s"), str(folder / "data")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "log").open("wb"),
            cwd=folder,  # arlocal writes there
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n", (folder / "log").read_text()
        self.gate = Gate(folder / "s")
        self.gate.open()
        self._inside = Gate(folder / "s")  # for the test's own questions, which no fault disturbs
        self._inside.open()

    def stop(self) -> None:
        self.gate.shut()
        self._inside.shut()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)

    def reset(self) -> None:
        """No wallet, no transaction, no fault."""
        self.gate.shut()
        self.gate.asked, self.gate.stall_s = [], 0.0
        self.gate.cut = lambda line, number: None
        self.ask("/reset")
        self.gate.open()

    def ask(self, path: str) -> bytes:
        return Web(self._inside.url, "arlocal", redirects=True).request("GET", path).body

    def mint(self, address: str, winston: int = PLENTY) -> None:
        self.ask(f"/mint/{address}/{winston}")

    def mine(self, blocks: int = 1) -> None:
        self.ask(f"/mine/{blocks}")

    def balance(self, address: str) -> int:
        return int(self.ask(f"/wallet/{address}/balance"))

    @property
    def port(self) -> int:
        """For readers that are not to be disturbed."""
        return self._inside.port

    def sent_by(self, address: str) -> list[str]:
        """The ids of all that a wallet sent, also what waits."""
        query = "query($o: [String!]) { transactions(owners: $o, first: 1000) { edges { node { id } } } }"
        asked = {"query": query, "variables": {"o": [address]}}
        found = Web(self._inside.url, "arlocal").json("POST", "/graphql", asked).json()
        return [edge["node"]["id"] for edge in found["data"]["transactions"]["edges"]]

    def publisher(self, payer: Wallet, *, timeout_s: float = 20.0, **options: Any) -> ArweavePublisher:
        return ArweavePublisher(Node(self.gate.url, timeout_s=timeout_s), payer, **options)


@functools.cache
def _running() -> tuple[Network, tempfile.TemporaryDirectory[str]]:
    """The one network of this process, which ends with it. A socket's path is of 107 bytes at most."""
    folder = tempfile.TemporaryDirectory(prefix="arweave-")
    made = Network(Path(folder.name))
    atexit.register(made.stop)
    return made, folder


@contextmanager
def network() -> Iterator[Network]:
    """An empty network with an open gate, and nobody else's while this lasts."""
    needed()
    made, _ = _running()
    made.reset()
    try:
        yield made
    finally:
        made.reset()
