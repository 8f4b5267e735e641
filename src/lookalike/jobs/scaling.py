"""How many workers there should be, by what the machine and the queue say. A pure rule, and its figures.

One more when the processors are busy (> 80 %) or more than 5 tasks wait; one fewer when processors (< 40 %)
and memory (< 50 %) are free and fewer than 2 wait; then nothing for 30 s. On one machine a new worker takes
of the same memory, so one that is short of it (> 85 %) gets none, where a cluster would add a machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from lookalike.processors import processors

CPU_UP, MEMORY_UP, QUEUE_UP = 0.80, 0.85, 5
CPU_DOWN, MEMORY_DOWN, QUEUE_DOWN = 0.40, 0.50, 2
WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """cpu, memory: shares in use, 0 to 1. queue: tasks that wait."""

    cpu: float
    memory: float
    queue: int


def wanted(workers: int, load: Load, *, least: int, most: int) -> int:
    """How many workers there should be next: one more, one fewer, or as many as now."""
    if load.memory <= MEMORY_UP and (load.cpu > CPU_UP or load.queue > QUEUE_UP):
        return min(workers + 1, most)
    if load.cpu < CPU_DOWN and load.memory < MEMORY_DOWN and load.queue < QUEUE_DOWN:
        return max(workers - 1, least)
    return max(least, min(workers, most))


class Machine:
    """What this machine's processors and memory are at, since it was last asked."""

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._before = self._ticks()

    def cpu(self) -> float:
        """The share of all processors that was in use; elsewhere than on Linux by the load average."""
        now = self._ticks()
        if now is None or self._before is None:
            return min(1.0, os.getloadavg()[0] / processors()) if hasattr(os, "getloadavg") else 0.0
        busy, whole = now[0] - self._before[0], now[1] - self._before[1]
        self._before = now
        return busy / whole if whole > 0 else 0.0

    def memory(self) -> float:
        """The share of the memory that is not available; 0 where that cannot be told."""
        try:
            lines = (self._proc / "meminfo").read_text().splitlines()
        except OSError:
            return 0.0
        sizes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
        return 1 - sizes["MemAvailable"] / sizes["MemTotal"]

    def is_stopped(self, pid: int) -> bool:
        """Whether a process was stopped (SIGSTOP) and does nothing; False where that cannot be told."""
        try:
            return (self._proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "T"
        except OSError:
            return False

    def _ticks(self) -> tuple[int, int] | None:
        try:
            parts = [int(part) for part in (self._proc / "stat").read_text().split("\n")[0].split()[1:9]]
        except OSError:
            return None
        return sum(parts) - parts[3] - parts[4], sum(parts)
