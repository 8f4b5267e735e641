"""How much memory an upload takes of the service: ``python -m bench.upload_memory [MIB]``, 1,024 if not said.

Prints the peak resident memory of the API's process before and after, and the throughput. The table is too
long for the limits of its reader, which is given little here, so that what is measured is the upload.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

_SERVE = """
import sys
from pathlib import Path
import uvicorn
from lookalike.service.app import make_app
from lookalike.service.backends import open_backends
from lookalike.settings import Settings

settings = Settings(home=Path(sys.argv[1]), parse_s=5, answer_s=600)
backends = open_backends(settings)
app = make_app(backends, settings)
people = app.state.people
account = people.accounts.create("bench", "correct horse battery staple", "editor")
print(people.tokens.create(account["id"], "bench", ["read", "write"], None)[1], flush=True)
uvicorn.run(app, port=int(sys.argv[2]), log_level="critical", access_log=False)
"""
_PIECE = b"1234567,a few words of text,2026-11-25,3.14159\n" * 1400


class Body:
    """A file that is made as it is read."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._at = 0

    def read(self, count: int) -> bytes:
        begin = self._at % len(_PIECE)
        piece = _PIECE[begin : begin + min(count, self._size - self._at)]
        self._at += len(piece)
        return piece


def peak_mib(pid: int) -> float:
    """The most resident memory that a process has had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("This system does not tell a process's memory.")


def send(port: int, token: str, size: int) -> int:
    """The status that an upload of ``size`` bytes is answered with."""
    headers = {"Authorization": f"Bearer {token}", "Content-Length": str(size)}
    url = f"http://127.0.0.1:{port}/api/datasets?name=t.csv"
    request = urllib.request.Request(url, Body(size), headers, method="POST")  # type: ignore[arg-type]
    try:
        with urllib.request.urlopen(request, timeout=900) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def main(mib: int, port: int = 5999) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", _SERVE, folder, str(port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        assert process.stdout is not None
        token = process.stdout.readline().strip()
        try:
            for _ in range(100):
                try:
                    send(port, token, len(_PIECE))
                    break
                except urllib.error.URLError:
                    time.sleep(0.2)
            Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak is now what is resident
            before = peak_mib(process.pid)
            began = time.monotonic()
            status = send(port, token, mib << 20)
            seconds = time.monotonic() - began
            after = peak_mib(process.pid)
        finally:
            process.terminate()
            process.wait()
    print(f"{mib:,} MiB, answered {status} after {seconds:.1f} s")
    print(f"peak of the API: {before:.1f} MiB before, {after:.1f} MiB after: {after - before:.1f} MiB more")
    sys.exit(after - before > 64)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1024)
