"""A bundler for tests: takes data items, lets arbundles judge them, and puts each in a bundle of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from arweave_network import Network, read_by_arweave_js
from lookalike.publish.arweave_hash import unb64
from lookalike.publish.arweave_wallet import Wallet
from lookalike.publish.base import Bytes, FileInfo
from lookalike.watch import Unwatched


class BundlerDesk:
    """items: by id, what was taken. credit, price: in winston. lie: answer with another id."""

    def __init__(self, network: Network, payer: Wallet) -> None:
        self.network = network
        self.payer = payer
        self.items: dict[str, dict[str, str]] = {}
        self.credit = 10**12
        self.price = 1000
        self.lie = False

    def take(self, raw: bytes) -> tuple[int, dict[str, str]]:
        found = read_by_arweave_js("item", data=base64.b64encode(raw).decode())
        if not found["valid"]:
            return 400, {"error": "Invalid Data Item"}
        if self.lie:
            return 200, {"id": "A" * 43}
        if found["id"] in self.items:
            return 202, {"error": "Data item already in flight"}
        self.items[found["id"]] = found
        self.credit -= self.price
        bundle = (1).to_bytes(32, "little") + len(raw).to_bytes(32, "little") + unb64(found["id"]) + raw
        tags = {"Bundle-Format": "binary", "Bundle-Version": "2.0.0"}
        info = FileInfo(
            name="bundle", size_bytes=len(bundle), sha256=hashlib.sha256(bundle).hexdigest(), tags=tags
        )
        publisher = self.network.publisher(self.payer)
        publisher.push(Bytes(info, bundle), None, lambda state: None, watch=Unwatched())
        return 200, {"id": found["id"], "owner": found["owner"]}


@contextmanager
def serving(desk: BundlerDesk) -> Iterator[int]:
    """The port of the bundler, and of its payments."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if self.path != "/v1/tx" or self.headers["Content-Type"] != "application/octet-stream":
                self._answer(404, {"error": "no such route"})
                return
            self._answer(*desk.take(self.rfile.read(int(self.headers["Content-Length"]))))

        def do_GET(self) -> None:
            if self.path.startswith("/v1/price/bytes/"):
                self._answer(200, {"winc": str(desk.price)})
            elif self.path.startswith("/v1/account/balance/arweave?address="):
                self._answer(200, {"winc": str(desk.credit)})
            else:
                self._answer(404, {"error": "no such route"})

        def _answer(self, status: int, value: dict[str, str]) -> None:
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
