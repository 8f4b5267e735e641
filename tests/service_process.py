"""The service as it is run: ``lookalike up`` as a process of its own, on a free port, its stores on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx

PATIENCE_S = 60.0
CHEAP = {"LOOKALIKE_PASSWORD_KIB": str(19 << 10), "LOOKALIKE_WORKERS": "1", "LOOKALIKE_WORKER_NICE": "0"}


def until(holds: Callable[[], object]) -> None:
    """Wait until it holds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE_S
        threading.Event().wait(0.05)


def gone(pid: int) -> bool:
    """Whether the process has ended, be it that nobody has asked for its exit status yet."""
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return state == "" or state.startswith("Z")


class Running:
    """``lookalike up`` and the address that it printed. ``log``: where its log lines go."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.log = home.parent / f"{home.name}.log"
        named = {f"LOOKALIKE_{name.upper()}": value for name, value in settings.items()}
        environment = {**os.environ, **CHEAP, **named, "LOOKALIKE_HOME": str(home)}
        command = [sys.executable, "-m", "lookalike", "up", "--port", "0", "--json"]
        with self.log.open("ab") as log:
            # a session of its own, so that it can be killed with all that it started
            self.process = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=log, start_new_session=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        told: dict[str, Any] = json.loads(line)
        self.address: str = told["address"].rstrip("/")
        self.setup: str | None = told["setup"]

    def client(self, token: str | None = None, **options: Any) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        options = {"base_url": self.address, "timeout": PATIENCE_S, "trust_env": False, **options}
        return httpx.Client(headers=headers, **options)

    @property
    def children(self) -> dict[int, str]:
        """Process id → state, as ps has it, of what it started: its workers."""
        command = ["ps", "-o", "pid=,stat=", "--ppid", str(self.process.pid)]
        out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return {int(pid): state for pid, state in map(str.split, out.splitlines()) if "Z" not in state}

    def kill_all(self) -> None:
        """Kill it, and all that it started, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.end()

    def end(self, number: int = signal.SIGTERM) -> int:
        """Its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            if self.process.stdout is not None:
                self.process.stdout.close()
