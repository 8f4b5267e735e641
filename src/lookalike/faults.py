"""Named points at which a fault can be planted, so that tests can break every step in turn.

``LOOKALIKE_FAULT=before-rename:kill`` ends the process there; ``:error`` raises `OSError` (no space left).
Unset, `hit` costs one dictionary look-up. Tests loop over `POINTS`, so a new step is tested by being listed.
"""

from __future__ import annotations

import errno
import os

POINTS: tuple[str, ...] = ("before-write", "before-fsync", "before-rename", "after-rename")


def hit(point: str) -> None:
    """Break here when the environment says so."""
    armed = os.environ.get("LOOKALIKE_FAULT")
    if armed is None:
        return
    name, _, action = armed.partition(":")
    if name != point:
        return
    if action == "kill":
        os._exit(137)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
