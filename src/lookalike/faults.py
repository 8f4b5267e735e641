"""Named points at which a fault can be planted, so that tests can break every step in turn.

``LOOKALIKE_FAULT=before-rename:kill`` ends the process there, as kill -9 does; ``:error`` raises `OSError`
(no space left); ``:freeze`` stops it, as SIGSTOP does, until somebody sends SIGCONT. ``before-write:kill:3``
does so the third time the point is passed. Unset, `hit` costs one dictionary look-up. Tests loop over the
lists, so a new step is tested by being listed.
"""

from __future__ import annotations

import collections
import errno
import os
import signal

WRITE_POINTS: tuple[str, ...] = (
    "before-open",
    "before-write",
    "before-finish",
    "before-fsync",
    "before-rename",
    "after-rename",
)
"""What a file passes on its way to its name."""

JOB_POINTS: tuple[str, ...] = (
    "after-claim",
    "before-blob",
    "after-blob",
    "before-finalise",
    "before-commit",
    "before-settle",
    "after-commit",
    "before-clean",
    "after-clean",
)
"""What a task passes between its claim and the end of its job."""

SUBMIT_POINTS: tuple[str, ...] = ("before-submit", "before-plan", "after-plan")
"""What a job passes between being asked for and the answer."""

NOUN_POINTS: tuple[str, ...] = ("after-begin", "after-upload", "before-ready", "after-destroy", "after-blobs")
"""What an upload passes between document and answer, and a deletion between keys and documents."""

RECORD_POINTS: tuple[str, ...] = ("before-segment", "after-segment")
"""What records pass between being made and being stored."""

EXTRACT_POINTS: tuple[str, ...] = ("after-items", "before-documents", "after-documents")
"""What the documents of a write job pass: read, then dropped when the job has ended."""

POINTS: tuple[str, ...] = (
    WRITE_POINTS + JOB_POINTS + SUBMIT_POINTS + NOUN_POINTS + RECORD_POINTS + EXTRACT_POINTS
)

_passed: collections.Counter[str] = collections.Counter()


def hit(point: str) -> None:
    """Break here when the environment says so; every arming counts its passes from 1."""
    armed = os.environ.get("LOOKALIKE_FAULT")
    if armed is None:
        _passed.clear()
        return
    name, action, which = (*armed.split(":"), "", "")[:3]
    if name != point:
        return
    _passed[armed] += 1
    if which and _passed[armed] != int(which):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "freeze":
        os.kill(os.getpid(), signal.SIGSTOP)
        return
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
