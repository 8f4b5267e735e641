"""The service as it is run, for measuring: started, peopled, looked at from outside."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.loopback import Answer, User

PASSWORD = "correct horse battery staple"  # noqa: S105
LOOK_S = 0.02


class Service:
    """``lookalike up`` in ``folder``, on a free port of the loopback."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.home = folder / "home"
        named = {f"LOOKALIKE_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "lookalike", "up", "--port", "0", "--json"]
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **named, "LOOKALIKE_HOME": str(self.home)},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        told = json.loads(line)
        self.port = int(told["address"].rstrip("/").rpartition(":")[2])
        self._setup = told["setup"].partition("#setup=")[2]

    async def people(self, count: int) -> list[User]:
        """So many editors, each with a token of their own."""
        nobody = User(self.port)
        first = {"code": self._setup, "login": "admin", "password": PASSWORD, "refreshIn": "body"}
        token = (await said(nobody.ask("POST", "/api/setup", first), 201))["accessToken"]
        admin = User(self.port, token)
        made: list[User] = []
        for number in range(count):
            body = {"login": f"user-{number}", "password": PASSWORD}
            await said(admin.ask("POST", "/api/users", {**body, "role": "editor"}), 201)
            signed = await said(nobody.ask("POST", "/api/auth/login", {**body, "refreshIn": "body"}), 200)
            own = User(self.port, signed["accessToken"])
            asked = {"name": "bench", "scopes": ["read", "write"]}
            made.append(User(self.port, (await said(own.ask("POST", "/api/tokens", asked), 201))["token"]))
            await own.close()
        await admin.close()
        await nobody.close()
        return made

    def resident_mb(self) -> float:
        """The memory of the API's process now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def cpu_s(self) -> float:
        """The processor time that the API's process has taken."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
        if self.process.stdout is not None:
            self.process.stdout.close()


async def said(asking: Any, status: int) -> Any:
    """What a request was answered with, which has to be of that status."""
    answer: Answer = await asking
    assert answer.status == status, (answer.status, answer.body)
    return answer.json()


class LedgerWatch(threading.Thread):
    """Looks into the database, beside the service, for the steps of generations: when each was there first.

    ``seen``: (generation, per cent) → the moment of the look before the one that found it, so that a time
    measured from it is too long by up to `LOOK_S`, and never too short.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(name="ledger-watch", daemon=True)
        self.seen: dict[tuple[str, int], float] = {}
        self._path = home / "documents.db"
        self._over = threading.Event()

    def run(self) -> None:
        asked = (
            "SELECT id, json_extract(doc, '$.steps') FROM job WHERE json_extract(doc, '$.kind') = 'generate'"
        )
        with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True) as database:
            before, version = time.monotonic(), 0
            while not self._over.is_set():
                now = time.monotonic()
                newer = database.execute("PRAGMA data_version").fetchone()[0]
                if newer != version:
                    version = newer
                    for job, steps in database.execute(asked).fetchall():
                        for step in json.loads(steps):
                            self.seen.setdefault((job, step), before)
                before = now
                self._over.wait(LOOK_S)
        database.close()

    def end(self) -> None:
        self._over.set()
        self.join()


async def loop_lag_s(over: asyncio.Event) -> float:
    """The longest that this process's own loop was late: what the load adds to the times that it measures."""
    worst = 0.0
    while not over.is_set():
        began = time.perf_counter()
        await asyncio.sleep(0.05)
        worst = max(worst, time.perf_counter() - began - 0.05)
    return worst
