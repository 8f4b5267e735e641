"""The peak memory of this process, as the kernel saw it."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path


def peak_bytes() -> int:
    """The largest resident size of this process. Linux: VmHWM, since ru_maxrss begins at the parent's."""
    found = _status("VmHWM")
    if found is not None:
        return found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def restart_peak() -> int:
    """The resident size now, from which the peak counts from now on (where Linux lets it be reset)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    found = _status("VmRSS")
    return peak_bytes() if found is None else found


def _status(name: str) -> int | None:
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024
