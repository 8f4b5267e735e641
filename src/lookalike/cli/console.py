"""What a person or a pipeline sees: steps and progress on standard error, results on standard output.

On a terminal a step is one bar that moves; elsewhere it is a plain line every few seconds while it runs, and
one when it ends. ``--quiet`` leaves only errors, ``--json`` puts one object on standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from lookalike.cli import STOPPED
from lookalike.errors import Cancelled, GateRefused, LookalikeError

PLAIN_LINE_EVERY_S = 5.0
GRACE_S = 1.5
"""After a signal, the time that work has to stop by itself before the process is ended."""


@dataclass(slots=True)
class Console:
    """How one command speaks. Also holds what must be undone if the process has to be ended at once.

    document: what ``--json`` prints in place of the figures, a refusal by the gate included. stopped: what is
    said when it was stopped on request.
    """

    as_json: bool = False
    quiet: bool = False
    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    document: dict[str, Any] | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    stopped: Callable[[], str] = lambda: STOPPED
    on_abort: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    _started: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """One line for a person: a note, or a fact. To standard error, so that output stays data."""
        if not self.quiet:
            _to_stderr(printable(text))

    def show(self, text: str) -> None:
        """The answer itself, on standard output; nothing under ``--json``."""
        if not self.as_json:
            sys.stdout.write(text if text.endswith("\n") else text + "\n")

    def finish(self) -> None:
        """Print the document or the figures, if they were asked for as JSON."""
        if self.as_json and self.document is not None:
            sys.stdout.write(json.dumps(self.document, ensure_ascii=False) + "\n")
        elif self.as_json:
            self.figures["seconds"] = round(time.monotonic() - self._started, 3)
            sys.stdout.write(json.dumps(self.figures, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    @contextlib.contextmanager
    def step(self, name: str, unit: str = "") -> Generator[Progress]:
        """A `Watch` for one step, drawn as a bar or as lines; its seconds go into the figures."""
        began = time.monotonic()
        watch = Progress(self.stopping)
        painter = _painter(name, unit, quiet=self.quiet)
        with painter(watch):
            yield watch
        taken = time.monotonic() - began
        self.figures.setdefault("steps", {})[name] = round(taken, 3)
        done = f"{watch.done:,} {unit} in " if watch.done and unit else ""
        self.say(f"{name:<10} {done}{taken:.2f} s")


@dataclass(slots=True)
class Progress:
    """The `Watch` of a step: remembers how far it is; the painter looks when it likes."""

    stopping: threading.Event
    done: int = 0
    total: int = 0

    def progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def stop(self) -> bool:
        return self.stopping.is_set()


def _painter(name: str, unit: str, *, quiet: bool) -> Callable[[Progress], Any]:
    if quiet:
        return contextlib.nullcontext
    draw = _draw_bar if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else _draw_lines

    @contextlib.contextmanager
    def painting(watch: Progress) -> Generator[None]:
        ended = threading.Event()
        thread = threading.Thread(target=draw, args=(name, unit, watch, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    return painting


def _draw_lines(name: str, unit: str, watch: Progress, ended: threading.Event) -> None:
    while not ended.wait(PLAIN_LINE_EVERY_S):
        if watch.total:
            _to_stderr(f"{name:<10} {watch.done:,} of {watch.total:,} {unit}".rstrip())
        else:
            _to_stderr(f"{name:<10} …")


def _draw_bar(name: str, unit: str, watch: Progress, ended: threading.Event) -> None:
    from rich.console import Console as Rich
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} {task.fields[unit]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Rich(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None, unit=unit)
        while not ended.wait(0.1):
            bars.update(task, completed=watch.done, total=watch.total or None)


def error_block(error: LookalikeError) -> str:
    """What went wrong, where, and what to do: one line each."""
    lines = [f"error: {error.message}"]
    if place := error.place():
        lines.append(f"  where: {place}")
    if error.hint:
        lines.append(f"  what to do: {error.hint}")
    return "\n".join(printable(line) for line in lines)


def printable(text: str) -> str:
    """``text`` without control characters: names in a stranger's table must not drive a terminal."""
    return "".join(c if c.isprintable() or c in " \n" else f"\\x{ord(c):02x}" for c in text)


@contextlib.contextmanager
def reporting(*, as_json: bool, quiet: bool) -> Generator[Console]:
    """Run a command's body: signals ask it to stop, errors become one block and an exit status."""
    console = Console(as_json=as_json, quiet=quiet)
    debug = os.environ.get("LOOKALIKE_DEBUG", "") not in ("", "0")
    try:
        with _signals(console):
            yield console
            console.finish()
    except (Exception, KeyboardInterrupt) as error:
        if isinstance(error, BrokenPipeError) or isinstance(error.__cause__, BrokenPipeError):
            # whoever read our output wanted no more of it; nothing failed
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return
        if debug:
            traceback.print_exc()
        if isinstance(error, KeyboardInterrupt) or console.stopping.is_set():
            _fail(console, Cancelled(console.stopped()))
        _fail(console, error if isinstance(error, LookalikeError) else _unexpected(error))


def _unexpected(error: BaseException) -> LookalikeError:
    return LookalikeError(
        f"Something unexpected happened: {type(error).__name__}: {error}",
        hint="This is a fault of Lookalike. Run it again with LOOKALIKE_DEBUG=1 and report what it prints.",
    )


def _fail(console: Console, error: LookalikeError) -> None:
    _to_stderr(error_block(error))
    if isinstance(error, GateRefused) and console.document is not None:
        console.finish()
    elif console.as_json:
        sys.stdout.write(json.dumps({"error": error.to_dict()}, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()
    raise SystemExit(error.exit_status)


@contextlib.contextmanager
def _signals(console: Console) -> Generator[None]:
    """SIGINT and SIGTERM set the watch's stop; work that does not look in time is ended, cleanly.

    A thread hears of the signal through a socket, since Python runs no handler while the main thread is
    inside a long call of a library.
    """
    ear, mouth = socket.socketpair()
    mouth.setblocking(False)
    threading.Thread(target=_listen, args=(console, ear), daemon=True).start()
    handlers = {number: signal.signal(number, _heard) for number in (signal.SIGINT, signal.SIGTERM)}
    fd = signal.set_wakeup_fd(mouth.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        console.ended.set()
        signal.set_wakeup_fd(fd)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        mouth.close()


def _heard(number: int, frame: object) -> None:
    """Nothing to do here: the listening thread has the signal already."""


def _listen(console: Console, ear: socket.socket) -> None:
    with ear:
        while number := ear.recv(1):
            if number[0] in (signal.SIGINT, signal.SIGTERM):
                break
        else:
            return
        console.stopping.set()
        if console.ended.wait(GRACE_S):
            return
    for undo in console.on_abort:
        with contextlib.suppress(OSError):
            undo()
    _to_stderr(printable(f"error: {console.stopped()}"))
    os._exit(130)


def _to_stderr(text: str) -> None:
    with contextlib.suppress(OSError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
