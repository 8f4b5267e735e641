"""What a node or a pinning service may do wrong, and what a publication makes of it."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import kubo
from lookalike.errors import LookalikeError, PublishRefused, Unavailable, VerificationFailed
from lookalike.publish.base import Bytes, FileInfo, Receipt
from lookalike.publish.cid import Cid
from lookalike.publish.dag import LAYOUT_V0, cid_of
from lookalike.publish.ipfs import IpfsPublisher
from lookalike.publish.kubo import KuboNode
from lookalike.publish.pinning import PinningService
from lookalike.watch import Unwatched
from pinning_service import TOKEN, PinningDesk, serving

DATA = b"town,age\nUlm,30\n"
CID = cid_of([DATA])
FILE = Bytes(FileInfo(name="r.csv", size_bytes=len(DATA), sha256=hashlib.sha256(DATA).hexdigest()), DATA)
OTHER = cid_of([b"another"])


@contextmanager
def node(answers: dict[str, tuple[int, bytes]], asked: list[str] | None = None) -> Iterator[str]:
    """What says that it is a node, and answers this, by the name of the command."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            command = self.path.removeprefix("/api/v0/").partition("?")[0]
            if asked is not None:
                asked.append(self.path)
            status, body = answers.get(command, (404, b"404 page not found"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


NOT_PINNED = (500, b'{"Message":"path \'x\' is not pinned","Code":0,"Type":"error"}')


def push(url: str, **options: Any) -> Receipt:
    publisher = IpfsPublisher(KuboNode(url, timeout_s=2), **options)
    return publisher.push(FILE, None, lambda state: None, watch=Unwatched())


def test_a_node_that_makes_another_cid_is_told_to_drop_it_and_the_publication_fails() -> None:
    asked: list[str] = []
    answers = {
        "pin/ls": NOT_PINNED,
        "add": (200, json.dumps({"Name": "file", "Hash": str(OTHER), "Size": "1"}).encode()),
        "pin/rm": (200, b"{}"),
    }
    with node(answers, asked) as url, pytest.raises(VerificationFailed, match=str(OTHER)) as refused:
        push(url)
    assert asked[-1] == f"/api/v0/pin/rm?arg={OTHER}"
    assert not refused.value.retryable


WRONG: list[tuple[str, dict[str, tuple[int, bytes]], type[LookalikeError]]] = [
    ("add", {"add": (200, b"")}, Unavailable),
    ("add", {"add": (200, b'{"Name":"file","Bytes":5}\n')}, Unavailable),
    ("add", {"add": (200, b"<html>")}, PublishRefused),
    ("add", {"add": (200, b"[1]")}, PublishRefused),
    ("add", {"add": (403, b"403 - Forbidden")}, PublishRefused),
    ("add", {"add": (502, b"bad gateway")}, Unavailable),
    ("add", {"add": (200, b"[" * 100_000)}, PublishRefused),
    ("add", {"pin/ls": (500, b'{"Message":"repo is locked"}')}, Unavailable),
    ("add", {"pin/ls": (200, b'{"Keys": 7}')}, PublishRefused),
    ("add", {"pin/ls": (500, b'{"Message":null}')}, Unavailable),
    ("add", {"pin/ls": (500, b"[]")}, PublishRefused),
    ("add", {"add": (200, b'{"Hash":5}')}, VerificationFailed),
    ("add", {"add": (200, b'{"Hash":null}')}, Unavailable),
    ("import", {"dag/import": (200, b'{"Root":5}')}, PublishRefused),
    ("import", {"dag/import": (200, b'{"Root":{"Cid":"x"}}')}, PublishRefused),
    ("import", {"dag/import": (200, b'{"Root":{"Cid":{}}}')}, VerificationFailed),
    ("import", {"dag/import": (200, b"")}, Unavailable),
    ("import", {"dag/import": (200, b'{"Root":{"Cid":{"/":"x"},"PinErrorMsg":"no space"}}')}, Unavailable),
    ("import", {"dag/import": (200, b'{"Root":{"Cid":{"/":"x"},"PinErrorMsg":""}}')}, VerificationFailed),
]


@pytest.mark.parametrize(("by", "answers", "error"), WRONG)
def test_whatever_a_node_answers_is_an_error_of_ours(
    by: str, answers: dict[str, tuple[int, bytes]], error: type[LookalikeError]
) -> None:
    with node({"pin/ls": NOT_PINNED, "pin/rm": (200, b"{}"), **answers}) as url, pytest.raises(error):
        push(url, by=by)


def test_a_node_that_never_answers_is_waited_for_in_bounds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        publisher = IpfsPublisher(KuboNode(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_s=0.3))
        with pytest.raises(Unavailable, match="too long"):
            publisher.push(FILE, None, lambda state: None, watch=Unwatched())


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[kubo.Kubo]:
    with kubo.running(tmp_path_factory.mktemp("kubo") / "repo") as found:
        yield found


@pytest.fixture
def pinned(real: kubo.Kubo) -> Iterator[tuple[PinningDesk, Callable[..., IpfsPublisher]]]:
    desk = PinningDesk(lambda cid: cid in real.pins())
    with serving(desk) as url:

        def publisher(token: str = TOKEN) -> IpfsPublisher:
            return IpfsPublisher(KuboNode(real.api), pinning=PinningService(url, token))

        yield desk, publisher


def test_a_pin_goes_from_queued_over_pinning_to_pinned(
    pinned: tuple[PinningDesk, Callable[..., IpfsPublisher]],
) -> None:
    desk, publisher = pinned
    receipt = publisher().push(FILE, None, lambda state: None, watch=Unwatched())
    name = receipt.detail["requestid"]
    found = []
    for state in ("queued", "pinning", "pinned", "failed"):
        desk.pins[name]["status"] = state
        found.append(publisher().status(receipt))
    assert found == ["pending", "pending", "final", "failed"]
    del desk.pins[name]
    assert publisher().status(receipt) == "failed"


def test_a_pin_that_failed_is_asked_for_again_under_the_same_request(
    pinned: tuple[PinningDesk, Callable[..., IpfsPublisher]],
) -> None:
    desk, publisher = pinned
    first = publisher().push(FILE, None, lambda state: None, watch=Unwatched())
    desk.pins[first.detail["requestid"]]["status"] = "failed"
    again = publisher().push(FILE, {"cid": str(CID)}, lambda state: None, watch=Unwatched())
    assert again == first
    assert len(desk.pins) == 1
    desk.settle()
    assert publisher().status(again) == "final"


def test_a_service_that_is_busy_is_tried_again_and_one_that_refuses_is_not(
    pinned: tuple[PinningDesk, Callable[..., IpfsPublisher]],
) -> None:
    desk, publisher = pinned
    desk.refuses = 1
    with pytest.raises(Unavailable) as busy:
        publisher().push(FILE, None, lambda state: None, watch=Unwatched())
    assert busy.value.retryable
    with pytest.raises(PublishRefused) as refused:
        publisher("another-token").push(FILE, None, lambda state: None, watch=Unwatched())
    assert "another-token" not in str(refused.value.to_dict())
    assert desk.pins == {}


def test_a_service_that_tells_of_another_file_is_refused(
    pinned: tuple[PinningDesk, Callable[..., IpfsPublisher]],
) -> None:
    desk, publisher = pinned
    receipt = publisher().push(FILE, None, lambda state: None, watch=Unwatched())
    desk.pins[receipt.detail["requestid"]]["pin"] = {"cid": str(OTHER)}
    with pytest.raises(PublishRefused, match="another file"):
        publisher().status(receipt)


def test_links_lead_to_the_gateways_that_were_set(real: kubo.Kubo, tmp_path: Path) -> None:
    gateways = ("https://one.example/", "https://two.example")
    publisher = IpfsPublisher(KuboNode(real.api), gateways=gateways)
    receipt = publisher.push(FILE, None, lambda state: None, watch=Unwatched())
    assert receipt.links == (f"https://one.example/ipfs/{CID}", f"https://two.example/ipfs/{CID}")
    assert Cid.of_text(receipt.address) == CID
    assert publisher.quote(FILE.info).forever


def test_a_real_node_takes_a_file_under_a_cid_of_version_0(real: kubo.Kubo, tmp_path: Path) -> None:
    data = DATA * 40_000
    (tmp_path / "r.csv").write_bytes(data)
    file = Bytes(FileInfo(name="r.csv", size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest()), data)
    publisher = IpfsPublisher(KuboNode(real.api), layout=LAYOUT_V0)
    receipt = publisher.push(file, None, lambda state: None, watch=Unwatched())
    assert receipt.address == real.run("add", "-n", "-Q", str(tmp_path / "r.csv"))
    assert receipt.address.startswith("Qm")
    assert publisher.status(receipt) == "final"
