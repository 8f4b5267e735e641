"""Workers whose supervisor is dead and who were stopped while they wrote: they keep everybody from writing.

SQLite's lock is a lock of the operating system, which a stopped process (SIGSTOP) holds for as long as it is
stopped. A supervisor kills its own; of one that died nobody would. Such a worker would end by itself if it
could, since it is tied to its supervisor, so killing it takes nothing away. One that a person started is left
alone: who stopped it may want to go on. Linux alone says who holds a lock; elsewhere nobody is found.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from lookalike.clock import Clock

_WRITE_BYTE = 120
"""Of the ``-shm`` file: who has locked this one writes (SQLite, "WAL-mode File Format", section 2.3)."""
_PROC = Path("/proc")


FROZEN_S = 5.0
"""So long one is left as it is: whoever stopped it may be about to wake it."""


class Stuck:
    """Finds them, at the databases ``paths``, and kills them. frozen_s: see `FROZEN_S`."""

    def __init__(
        self, paths: Sequence[Path], clock: Clock, *, frozen_s: float = FROZEN_S, proc: Path = _PROC
    ) -> None:
        self._paths = paths
        self._clock = clock
        self._frozen_s = frozen_s
        self._proc = proc
        self._seen: tuple[int, float] | None = None

    def end(self) -> int | None:
        """The process id of one that was killed now, for it was found at every call for ``frozen_s``."""
        pid, now_s = self.find(), self._clock.monotonic()
        if pid is None or self._seen is None or self._seen[0] != pid:
            self._seen = None if pid is None else (pid, now_s)
        elif now_s - self._seen[1] >= self._frozen_s and self.kill(pid):
            self._seen = None
            return pid
        return None

    def find(self) -> int | None:
        """The process id of one of them; None when there is none, or it cannot be told."""
        for path in self._paths:
            with contextlib.suppress(OSError, ValueError, IndexError):  # who ends meanwhile is not stuck
                place = path.with_name(f"{path.name}-shm").stat().st_ino
                locks = [line.split() for line in (self._proc / "locks").read_text().splitlines()]
                for pid in _writers(locks, place):
                    if self._is_stuck(pid):
                        return pid
        return None

    def kill(self, pid: int) -> bool:
        """Whether ``pid`` was still one of them; it is killed, and no other process that got its number."""
        with contextlib.suppress(OSError):
            handle = os.pidfd_open(pid)
            try:
                if self.find() == pid:
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                    return True
            finally:
                os.close(handle)
        return False

    def _is_stuck(self, pid: int) -> bool:
        state, parent = (self._proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
        said = self._said(pid)
        tied = _is_ours(said) and "worker" in said and "--tied" in said
        return state == "T" and tied and not self._is_supervisor(int(parent))

    def _is_supervisor(self, pid: int) -> bool:
        said = self._said(pid)
        return _is_ours(said) and "up" in said

    def _said(self, pid: int) -> list[str]:
        return (self._proc / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")


def _writers(locks: Sequence[Sequence[str]], place: int) -> list[int]:
    """Who holds the right to write. A line: ``1: POSIX ADVISORY WRITE 4711 fe:01:131 120 120``."""
    return [
        int(lock[4])
        for lock in locks
        if lock[1:4] == ["POSIX", "ADVISORY", "WRITE"]
        and lock[5].rpartition(":")[2] == str(place)
        and int(lock[6]) <= _WRITE_BYTE
        and (lock[7] == "EOF" or int(lock[7]) >= _WRITE_BYTE)
    ]


def _is_ours(said: Sequence[str]) -> bool:
    return any(Path(one).name == "lookalike" for one in said)
