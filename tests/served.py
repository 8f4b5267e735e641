"""A service as it is run: a real server on a port, workers in processes of their own, one folder."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import uvicorn

import lookalike
from jobs_desk import CANARY
from service_desk import Person, ServiceDesk

WORKER = (sys.executable, "-m", "jobs_desk", "serve")


class Served:
    """A `ServiceDesk` that listens. workers: how many processes do its tasks from the start."""

    def __init__(self, folder: Path, *, workers: int = 1, **settings: Any) -> None:
        self.desk = ServiceDesk(folder, **settings)
        self._settings = {name.upper(): str(value) for name, value in settings.items()}
        # its protocol is named: only then asyncio sets TCP_NODELAY, without which an answer takes 40 ms
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            self.desk.app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=3
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        self._workers: list[subprocess.Popen[bytes]] = []
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> None:
        """One more worker, which `close` ends."""
        self._workers.append(self.spawn(f"w{len(self._workers)}"))

    def spawn(self, name: str) -> subprocess.Popen[bytes]:
        """One more worker, which ends when this process does."""
        known = {"HOME": str(self.desk.settings.home), "SWEEP_S": "0.2", "BEAT_S": "0.1", **self._settings}
        environment = os.environ | {f"LOOKALIKE_{key}": value for key, value in known.items()}
        environment["PYTHONPATH"] = str(Path(__file__).parent)
        with (self.desk.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [*WORKER, "--tied", "--name", name],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def client(self, person: Person) -> lookalike.Client:
        return lookalike.Client(self.url, person.access)

    def close(self) -> None:
        for worker in self._workers:
            worker.terminate()
        try:
            for worker in self._workers:
                worker.wait(20)
        finally:  # one that does not end in time is an error, and not a process that waits for ever
            for worker in self._workers:
                worker.kill()
            self.desk.app.state.ending.set()
            self._server.should_exit = True
            self._thread.join()
            self.desk.close()


def canary_files(folder: Path) -> list[Path]:
    """The files under ``folder`` that hold a cell or a column name of the canary's in plain.

    Another process looks: closing a file takes every lock on it from the process that closes it (POSIX), and
    those of SQLite are such locks. Looked at from here, two processes would write to one database at once.
    """
    words = [word.hex() for word in spellings()]
    command = [sys.executable, "-I", "-c", _LOOK, str(folder), *words]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in found.splitlines()]


_LOOK = """
import contextlib, os, sys

words = [bytes.fromhex(word) for word in sys.argv[2:]]
for inside, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(inside, name)
        with contextlib.suppress(FileNotFoundError):  # files come and go while we look
            with open(path, "rb") as file:
                data = file.read()
            if any(word in data for word in words):
                print(path)
"""


def spellings() -> list[bytes]:
    """How the canary may stand somewhere: as bytes, as UTF-16, in base64 at any offset."""
    plain = CANARY.encode()
    shifted = [base64.b64encode(b"\0" * skip + plain)[4:-4] for skip in range(3)]
    return [plain, CANARY.encode("utf-16-le"), plain.hex().encode(), *shifted]
