"""What places do while a file is on its way: down before, during and after; slow; wrong; and kill -9 of ours.

Each fault is played at every request of a push, or the n-th of its kind, and what comes out is one
publication, whole, paid once; or a clear error, with nothing sent. Faults survived are counted.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kubo
from arweave_network import Network, key, network, read_by_arweave_js, wallet
from gate import Gate
from lookalike.errors import NotEnoughFunds, PublishRefused, Unavailable, VerificationFailed
from lookalike.publish.arweave_wallet import read_wallet, write_wallet
from lookalike.publish.base import Bytes, FileInfo, Json, Receipt
from lookalike.publish.http import Web
from lookalike.publish.ipfs import IpfsPublisher
from lookalike.publish.kubo import KuboNode
from lookalike.watch import Unwatched

CHUNK = 1 << 18
CHUNKS = 2
SIZE = CHUNK + 40_000
WHERE_KILLED = [pytest.param(1, marks=pytest.mark.faults), 2, pytest.param(3, marks=pytest.mark.faults)]


def file_of(size: int, seed: int) -> Bytes:
    data = random.Random(seed).randbytes(size)
    return Bytes(FileInfo(name="r", size_bytes=size, sha256=hashlib.sha256(data).hexdigest()), data)


def cutting(gate: Gate, at: int, side: str) -> Callable[[str, int], str | None]:
    """Breaks the one request with this number, from 0."""
    return lambda line, number: side if len(gate.asked) == at + 1 else None


class States:
    """What was saved last, as a document would have it."""

    def __init__(self) -> None:
        self.last: Json | None = None

    def save(self, state: Json) -> None:
        self.last = json.loads(json.dumps(state))


@pytest.fixture
def chain() -> Iterator[Network]:
    with network() as made:
        made.mint(wallet().address)
        yield made


def push(chain: Network, file: Bytes, states: States, **options: Any) -> Receipt:
    return chain.publisher(wallet(), **options).push(file, states.last, states.save, watch=Unwatched())


def whole_and_once(chain: Network, file: Bytes, receipt: Receipt, paid: int) -> None:
    assert chain.sent_by(wallet().address) == [receipt.address]
    assert chain.balance(wallet().address) == paid
    chain.mine(12)
    assert chain.publisher(wallet()).status(receipt) == "final"
    assert chain.ask(f"/{receipt.address}") == file.data


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.faults)])
def test_a_node_that_goes_down_at_any_request_costs_nothing_but_time(every: bool, chain: Network) -> None:
    """A request of a push is lost on its way there, or its answer on the way back: each in turn."""
    push(chain, file_of(SIZE, 0), States())
    asked = list(chain.gate.asked)
    assert asked.count("POST /chunk") == CHUNKS
    faults = [(at, side) for at in range(len(asked)) for side in ("before", "after")]
    if not every:  # what is asked before anything is sent is lost once, and so is each kind of what is sent
        first = (asked.index("GET /tx_anchor"), asked.index("POST /tx"), asked.index("POST /chunk"))
        faults = [(first[0], "before"), *((at, side) for at in first[1:] for side in ("before", "after"))]
    for number, (at, side) in enumerate(faults):
        with network() as fresh:
            fresh.mint(wallet().address)
            paid = fresh.balance(wallet().address) - int(fresh.ask(f"/price/{SIZE}"))
            file, states = file_of(SIZE, number + 1), States()
            fresh.gate.cut = cutting(fresh.gate, at, side)
            with pytest.raises(Unavailable):
                push(fresh, file, states)
            whole_and_once(fresh, file, push(fresh, file, states), paid)
    assert len(faults) == (2 * len(asked) if every else 5)


def test_a_state_that_is_lost_and_a_node_that_was_down_are_one_publication(chain: Network) -> None:
    """The answer to the transaction is lost, and so is all that we knew: it is found by its signature."""
    file, paid = file_of(SIZE, 1), chain.balance(wallet().address) - int(chain.ask(f"/price/{SIZE}"))
    chain.gate.cut = lambda line, number: "after" if line == "POST /tx" else None
    with pytest.raises(Unavailable):
        push(chain, file, States())
    chain.mine()
    whole_and_once(chain, file, push(chain, file, States()), paid)


KILLED = """
import hashlib, json, os, signal, sys
sys.path.insert(0, sys.argv[1])
from faults.test_place_faults import SIZE, file_of
from lookalike.publish.arweave import ArweavePublisher
from lookalike.publish.arweave_node import Node
from lookalike.publish.arweave_wallet import read_wallet
from lookalike.watch import Unwatched
state, node, die = sys.argv[3], Node(sys.argv[4]), int(sys.argv[5])
class Dying(Node):
    sent = 0
    def post(self, *given):
        super().post(*given)
        self.count()
    def post_chunk(self, *given):
        super().post_chunk(*given)
        self.count()
    def count(self):
        self.sent += 1
        if self.sent == die:
            os.kill(os.getpid(), signal.SIGKILL)
def save(value):
    with open(state + ".part", "w") as file:
        json.dump(value, file)
    os.replace(state + ".part", state)
publisher = ArweavePublisher(Dying(sys.argv[4]), read_wallet(sys.argv[2]))
publisher.push(file_of(SIZE, 2), None, save, watch=Unwatched())
"""


@pytest.mark.parametrize("die", WHERE_KILLED)
def test_half_an_upload_then_kill_9_then_another_process_goes_on(
    die: int, chain: Network, tmp_path: Path
) -> None:
    write_wallet(key(0), tmp_path / "w.json")
    assert read_wallet(tmp_path / "w.json").address == wallet().address
    paid = chain.balance(wallet().address) - int(chain.ask(f"/price/{SIZE}"))
    state, tests = tmp_path / "state", str(Path(__file__).parents[1])
    arguments = [tests, str(tmp_path / "w.json"), str(state), chain.gate.url, str(die)]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments],
        env=os.environ | {"PYTHONPATH": tests},
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    states, file = States(), file_of(SIZE, 2)
    states.last = json.loads(state.read_text())
    receipt = push(chain, file, states)
    whole_and_once(chain, file, receipt, paid)
    # arlocal keeps a chunk twice that came twice, as no real node does, so arweave-js is asked of the rest
    assert read_by_arweave_js("verify", transaction=states.last["transaction"]) == {"valid": True}


def test_out_of_money_is_one_clear_error_and_nothing_is_sent(chain: Network) -> None:
    poor, states = wallet(1), States()
    with pytest.raises(NotEnoughFunds, match=poor.address) as told:
        chain.publisher(poor).push(file_of(1000, 3), None, states.save, watch=Unwatched())
    assert "Nothing was sent" in (told.value.hint or "")
    assert states.last is None
    assert "POST /tx" not in chain.gate.asked
    assert chain.sent_by(poor.address) == []


def test_a_slow_gateway_is_given_up_and_later_gone_on_with(chain: Network) -> None:
    file, states = file_of(SIZE, 4), States()
    paid = chain.balance(wallet().address) - int(chain.ask(f"/price/{SIZE}"))
    chain.gate.stall_s = 30
    with pytest.raises(Unavailable, match="too long"):
        push(chain, file, states, timeout_s=0.3)
    chain.gate.stall_s = 0
    whole_and_once(chain, file, push(chain, file, states), paid)


def test_a_transaction_that_was_never_mined_is_signed_anew_only_when_it_never_can_be(chain: Network) -> None:
    file, states = file_of(1000, 5), States()
    chain.gate.cut = lambda line, number: "before" if line == "POST /tx" else None
    with pytest.raises(Unavailable):
        push(chain, file, states)
    first = states.last["transaction"]["id"] if states.last else None
    with pytest.raises(Unavailable):
        push(chain, file, states)
    assert states.last is not None
    assert states.last["transaction"]["id"] == first
    chain.mine(75)
    chain.gate.cut = lambda line, number: None
    receipt = push(chain, file, states)
    assert receipt.address != first
    assert chain.sent_by(wallet().address) == [receipt.address]


def test_another_file_than_was_signed_is_never_sent(chain: Network) -> None:
    states = States()
    chain.gate.cut = lambda line, number: "before" if line == "POST /chunk" else None
    with pytest.raises(Unavailable):
        push(chain, file_of(SIZE, 6), states)
    with pytest.raises(VerificationFailed):
        push(chain, file_of(SIZE, 7), states)


@pytest.fixture(scope="module")
def ipfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kubo.Kubo]:
    with kubo.running(tmp_path_factory.mktemp("kubo") / "repo") as node:
        yield node


def test_an_ipfs_node_that_goes_down_at_any_request_costs_nothing_but_time(ipfs: kubo.Kubo) -> None:
    gate = Gate(ipfs.port)
    gate.open()

    def publisher(timeout_s: float = 20.0) -> IpfsPublisher:
        return IpfsPublisher(KuboNode(gate.url, timeout_s=timeout_s), gateways=(ipfs.gateway,))

    first = publisher().push(file_of(SIZE, 100), None, lambda state: None, watch=Unwatched())
    asked, survived = len(gate.asked), list[str]()
    assert asked
    for side in ("before", "after"):
        for at in range(asked):
            gate.asked.clear()
            file, states, before = file_of(SIZE, 101 + len(survived)), States(), ipfs.pins()
            gate.cut = cutting(gate, at, side)
            with pytest.raises(Unavailable):
                publisher().push(file, states.last, states.save, watch=Unwatched())
            receipt = publisher().push(file, states.last, states.save, watch=Unwatched())
            assert Web(ipfs.gateway, "gateway").request("GET", f"/ipfs/{receipt.address}").body == file.data
            assert ipfs.pins() - before <= {receipt.address}
            survived.append(side)
    assert len(survived) == 2 * asked
    gate.cut = lambda line, number: None
    gate.stall_s = 30
    with pytest.raises(Unavailable, match="too long"):
        publisher(0.3).push(file_of(SIZE, 200), None, lambda state: None, watch=Unwatched())
    gate.shut()
    with pytest.raises(Unavailable):
        publisher().status(first)


@pytest.mark.parametrize("answer", [b"no", b"{}", b"-1", b"1e9", b"9" * 50, b"[]", b"\xff"])
def test_a_node_that_answers_nonsense_is_refused_and_nothing_is_sent(answer: bytes, tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    from lookalike.publish.arweave import ArweavePublisher
    from lookalike.publish.arweave_node import Node

    posted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_POST(self) -> None:
            posted.append(self.path)
            self.do_GET()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        states = States()
        publisher = ArweavePublisher(Node(f"http://127.0.0.1:{server.server_address[1]}"), wallet())
        with pytest.raises((PublishRefused, Unavailable)):
            publisher.push(file_of(10, 8), None, states.save, watch=Unwatched())
        assert states.last is None
        assert "/tx" not in posted
    finally:
        server.shutdown()
        server.server_close()
