"""How many processors this process may use: in a container, or under ``taskset``, not all that there are."""

from __future__ import annotations

import os
from pathlib import Path

_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def processors(cpu_max: Path = _CPU_MAX) -> int:
    """At least 1: what the scheduler lets it run on, and no more than its control group's quota, rounded up.

    ``cpu_max``: the file of the quota (``200000 100000`` is two processors; Linux, cgroup v2).
    """
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota_us, period_us = cpu_max.read_text().split()
        return max(1, min(count, -(-int(quota_us) // int(period_us))))
    except (OSError, ValueError):  # there is none, or it says ``max``
        return count
