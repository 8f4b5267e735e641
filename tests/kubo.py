"""A real IPFS node for tests: Kubo, offline, on loopback, on ports of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

BINARY = Path(__file__).parents[1] / ".tools" / "ipfs"
_EMPTY_FOLDER = "QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"


def binary() -> str:
    """The path of ``ipfs``. Skips without it; where everything must be tested, fails."""
    if not BINARY.is_file():
        if os.environ.get("CI"):
            pytest.fail("make .tools/ipfs was not run")
        pytest.skip("no IPFS node: make .tools/ipfs")
    return str(BINARY)


class Kubo:
    """The node whose repository is in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None
        self._env = {
            **os.environ,
            "IPFS_PATH": str(folder),
            "IPFS_TELEMETRY": "off",
            "GOLOG_LOG_LEVEL": "error",
        }
        self.run("init", "--empty-repo", "--profile=test")
        self.run("config", "--json", "Gateway.NoFetch", "true")
        self.port = 0

    def run(self, *command: str) -> str:
        """What ``ipfs COMMAND`` prints."""
        return self.raw(*command).decode().strip()

    def raw(self, *command: str) -> bytes:
        """The bytes that ``ipfs COMMAND`` puts out."""
        done = subprocess.run([binary(), *command], env=self._env, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def start(self) -> None:
        self._process = subprocess.Popen(
            [binary(), "daemon", "--offline"],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "Daemon is ready" in line:
                break
        else:
            pytest.fail("the node did not start")
        threading.Thread(target=self._process.stdout.read, daemon=True).start()
        if not self.port:  # the same ports again when it is started again
            self.port = int(self._address("api"))
            self.run("config", "Addresses.API", f"/ip4/127.0.0.1/tcp/{self.port}")
            self.gateway_port = int((self.folder / "gateway").read_text().rsplit(":", 1)[1].strip("/\n"))
            self.run("config", "Addresses.Gateway", f"/ip4/127.0.0.1/tcp/{self.gateway_port}")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    def pins(self) -> set[str]:
        """The CIDs that are pinned recursively, but for the empty folder that every node has."""
        return set(self.run("pin", "ls", "--type=recursive", "--quiet").split()) - {_EMPTY_FOLDER}

    def _address(self, name: str) -> str:
        return (self.folder / name).read_text().strip().rsplit("/", 1)[1]


@contextmanager
def running(folder: Path) -> Iterator[Kubo]:
    """A node that runs while the context lasts."""
    node = Kubo(folder)
    node.start()
    try:
        yield node
    finally:
        node.stop()
