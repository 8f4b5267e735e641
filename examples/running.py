"""A service of the demo's own: ``lookalike up`` in a new folder on a free port, ended with all it started."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from lookalike.errors import Unavailable

COMMAND = (sys.executable, "-m", "lookalike")
END_S = 15.0
SHOWN_LINES = 12


class Running:
    """``lookalike up``, whose ``address`` makes the first account.

    tied: it ends when this process does, however that ends. Its log is in ``home``, a folder of its own.
    settings: what it is to have besides (``LOOKALIKE_*``).
    """

    def __init__(self, *, tied: bool, **settings: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="lookalike-demo-"))
        self._environment = _environment(home=str(self.home / "home"), **settings)
        command = [*COMMAND, "up", "--port", "0", "--json", *(["--tied"] if tied else [])]
        self._log = self.home / "service.log"
        with self._log.open("wb") as log:
            # a session of its own: Ctrl-C is for this process, which ends the other one in its own time
            self.process = subprocess.Popen(
                command,
                env=self._environment,
                stdin=subprocess.PIPE if tied else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        try:
            told = self._told()
        except BaseException:
            self.end()
            raise
        self.url = str(told["address"]).rstrip("/")
        self.address = str(told["setup"])

    def _told(self) -> dict[str, Any]:
        """The one line that it prints once it listens."""
        assert self.process.stdout is not None
        with self.process.stdout as out:
            line = out.readline()
        if not line:
            raise Unavailable("The service could not be started.", hint=self.last_words())
        return json.loads(line)

    def last_words(self) -> str:
        """The end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-SHOWN_LINES:])

    def sign_in_address(self, login: str) -> str:
        """An address that signs ``login`` in, once, within ten minutes."""
        command = [*COMMAND, "sign-in", login, "--address", self.url]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def end(self) -> None:
        """End it, its workers, and whatever they left, and delete its folder."""
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        shutil.rmtree(self.home, ignore_errors=True)


def _environment(**settings: str) -> dict[str, str]:
    """This process's variables with no settings of Lookalike's but these; compiled kernels are shared."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("LOOKALIKE_") or k == "LOOKALIKE_CACHE"}
    return plain | {f"LOOKALIKE_{name.upper()}": value for name, value in settings.items()}
