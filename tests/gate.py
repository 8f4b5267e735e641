"""A gate before a server, that a test can shut, make slow, or let fail at the n-th request.

It listens on loopback, and forwards to a Unix socket or port. A connection brings one request, as `Web` does.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from pathlib import Path

Target = Path | int


class Gate:
    """port: where it listens. asked: the request lines that came, such as ``POST /tx``.

    cut: given a request line and how often it came, whether to break the connection: ``"before"`` the server
    sees it, ``"after"`` the server has answered, or None. stall_s: how long every answer waits.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._listening: socket.socket | None = None
        self._stopped = threading.Event()
        self.port = 0
        self.asked: list[str] = []
        self.cut: Callable[[str, int], str | None] = lambda line, number: None
        self.stall_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Listen, on the same port again after a `shut`."""
        self._stopped.clear()
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        listening.listen(64)
        self.port = listening.getsockname()[1]
        self._listening = listening
        threading.Thread(target=self._serve, args=(listening,), daemon=True).start()

    def shut(self) -> None:
        """As if the server were down: connections are refused."""
        self._stopped.set()
        listening, self._listening = self._listening, None
        if listening is not None:
            with contextlib.suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            listening.close()

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n" not in head and (piece := client.recv(1 << 16)):
                head += piece
            line = b" ".join(head.split(b"\r\n", 1)[0].split(b" ")[:2]).decode()
            self.asked.append(line)
            how = self.cut(line, self.asked.count(line))
            if how == "before" or self._stopped.is_set():
                return
            with self._connected() as server:
                server.sendall(head)
                up = threading.Thread(target=_copy, args=(client, server), daemon=True)
                up.start()
                first = server.recv(1 << 16)
                if self.stall_s:
                    self._stopped.wait(self.stall_s)
                if how == "after":
                    client.shutdown(socket.SHUT_RDWR)  # to close it is not enough: it is being read
                    return
                client.sendall(first)
                _copy(server, client)

    def _connected(self) -> socket.socket:
        if isinstance(self._target, int):
            return socket.create_connection(("127.0.0.1", self._target))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._target))
        return server


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(1 << 16):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
