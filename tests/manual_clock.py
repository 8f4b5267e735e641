"""A clock that moves when a test says so; its wall time and its monotonic time move apart if asked."""

from __future__ import annotations

import threading


class ManualClock:
    def __init__(self, at_us: int = 1_764_000_000_000_000) -> None:
        self._lock = threading.Lock()
        self._at_us = at_us
        self._passed_s = 0.0

    def now_us(self) -> int:
        with self._lock:
            return self._at_us

    def monotonic(self) -> float:
        with self._lock:
            return self._passed_s

    def wait(self, seconds: float) -> None:
        with self._lock:
            self._passed_s += seconds
            self._at_us += round(seconds * 1_000_000)

    def set_wall(self, by_s: float) -> None:
        """Somebody sets the machine's clock; no time passes."""
        with self._lock:
            self._at_us += round(by_s * 1_000_000)
