"""A pinning service for tests: the IPFS Pinning Service API, with a look at whether a node has the bytes."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "a-token-of-the-tests"  # noqa: S105


class PinningDesk:
    """What the service holds. ``has``: whether a CID can be fetched from where it would be fetched."""

    def __init__(self, has: Callable[[str], bool]) -> None:
        self.pins: dict[str, dict[str, Any]] = {}
        self.refuses = 0
        self._has = has
        self._lock = threading.Lock()

    def put(self, body: dict[str, Any], request_id: str | None = None) -> dict[str, Any]:
        with self._lock:
            name = request_id or f"request/{len(self.pins)}"
            self.pins[name] = {
                "requestid": name,
                "status": "queued",
                "created": f"2026-11-25T00:00:{len(self.pins):02d}Z",
                "pin": body,
                "delegates": [
                    "/ip4/127.0.0.1/tcp/1/p2p/12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5"
                ],
            }
            return self.pins[name]

    def settle(self) -> None:
        """Let all that waits go on to its end."""
        for pin in self.pins.values():
            if pin["status"] in ("queued", "pinning"):
                pin["status"] = "pinned" if self._has(pin["pin"]["cid"]) else "failed"


@contextmanager
def serving(desk: PinningDesk) -> Iterator[str]:
    """The URL at which the desk answers while the context lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            if parts.path == "/pins":
                query = dict(urllib.parse.parse_qsl(parts.query))
                states = query["status"].split(",")
                found = [
                    pin
                    for pin in reversed(desk.pins.values())
                    if pin["pin"]["cid"] == query["cid"] and pin["status"] in states
                ]
                self._answer(200, {"count": len(found), "results": found[: int(query["limit"])]})
            else:
                pin = desk.pins.get(urllib.parse.unquote(parts.path.removeprefix("/pins/")))
                self._answer(*((404, {"error": {"reason": "NOT_FOUND"}}) if pin is None else (200, pin)))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = urllib.parse.unquote(self.path.removeprefix("/pins").removeprefix("/")) or None
            self._answer(202, desk.put(body, name))

        def _answer(self, status: int, value: Any) -> None:
            if self.headers["Authorization"] != f"Bearer {TOKEN}":
                status, value = 401, {"error": {"reason": "UNAUTHORIZED"}}
            if desk.refuses:
                desk.refuses -= 1
                status, value = 503, {"error": {"reason": "BUSY"}}
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
